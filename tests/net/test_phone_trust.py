"""A phone fetches the CA of its rule, and its HTTPS requests wait for it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mppsim.core.catalogue import find_model
from mppsim.core.custom_ca import CUSTOM_CA_RULE
from mppsim.core.custom_ca_events import CustomCaEnded
from mppsim.core.events import (
    ComeUp,
    GoDown,
    NotifyReceived,
    PhoneStarted,
    ResyncFinished,
    Warned,
)
from mppsim.core.firmware import load_release
from mppsim.core.identity import PhoneIdentity
from mppsim.core.macros import PhoneMacros
from mppsim.core.parameters import Baseline, ParameterStore
from mppsim.core.phone_status import CustomCaStatus, Happening, PhoneStatus
from mppsim.core.profile import Profile
from mppsim.core.resync_events import ResyncRequested
from mppsim.http import HttpOutcome
from mppsim.net.certificates import make_authority
from mppsim.net.clock import RunClock
from mppsim.net.event_log import Occurrence
from mppsim.net.phone_trust import make_trust
from mppsim.net.surroundings import Surroundings
from mppsim.net.timers import Timers
from tests.support.scripted_uploads import HELD, ScriptedUploads, outcome_of
from tests.support.timelines import profile_of
from tests.support.turns import turns
from tests.support.uploads import put

URL = "http://s/ca.pem"
SECURE = "https://s/report.xml"
PEM = make_authority("Acme CA", now=datetime(2024, 8, 13, tzinfo=UTC)).issued.certificate
CERTIFICATE = Path("phone.pem")


class Desk:
    """A phone's trust, its way out, and what it told."""

    def __init__(self, rule: str = URL, page: bytes | str = HELD) -> None:
        model = find_model("8851")
        store = ParameterStore(Baseline.factory(model, load_release("mpp-12.0")))
        self.identity = PhoneIdentity(
            model=model, mac="00562b000001", serial="S", certificate=CERTIFICATE
        )
        self.store = store
        self.set(rule)
        self.uploads = ScriptedUploads()
        self.uploads.pages[URL] = page
        self.told: list[Occurrence] = []
        self.outcomes: list[HttpOutcome] = []
        self.status = PhoneStatus(boot_time=0.0)
        self.timers = Timers(RunClock(None))
        self.surroundings = Surroundings(
            timers=self.timers,
            uploads=self.uploads,
            random_bytes=bytes,
            tell=lambda _mac, happened: self.told.append(happened),
            epoch=0.0,
        )
        self.is_up = False
        lookup = PhoneMacros(self.identity, store.view)
        made = make_trust(self, store, lookup, self.status, self.surroundings)
        assert made is not None
        self.trust = made

    def set(self, rule: str) -> None:
        self.store.provision(profile_of({CUSTOM_CA_RULE: rule}))

    def send(self, url: str) -> None:
        self.trust.open_line().send(put(url), self.outcomes.append)

    def seen_with(self, url: str) -> str:
        """Give the CA that the request to a URL went with."""
        (sent,) = (each for each in self.uploads.sent if str(each.request.url) == url)
        assert sent.line.tls.certificate == CERTIFICATE
        return sent.line.tls.custom_ca


async def test_fetch_goes_out_as_the_phone_and_what_came_is_trusted() -> None:
    desk = Desk()
    desk.trust.feed(ComeUp())
    request = desk.uploads.requests[0]
    assert (request.method, str(request.url)) == ("GET", URL)
    assert dict(request.headers)["User-Agent"].endswith("(00562b000001)")
    assert desk.seen_with(URL) == ""

    desk.uploads.serve(PEM)

    assert desk.told == [CustomCaEnded(URL, "ok", "Acme CA")]
    assert desk.status.custom_ca == CustomCaStatus("Acme CA", Happening(0.0, "succeeded"))
    desk.send(SECURE)
    assert desk.seen_with(SECURE) == PEM.decode()
    assert not desk.uploads.lines[0].is_open


async def test_https_waits_for_the_ca_and_goes_out_with_it() -> None:
    desk = Desk()
    desk.trust.feed(ComeUp())
    desk.send(SECURE)
    assert len(desk.uploads.requests) == 1

    desk.uploads.serve(PEM)

    assert desk.seen_with(SECURE) == PEM.decode()


@pytest.mark.parametrize("page", ["status-404", "refused", b"no certificate"])
async def test_https_goes_out_without_a_ca_that_does_not_come(page: bytes | str) -> None:
    desk = Desk(page=page)
    desk.trust.feed(ComeUp())
    desk.send(SECURE)
    await turns(3)

    assert desk.seen_with(SECURE) == ""
    assert [type(told) for told in desk.told] == [CustomCaEnded]
    assert desk.status.custom_ca == CustomCaStatus("", Happening(0.0, "failed"))


async def test_failure_is_told_in_the_words_of_who_fetched() -> None:
    desk = Desk("tftp://s/ca.pem")
    desk.trust.feed(ComeUp())
    (sent,) = desk.uploads.sent
    said = "TFTP error 2: not for you"

    sent.done(outcome_of("tftp", sent.request)._replace(detail=said))

    assert desk.told == [CustomCaEnded("tftp://s/ca.pem", "tftp", said)]


async def test_bare_path_without_a_tftp_server_fails_at_once() -> None:
    desk = Desk("/ca.pem")
    desk.trust.feed(ComeUp())

    assert desk.told == [CustomCaEnded("/ca.pem", "no-tftp-server", "no TFTP server is known")]
    assert desk.uploads.sent == []


async def test_option_that_means_nothing_is_told_and_the_ca_fetched() -> None:
    desk = Desk(f"[--post a]{URL}", page=PEM)
    desk.trust.feed(ComeUp())
    await turns(3)

    assert [type(told) for told in desk.told] == [Warned, CustomCaEnded]


async def test_phone_that_goes_down_gives_its_fetch_up_and_begins_anew() -> None:
    desk = Desk()
    desk.trust.feed(ComeUp())
    desk.send(SECURE)
    desk.trust.feed(GoDown("Reboot"))
    await turns(3)

    assert not desk.uploads.lines[0].is_open
    assert desk.told == []
    desk.uploads.pages[URL] = PEM
    desk.trust.feed(ComeUp())
    await turns(3)
    assert desk.told == [CustomCaEnded(URL, "ok", "Acme CA")]


async def test_time_stands_still_while_the_ca_is_on_its_way() -> None:
    desk = Desk()
    desk.trust.feed(ComeUp())
    assert not await desk.timers.settle(0.0)

    desk.uploads.serve(PEM)

    assert await desk.timers.settle(0.0)


async def test_switching_off_leaves_nothing_in_hand() -> None:
    desk = Desk()
    desk.trust.feed(ComeUp())

    desk.trust.cut()
    desk.trust.cut()
    await turns(3)

    assert await desk.timers.settle(0.0)
    assert desk.told == []


async def test_rule_that_became_empty_takes_the_ca_away() -> None:
    desk = Desk(page=PEM)
    desk.trust.feed(ComeUp())
    await turns(3)
    desk.set("")
    desk.trust.feed(ResyncFinished(Profile(())))
    desk.send(SECURE)

    assert desk.seen_with(SECURE) == ""
    assert desk.status.custom_ca.name == ""


async def test_what_is_no_concern_of_a_ca_is_not_heeded() -> None:
    desk = Desk()

    for event in (PhoneStarted(), NotifyReceived("report"), ResyncRequested()):
        desk.trust.feed(event)

    assert desk.uploads.sent == []


async def test_phone_without_a_rule_has_none() -> None:
    desk = Desk()
    desk.set("")

    assert make_trust(desk, desk.store, str, desk.status, desk.surroundings) is None
