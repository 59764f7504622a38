"""A plan carried out in this process, on a clock that jumps, with a scripted way out."""

import asyncio
from random import Random

import pytest

from mppsim.core.catalogue import find_model
from mppsim.core.firmware import load_release
from mppsim.core.identity import make_identity, make_mac
from mppsim.core.parameters import Baseline
from mppsim.fleet.demo_words import Change, Deed, FleetPlan, Notify, PhonePlan, Restart
from mppsim.fleet.local import LocalFleet
from mppsim.net.clock import RunClock
from mppsim.net.event_log import Occurrence, Ready, ReportsDue
from mppsim.net.surroundings import Surroundings
from mppsim.net.timers import Timers
from tests.support.loop_guard import guard_loop
from tests.support.phone_desk import NOON, word_of
from tests.support.scripted_uploads import HELD, ScriptedUploads
from tests.support.timelines import FULL, profile_of
from tests.support.turns import turns

MODEL = find_model("8851")
PHONE, OTHER = make_mac(MODEL, 1), make_mac(MODEL, 2)
FULL_ONLY = {"Report_Rule": FULL, "HTTP_Report_Method": "PUT"}
PERIODIC = {**FULL_ONLY, "Report_To_Server": "Periodically", "Periodic_Upload_To_Server": "600"}
LOCKED = {**FULL_ONLY, "User_ID_1_": "4711", "Password_1_": "secret"}
REPORT = ["PUT full", "full 201"]


def phone(
    mac: str, values: dict[str, str], *quirks: str, running_since: float | None = 0.0
) -> PhonePlan:
    factory = Baseline.factory(MODEL, load_release("mpp-12.0").with_quirks(quirks))
    return PhonePlan(
        name=mac,
        identity=make_identity(MODEL, mac=mac),
        baseline=factory.provisioned(profile_of(values))[0],
        running_since=running_since,
    )


class Run:
    """A fleet, and what it told."""

    def __init__(self, *phones: PhonePlan, deeds: tuple[Deed, ...] = (), script=()) -> None:
        guard_loop()
        self.clock = RunClock(None)
        self.uploads = ScriptedUploads(*script)
        self.told: list[tuple[float, str, str]] = []
        surroundings = Surroundings(
            timers=Timers(self.clock),
            uploads=self.uploads,
            random_bytes=Random(5).randbytes,
            tell=self._hear,
            epoch=NOON,
        )
        plan = FleetPlan(server="http://server", phones=phones, deeds=deeds, duration=3600.0)
        self.fleet = LocalFleet(plan, surroundings, seed=1)

    async def to_the_end(self) -> "Run":
        await self.fleet.run()
        return self

    def words(self, mac: str = PHONE) -> list[str]:
        return [word for _, of, word in self.told if of == mac]

    def _hear(self, mac: str, happened: Occurrence) -> None:
        if isinstance(happened, ReportsDue):
            return  # it is there to be counted
        word = "ready" if isinstance(happened, Ready) else word_of(happened)
        self.told.append((self.clock.now(), mac, word))


def deed(at: float, act: Change | Restart | Notify, mac: str = PHONE) -> Deed:
    return Deed(at=at, phone=mac, act=act)


async def test_nothing_happens_before_every_phone_is_ready() -> None:
    first, second = phone(PHONE, PERIODIC, running_since=-100.0), phone(OTHER, FULL_ONLY)
    run = await Run(first, second, deeds=(deed(100.0, Restart(), OTHER),)).to_the_end()

    assert run.told[:4] == [
        (0.0, PHONE, "ready"),
        (0.0, OTHER, "ready"),
        (100.0, OTHER, "trigger restart"),
        (100.0, OTHER, "PUT full"),
    ]
    assert (500.0, PHONE, "trigger periodic") in run.told


async def test_phone_that_was_not_running_is_switched_on_and_reports() -> None:
    run = await Run(phone(PHONE, FULL_ONLY, running_since=None)).to_the_end()

    assert run.told == [
        *((0.0, PHONE, word) for word in ("ready", "trigger restart", *REPORT)),
        (3600.0, PHONE, "stopped"),
    ]


async def test_deeds_are_done_at_their_moments() -> None:
    deeds = (
        deed(10.0, Change((("GPP_A", "1"), ("GPP_B", "2")))),
        deed(20.0, Restart()),
        deed(30.0, Notify()),
        deed(30.0, Notify(), OTHER),
    )
    run = await Run(phone(PHONE, FULL_ONLY), phone(OTHER, FULL_ONLY), deeds=deeds).to_the_end()

    assert [told for told in run.told if told[1] == PHONE][1:] == [
        (10.0, PHONE, "phone set GPP_A,GPP_B"),
        (20.0, PHONE, "trigger restart"),
        *((20.0, PHONE, word) for word in REPORT),
        (30.0, PHONE, "notify report 200"),
        (30.0, PHONE, "trigger notify"),
        *((30.0, PHONE, word) for word in REPORT),
        (3600.0, PHONE, "stopped"),
    ]
    assert run.words(OTHER)[1:3] == ["notify report 200", "trigger notify"]
    assert run.fleet.refused == []


@pytest.mark.parametrize(
    ("notify", "codes", "status"),
    [
        (Notify("report", "4711", "secret"), [401, 200], None),
        (Notify("report", "4711", "wrong"), [401, 401], 401),
        (Notify(), [401], 401),
        (Notify("no-such-event"), [489], 489),
    ],
)
async def test_notify_that_is_not_accepted_is_kept(
    notify: Notify, codes: list[int], status: int | None
) -> None:
    run = await Run(phone(PHONE, LOCKED), deeds=(deed(10.0, notify),)).to_the_end()

    answers = [word for word in run.words() if word.startswith("notify")]
    assert [int(word.split()[-1]) for word in answers] == codes
    assert [refused.status for refused in run.fleet.refused] == ([status] if status else [])


async def test_change_on_a_phone_that_is_down_is_not_made() -> None:
    deeds = (deed(10.0, Restart()), deed(20.0, Change((("GPP_A", "1"),))), deed(30.0, Restart()))
    run = await Run(phone(PHONE, FULL_ONLY, "boot_seconds=60"), deeds=deeds).to_the_end()

    assert run.told[1:] == [
        (70.0, PHONE, "trigger restart"),
        *((70.0, PHONE, word) for word in REPORT),
        (3600.0, PHONE, "stopped"),
    ]


async def test_uploads_in_hand_at_the_end_may_finish() -> None:
    run = Run(phone(PHONE, FULL_ONLY), deeds=(deed(3600.0, Notify()),), script=(HELD,))
    ending = asyncio.ensure_future(run.to_the_end())
    while not run.uploads.sent:
        await turns()
    await turns(10)
    assert not ending.done()

    run.uploads.answer()
    await ending

    assert run.words()[-3:] == [*REPORT, "stopped"]


async def test_cancelled_fleet_cuts_its_uploads_and_does_nothing_any_more() -> None:
    deeds = (deed(1.0, Notify()), deed(2.0, Notify()), deed(3.0, Change((("GPP_A", "1"),))))
    run = Run(phone(PHONE, FULL_ONLY), deeds=deeds, script=(HELD,))
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: complaints.append(what))
    running = asyncio.ensure_future(run.to_the_end())
    while not run.uploads.sent:
        await turns()

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await turns(20)

    assert run.words()[-3:] == ["PUT full", "full failed: cut", "stopped"]
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert complaints == []


async def test_notify_that_nobody_answers_ends_with_the_fleet() -> None:
    deeds = (deed(1.0, Restart()), deed(2.0, Notify()))
    run = Run(phone(PHONE, FULL_ONLY, "boot_seconds=600"), deeds=deeds)
    running = asyncio.ensure_future(run.to_the_end())
    while not run.fleet._notifies:
        await turns()
    await turns(10)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await turns(5)

    assert run.words() == ["ready", "stopped"]
    assert run.fleet.refused == []
    assert run.fleet._notifies == set()


async def test_phones_roll_dice_of_their_own() -> None:
    sealed = {"Report_Rule": f"[--key k]{FULL}", "HTTP_Report_Method": "PUT"}

    async def bodies(*phones: PhonePlan) -> dict[str, bytes]:
        deeds = tuple(deed(10.0, Restart(), each.identity.mac) for each in phones)
        run = await Run(*phones, deeds=deeds).to_the_end()
        sent = [request.body for request in run.uploads.requests]
        return dict(zip((each.identity.mac for each in phones), sent, strict=True))

    alone = await bodies(phone(OTHER, sealed))
    together = await bodies(phone(PHONE, sealed), phone(OTHER, sealed))

    assert together[OTHER] == alone[OTHER]
    assert together[PHONE][8:16] != together[OTHER][8:16]
