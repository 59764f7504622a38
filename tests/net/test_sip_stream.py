"""One connection that carries SIP, against sockets that do what peers do."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mppsim.net.sip_stream import SipStream, StreamLimits
from mppsim.net.tls import TlsSettings, make_client_context
from mppsim.sip.message import MAX_HEAD_BYTES
from tests.support.certificates import make_authority
from tests.support.sip_messages import make_notify
from tests.support.sip_peer import LIMIT
from tests.support.turns import turns

MESSAGE = make_notify(body=b"hello")
USUAL = StreamLimits()


class Keeper:
    """Writes down what a stream tells, and lets a test wait for it."""

    def __init__(self) -> None:
        self.told: list[bytes | str] = []
        self.is_closing = False
        self._told = asyncio.Event()

    def stream_opened(self, stream: SipStream) -> None:
        self._note("open")

    def stream_received(self, stream: SipStream, message: bytes) -> None:
        if self.is_closing:
            stream.close()
        self._note(message)

    def stream_closed(self, stream: SipStream, reason: str) -> None:
        self._note(reason)

    async def hears(self, count: int) -> list[bytes | str]:
        async with asyncio.timeout(LIMIT):
            while len(self.told) < count:
                self._told.clear()
                await self._told.wait()
        return self.told

    def _note(self, what: bytes | str) -> None:
        self.told.append(what)
        self._told.set()


def no_context() -> ssl.SSLContext:
    raise AssertionError("nobody came by TLS")


class Pair:
    """A stream, and the plain socket at its other end."""

    def __init__(self, limits: StreamLimits) -> None:
        mine, self.theirs = socket.socketpair()
        mine.setblocking(False)
        self.theirs.setblocking(False)
        self.keeper = Keeper()
        self.stream = SipStream.accept(mine, self.keeper, no_context, limits)

    async def gives(self, data: bytes, told: int) -> list[bytes | str]:
        await asyncio.get_running_loop().sock_sendall(self.theirs, data)
        return await self.keeper.hears(told)

    async def gets(self, count: int) -> bytes:
        got = b""
        async with asyncio.timeout(LIMIT):
            while len(got) < count:
                got += await asyncio.get_running_loop().sock_recv(self.theirs, 1 << 20)
        return got


@asynccontextmanager
async def pair(limits: StreamLimits = USUAL) -> AsyncIterator[Pair]:
    both = Pair(limits)
    try:
        yield both
    finally:
        both.stream.close()
        both.theirs.close()


async def test_messages_pass_both_ways() -> None:
    async with pair() as both:
        assert await both.gives(MESSAGE + MESSAGE, 3) == ["open", MESSAGE, MESSAGE]

        both.stream.send(b"first")
        both.stream.send(b"second")
        assert await both.gets(11) == b"firstsecond"


async def test_message_that_is_sent_before_the_connection_is_open_goes_out_then() -> None:
    async with pair() as both:
        both.stream.send(b"early")
        await both.gives(b"\r\n\r\n", 1)

        assert await both.gets(5) == b"early"


async def test_end_of_the_other_side_is_told_once() -> None:
    async with pair() as both:
        await both.gives(MESSAGE, 2)
        both.theirs.close()

        assert await both.keeper.hears(3) == ["open", MESSAGE, "reset"]
        both.stream.close()
        both.stream.send(b"too late")
        await turns(3)
        assert len(both.keeper.told) == 3


async def test_connection_that_says_nothing_at_all_and_ends_is_no_harm() -> None:
    async with pair() as both:
        both.theirs.close()

        assert await both.keeper.hears(2) == ["open", "reset"]


async def test_keeper_may_close_within_a_message() -> None:
    async with pair() as both:
        both.keeper.is_closing = True

        assert await both.gives(MESSAGE + MESSAGE, 2) == ["open", MESSAGE]
        assert both.stream.is_closed


@pytest.mark.parametrize(
    "nonsense",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"x" * MAX_HEAD_BYTES,
        make_notify(content_length="999999"),
        make_notify(content_length=None),
    ],
)
async def test_what_is_no_sip_closes_the_connection(nonsense: bytes) -> None:
    async with pair() as both:
        assert await both.gives(MESSAGE + nonsense, 3) == ["open", MESSAGE, "bad-reply"]


async def test_peer_that_reads_nothing_is_not_waited_for_without_end() -> None:
    async with pair() as both:
        await both.gives(MESSAGE, 2)
        for _ in range(100):
            both.stream.send(bytes(65_536))

        assert both.keeper.told[2:] == ["timeout"]
        assert both.stream.is_closed


async def test_what_the_socket_does_not_take_at_once_follows() -> None:
    async with pair() as both:
        both.theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        both.stream._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        await both.gives(MESSAGE, 2)
        both.stream.send(b"x" * 200_000)

        assert len(await both.gets(200_000)) == 200_000


@pytest.mark.parametrize(
    ("said", "told"),
    [
        pytest.param(b"", ["timeout"], id="nothing at all"),
        pytest.param(b"NOTIFY", ["open", "timeout"], id="a piece of a message"),
        pytest.param(MESSAGE + b"NOT", ["open", MESSAGE, "timeout"], id="a piece of a second"),
        pytest.param(b"\x16\x03\x01", ["timeout"], id="a piece of a TLS handshake"),
    ],
)
async def test_message_has_to_be_whole_in_time(
    said: bytes, told: list[bytes | str], tmp_path: Path
) -> None:
    context = make_authority(tmp_path).make_server_context("localhost")
    mine, theirs = socket.socketpair()
    mine.setblocking(False)
    keeper = Keeper()
    SipStream.accept(mine, keeper, lambda: context, StreamLimits(message=0.02))
    theirs.sendall(said)

    assert await keeper.hears(len(told)) == told
    theirs.close()


async def test_piece_by_piece_is_no_way_to_stay() -> None:
    async with pair(StreamLimits(message=0.05)) as both:
        await both.gives(b"N", 1)
        limit = both.stream._limit
        for octet in b"OTIFY":
            both.theirs.send(bytes([octet]))
            await turns(3)

        assert both.stream._limit is limit
        assert await both.keeper.hears(2) == ["open", "timeout"]


async def test_silence_between_messages_has_an_end() -> None:
    async with pair(StreamLimits(idle=0.02)) as both:
        assert await both.gives(MESSAGE, 3) == ["open", MESSAGE, "timeout"]


@asynccontextmanager
async def listener() -> AsyncIterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def begin(place: tuple[str, int]) -> socket.socket:
    plain = socket.socket()
    plain.setblocking(False)
    plain.connect_ex(place)
    return plain


async def test_connection_of_our_own_opens_and_may_be_silent() -> None:
    loop = asyncio.get_running_loop()
    async with listener() as server:
        keeper = Keeper()
        stream = SipStream.open_to(begin(server.getsockname()), keeper, None)
        stream.send(b"hello")
        theirs, _ = await loop.sock_accept(server)

        assert await keeper.hears(1) == ["open"]
        assert await loop.sock_recv(theirs, 100) == b"hello"
        assert stream.peer == server.getsockname()
        assert stream.local == theirs.getpeername()
        assert stream._limit is None
        stream.close()
        theirs.close()


async def test_port_where_nobody_listens_refuses() -> None:
    async with listener() as server:
        place = server.getsockname()
    keeper = Keeper()
    SipStream.open_to(begin(place), keeper, None)

    assert await keeper.hears(1) == ["refused"]


async def test_tls_is_told_by_its_first_octet(tmp_path: Path) -> None:
    authority = make_authority(tmp_path)
    context = authority.make_server_context("localhost")
    client_context = make_client_context(TlsSettings(ca_file=authority.ca_file))
    ours, theirs = Keeper(), Keeper()
    loop = asyncio.get_running_loop()
    async with listener() as server:

        def wrap(plain: socket.socket) -> ssl.SSLSocket:
            return client_context.wrap_socket(
                plain, server_hostname="localhost", do_handshake_on_connect=False
            )

        mine = SipStream.open_to(begin(server.getsockname()), ours, wrap)
        accepted, _ = await loop.sock_accept(server)
        accepted.setblocking(False)
        other = SipStream.accept(accepted, theirs, lambda: context)
        mine.send(MESSAGE)
        assert await theirs.hears(2) == ["open", MESSAGE]
        # More than one TLS record, and more than one wake-up takes.
        large = make_notify(body=b"x" * 60_000)
        for _ in range(30):
            other.send(large)
            await turns(3)
        assert await ours.hears(31) == ["open", *[large] * 30]
        mine.close()
        assert (await theirs.hears(3))[2] == "reset"


async def test_certificate_that_is_not_trusted_fails_with_tls(tmp_path: Path) -> None:
    context = make_authority(tmp_path).make_server_context("localhost")
    strict = ssl.create_default_context()
    ours, theirs = Keeper(), Keeper()
    async with listener() as server:

        def wrap(plain: socket.socket) -> ssl.SSLSocket:
            return strict.wrap_socket(
                plain, server_hostname="localhost", do_handshake_on_connect=False
            )

        SipStream.open_to(begin(server.getsockname()), ours, wrap)
        accepted, _ = await asyncio.get_running_loop().sock_accept(server)
        accepted.setblocking(False)
        SipStream.accept(accepted, theirs, lambda: context)

        assert await ours.hears(1) == ["tls"]
        assert (await theirs.hears(1))[0] in {"tls", "open"}
