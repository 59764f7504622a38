"""What a server holds that is not ours, read back by a template."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from mppsim.core.evidence import fingerprint, place_of
from mppsim.fleet.foreign_readback import ReadbackTemplate, read_back
from mppsim.fleet.ledger import Ledger
from mppsim.fleet.readback import Finding, Readback
from mppsim.http import HttpOutcome, HttpRequest
from mppsim.net.uploader import UploadEngine
from tests.support.report_servers import report_server
from tests.support.scripted_uploads import outcome_of

PHONES = ("00562b000001", "00562b000002")
Fetch = Callable[[HttpRequest], Awaitable[HttpOutcome]]


def template(text: str, server: str = "http://h:1") -> ReadbackTemplate:
    return ReadbackTemplate(
        text=text,
        server=server,
        index_of=lambda mac: PHONES.index(mac) if mac in PHONES else None,
    )


def ledger(*reports: tuple[str, str, bytes]) -> Ledger:
    made = Ledger()
    for phone, path, body in reports:
        made.sent(place_of(phone, path))
        made.accepted(place_of(phone, path), fingerprint(body))
    return made


def serving(pages: dict[str, str], asked: list[str] | None = None) -> Fetch:
    """A server with a body, or a reason for none, for each URL."""

    async def fetch(request: HttpRequest) -> HttpOutcome:
        url = str(request.url)
        if asked is not None:
            asked.append(url)
        page = pages.get(url, "status-404")
        is_reason = page.startswith(("status-", "refused"))
        word = page if is_reason else "200"
        assert request.method == "GET"
        return outcome_of(word, request, body=b"" if is_reason else page.encode())

    return fetch


@pytest.mark.parametrize(
    ("text", "place", "url"),
    [
        ("${url}", "00562b000001 /a b.xml", "http://h:1/a%20b.xml"),
        ("http://x/kept${path}", "00562b000001 /d/a.xml", "http://x/kept/d/a.xml"),
        ("http://x/${mac}.xml", "00562b000001 /up.php", "http://x/00562b000001.xml"),
        ("http://x/?n=${index}", "00562b000002 /up.php", "http://x/?n=1"),
        ("http://x/?n=${index}&m=${mac}", " /up.php", "http://x/?n=&m="),
        ("http://x/${index}", "ffffffffffff /a", "http://x/"),
        ("http://x/$MA/${other}", "00562b000002 /a", "http://x/$MA/${other}"),
    ],
)
def test_template_is_filled_in_for_each_place(text: str, place: str, url: str) -> None:
    assert template(text).fill_in(place) == url


def nobody(_phone: str) -> bool:
    return False


read = partial(read_back, is_left_out=nobody)


async def test_what_is_there_is_compared_by_its_body() -> None:
    sent = ledger(
        (PHONES[0], "/whole", b"1"),
        (PHONES[0], "/stale", b"1"),
        (PHONES[0], "/stale", b"2"),
        (PHONES[1], "/different", b"1"),
        (PHONES[1], "/missing", b"1"),
        (PHONES[1], "/gone", b"1"),
        (PHONES[1], "/unreadable", b"1"),
        ("", "/dead", b"1"),
    )
    pages = {
        "http://h:1/whole": "1",
        "http://h:1/stale": "1",
        "http://h:1/different": "2",
        "http://h:1/gone": "status-410",
        "http://h:1/unreadable": "status-403",
        "http://h:1/dead": "refused",
    }
    found = await read(sent, template("${url}"), serving(pages))

    assert (found.checked, found.stale, found.different) == (7, 1, 1)
    assert (found.missing, found.unreadable, found.duplicate) == (2, 2, 0)
    assert {(each.path, each.what, each.detail) for each in found.findings} == {
        ("/stale", "stale", ""),
        ("/different", "different", ""),
        ("/missing", "missing", ""),
        ("/gone", "missing", ""),
        ("/unreadable", "unreadable", "status-403"),
        ("/dead", "unreadable", "refused"),
    }
    assert not found.is_whole


async def test_place_where_nothing_can_be_is_not_asked_for() -> None:
    sent = ledger()
    sent.sent(place_of(PHONES[0], "/refused"))
    sent.unsure(place_of(PHONES[0], "/perhaps"), 1)
    asked: list[str] = []

    assert await read(sent, template("${url}"), serving({}, asked)) == Readback(checked=1)
    assert asked == ["http://h:1/perhaps"]


async def test_url_that_two_places_share_is_asked_for_once() -> None:
    sent = ledger((PHONES[0], "/delta", b"1"), (PHONES[0], "/status", b"2"))
    asked: list[str] = []
    url = f"http://x/{PHONES[0]}"
    found = await read(sent, template("http://x/${mac}"), serving({url: "1"}, asked))

    assert (found, asked) == (Readback(checked=1), [url])


async def test_phones_that_are_left_out_are_not_asked_for() -> None:
    sent = ledger((PHONES[0], "/a", b"1"), (PHONES[1], "/b", b"1"), (PHONES[1], "/c", b"1"))
    asked: list[str] = []
    left_out = {"", PHONES[0]}.__contains__
    pages = serving({"http://h:1/b": "1", "http://h:1/c": "1"}, asked)

    assert await read_back(sent, template("${url}"), pages, is_left_out=left_out) == (
        Readback(checked=2)
    )
    assert asked == ["http://h:1/b", "http://h:1/c"]


async def test_url_that_somebody_left_out_may_share_is_not_asked_for() -> None:
    sent = ledger((PHONES[0], "/a", b"1"), (PHONES[1], "/a", b"2"))
    found = await read_back(sent, template("${url}"), serving({}), is_left_out={""}.__contains__)

    assert found == Readback()


async def test_template_that_makes_no_url_is_told() -> None:
    sent = ledger((PHONES[0], "/a", b"1"))
    found = await read(sent, template("ftp://x/${mac}"), serving({}))
    reason = "a report goes by tftp, http or https, and by nothing else"

    assert found.findings == (
        Finding(what="unreadable", phone=PHONES[0], path="/a", detail=reason),
    )


async def test_only_so_many_are_under_way_at_a_time() -> None:
    sent = ledger(*((PHONES[0], f"/{number}", b"1") for number in range(200)))
    under_way, most = 0, 0

    async def fetch(request: HttpRequest) -> HttpOutcome:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return outcome_of("200", request, body=b"1")

    assert await read(sent, template("${url}"), fetch) == Readback(checked=200)
    assert most == 64


async def test_real_server_is_read_back_by_the_engine(tmp_path: Path) -> None:
    sent = ledger((PHONES[0], "/a.xml", b"a" * 300_000), (PHONES[0], "/b.xml", b"b"))
    (tmp_path / "a.xml").write_bytes(b"a" * 300_000)
    async with report_server(tmp_path) as server:
        with UploadEngine() as engine:
            found = await read(sent, template("${url}", server.url), engine.request)

    assert (found.checked, found.missing, len(found.findings)) == (2, 1, 1)
