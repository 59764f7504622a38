"""Phones reached at their own addresses, over real sockets."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from mppsim.errors import StartError
from mppsim.fleet.dice import Dice
from mppsim.fleet.plan import FleetPlan, GivenPhone, StartPlan
from mppsim.fleet.roster import Roster
from mppsim.fleet.switchboard import find_line_ports
from mppsim.net.clock import RunClock
from mppsim.net.lines import read_lines
from tests.support.fleets import kind_of, make_group, make_plan
from tests.support.raw_client import Answer, exchange
from tests.support.registrar import registrar
from tests.support.shards import ShardDesk, shard_of
from tests.support.sip_messages import make_notify
from tests.support.sip_peer import udp_peer
from tests.support.timelines import FULL
from tests.support.turns import turns

ON_REQUEST = {"Report_Rule": FULL, "HTTP_Report_Method": "PUT"}
SHARED = [0x7F000001] * 3
BIND_TO_DEVICE = 25


@dataclass(frozen=True)
class Board:
    desk: ShardDesk

    async def notify(self, host: str, user: str = "x", *, peer: str = "127.0.0.1") -> str:
        """Send a NOTIFY to an address; return the status line of the answer, or the silence."""
        async with udp_peer(peer) as pbx:
            start = f"NOTIFY sip:{user}@{host} SIP/2.0"
            via = f"SIP/2.0/UDP {pbx.address[0]}:{pbx.address[1]};branch=z9hG4bK{host}{user}"
            pbx.send(make_notify(start=start, via=via), (host, self.desk.shard.sip_port))
            try:
                async with asyncio.timeout(0.1 if user == "nobody" else 5.0):
                    answer, source = await pbx.receive_from()
            except TimeoutError:
                return "silence"
        assert source == (host, self.desk.shard.sip_port)
        return answer.decode().partition("\r\n")[0]

    async def get(self, host: str, path: str = "/status.xml", **headers: str) -> Answer:
        url = f"http://{host}:{self.desk.shard.web_port}"
        shown = headers.get("shown", host)
        return await exchange(url, f"GET {path} HTTP/1.1\r\nHost: {shown}\r\n\r\n".encode())

    @property
    def made(self) -> list[int]:
        phones = self.desk.shard._phones
        return [number for number, phone in enumerate(phones) if phone is not None]


@asynccontextmanager
async def board_of(plan: FleetPlan, **more: Any) -> AsyncIterator[Board]:
    with shard_of(plan, clock=RunClock(1.0), **more) as desk:
        yield Board(desk)
    await turns(3)


def free_port() -> int:
    """Find a port that is free for UDP and TCP, and that the system gives to nobody by itself."""
    for _ in range(200):
        port = random.randrange(10_000, 30_000)
        with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            try:
                stream.bind(("0.0.0.0", port))
                datagrams.bind(("0.0.0.0", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")


def plan_of(**more: Any) -> FleetPlan:
    return make_plan(make_group(ON_REQUEST, **more), web_port=0)


async def test_each_phone_is_reached_at_its_own_address_and_made_for_it() -> None:
    async with board_of(plan_of(count=1000)) as board:
        assert await board.notify("127.20.0.5") == "SIP/2.0 200 OK"
        assert await board.notify("127.20.3.232") == "SIP/2.0 200 OK"
        await turns(5)

        assert board.made == [4, 999]
        for number in board.made:
            assert board.desk.words(number)[1:] == [
                "notify report 200",
                "trigger notify",
                "PUT full",
                "full 201",
            ]


async def test_what_is_sent_to_nobodys_address_is_dropped_unread() -> None:
    async with board_of(plan_of()) as board:
        assert await board.notify("127.20.0.9", "nobody") == "silence"
        assert board.made == []


async def test_connection_to_nobodys_address_is_closed() -> None:
    async with board_of(plan_of()) as board:
        reader, writer = await asyncio.open_connection("127.20.0.9", board.desk.shard.sip_port)
        assert await reader.read() == b""
        writer.close()
        reader, writer = await asyncio.open_connection("127.20.0.2", board.desk.shard.sip_port)
        writer.write(make_notify(via="SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK1"))
        assert (await reader.readline()).startswith(b"SIP/2.0 200")
        writer.close()

        assert board.made == [1]


async def test_phone_of_another_worker_is_nobody_here() -> None:
    async with board_of(plan_of(), worker=1, workers=2) as board:
        assert await board.notify("127.20.0.2", "nobody") == "silence"
        assert await board.notify("127.20.0.1") == "SIP/2.0 200 OK"


async def test_phone_that_is_not_switched_on_yet_is_silent() -> None:
    start = StartPlan(powers_on=True, spread=1e9)
    async with board_of(plan_of(start=start)) as board:
        assert await board.notify("127.20.0.1", "nobody") == "silence"


async def test_each_phone_shows_its_own_page() -> None:
    async with board_of(plan_of()) as board:
        answers = [await board.get(f"127.20.0.{host}", "/status.xml") for host in (1, 3)]

        assert [answer.status for answer in answers] == [200, 200]
        for host, answer in zip((1, 3), answers, strict=True):
            assert f"<IP_Address>127.20.0.{host}<".encode() in answer.body or (
                f"127.20.0.{host}".encode() in answer.body
            )
        assert board.made == [0, 2]


async def test_page_is_refused_under_the_name_of_another_host() -> None:
    async with board_of(plan_of()) as board:
        assert (await board.get("127.20.0.1", shown="127.20.0.2")).status == 421
        assert (await board.get("127.20.0.1", shown="phone.example")).status == 421


async def test_fleet_without_pages_opens_no_port_for_them() -> None:
    async with board_of(make_plan(make_group(ON_REQUEST))) as board:
        assert board.desk.shard.web_port is None


async def test_phones_of_one_address_are_found_by_mac_address_and_user() -> None:
    settings = (("User_ID_1_", "10${index}"), ("Auth_Resync-Reboot_1_", "No"))
    async with board_of(plan_of(addresses=SHARED, settings=settings)) as board:
        assert await board.notify("127.0.0.1", "00562b000001") == "SIP/2.0 200 OK"
        assert await board.notify("127.0.0.1", "103") == "SIP/2.0 200 OK"
        assert await board.notify("127.0.0.1", "104") == "SIP/2.0 404 Not Found"

        assert [n for n in range(3) if "trigger notify" in board.desk.words(n)] == [1, 2]


async def test_fleet_that_may_not_have_the_loopback_device_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mppsim.net.wildcard._BIND_TO_DEVICE", None)
    async with board_of(plan_of()) as board:
        assert board.desk.shard.notes == (
            "no socket may be bound to the loopback device: all phones share 127.0.0.1",
        )
        assert await board.notify("127.0.0.1", "00562b000001") == "SIP/2.0 200 OK"


async def test_line_registers_from_its_phones_own_address() -> None:
    async with registrar() as pbx:
        values = {"User_ID_1_": "1001", "Proxy_1_": pbx.place}
        async with board_of(make_plan(make_group(values, count=2))) as board:
            await pbx.has(2)
            contacts = sorted(asked.split("Contact: ")[1] for asked in map(str, pbx.requests))

            assert [contact.partition(">")[0] for contact in contacts] == [
                f"<sip:1001@127.20.0.{host}:{board.desk.shard.sip_port}" for host in (1, 2)
            ]


async def test_every_port_of_a_line_is_open_from_the_start() -> None:
    first, other = free_port(), free_port()
    values = {"User_ID_1_": "1", "User_ID_2_": "2", "SIP_Port_2_": str(other)}
    prepared: list[socket.socket] = []
    plan = make_plan(make_group({**values, "SIP_Port_1_": str(first)}), sip_port=first)
    desk = ShardDesk(plan)
    desk.shard.open(prepare=prepared.append)

    try:
        assert [sock.getsockname()[1] for sock in prepared] == [first, first, other, other]
    finally:
        desk.shard.close()


async def test_port_that_is_taken_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        plan = make_plan(make_group(), web_port=taken.getsockname()[1])
        desk = ShardDesk(plan)
        with pytest.raises(StartError, match="cannot listen on"):
            desk.shard.open()
        desk.shard.close()


async def test_port_that_the_workers_did_not_open_together_is_not_opened_later() -> None:
    line = read_lines(kind_of({"User_ID_2_": "2", "SIP_Port_2_": "5999"}).baseline.view)[0]
    prepared: list[socket.socket] = []
    desk = ShardDesk(make_plan(make_group(), sip_port=free_port()))
    desk.shard.open(prepare=prepared.append)
    try:
        with pytest.raises(StartError, match="port 5999 was not open"):
            desk.shard._opened.port_of(line)
    finally:
        desk.shard.close()

    assert len(prepared) == 2


async def test_line_that_gets_a_port_of_its_own_later_listens_there() -> None:
    number = str(free_port())
    line = read_lines(kind_of({"User_ID_2_": "2", "SIP_Port_2_": number}).baseline.view)[0]
    async with board_of(make_plan(make_group(), sip_port=free_port())) as board:
        port = board.desk.shard._opened.port_of(line)

        assert port.port == int(number)
        assert board.desk.shard._opened.port_of(line) is port
        assert board.desk.shard.sip_port != port.port


async def test_lines_share_a_port_that_was_left_to_the_system() -> None:
    line = read_lines(kind_of({"User_ID_2_": "2"}).baseline.view)[0]
    async with board_of(make_plan(make_group())) as board:
        assert board.desk.shard._opened.port_of(line).port == board.desk.shard.sip_port


def test_ports_of_lines_are_found_in_every_kind_and_every_given_phone() -> None:
    lines = (
        kind_of({"User_ID_1_": "1", "User_ID_2_": "2", "SIP_Port_2_": "5071"}),
        kind_of({"User_ID_1_": "1", "User_ID_3_": "3", "SIP_Port_3_": "5072"}),
    )
    given = (GivenPhone(), GivenPhone(kind=1), GivenPhone(settings=(("SIP_Port_2_", "5073"),)))
    groups = (
        make_group(kinds=lines, count=3, given=given),
        make_group(name="drawn", kinds=lines, first=3, count=50, address="127.21.0.1"),
        make_group(name="alike", kinds=lines[:1], first=53, count=9, address="127.22.0.1"),
    )
    plan = make_plan(*groups)

    assert find_line_ports(Roster(plan, Dice(plan.seed))) == {5071, 5072, 5073}


async def test_fleet_of_another_network_listens_at_every_address_of_the_machine() -> None:
    with shard_of(make_plan(make_group(address="10.20.0.1"))) as desk:
        assert desk.shard._opened.endpoint.first.host == "0.0.0.0"
        assert desk.shard.notes == ()


async def test_sockets_of_a_loopback_fleet_are_bound_to_the_loopback_device() -> None:
    prepared: list[socket.socket] = []
    desk = ShardDesk(make_plan(make_group(), web_port=0))
    desk.shard.open(prepare=prepared.append)
    try:
        # One that was free for one transport only has been closed.
        kept = [sock for sock in prepared if sock.fileno() >= 0]
        devices = [sock.getsockopt(socket.SOL_SOCKET, BIND_TO_DEVICE, 16) for sock in kept]
    finally:
        desk.shard.close()

    assert devices == [b"lo\0"] * 3
