"""What a server holds, compared with what it accepted."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from mppsim.fleet.demo_readback import Readback, compare, read_back
from mppsim.fleet.witness import Accepted
from tests.support.http_server import Peer, answering, reply, serve_script
from tests.support.report_servers import report_server
from tests.support.uploads import closed_port

A, B = "http://h/a", "http://h/b"


def accepted(*reports: tuple[str, bytes]) -> list[Accepted]:
    return [Accepted(url=url, body=body) for url, body in reports]


ONE = accepted((A, b"1"))
TWICE = accepted((A, b"1"), (A, b"2"))
BACK_AGAIN = accepted((A, b"1"), (A, b"2"), (A, b"1"))


@pytest.mark.parametrize(
    ("reports", "held", "found"),
    [
        ([], {}, Readback()),
        (ONE, {A: b"1"}, Readback(checked=1)),
        (ONE, {}, Readback(checked=1, missing=1)),
        (ONE, {A: b"2"}, Readback(checked=1, different=1)),
        (ONE, {A: b""}, Readback(checked=1, different=1)),
        (accepted((A, b"")), {A: b""}, Readback(checked=1)),
        (TWICE, {A: b"2"}, Readback(checked=1)),
        (TWICE, {A: b"1"}, Readback(checked=1, stale=1)),
        (TWICE, {A: b"12"}, Readback(checked=1, different=1)),
        (BACK_AGAIN, {A: b"1"}, Readback(checked=1)),
        (BACK_AGAIN, {A: b"2"}, Readback(checked=1, stale=1)),
        (accepted((A, b"1"), (B, b"2")), {A: b"1", B: b"2"}, Readback(checked=2)),
        (accepted((A, b"1"), (B, b"2")), {A: b"2"}, Readback(checked=2, missing=1, different=1)),
    ],
)
def test_places_are_compared_with_the_last_accepted_body(
    reports: list[Accepted], held: dict[str, bytes], found: Readback
) -> None:
    assert compare(reports, held.get) == found


@pytest.mark.parametrize(
    ("found", "is_whole"),
    [
        (Readback(checked=5), True),
        (Readback(checked=5, missing=1), False),
        (Readback(checked=5, different=1), False),
        (Readback(checked=5, stale=1), False),
    ],
)
def test_whole_is_what_lacks_nothing(found: Readback, is_whole: bool) -> None:
    assert found.is_whole is is_whole


async def test_what_went_by_tftp_is_fetched_by_http(tmp_path: Path) -> None:
    async with report_server(tmp_path) as server:
        (tmp_path / "a b.xml").write_bytes(b"1")
        report = Accepted(url="tftp://127.0.0.1:69/a%20b.xml", body=b"1")

        assert await read_back([report], http=server.url) == Readback(checked=1)


async def test_what_a_report_server_holds_is_fetched(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(b"\x00\xff<A/>")
    async with report_server(tmp_path) as server:
        found = await read_back(
            accepted((f"{server.url}/a.xml", b"\x00\xff<A/>"), (f"{server.url}/b.xml", b"2"))
        )

    assert found == Readback(checked=2, missing=1)


async def slam(peer: Peer) -> None:
    await peer.read_head()


async def cut_short(peer: Peer) -> None:
    await peer.read_head()
    await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n1")


async def babble(peer: Peer) -> None:
    await peer.read_head()
    await peer.send(b"\x00\x01 nonsense\r\n\r\n")


@pytest.mark.parametrize("script", [slam, cut_short, babble, answering(reply(500))])
async def test_server_without_a_whole_answer_has_nothing_there(script: Callable) -> None:
    async with serve_script(script) as server:
        found = await asyncio.wait_for(read_back(accepted((server.url(), b"1"))), 10.0)

    assert found == Readback(checked=1, missing=1)


async def test_server_that_is_gone_has_nothing_there() -> None:
    url = f"http://127.0.0.1:{closed_port()}/a"

    assert await read_back(accepted((url, b"1"))) == Readback(checked=1, missing=1)
