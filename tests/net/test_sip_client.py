import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from mppsim.errors import StartError
from mppsim.net.sip_client import send_notify
from mppsim.net.sip_endpoint import SipEndpoint
from mppsim.sip import NotifyRequest, NotifyServer, SipAccount
from mppsim.sip.stream import MessageCutter
from tests.support.server_certificate import make_certificate
from tests.support.sip_messages import read_headers
from tests.support.sip_peer import LIMIT, UdpPeer, udp_peer
from tests.support.sip_phone import SERVER_NAME, NotedPhone
from tests.support.turns import turns

SECRET = b"0123456789abcdef"
ACCOUNT = SipAccount(user_id="1001", password="secret", realm="pbx.example")
QUICK = 0.01  # seconds, instead of T1

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def request_to(
    place: tuple[str, int], transport: str = "udp", timeout: float = 5.0, user: str = "1001"
) -> NotifyRequest:
    return NotifyRequest(
        host=place[0],
        port=place[1],
        to="1001",
        user=user,
        password="secret",
        transport=transport,
        timeout=timeout,
    )


def numbered() -> Callable[[int], bytes]:
    numbers = iter(range(1, 1000))
    return lambda size: next(numbers).to_bytes(size, "big")


@asynccontextmanager
async def stream_server(
    serve: Serve, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[str, int]]:
    tasks: list[asyncio.Task[None]] = []

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.append(task)
        with suppress(OSError, asyncio.IncompleteReadError):
            await serve(reader, writer)
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(guarded, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[:2]
    async with asyncio.timeout(LIMIT):
        await turns(5)  # connections that have not become a task, or never will
        await asyncio.gather(*tasks)


def phone_on_a_stream(*accounts: SipAccount, piece: int = 7) -> Serve:
    """A phone that answers over TCP or TLS, in small pieces."""
    server = NotifyServer(lambda _local, _user: NotedPhone(accounts=accounts), secret=SECRET)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        cutter = MessageCutter()
        source = writer.get_extra_info("peername")
        while data := await reader.read(100):
            cutter.feed(data)
            for message in cutter.messages():
                answer = server.receive(message, source, local="127.0.0.1", now=0.0).datagram
                for at in range(0, len(answer or b""), piece):
                    writer.write((answer or b"")[at : at + piece])
                    await writer.drain()

    return serve


@pytest.mark.parametrize("is_locked", [False, True])
async def test_phone_answers_over_udp(*, is_locked: bool) -> None:
    phone = NotedPhone(accounts=(ACCOUNT,) if is_locked else ())
    endpoint = SipEndpoint(lambda _local, _user: phone, secret=SECRET)
    endpoint.open("127.0.0.1", 0)
    outcome = await send_notify(request_to(endpoint.address), random_bytes=numbered())
    endpoint.close()

    assert (outcome.status, outcome.reason, outcome.server) == (200, "OK", SERVER_NAME)
    assert outcome.challenged is is_locked
    assert 0 < outcome.seconds < 5
    assert phone.obeyed == ["report"]


async def test_wrong_password_is_refused_after_one_try() -> None:
    phone = NotedPhone(accounts=(SipAccount(user_id="1001", password="other"),))
    endpoint = SipEndpoint(lambda _local, _user: phone, secret=SECRET)
    endpoint.open("127.0.0.1", 0)
    outcome = await send_notify(request_to(endpoint.address), random_bytes=numbered())
    endpoint.close()

    assert (outcome.status, outcome.challenged) == (401, True)
    assert phone.notices == [("report", 401), ("report", 401)]


async def answer_third(peer: UdpPeer) -> list[bytes]:
    """Lose two requests, then answer."""
    received = []
    for _ in range(3):
        datagram, source = await peer.receive_from()
        received.append(datagram)
    lines = ("Via", "From", "To", "Call-ID", "CSeq")
    echoed = [f"{name}: {read_headers(received[2], name)[0]}" for name in lines]
    peer.send("\r\n".join(["SIP/2.0 202 Fine", *echoed, "", ""]).encode(), source)
    return received


async def test_lost_datagram_is_sent_again() -> None:
    async with udp_peer() as peer:
        answering = asyncio.create_task(answer_third(peer))
        outcome = await send_notify(request_to(peer.address), random_bytes=numbered(), t1=QUICK)
        received = await answering

    assert (outcome.status, outcome.reason, outcome.server) == (202, "Fine", "")
    assert len(set(received)) == 1


async def test_no_answer_is_said_after_the_timeout() -> None:
    async with udp_peer() as peer:
        outcome = await send_notify(
            request_to(peer.address, timeout=0.05), random_bytes=numbered(), t1=QUICK
        )

    assert (outcome.status, outcome.reason) == (None, "no answer within 0.05 s")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_port_where_nothing_listens_is_said(transport: str) -> None:
    async with udp_peer() as peer:
        place = peer.address
    outcome = await send_notify(request_to(place, transport), random_bytes=numbered())

    assert (outcome.status, outcome.reason) == (None, "nothing listens there")


@pytest.mark.parametrize("is_locked", [False, True])
async def test_phone_answers_over_tcp_in_small_pieces(*, is_locked: bool) -> None:
    accounts = (ACCOUNT,) if is_locked else ()
    async with stream_server(phone_on_a_stream(*accounts)) as place:
        outcome = await send_notify(request_to(place, "tcp"), random_bytes=numbered())

    assert (outcome.status, outcome.challenged) == (200, is_locked)


async def test_phone_answers_over_tls_that_is_trusted(tmp_path: Path) -> None:
    files = make_certificate(tmp_path)
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.load_cert_chain(files.certificate, files.key)
    trust = ssl.create_default_context(cafile=files.certificate)
    async with stream_server(phone_on_a_stream(ACCOUNT), ours) as place:
        request = request_to(place, "tls")
        trusted = await send_notify(request, random_bytes=numbered(), tls=trust)
        distrusted = await send_notify(request, random_bytes=numbered())

    assert (trusted.status, trusted.challenged) == (200, True)
    assert distrusted.status is None
    assert distrusted.reason.startswith("its certificate is not to be trusted: ")


async def close_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()


async def talk_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()
    await reader.read()


async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(-1)


@pytest.mark.parametrize(
    ("serve", "reason"),
    [
        (close_at_once, "the connection was closed before an answer came"),
        (talk_http, "not a SIP message"),
        (say_nothing, "no answer within 0.2 s"),
    ],
)
async def test_stream_without_an_answer_is_told_from_others(serve: Serve, reason: str) -> None:
    async with stream_server(serve) as place:
        outcome = await send_notify(request_to(place, "tcp", timeout=0.2), random_bytes=numbered())

    assert (outcome.status, outcome.reason) == (None, reason)


async def test_handshake_that_never_ends_is_given_up() -> None:
    async with stream_server(say_nothing) as place:
        outcome = await send_notify(request_to(place, "tls", timeout=0.2), random_bytes=numbered())

    assert (outcome.status, outcome.reason) == (None, "no answer within 0.2 s")


async def test_host_without_an_address_cannot_be_started() -> None:
    request = request_to(("no-such-host.invalid", 5060))

    with pytest.raises(StartError, match=r"^no address for no-such-host\.invalid: "):
        await send_notify(request, random_bytes=numbered())
