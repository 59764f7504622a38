"""What phones sent, held against what the server has."""

import asyncio
import os
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.core.encryption import encrypt_key
from mppsim.core.evidence import place_of
from mppsim.core.url import parse_url
from mppsim.fleet.bookkeeper import Bookkeeper
from mppsim.fleet.ledger import Ledger
from mppsim.fleet.readback import (
    MOST_LISTED,
    Finding,
    Readback,
    ReadbackCount,
    compare_in_slices,
    judge_body,
)
from mppsim.http import HttpOutcome, HttpRequest
from mppsim.net.uploader import UploadEngine
from mppsim.server import Received, ServerSettings
from mppsim.server.ledger import ServerLedger
from tests.support.raw_client import exchange, request
from tests.support.report_servers import RunningServer, report_server

PHONE, PATH = "00562b000001", "/a.xml"
PLACE = place_of(PHONE, PATH)
STATUS = b"<flat-status>\n<A>1</A>\n</flat-status>\n"


def print_of(body: str) -> int:
    return int(sha256(body.encode()).hexdigest()[:16], 16)


def sent(accepted: str, unsure: str = "", place: str = PLACE) -> Ledger:
    """A ledger in which each letter is a report."""
    ledger = Ledger()
    for _ in accepted + unsure:
        ledger.sent(place)
    for letter in accepted:
        ledger.accepted(place, print_of(letter))
    for letter in unsure:
        ledger.unsure(place, print_of(letter))
    return ledger


def held(letters: str, phone: str = PHONE, path: str = PATH) -> ServerLedger:
    """A server's ledger likewise; a capital could not be opened."""
    ledger = ServerLedger()
    for letter in letters:
        ledger.hear(
            Received(
                method="PUT",
                path=path,
                phone=phone,
                content="unknown",
                encryption="unopened" if letter.isupper() else "none",
                bytes=1,
                sha256=sha256(letter.encode()).hexdigest(),
                status=201,
            )
        )
    return ledger


def compare(sent: Ledger, held: ServerLedger, *left_out: str) -> Readback:
    """All slices of a comparison, one after the other."""
    count = ReadbackCount()
    for _ in compare_in_slices(sent, held, count, is_left_out=left_out.__contains__):
        pass
    return count.result()


@pytest.mark.parametrize(
    ("accepted", "unsure", "there", "found"),
    [
        ("a", "", "a", {}),
        ("abc", "", "abc", {}),
        ("aa", "", "aa", {}),
        ("", "", "", {}),
        ("a", "", "", {"missing": 1}),
        ("ab", "", "a", {"stale": 1}),
        ("ab", "", "b", {"missing": 1}),
        ("ab", "", "ba", {"stale": 1}),
        ("a", "", "b", {"different": 1}),
        ("a", "", "aa", {"duplicate": 1}),
        ("a", "", "aaa", {"duplicate": 2}),
        ("", "", "a", {"different": 1}),
        # Without an answer, either is right.
        ("", "x", "", {}),
        ("", "x", "x", {}),
        ("a", "x", "a", {}),
        ("a", "x", "ax", {}),
        ("a", "x", "xa", {}),
        ("a", "xyz", "axz", {}),
        ("a", "xyz", "az", {}),
        ("a", "x", "ay", {"different": 1}),
        ("a", "x", "x", {"different": 1}),
        ("a", "x", "axx", {"duplicate": 1}),
        ("ab", "x", "bxa", {"stale": 1}),
        ("a", "x", "", {"missing": 1}),
        # Keys that do not fit are another matter than what is there.
        ("A", "", "A", {"unopened": 1}),
        ("AB", "", "AB", {"unopened": 2}),
        ("A", "", "AA", {"unopened": 2, "duplicate": 1}),
    ],
)
def test_place_is_judged(accepted: str, unsure: str, there: str, found: dict[str, int]) -> None:
    readback = compare(sent(accepted, unsure), held(there))
    findings = {finding.what: finding for finding in readback.findings}

    assert {what: finding.count for what, finding in findings.items()} == found
    assert all((each.phone, each.path) == (PHONE, PATH) for each in findings.values())
    assert readback.checked == len(sent(accepted, unsure))
    assert readback.is_whole == (set(found) <= {"unopened"})
    assert {what: getattr(readback, what) for what in found} == found


def test_report_that_was_refused_and_is_there_all_the_same_is_a_duplicate() -> None:
    ledger = Ledger()
    ledger.sent(PLACE)

    assert compare(ledger, held("a")).duplicate == 1


def test_phones_that_nobody_can_tell_apart_have_no_order() -> None:
    ledger = sent("ab", place=place_of("", PATH))

    assert compare(ledger, held("ba", phone="")) == Readback(checked=1)
    assert compare(ledger, held("bb", phone="")).different == 1


def test_what_nobody_sent_is_different() -> None:
    readback = compare(sent("a"), held("aB", path="/other"))

    assert (readback.missing, readback.different, readback.unopened) == (1, 1, 1)


def test_many_without_an_answer_are_not_tried_in_all_ways() -> None:
    unsure = "".join(chr(ord("а") + number) for number in range(40))

    assert compare(sent("a", unsure), held("a" + unsure[:20])).is_whole
    assert compare(sent("a", unsure), held("a" + unsure)).is_whole


@given(st.permutations("abcdef"), st.integers(0, 6))
def test_whatever_arrives_of_what_had_no_answer_is_right(order: list[str], count: int) -> None:
    arrived = "".join(order[:count])

    assert compare(sent("x", "abcdef"), held("x" + arrived)).is_whole


@pytest.mark.parametrize(
    ("accepted", "unsure", "body", "found"),
    [
        ("abc", "", "c", None),
        ("abc", "", "b", "stale"),
        ("abc", "", "a", "stale"),
        ("abc", "", "x", "different"),
        ("abc", "x", "x", None),
        ("abc", "", None, "missing"),
        ("", "x", None, None),
        ("", "x", "x", None),
        ("", "x", "y", "different"),
        ("a", "", "\0", "different"),
    ],
)
def test_body_that_was_read_is_judged(
    accepted: str, unsure: str, body: str | None, found: str | None
) -> None:
    places = [outgoing for _, outgoing in sent(accepted, unsure).items()]

    assert judge_body(places, None if body is None else print_of(body)) == found
    assert judge_body(places, 0) == "different"


def test_body_may_be_of_any_place_that_shares_the_url() -> None:
    places = [outgoing for letters in ("ab", "cd") for _, outgoing in sent(letters).items()]

    assert [judge_body(places, print_of(letter)) for letter in "bdacx"] == [
        None,
        None,
        "stale",
        "stale",
        "different",
    ]


def test_only_the_first_findings_are_listed() -> None:
    count = ReadbackCount()
    count.checked = 2000
    for number in range(1000):
        count.take(Finding(what="missing", phone=str(number), path="/"))
    readback = count.result()

    assert (readback.missing, readback.checked, len(readback.findings)) == (1000, 2000, MOST_LISTED)
    assert readback.findings[0].phone == "0"


def test_phones_that_are_left_out_are_not_judged() -> None:
    ledger = sent("a")
    ledger.merge(sent("a", place=place_of("", PATH)).snapshot())
    server = held("aB", path="/other")

    assert compare(ledger, server).missing == 2
    assert compare(ledger, server, PHONE) == replace(
        compare(sent("a", place=place_of("", PATH)), held("")), checked=1
    )
    assert compare(ledger, server, PHONE, "") == Readback()


def test_comparison_pauses_after_every_thousand_places() -> None:
    ledger, server = Ledger(), ServerLedger()
    for number in range(2500):
        ledger.sent(f"phone /{number}")
    slices = compare_in_slices(ledger, server, ReadbackCount(), is_left_out=bool)

    assert len(list(slices)) == 2


async def report(server: RunningServer, ledger: Ledger, method: str, keys: list[str]) -> None:
    """Let a phone for each key send one report: all to one path, or each to its own."""
    loop = asyncio.get_running_loop()
    with UploadEngine() as engine:
        bookkeeper = Bookkeeper(engine, ledger)
        for number, key in enumerate(keys):
            mac = f"00562b{number:06x}"
            path = "/up.php" if method == "POST" else f"/{mac}.xml"
            outgoing = HttpRequest(
                method=method,
                url=parse_url(server.url + path),
                headers=(("User-Agent", f"phone ({mac})"),),
                body=encrypt_key(STATUS, key, digest="sha256", random_bytes=os.urandom),
            )
            ended: asyncio.Future[HttpOutcome] = loop.create_future()
            session = bookkeeper.open_session()
            session.send(outgoing, ended.set_result)
            assert (await ended).reason is None
            session.close()


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_hundred_of_a_thousand_phones_with_a_wrong_key_are_unopened(
    tmp_path: Path, method: str
) -> None:
    keys = ["wrong" if number % 10 == 3 else "right" for number in range(1000)]
    settings = ServerSettings(keys=("right",), keeps_bodies=False, is_trusting=True)
    ledger = Ledger()
    async with report_server(tmp_path, settings) as server:
        await report(server, ledger, method, keys)
        received = ServerLedger()
        for event in server.events:
            received.hear(event)
        readback = compare(ledger, received)

    assert (readback.checked, readback.unopened, readback.is_whole) == (1000, 100, True)
    assert len(readback.findings) == 100
    assert readback.findings[0].phone == "00562b000003"


async def test_report_that_a_client_repeats_is_a_duplicate(tmp_path: Path) -> None:
    ledger = Ledger()
    async with report_server(tmp_path, ServerSettings(keys=("right",))) as server:
        await report(server, ledger, "POST", ["right"] * 3)
        again = request("POST", "/up.php", b"again", "User-Agent: phone (00562b000001)")
        for _ in range(2):
            await exchange(server.url, again)
        received = ServerLedger()
        for event in server.events:
            received.hear(event)

    readback = compare(ledger, received)

    assert (readback.checked, readback.duplicate, readback.missing) == (3, 2, 0)
    assert readback.findings == (
        Finding(what="duplicate", phone="00562b000001", path="/up.php", count=2),
    )
