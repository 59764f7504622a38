"""TFTP over real sockets: transfers side by side, repetitions, limits, and peers that misbehave."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mppsim.server import ServerSettings, TurnedAway
from mppsim.server.settings import Limits
from tests.support.report_servers import RunningServer, report_server
from tests.support.udp_peer import UdpPeer, udp_peer

REPORT = b"<flat-profile><A>1</A></flat-profile>"
WRITE, READ = b"\0\2/a.xml\0octet\0", b"\0\1/a.xml\0octet\0"
TFTP = ServerSettings(tftp_host="127.0.0.1", tftp_port=0)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with report_server(tmp_path / "reports", TFTP) as running:
        yield running


async def begin(peer: UdpPeer, server: RunningServer, request: bytes = WRITE) -> bytes:
    """Ask for a transfer; give its first answer. What `peer` says next goes to its own port."""
    answer = await peer.ask(request, server.tftp)
    assert peer.last != server.tftp, "a transfer has a port of its own"
    return answer


async def test_report_is_received_on_a_port_of_its_own(server: RunningServer) -> None:
    with udp_peer() as phone:
        assert await begin(phone, server) == b"\0\4\0\0"
        assert await phone.ask(b"\0\3\0\1" + REPORT) == b"\0\4\0\1"

    assert server.files() == {"a.xml": REPORT}
    assert [event.method for event in server.received] == ["WRQ"]


async def test_file_is_served(server: RunningServer) -> None:
    (server.directory / "a.xml").write_bytes(REPORT)
    with udp_peer() as phone:
        assert await begin(phone, server, READ) == b"\0\3\0\1" + REPORT
        phone.say(b"\0\4\0\1")


async def test_refused_request_gets_its_error_from_the_port_that_it_went_to(
    server: RunningServer,
) -> None:
    with udp_peer() as phone:
        assert await phone.ask(READ, server.tftp) == b"\0\5\0\1no such file\0"
        assert phone.last == server.tftp

    assert [event.status for event in server.turned_away] == [1]


async def test_phones_write_side_by_side(server: RunningServer) -> None:
    with udp_peer() as one, udp_peer() as other:
        await begin(one, server, b"\0\2/one\0octet\0")
        await begin(other, server, b"\0\2/other\0octet\0")
        await other.ask(b"\0\3\0\1other")
        await one.ask(b"\0\3\0\1one")

    assert server.files() == {"one": b"one", "other": b"other"}


async def test_repeated_request_begins_nothing_new(server: RunningServer) -> None:
    with udp_peer() as phone:
        await begin(phone, server)
        own = phone.last
        phone.say(WRITE, server.tftp)
        assert await phone.ask(b"\0\3\0\1" + REPORT, own) == b"\0\4\0\1"
        assert phone.last == own

    assert len(server.received) == 1


async def test_client_that_asks_for_something_else_has_left_the_first(
    server: RunningServer,
) -> None:
    with udp_peer() as phone:
        await begin(phone, server)
        phone.say(b"\0\2/b.xml\0octet\0", server.tftp)
        assert await phone.hear() == b"\0\5\0\0the client asks for something else\0"
        assert await phone.hear() == b"\0\4\0\0"
        assert await phone.ask(b"\0\3\0\1" + REPORT) == b"\0\4\0\1"

    assert server.files() == {"b.xml": REPORT}
    assert [event.path for event in server.turned_away] == ["/a.xml"]


async def test_client_may_write_again_from_the_port_it_has(server: RunningServer) -> None:
    with udp_peer() as phone:
        for body in (b"first", b"second"):
            await begin(phone, server)
            assert await phone.ask(b"\0\3\0\1" + body) == b"\0\4\0\1"

    assert server.files() == {"a.xml": b"second"}
    assert server.turned_away == []


async def test_last_block_is_acknowledged_again_but_received_once(server: RunningServer) -> None:
    with udp_peer() as phone:
        await begin(phone, server)
        answers = [await phone.ask(b"\0\3\0\1" + REPORT) for _ in range(3)]

    assert answers == [b"\0\4\0\1"] * 3
    assert len(server.received) == 1


@pytest.mark.parametrize(
    "datagram",
    [b"", b"garbage", b"\0\3\0\1data", b"\0\4\0\0", b"\0\5\0\0over\0", b"\0\1a\0", bytes(9000)],
)
async def test_what_is_no_request_gets_silence(server: RunningServer, datagram: bytes) -> None:
    with udp_peer() as stranger, udp_peer() as phone:
        stranger.say(datagram, server.tftp)
        assert await begin(phone, server) == b"\0\4\0\0"
        assert stranger.has_silence

    assert server.received == []


async def test_stranger_on_a_transfers_port_gets_error_5_and_the_transfer_goes_on(
    server: RunningServer,
) -> None:
    with udp_peer() as phone, udp_peer() as stranger:
        await begin(phone, server)
        assert await stranger.ask(b"\0\3\0\1evil", phone.last) == b"\0\5\0\5unknown transfer ID\0"
        assert await phone.ask(b"\0\3\0\1" + REPORT) == b"\0\4\0\1"

    assert server.files() == {"a.xml": REPORT}


async def test_client_that_is_gone_is_noticed_by_its_closed_port(tmp_path: Path) -> None:
    limits = Limits(tftp_transfers=1)
    settings = ServerSettings(tftp_host="127.0.0.1", tftp_port=0, limits=limits)
    async with report_server(tmp_path, settings) as server:
        (tmp_path / "long").write_bytes(bytes(2000))
        with udp_peer() as gone:
            gone.say(WRITE, server.tftp)
        while not server.turned_away:
            server.told.clear()
            await asyncio.wait_for(server.told.wait(), 10)

    assert server.turned_away[0].reason == "the client left before its report was whole"


async def test_client_that_stalls_is_left_in_bounded_time(tmp_path: Path) -> None:
    limits = Limits(tftp_seconds=0.05)
    settings = ServerSettings(tftp_host="127.0.0.1", tftp_port=0, limits=limits)
    async with report_server(tmp_path, settings) as server:
        with udp_peer() as phone:
            await begin(phone, server)
            assert await phone.hear() == b"\0\5\0\0not whole within 0.05 s\0"

    assert server.files() == {}
    assert server.turned_away == [
        TurnedAway(
            method="WRQ", path="/a.xml", phone="", status=0, reason="not whole within 0.05 s"
        )
    ]


class TestFullHouse:
    @pytest.fixture
    async def small(self, tmp_path: Path) -> AsyncIterator[RunningServer]:
        limits = Limits(tftp_transfers=2)
        settings = ServerSettings(tftp_host="127.0.0.1", tftp_port=0, limits=limits)
        async with report_server(tmp_path / "reports", settings) as running:
            yield running

    async def test_transfer_too_many_is_refused(self, small: RunningServer) -> None:
        with udp_peer() as one, udp_peer() as two, udp_peer() as three:
            await begin(one, small)
            await begin(two, small)

            assert await three.ask(WRITE, small.tftp) == (
                b"\0\5\0\0too many transfers, come again\0"
            )

    async def test_report_that_is_kept_gives_its_place_away(self, small: RunningServer) -> None:
        with udp_peer() as one, udp_peer() as two, udp_peer() as three:
            await begin(one, small)
            await begin(two, small)
            await two.ask(b"\0\3\0\1" + REPORT)

            assert await begin(three, small) == b"\0\4\0\0"
            assert len(small.received) == 1


async def test_stopping_tells_the_clients(tmp_path: Path) -> None:
    with udp_peer() as phone, udp_peer() as kept:
        async with report_server(tmp_path / "reports", TFTP) as server:
            await begin(phone, server)
            await begin(kept, server, b"\0\2/kept\0octet\0")
            await kept.ask(b"\0\3\0\1" + REPORT)

        assert await phone.hear() == b"\0\5\0\0the server stops\0"
        assert kept.has_silence
    assert [event.path for event in server.turned_away] == ["/a.xml"]


async def test_no_socket_left_is_said(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("mppsim.server.tftp_listener.open_datagrams", fail)
    (server.directory / "a.xml").write_bytes(REPORT)
    with udp_peer() as phone:
        assert await phone.ask(READ, server.tftp) == b"\0\5\0\0no socket left\0"


async def test_ipv6_phones_are_served(tmp_path: Path) -> None:
    settings = ServerSettings(tftp_host="::1", tftp_port=0)
    async with report_server(tmp_path, settings) as server:
        with udp_peer("::1") as phone:
            assert await begin(phone, server) == b"\0\4\0\0"
            assert await phone.ask(b"\0\3\0\1" + REPORT) == b"\0\4\0\1"
