"""What one client may take: connections, time for a head, size of a head."""

import logging
from pathlib import Path

import pytest

from mppsim.server import ReportServer, ServerSettings, TurnedAway
from mppsim.server.settings import Limits
from tests.support.raw_client import connected, exchange, request
from tests.support.report_servers import report_server


@pytest.mark.parametrize(
    "data",
    [
        request("PUT", "/a", b"x", "X-Long: " + "x" * 9000),
        request("PUT", "/a", b"x", "X" * 9000 + ": x"),
        request("PUT", "/a", b"x", *(f"X-{n}: x" for n in range(70))),
        request("PUT", "/" + "a" * 9000, b"x"),
        b"PUT /a HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 20_000,
    ],
    ids=["value", "name", "count", "line", "unfinished"],
)
async def test_head_that_is_too_large_gets_431(tmp_path: Path, data: bytes) -> None:
    async with report_server(tmp_path) as running:
        async with connected(running.url) as client:
            answer = await client.exchange(data)

            assert await client.read_to_end() == b""
        assert answer.status == 431
        assert running.files() == {}
        assert [event.status for event in running.turned_away] == [431]


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\nhello\r\n\r\n",
        b"GARBAGE\r\n\r\n",
        b"PUT /a b HTTP/1.1\r\n\r\n",
        b"PUT /a HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello\r\n\r\n",
        b"NOTIFY sip:1@x SIP/2.0\r\nContent-Length: 0\r\n\r\n",
        b"PUT /a HTTP/1.1\r\nHost x\r\n\r\n",
        b"PUT /a HTTP/1.1\r\nAuthorization: Basic c2VjcmV0\r\nX\x00: y\r\n\r\n",
    ],
)
async def test_head_that_cannot_be_read_gets_400_and_none_of_it_is_repeated(
    tmp_path: Path, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with report_server(tmp_path) as running:
        answer = await exchange(running.url, data)

        assert answer.status == 400
        assert answer.body == b"the request head cannot be read\n"
        assert running.events == [
            TurnedAway(
                method="?",
                path="",
                phone="",
                status=400,
                reason="the request head cannot be read",
            )
        ]
        assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("data", [b"", b"PUT /a HTTP/1.1\r\nHost: x\r\n"])
async def test_head_that_does_not_come_in_time_ends_the_connection(
    tmp_path: Path, data: bytes
) -> None:
    limits = Limits(head_seconds=0.05)
    settings = ServerSettings(limits=limits)
    async with report_server(tmp_path, settings) as running, connected(running.url) as client:
        client.send(data)

        assert await client.read_to_end() == b""


async def test_requests_that_follow_one_another_at_once_are_all_answered(tmp_path: Path) -> None:
    async with report_server(tmp_path) as running, connected(running.url) as client:
        client.send(b"".join(request("POST", "/up", b"%d" % n) for n in range(20)))
        answers = [await client.read_answer() for _ in range(20)]

        assert {answer.status for answer in answers} == {201}
        assert list(running.files().values()).count(b"19") == 1
        assert len(running.files()) == 20


class Broken:
    """A listener with a bug."""

    def __call__(self, event: object) -> None:
        raise ValueError("a bug of the listener")


async def test_bug_is_answered_with_500_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = ReportServer(ServerSettings(port=0, directory=tmp_path), Broken())
    url = await server.start()
    answer = await exchange(url, request("PUT", "/a", b"x"))
    await server.stop()

    assert (answer.status, answer.body) == (500, b"a bug in mppsim serve\n")
    assert "a bug of the listener" in caplog.text
