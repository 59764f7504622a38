"""One transfer over one socket: how it runs, and every way in which it ends."""

import asyncio
import socket
from dataclasses import dataclass

import pytest

from mppsim.net.datagrams import open_datagrams
from mppsim.net.tftp_carrier import Carrier
from mppsim.tftp import Sending, Terms, Tid, TransferLimits
from tests.support.tftp_wire import read_from
from tests.support.turns import turns
from tests.support.udp_peer import PATIENCE, UdpPeer, closed_udp_port, udp_peer

BODY = b"<flat-profile/>\n"
REQUEST = b"\0\2/a.xml\0octet\0"


@dataclass(slots=True)
class Run:
    """A write that is carried, and how it ended."""

    carrier: Carrier
    opened: socket.socket
    reasons: list[str | None]
    is_over: asyncio.Event

    async def end(self) -> str | None:
        async with asyncio.timeout(PATIENCE):
            await self.is_over.wait()
        assert self.opened.fileno() == -1, "the socket is still open"
        [reason] = self.reasons
        return reason


def start(transfer: Sending, opened: socket.socket) -> Run:
    """Carry a transfer, and take note of its end."""
    reasons: list[str | None] = []
    is_over = asyncio.Event()

    def hear(reason: str | None) -> None:
        reasons.append(reason)
        is_over.set()

    carrier = Carrier(transfer, opened, hear)
    carrier.start()
    return Run(carrier, opened, reasons, is_over)


def carry(
    server: Tid,
    *,
    limits: TransferLimits | None = None,
    read: object = None,
    host: str = "127.0.0.1",
) -> Run:
    transfer = Sending(
        read or read_from(BODY),  # type: ignore[arg-type]  # what the tests hand in fits
        server,
        Terms(),
        limits or TransferLimits(),
        path="/a.xml",
    )
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    return start(transfer, open_datagrams(family, host))


async def to_the_first_block(server: UdpPeer) -> None:
    assert await server.hear() == REQUEST
    server.say(b"\0\4\0\0")
    while (block := await server.hear()) == REQUEST:
        pass  # on a slow machine it goes out again
    assert block == b"\0\3\0\1" + BODY


async def test_transfer_runs_to_its_end() -> None:
    with udp_peer() as server:
        run = carry(server.tid)
        assert run.reasons == []
        await to_the_first_block(server)
        server.say(b"\0\4\0\1")

        assert await run.end() is None


async def test_what_gets_no_answer_is_sent_again_and_then_given_up() -> None:
    with udp_peer() as server:
        run = carry(server.tid, limits=TransferLimits(waits=(0.01, 0.02)))

        assert [await server.hear(), await server.hear()] == [REQUEST, REQUEST]
        assert await run.end() == "timeout"


async def test_closed_port_is_refused_at_once() -> None:
    run = carry(Tid("127.0.0.1", closed_udp_port()))

    assert await run.end() == "refused"


async def test_server_that_goes_away_is_noticed() -> None:
    with udp_peer() as server:
        run = carry(server.tid, limits=TransferLimits(waits=(0.01,) * 100))
        await to_the_first_block(server)

    assert await run.end() == "refused"
    assert run.carrier.transfer.is_answered


async def test_address_without_a_way_cannot_be_connected_to() -> None:
    run = carry(Tid("255.255.255.255", 69))

    assert await run.end() == "connect"


async def test_block_that_cannot_be_sent_is_lost_as_on_the_way() -> None:
    client, limits = Tid("255.255.255.255", 69), TransferLimits(waits=(0.01, 0.01))
    transfer = Sending(read_from(BODY), client, Terms(), limits)
    run = start(transfer, open_datagrams(socket.AF_INET, "127.0.0.1"))

    assert await run.end() == "timeout"


async def test_error_of_the_server_ends_it() -> None:
    with udp_peer() as server:
        run = carry(server.tid)
        await server.hear()
        server.say(b"\0\5\0\2no\0")

        assert await run.end() == "tftp"


async def test_strangers_closed_port_ends_nothing() -> None:
    with udp_peer() as server:
        with udp_peer() as stranger:
            run = carry(server.tid)
            await server.hear()
            assert server.last is not None
            server.say(b"\0\4\0\0")
            await server.hear()
            stranger.say(b"\0\4\0\0", server.last)
            stranger.say(b"\0\4\0\0", server.last)
        await turns(5)
        server.say(b"\0\4\0\1")

        assert await run.end() is None


async def test_file_that_cannot_be_read_any_more_is_said() -> None:
    def fail(_at: int, _count: int) -> bytes:
        raise OSError(5, "Input/output error")

    with udp_peer() as server:
        run = carry(server.tid, read=fail)
        await server.hear()

        assert await server.ask(b"\0\4\0\0") == b"\0\5\0\0the file cannot be read\0"
        assert await run.end() == "tftp"


async def test_closing_ends_it_in_silence() -> None:
    with udp_peer() as server:
        run = carry(server.tid)
        await server.hear()
        run.carrier.close()
        run.carrier.close()
        run.carrier.stop("too late")
        await turns(3)

        assert run.reasons == []
        assert run.opened.fileno() == -1
        assert server.has_silence


async def test_stopping_tells_the_other_side() -> None:
    with udp_peer() as server:
        run = carry(server.tid)
        await server.hear()
        run.carrier.stop("enough")

        assert await server.hear() == b"\0\5\0\0enough\0"
        assert run.reasons == []


async def test_flood_lets_others_have_their_turn() -> None:
    with udp_peer() as server:
        run = carry(server.tid)
        await server.hear()
        for _ in range(100):
            server.say(b"\0\4\0\7")
        server.say(b"\0\5\0\0over\0")
        await turns(2)
        assert run.reasons == []

        assert await run.end() == "tftp"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_both_families_of_addresses_work(host: str) -> None:
    with udp_peer(host) as server:
        run = carry(server.tid, host=host)
        await to_the_first_block(server)
        server.say(b"\0\4\0\1")

        assert await run.end() is None
