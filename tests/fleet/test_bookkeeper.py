"""What phones send is taken down on its way, and nothing is changed."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from mppsim.core.evidence import fingerprint
from mppsim.core.url import parse_url
from mppsim.fleet.bookkeeper import Bookkeeper
from mppsim.fleet.ledger import Ledger, Sent
from mppsim.http import HttpOutcome, HttpRequest
from mppsim.net.tls import PhoneTls
from tests.support.scripted_uploads import HELD, ScriptedUploads, outcome_of
from tests.support.uploads import get, put

URL = "http://server/a.xml?x=y"
AGENT = (("User-Agent", "Cisco-CP-8851-3PCC/12.0.7 (00562B043615)"), ("Accept", "*/*"))
PLACE = "00562b043615 /a.xml"
REPORT = replace(put(URL, b"body"), headers=AGENT)
PRINT = fingerprint(b"body")


def book(word: str, request: HttpRequest = REPORT, ends_at: str = "") -> Ledger:
    """Send one report past a bookkeeper that it does not notice."""
    uploads, ledger = ScriptedUploads(HELD), Ledger()
    told: list[HttpOutcome] = []
    Bookkeeper(uploads, ledger).open_session().send(request, told.append)
    (sent,) = uploads.sent
    end = outcome_of(word, sent.request)
    end = end._replace(url=parse_url(ends_at)) if ends_at else end
    sent.done(end)
    assert (sent.request, told) == (request, [end])
    return ledger


def what_is_known(*, accepted: int = 0, unsure: tuple[int, ...] = ()) -> Sent:
    print_ = PRINT * accepted
    return Sent(sent=1, accepted=accepted, sum=print_, last=print_, earlier=(), unsure=unsure)


@pytest.mark.parametrize("word", ["200", "201", "204"])
def test_accepted_report_is_taken_down_at_its_place(word: str) -> None:
    assert dict(book(word).items()) == {PLACE: what_is_known(accepted=1)}


@pytest.mark.parametrize("word", ["timeout", "reset", "cut", "bad-reply"])
def test_report_without_an_answer_may_have_arrived(word: str) -> None:
    assert dict(book(word).items()) == {PLACE: what_is_known(unsure=(PRINT,))}


@pytest.mark.parametrize(
    "word",
    ["status-503", "status-404", "refused", "dns", "connect", "tls", "auth", "redirect-loop"],
)
def test_refused_report_was_sent_and_nothing_else(word: str) -> None:
    assert dict(book(word).items()) == {PLACE: what_is_known()}


@pytest.mark.parametrize("word", ["201", "reset"])
def test_redirected_report_is_where_it_came_to(word: str) -> None:
    ledger = book(word, ends_at="http://other/b.xml")
    there = ledger.find("00562b043615 /b.xml")

    assert ledger.find(PLACE) == what_is_known()
    assert there is not None
    assert there.accepted + len(there.unsure) == 1


def test_redirect_to_the_same_path_leads_to_the_same_place() -> None:
    ledger = book("201", ends_at="http://server/a.xml?x=y&mppsim-redirects=0")

    assert dict(ledger.items()) == {PLACE: what_is_known(accepted=1)}


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://server/a.xml", " /a.xml"),
        ("http://server/C4C603731F67.xml", "c4c603731f67 /C4C603731F67.xml"),
        ("tftp://server/C4C603731F67.xml", "c4c603731f67 /C4C603731F67.xml"),
    ],
)
def test_phone_without_its_mac_in_the_agent_is_known_by_its_path(url: str, place: str) -> None:
    assert [known for known, _ in book("201", put(url)).items()] == [place]


def test_tftp_knows_no_agent() -> None:
    report = replace(REPORT, url=parse_url("tftp://server/a.xml"))

    assert [known for known, _ in book("201", report).items()] == [" /a.xml"]


async def test_what_is_fetched_is_no_report() -> None:
    uploads, ledger = ScriptedUploads(), Ledger()
    uploads.pages[URL] = b"profile"
    fetched: asyncio.Future[HttpOutcome] = asyncio.get_running_loop().create_future()
    Bookkeeper(uploads, ledger).open_session().send(get(URL, keep_body=9), fetched.set_result)

    assert (await fetched).body == b"profile"
    assert len(ledger) == 0


def test_line_has_all_that_the_engine_needs_and_closes_it() -> None:
    uploads = ScriptedUploads()
    tls = PhoneTls(certificate=Path("phone.pem"))
    line = Bookkeeper(uploads, Ledger()).open_session("127.0.0.9", tls, 500)
    (opened,) = uploads.lines
    line.close()

    assert (opened.source, opened.tls, opened.rate) == ("127.0.0.9", tls, 500)
    assert not opened.is_open
