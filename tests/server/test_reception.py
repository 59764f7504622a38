"""A body comes whole and within its limits, or not at all."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from unittest import mock

import pytest
from aiohttp import StreamReader, web
from aiohttp.test_utils import make_mocked_request

from mppsim.server import ServerSettings
from mppsim.server.reception import receive_body
from mppsim.server.refusal import Refused
from mppsim.server.settings import Limits
from tests.support.raw_client import PATIENCE, connected, exchange, request
from tests.support.report_servers import RunningServer, report_server

MOST = 100_000
LIMITS = Limits(body_bytes=MOST)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with report_server(tmp_path / "reports", ServerSettings(limits=LIMITS)) as running:
        (running.directory / "a.xml").write_bytes(b"old and whole")
        yield running


async def test_largest_body_is_taken(server: RunningServer) -> None:
    answer = await exchange(server.url, request("PUT", "/b", b"x" * MOST))

    assert answer.status == 201


async def test_body_that_announces_too_much_is_refused_at_once(server: RunningServer) -> None:
    async with connected(server.url) as client:
        head = request("PUT", "/a.xml", None, f"Content-Length: {MOST + 1}")
        answer = await client.exchange(head)

    assert answer.status == 413
    assert server.files() == {"a.xml": b"old and whole"}


async def test_chunked_body_is_refused_when_it_grows_too_large(server: RunningServer) -> None:
    async with connected(server.url) as client:
        client.send(request("PUT", "/a.xml", None, "Transfer-Encoding: chunked"))
        for _ in range(3):
            client.send(b"%x\r\n%s\r\n" % (MOST // 2, b"x" * (MOST // 2)))
        answer = await client.read_answer()

    assert answer.status == 413
    assert server.files() == {"a.xml": b"old and whole"}


CUT_OFF = [
    request("PUT", "/a.xml", None, "Content-Length: 1000") + b"x" * 999,
    request("PUT", "/a.xml", None, "Content-Length: 1000"),
    request("PUT", "/a.xml", None, "Transfer-Encoding: chunked") + b"5\r\nhello\r\n",
    request("PUT", "/a.xml", None, "Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n",
    request("PUT", "/a.xml", None, "Transfer-Encoding: chunked") + b"5\r\nhel",
    request("POST", "/a.xml", None, "Content-Length: 10") + b"x",
]


@pytest.mark.parametrize("data", CUT_OFF)
async def test_upload_that_is_cut_off_changes_nothing(
    server: RunningServer, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with connected(server.url) as client:
        client.send(data)
    await asyncio.wait_for(server.told.wait(), PATIENCE)

    assert server.files() == {"a.xml": b"old and whole"}
    assert [event.status for event in server.turned_away] == [None]
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize(
    "body", [b"zz\r\nhello\r\n0\r\n\r\n", b"5\r\nhello!!\r\n0\r\n\r\n", b"-5\r\nhello\r\n0\r\n\r\n"]
)
async def test_broken_chunks_change_nothing(server: RunningServer, body: bytes) -> None:
    head = request("PUT", "/a.xml", None, "Transfer-Encoding: chunked")
    answer = await exchange(server.url, head + body)

    assert answer.status == 400
    assert server.files() == {"a.xml": b"old and whole"}


async def test_chunk_that_breaks_while_the_body_is_read_is_given_up_in_time(tmp_path: Path) -> None:
    waiting = ("Transfer-Encoding: chunked", "Expect: 100-continue")
    limits = Limits(body_seconds=0.05)
    async with report_server(tmp_path / "r", ServerSettings(limits=limits)) as running:
        async with connected(running.url) as client:
            going_on = await client.exchange(request("PUT", "/a.xml", None, *waiting))
            answer = await client.exchange(b"5\r\nhello\r\nzz\r\n")

        assert (going_on.status, answer.status) == (100, 408)
        assert running.files() == {}


async def test_body_whose_framing_the_parser_gives_up_is_refused() -> None:
    content = StreamReader(mock.Mock(), 1024, loop=asyncio.get_running_loop())
    content.set_exception(web.RequestPayloadError("bad chunk"))
    broken = make_mocked_request("PUT", "/a", {"Content-Length": "9"}, payload=content)

    with pytest.raises(Refused, match="framed") as caught:
        await receive_body(broken, LIMITS)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ((), 411),
        (("Content-Length: x",), 400),
        (("Content-Length: -1",), 400),
        (("Content-Length: 1", "Content-Length: 2"), 400),
        (("Content-Length: 1", "Transfer-Encoding: chunked"), 400),
        (("Content-Length: 1", "Content-Range: bytes 0-0/9"), 400),
        (("Content-Length: 1", "Expect: a miracle"), 417),
    ],
    ids=str,
)
async def test_head_that_does_not_announce_a_whole_body_is_refused(
    server: RunningServer, headers: tuple[str, ...], status: int
) -> None:
    answer = await exchange(server.url, request("PUT", "/a.xml", None, *headers))

    assert answer.status == status
    assert server.files() == {"a.xml": b"old and whole"}


async def test_client_that_waits_is_told_to_go_on(server: RunningServer) -> None:
    async with connected(server.url) as client:
        head = request("PUT", "/b.xml", None, "Content-Length: 3", "Expect: 100-Continue")
        answers = [await client.exchange(data) for data in (head, b"new")]

    assert [answer.status for answer in answers] == [100, 201]
    assert server.files()["b.xml"] == b"new"


async def test_client_of_http_1_0_is_not_told_to_go_on(server: RunningServer) -> None:
    head = request("PUT", "/b.xml", b"new", "Expect: 100-continue").replace(b"1.1", b"1.0")

    assert (await exchange(server.url, head)).status == 201


async def test_body_that_comes_in_many_pieces_is_put_together(server: RunningServer) -> None:
    async with connected(server.url) as client:
        client.send(request("PUT", "/b", None, "Content-Length: 20"))
        for number in range(10):
            client.send(b"%02d" % number)
            await client.writer.drain()
            await asyncio.sleep(0)
        answer = await client.read_answer()

    assert answer.status == 201
    assert server.files()["b"] == b"00010203040506070809"


async def test_body_that_does_not_come_in_time_is_given_up(tmp_path: Path) -> None:
    limits = Limits(body_seconds=0.05)
    async with report_server(tmp_path / "r", ServerSettings(limits=limits)) as running:
        (running.directory / "a.xml").write_bytes(b"old and whole")
        async with connected(running.url) as client:
            answer = await client.exchange(
                request("PUT", "/a.xml", None, "Content-Length: 9") + b"half"
            )

        assert (answer.status, answer.get("connection")) == (408, "close")
        assert running.files() == {"a.xml": b"old and whole"}
        assert running.turned_away[0].reason == "the body did not come within 0.05 seconds"
