"""The one sender of NOTIFYs: real sockets on loopback, phones that only note what they are told."""

import socket
import time
from collections import Counter
from contextlib import contextmanager

import pytest

from mppsim.errors import StartError
from mppsim.fleet.dice import Dice
from mppsim.fleet.notifier import Notifier
from mppsim.fleet.plan import NotifyPlan
from mppsim.fleet.roster import Roster
from mppsim.net.clock import RunClock
from mppsim.net.sip_endpoint import SipEndpoint
from mppsim.net.timers import Timers
from mppsim.sip import SipAccount
from tests.support.fleets import make_group, make_plan
from tests.support.sip_phone import NotedPhone

LINE = {"User_ID_1_": "alice-${index}", "Password_1_": "secret"}


class Desk:
    """A notifier, and the phones that it reaches."""

    def __init__(self, *notifies, groups=None, accounts=lambda _: (), duration=60.0) -> None:
        groups = groups or (make_group(count=5),)
        self.plan = make_plan(*groups, notifies=notifies, duration=duration)
        self.roster = Roster(self.plan, Dice(7))
        self.timers = Timers(RunClock(None))
        self.notifier = Notifier(self.plan, self.roster, Dice(7), self.timers)
        self.phones = {
            self.roster.identity(number).ip: NotedPhone(accounts(number))
            for number in range(self.plan.count)
        }
        self.moments = []
        self.endpoint = SipEndpoint(self._find, secret=bytes(16))

    def _find(self, local, user):
        phone = self.phones.get(local)
        if phone is not None:
            self.moments.append(self.timers.clock.now())
        return phone

    @contextmanager
    def opened(self):
        port = self.endpoint.open("0.0.0.0", 0)
        self.notifier.open(port.port)
        try:
            yield
        finally:
            self.notifier.close()
            self.timers.close()
            self.endpoint.close()

    async def run(self):
        with self.opened():
            await self.timers.run_until(self.plan.duration)
            await self.notifier.finish(5.0)

    @property
    def obeyed(self):
        return [phone.obeyed for phone in self.phones.values()]

    @property
    def counted(self):
        counts = self.notifier.counts
        return counts.sent, counts.accepted, counts.challenged, counts.refused


class Last(NotedPhone):
    """What ends all happens while it obeys."""

    def obey(self, package) -> None:
        self.ends_all()


async def test_each_phone_is_notified_once_in_a_round() -> None:
    desk = Desk(NotifyPlan(event="check-sync", at=10.0))

    await desk.run()

    assert desk.obeyed == [["check-sync"]] * 5
    assert desk.counted == (5, 5, 0, 0)
    assert set(desk.moments) == {10.0}


async def test_rounds_come_at_their_moments_until_the_end() -> None:
    desk = Desk(NotifyPlan(at=5.0, every=20.0), groups=(make_group(count=1),))

    await desk.run()

    assert desk.moments == [5.0, 25.0, 45.0]


async def test_share_of_the_phones_is_drawn_anew_for_each_round() -> None:
    desk = Desk(NotifyPlan(every=10.0, share=0.3), groups=(make_group(count=20),))
    again = Desk(NotifyPlan(every=10.0, share=0.3), groups=(make_group(count=20),))

    await desk.run()
    await again.run()

    reached = [len(obeyed) for obeyed in desk.obeyed]
    assert reached == [len(obeyed) for obeyed in again.obeyed]
    assert 15 <= sum(reached) <= 60
    assert len(Counter(reached)) > 2


async def test_groups_that_are_not_named_are_left_alone() -> None:
    groups = (
        make_group(count=2),
        make_group(name="yard", count=2, first=2, address="127.20.1.1"),
    )
    desk = Desk(NotifyPlan(groups=("yard",)), groups=groups)

    await desk.run()

    assert desk.obeyed == [[], [], ["report"], ["report"]]


@pytest.mark.parametrize(
    ("user", "counted"),
    [
        ({}, (3, 3, 3, 0)),
        ({"user": "alice-${index}", "password": "secret"}, (3, 3, 3, 0)),
        ({"user": "alice-1", "password": "secret"}, (3, 1, 3, 2)),
    ],
    ids=["its own", "one that fits each", "one that fits the first"],
)
async def test_challenge_is_answered_as_told(user, counted) -> None:
    desk = Desk(
        NotifyPlan(**user),
        groups=(make_group(count=3, settings=tuple(LINE.items())),),
        accounts=lambda number: (
            SipAccount(user_id=f"alice-{number + 1}", password="secret", line=1),
        ),
    )

    await desk.run()

    assert desk.counted == counted


async def test_phone_without_a_password_answers_no_challenge_of_its_own() -> None:
    account = SipAccount(user_id="alice", password="secret", line=1)
    desk = Desk(NotifyPlan(), accounts=lambda _: (account,))

    await desk.run()

    assert desk.counted == (5, 0, 0, 5)


async def test_clock_that_jumps_stands_until_the_last_answer() -> None:
    desk = Desk(NotifyPlan(at=10.0))
    woken = []
    desk.timers.call_at(10.5, lambda: woken.append(sum(map(len, desk.obeyed))))

    await desk.run()

    assert woken == [5]


async def test_phone_that_is_down_is_given_up_and_the_run_goes_on() -> None:
    desk = Desk(NotifyPlan(at=10.0))
    desk.phones["127.20.0.2"].is_up = False

    await desk.run()

    assert desk.counted == (5, 4, 0, 0)
    assert desk.notifier.counts.unanswered == 1
    assert desk.timers.clock.now() == 60.0


async def test_what_has_no_answer_at_the_end_is_unanswered() -> None:
    desk = Desk(NotifyPlan())
    with desk.opened():
        desk.endpoint.close()
        await desk.timers.run_until(0.0)
        await desk.notifier.finish(0.0)

    assert desk.notifier.counts.sent == desk.notifier.counts.unanswered == 5


async def test_lost_phones_have_what_they_answered_and_are_waited_for_no_longer() -> None:
    desk = Desk(NotifyPlan(at=10.0), NotifyPlan(at=30.0))
    desk.phones["127.20.0.3"].is_up = False
    last = desk.phones["127.20.0.5"] = Last()
    last.ends_all = lambda: desk.notifier.lose(lambda _: True)

    await desk.run()

    # Four answers were in the socket when all were lost; nobody answers the second round.
    assert desk.counted == (10, 4, 0, 0)
    assert desk.notifier.counts.unanswered == 6


async def test_plan_without_notifies_opens_no_socket() -> None:
    desk = Desk()

    await desk.run()

    assert desk.notifier._local == ("", 0)
    assert desk.counted == (0, 0, 0, 0)


async def test_rate_holds_a_round_back() -> None:
    desk = Desk(NotifyPlan(rate=200.0), groups=(make_group(count=30),))
    began = time.monotonic()

    await desk.run()

    assert desk.counted == (30, 30, 0, 0)
    assert time.monotonic() - began > 0.04  # a tenth of a second may be caught up with


async def test_phones_without_a_way_to_them_are_told_before_the_start() -> None:
    desk = Desk(NotifyPlan(), groups=(make_group(address="255.255.255.255", count=1),))

    with pytest.raises(StartError, match=r"no NOTIFY can be sent to 255\.255\.255\.255"):
        desk.notifier.open(5060)


async def test_two_rounds_at_once_do_not_take_each_others_answers() -> None:
    desk = Desk(NotifyPlan(event="report"), NotifyPlan(event="check-sync"))

    await desk.run()

    assert desk.counted == (10, 10, 0, 0)
    assert desk.obeyed == [["report", "check-sync"]] * 5


async def test_what_nobody_asked_for_is_not_listened_to() -> None:
    desk = Desk(NotifyPlan(at=30.0))
    with desk.opened():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(b"SIP/2.0 200 OK\r\n\r\n", desk.notifier._local)
        await desk.timers.run_until(60.0)

    assert desk.counted == (5, 5, 0, 0)
