"""One place where phones are reached: datagrams and connections at the same port."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from mppsim.errors import StartError
from mppsim.net import sip_port
from mppsim.net.sip_port import SipPort
from tests.support.sip_peer import LIMIT, udp_peer
from tests.support.turns import turns


class Keeper:
    def __init__(self) -> None:
        self.datagrams: list[tuple[bytes, str]] = []
        self.accepted: list[socket.socket] = []
        self.on_datagram = lambda _port: None

    def port_received(
        self, port: SipPort, datagram: bytes, source: tuple[str, int], local: str, now: float
    ) -> None:
        self.datagrams.append((datagram, local))
        port.send(b"to you", source, source=local)
        self.on_datagram(port)

    def port_accepted(self, port: SipPort, plain: socket.socket) -> None:
        assert plain.gettimeout() == 0.0
        self.accepted.append(plain)


@asynccontextmanager
async def port_at(host: str, port: int = 0, line: int = 0) -> AsyncIterator[tuple[SipPort, Keeper]]:
    keeper = Keeper()
    opened = SipPort(host, port, keeper, line=line)
    try:
        yield opened, keeper
    finally:
        opened.close()
        opened.close()
        for plain in keeper.accepted:
            plain.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_datagram_is_taken_and_answered(host: str) -> None:
    async with port_at(host) as (port, keeper), udp_peer(host) as peer:
        assert await peer.ask(b"hello", (host, port.port)) == b"to you"

    assert keeper.datagrams == [(b"hello", host)]
    assert (port.host, port.is_wildcard, port.find_source((host, 5060))) == (host, False, host)


@pytest.mark.parametrize(
    ("wildcard", "place", "own"),
    [
        ("0.0.0.0", "127.0.0.77", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1", "127.0.0.1"),
        ("::", "::1", "::1"),
    ],
)
async def test_wildcard_answers_from_the_address_that_was_asked(
    wildcard: str, place: str, own: str
) -> None:
    async with port_at(wildcard) as (port, keeper), udp_peer(own) as peer:
        peer.send(b"hello", (place, port.port))
        datagram, source = await peer.receive_from()

        assert (datagram, source[:2]) == (b"to you", (place, port.port))
        assert keeper.datagrams == [(b"hello", place)]
        assert port.find_source((own, 5060)) == own
        port.send(b"anywhere", peer.address, source=wildcard)
        assert await peer.receive() == b"anywhere"


async def test_wildcard_that_is_told_no_destinations_says_its_own_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sip_port, "_IP_PKTINFO", None)
    async with port_at("0.0.0.0") as (port, keeper), udp_peer() as peer:
        assert await peer.ask(b"hello", ("127.0.0.1", port.port)) == b"to you"

    assert keeper.datagrams == [(b"hello", "0.0.0.0")]


async def test_burst_is_taken_batch_by_batch() -> None:
    async with port_at("127.0.0.1") as (port, keeper), udp_peer() as peer:
        for _ in range(150):
            peer.send(b"x", (port.host, port.port))
        async with asyncio.timeout(LIMIT):
            while len(keeper.datagrams) < 150:
                await turns()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
async def test_keeper_may_close_the_port_within_a_datagram(host: str) -> None:
    async with port_at(host) as (port, keeper), udp_peer() as peer:
        keeper.on_datagram = lambda port: port.close()
        for _ in range(2):
            peer.send(b"x", ("127.0.0.1", port.port))
        await peer.receive()
        await turns(3)

    assert len(keeper.datagrams) == 1


async def test_connections_are_taken_at_the_same_port() -> None:
    loop = asyncio.get_running_loop()
    async with port_at("127.0.0.1") as (port, keeper):
        with socket.socket() as plain:
            plain.setblocking(False)
            await loop.sock_connect(plain, (port.host, port.port))
            async with asyncio.timeout(LIMIT):
                while not keeper.accepted:
                    await turns()

            assert keeper.accepted[0].getpeername() == plain.getsockname()


async def test_port_without_descriptors_left_pauses_rather_than_spins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sip_port, "_PAUSE", 0.01)
    async with port_at("127.0.0.1") as (port, keeper):
        real, calls = port._listener, []

        class Exhausted:
            def accept(self) -> None:
                calls.append(1)
                raise OSError(errno.EMFILE, "Too many open files")

            def fileno(self) -> int:
                return real.fileno()

        port._listener = Exhausted()  # type: ignore[assignment]
        with socket.create_connection((port.host, port.port)):
            async with asyncio.timeout(LIMIT):
                while not calls:
                    await turns()
                await turns(20)
                assert len(calls) == 1
                port._listener = real
                while not keeper.accepted:
                    await turns()


async def test_port_that_is_closed_while_it_pauses_stays_closed() -> None:
    async with port_at("127.0.0.1") as (port, _):
        port._resume = asyncio.get_running_loop().call_later(0.0, port._listen)
        port.close()
        await turns(3)

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((port.host, port.port))


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
async def test_port_that_one_transport_has_taken_is_a_start_error(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        name = "UDP" if kind == socket.SOCK_DGRAM else "TCP"
        with pytest.raises(StartError) as caught:
            SipPort("127.0.0.1", port, Keeper())

    assert str(caught.value) == (
        f"cannot listen for SIP on 127.0.0.1 port {port} ({name}): Address already in use;"
        " choose another with --sip-port, or 0 for any free one"
    )


async def test_free_port_is_free_for_both_transports(monkeypatch: pytest.MonkeyPatch) -> None:
    opened, failures = SipPort._open, [2]

    def open_or_fail(self: SipPort, kind: socket.SocketKind, port: int) -> socket.socket:
        if kind == socket.SOCK_STREAM and failures[0]:
            failures[0] -= 1
            raise StartError("taken")
        return opened(self, kind, port)

    monkeypatch.setattr(SipPort, "_open", open_or_fail)
    async with port_at("127.0.0.1") as (port, _):
        assert port.port > 0
    failures[0] = 1000
    with pytest.raises(StartError, match="taken"):
        SipPort("127.0.0.1", 0, Keeper())


@pytest.mark.parametrize("host", ["192.0.2.7", "no address", "2001:db8::1"])
async def test_address_that_is_not_ours_is_a_start_error(host: str) -> None:
    with pytest.raises(StartError, match=f"^cannot listen for SIP on {host} port 0"):
        SipPort(host, 0, Keeper())


async def test_port_says_whose_line_it_is() -> None:
    async with port_at("127.0.0.1", line=3) as (port, _):
        assert port.line == 3
        assert port.family == socket.AF_INET


async def test_both_sockets_are_prepared_before_they_are_bound() -> None:
    seen: list[tuple[str, int]] = []
    port = SipPort("127.0.0.1", 0, Keeper(), prepare=lambda sock: seen.append(sock.getsockname()))
    port.close()

    assert seen == [("0.0.0.0", 0)] * 2
