"""The TFTP client: whole transfers, places, sessions, and the shape of an upload."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from mppsim.core.url import Url, parse_url
from mppsim.http import HttpOutcome, HttpRequest
from mppsim.net.tftp import TftpClient, TftpOutcome
from mppsim.tftp import TransferLimits
from tests.support.turns import turns
from tests.support.udp_peer import PATIENCE, UdpPeer, udp_peer

BODY = b"<flat-profile/>\n"
WRITE = b"\0\2/a.xml\0octet\0blksize\x001428\0tsize\x00%d\0" % len(BODY)
READ = b"\0\1/a.xml\0octet\0blksize\x001428\0tsize\x000\0"


@pytest.fixture
async def client() -> AsyncIterator[TftpClient]:
    with TftpClient() as client:
        yield client


def url_of(server: UdpPeer, path: str = "/a.xml") -> Url:
    host = f"[{server.tid.host}]" if ":" in server.tid.host else server.tid.host
    return parse_url(f"tftp://{host}:{server.tid.port}{path}")


class Waiting:
    """Who is told, and what."""

    def __init__(self) -> None:
        self.outcomes: list[TftpOutcome] = []
        self.is_told = asyncio.Event()

    def __call__(self, outcome: TftpOutcome) -> None:
        self.outcomes.append(outcome)
        self.is_told.set()

    async def outcome(self) -> TftpOutcome:
        async with asyncio.timeout(PATIENCE):
            await self.is_told.wait()
        [outcome] = self.outcomes
        return outcome


async def test_file_is_written(client: TftpClient) -> None:
    done = Waiting()
    with udp_peer() as server:
        client.open_session().write(url_of(server), BODY, done)
        assert await server.hear() == WRITE
        assert await server.ask(b"\0\6blksize\x001428\0") == b"\0\3\0\1" + BODY
        server.say(b"\0\4\0\1")
        outcome = await done.outcome()

        assert (outcome.url, outcome.reason, outcome.code) == (url_of(server), None, None)
        assert 0 < outcome.seconds < PATIENCE
        assert str(outcome) == ""


async def test_file_is_read(client: TftpClient) -> None:
    with udp_peer() as server:
        reading = asyncio.create_task(client.read(url_of(server)))
        assert await server.hear() == READ
        assert await server.ask(b"\0\3\0\1" + BODY) == b"\0\4\0\1"
        outcome = await reading

    assert (outcome.reason, outcome.body) == (None, BODY)


async def test_file_that_is_not_there_says_so(client: TftpClient) -> None:
    with udp_peer() as server:
        reading = asyncio.create_task(client.read(url_of(server)))
        await server.hear()
        server.say(b"\0\5\0\1no such file\0")
        outcome = await reading

    assert (outcome.reason, outcome.code, outcome.body) == ("tftp", 1, b"")
    assert str(outcome) == "TFTP error 1: no such file"


async def test_file_above_the_limit_is_not_read(client: TftpClient) -> None:
    with udp_peer() as server:
        reading = asyncio.create_task(client.read(url_of(server), limit=len(BODY) - 1))
        await server.hear()
        assert (await server.ask(b"\0\3\0\1" + BODY)).startswith(b"\0\5\0\3")
        outcome = await reading

    assert (outcome.reason, outcome.body) == ("tftp", b"")


async def test_giving_up_a_read_ends_it() -> None:
    with TftpClient() as client, udp_peer() as server:
        reading = asyncio.create_task(client.read(url_of(server)))
        await server.hear()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await turns(3)


async def test_phone_writes_from_its_own_address(client: TftpClient) -> None:
    with udp_peer() as server:
        client.open_session("127.0.0.9").write(url_of(server), BODY, Waiting())
        await server.hear()

        assert server.last is not None
        assert server.last.host == "127.0.0.9"


async def test_transfers_beyond_the_places_wait_in_order() -> None:
    with TftpClient(most=1) as client, udp_peer() as server:
        session = client.open_session()
        told = [Waiting() for _ in range(3)]
        for path, done in zip(("/1", "/2", "/3"), told, strict=True):
            session.write(url_of(server, path), BODY, done)
        heard = []
        for done in told:
            heard.append((await server.hear())[2:4])
            assert server.has_silence
            server.say(b"\0\5\0\0next\0")
            await done.outcome()

        assert heard == [b"/1", b"/2", b"/3"]


async def test_closing_a_session_cuts_what_is_in_hand_and_what_waits() -> None:
    with TftpClient(most=1) as client, udp_peer() as server:
        session, other = client.open_session(), client.open_session()
        in_hand, waiting, spared = Waiting(), Waiting(), Waiting()
        session.write(url_of(server, "/1"), BODY, in_hand)
        session.write(url_of(server, "/2"), BODY, waiting)
        other.write(url_of(server, "/3"), BODY, spared)
        await server.hear()
        session.close()
        assert in_hand.outcomes == waiting.outcomes == []

        assert (await in_hand.outcome()).reason == "cut"
        assert (await waiting.outcome()).reason == "cut"
        assert (await waiting.outcome()).seconds == 0.0
        assert (await server.hear())[2:4] == b"/3"
        assert spared.outcomes == []


async def test_closing_the_client_cuts_everything() -> None:
    done = Waiting()
    with udp_peer() as server, TftpClient() as client:
        client.open_session().write(url_of(server), BODY, done)
        await server.hear()

    assert [outcome.reason for outcome in done.outcomes] == ["cut"]


async def test_closed_session_sends_nothing_any_more(client: TftpClient) -> None:
    done = Waiting()
    session = client.open_session()
    session.close()
    with udp_peer() as server:
        session.write(url_of(server), BODY, done)

        assert (await done.outcome()).reason == "cut"
        assert server.has_silence


async def test_silent_server_is_a_timeout() -> None:
    with TftpClient(TransferLimits(waits=(0.01, 0.01))) as client, udp_peer() as server:
        outcome = await client.read(url_of(server))

    assert (outcome.reason, outcome.code, str(outcome)) == ("timeout", None, "")


class TestShapeOfAnUpload:
    """`TftpSession.send` is the `UploadLine` of `mppsim.net.surroundings`."""

    @staticmethod
    async def send(client: TftpClient, request: HttpRequest) -> "asyncio.Future[HttpOutcome]":
        future: asyncio.Future[HttpOutcome] = asyncio.get_running_loop().create_future()
        client.open_session().send(request, future.set_result)
        return future

    async def test_report_is_written_whatever_the_method(self, client: TftpClient) -> None:
        with udp_peer() as server:
            request = HttpRequest(method="POST", url=url_of(server), body=BODY)
            sent = await self.send(client, request)
            await server.hear()
            await server.ask(b"\0\4\0\0")
            server.say(b"\0\4\0\1")
            outcome = await sent

        seconds, size = outcome.seconds, len(BODY)
        assert outcome == HttpOutcome(None, None, seconds, size, None, request.url)

    async def test_report_that_is_refused_says_why(self, client: TftpClient) -> None:
        with udp_peer() as server:
            sent = await self.send(client, HttpRequest(method="WRQ", url=url_of(server)))
            await server.hear()
            server.say(b"\0\5\0\1no such directory\0")
            outcome = await sent

        assert (outcome.status, outcome.reason) == (None, "tftp")
        assert outcome.detail == "TFTP error 1: no such directory"

    async def test_get_reads(self, client: TftpClient) -> None:
        with udp_peer() as server:
            request = HttpRequest(method="GET", url=url_of(server), keep_body=100)
            sent = await self.send(client, request)
            assert await server.hear() == READ
            await server.ask(b"\0\3\0\1" + BODY)
            outcome = await sent

        assert (outcome.reason, outcome.body, outcome.bytes) == (None, BODY, 0)

    async def test_get_of_what_is_not_there_is_404(self, client: TftpClient) -> None:
        with udp_peer() as server:
            request = HttpRequest(method="GET", url=url_of(server), keep_body=100)
            sent = await self.send(client, request)
            await server.hear()
            server.say(b"\0\5\0\1\0")
            outcome = await sent

        assert (outcome.status, outcome.reason) == (404, "tftp")
