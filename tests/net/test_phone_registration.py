"""A phone's lines on a clock that jumps, beside a registrar on this machine."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count

import pytest

from mppsim.net.line_ports import LinePorts
from mppsim.net.phone import Phone
from mppsim.net.phone_registration import PhoneRegistration, make_registration
from mppsim.net.sip_endpoint import SipEndpoint
from tests.support.phone_desk import Desk
from tests.support.registrar import Registrar, registrar
from tests.support.sip_messages import make_notify, read_headers
from tests.support.sip_peer import udp_peer
from tests.support.status_reports import read
from tests.support.turns import turns


def numbered() -> Callable[[int], bytes]:
    numbers = count(1)
    return lambda size: next(numbers).to_bytes(size, "big")


class SipDesk(Desk):
    """A phone with its lines plugged in; it is up."""

    def __init__(self, values: dict[str, str], *, is_any: bool = True, **more: object) -> None:
        super().__init__(values, running_since=0.0, random_bytes=numbered(), **more)  # type: ignore[arg-type]
        self.endpoint = SipEndpoint(lambda _l, _u: self.phone, secret=b"0123456789abcdef")
        self.endpoint.open("127.0.0.1", 0, line=1)
        self.phone.plug_in(LinePorts(self.endpoint, is_any=is_any))

    def status(self, line: int = 1) -> tuple[str, str]:
        shown = read(self.phone.status_report())
        group = f"Ext_{line}_Status"
        return shown[f"{group}/Registration_State"], shown[f"{group}/Next_Registration_In"]


def values_at(pbx: Registrar, **changed: str) -> dict[str, str]:
    return {"User_ID_1_": "1001", "Password_1_": "secret", "Proxy_1_": pbx.place} | changed


@asynccontextmanager
async def desk_of(values: dict[str, str], **more: object) -> AsyncIterator[SipDesk]:
    desk = SipDesk(values, **more)  # type: ignore[arg-type]
    try:
        yield desk
    finally:
        desk.phone.switch_off()
        desk.endpoint.close()
        assert desk.timers._held == 0


async def test_line_registers_and_renews_on_the_phones_clock() -> None:
    async with registrar("challenge") as pbx, desk_of(values_at(pbx)) as desk:
        await desk.run(until=8000.0)

        assert desk.told == [(0.0, "line 1 Registered")]
        assert [read_headers(request, "CSeq")[0] for request in pbx.requests] == [
            "1 REGISTER",
            "2 REGISTER",
            "3 REGISTER",
            "4 REGISTER",
        ]
        assert "nc=00000001" in read_headers(pbx.requests[1], "Authorization")[0]
        agent = "Cisco-CP-8851-3PCC/12.0.7"
        assert {read_headers(request, "User-Agent")[0] for request in pbx.requests} == {agent}
        assert desk.status() == ("Registered", f"{3 * 3568 - 8000} s")


async def test_failure_is_told_and_tried_again() -> None:
    async with registrar("403 No", "403 No") as pbx:
        values = values_at(pbx, Reg_Retry_Long_Intvl="100")
        async with desk_of(values) as desk:
            await desk.run(until=150.0)
            assert desk.told == [
                (0.0, "line 1 Failed status-403 100.0"),
                (100.0, "line 1 Failed status-403 100.0"),
            ]
            assert desk.status() == ("Failed", "50 s")


async def test_time_since_the_registration_was_lost_is_a_macro() -> None:
    async with registrar("200 OK", "500 Oops", "500 Oops") as pbx, desk_of(values_at(pbx)) as desk:
        await desk.run(until=3600.0)

        assert desk.words == ["line 1 Registered", "line 1 Failed status-500 1200.0"]
        assert desk.phone._macro("REGTMR1") == str(3600 - 3568)
        assert desk.phone._macro("REGTMR2") == "0"


@pytest.mark.parametrize(
    "changed",
    [
        {"Proxy_1_": ""},
        {"User_ID_1_": ""},
        {"Register_1_": "No"},
        {"Line_Enable_1_": "No"},
    ],
)
async def test_line_that_is_not_to_register_asks_nobody(changed: dict[str, str]) -> None:
    async with registrar() as pbx, desk_of(values_at(pbx, **changed)) as desk:
        await desk.run(until=5000.0)

        assert (pbx.requests, desk.told) == ([], [])
        assert desk.status() == ("Not Registered", "")


async def test_phone_without_a_line_in_use_owns_nothing_for_it() -> None:
    async with desk_of({}) as desk:
        desk.do("set GPP_A=x")

        assert desk.phone._sides is None


async def test_local_change_registers_the_line_and_takes_the_registration_back() -> None:
    async with registrar() as pbx, desk_of({"Proxy_1_": pbx.place}) as desk:
        await desk.run((10.0, "set User_ID_1_=1001"), (20.0, "set Register_1_=No"), until=30.0)

        assert desk.told == [
            (10.0, "phone set User_ID_1_"),
            (10.0, "line 1 Registered"),
            (20.0, "phone set Register_1_"),
            (20.0, "line 1 Not Registered"),
        ]
        expires = [read_headers(r, "Contact")[0].rpartition("=")[2] for r in pbx.requests]
        assert expires == ["3600", "0"]


async def test_restart_registers_anew_in_the_same_series() -> None:
    async with registrar() as pbx, desk_of(values_at(pbx), quirks=["boot_seconds=60"]) as desk:
        await desk.run((10.0, "restart"), until=100.0)

        assert desk.told == [
            (0.0, "line 1 Registered"),
            (10.0, "line 1 Not Registered"),
            (70.0, "line 1 Registered"),
        ]
        assert len({read_headers(r, "Call-ID")[0] for r in pbx.requests}) == 1


async def test_phone_that_is_switched_on_registers_then() -> None:
    async with registrar() as pbx:
        desk = Desk(values_at(pbx))
        endpoint = SipEndpoint(lambda _l, _u: desk.phone, secret=b"0123456789abcdef")
        endpoint.open("127.0.0.1", 0)
        desk.phone.plug_in(LinePorts(endpoint))
        await desk.run((5.0, "on"), until=10.0)
        desk.phone.switch_off()
        endpoint.close()

        assert desk.told == [(5.0, "line 1 Registered")]


async def test_each_line_listens_and_registers_at_a_port_of_its_own() -> None:
    async with registrar() as pbx:
        second_line = {"User_ID_2_": "1002", "Proxy_2_": pbx.place, "Password_2_": "other"}
        values = values_at(pbx, **second_line, **{"Auth_Resync-Reboot_2_": "No"})
        async with desk_of(values) as desk:
            await desk.run(until=1.0)
            first, second = (source[1] for source in pbx.sources)
            async with udp_peer() as peer:
                notify = make_notify(start=f"NOTIFY sip:127.0.0.1:{second} SIP/2.0")
                answer = await peer.ask(notify, ("127.0.0.1", second))

            assert first != second
            assert answer.startswith(b"SIP/2.0 200 OK")


async def test_line_whose_port_is_taken_says_so_and_shares_that_of_line_1() -> None:
    async with registrar() as pbx, udp_peer() as taken:
        port = str(taken.address[1])
        values = values_at(pbx, User_ID_2_="1002", Proxy_2_=pbx.place, SIP_Port_2_=port)
        async with desk_of(values, is_any=False) as desk:
            await desk.run(until=1.0)

            assert sorted(desk.words) == [
                "line 1 Registered",
                "line 2 Registered",
                "warned SIP_Port_2_",
            ]
            assert len(set(pbx.sources)) == 1


@pytest.mark.parametrize("name", ["Proxy_1_", "Outbound_Proxy_1_"])
async def test_proxy_that_cannot_be_read_is_told(name: str) -> None:
    async with registrar() as pbx, desk_of(values_at(pbx, **{name: "no host"})) as desk:
        await desk.run(until=100.0)

        assert (desk.words, pbx.requests) == ([f"warned {name}"], [])


async def test_connection_that_is_cut_is_told_and_made_again() -> None:
    async with (
        registrar(transport="TCP") as pbx,
        desk_of(values_at(pbx, SIP_Transport_1_="TCP")) as desk,
    ):
        desk.timers.hold()
        await pbx.has(1)
        await turns(10)
        pbx.cut()
        await turns(10)
        desk.timers.release()
        await desk.run(until=40.0)

        assert desk.told == [
            (0.0, "line 1 Registered"),
            (0.0, "line 1 Failed reset 30.0"),
            (30.0, "line 1 Registered"),
        ]


async def test_messages_are_counted() -> None:
    async with registrar("challenge") as pbx, desk_of(values_at(pbx)) as desk:
        await desk.run(until=1.0)
        shown = read(desk.phone.status_report())

        assert shown["Phone_Status/SIP_Messages_Sent"] == "2"
        assert shown["Phone_Status/SIP_Messages_Recv"] == "2"


async def test_phone_that_is_switched_off_asks_nobody_any_more() -> None:
    async with registrar("silence") as pbx, desk_of(values_at(pbx)) as desk:
        await pbx.has(1)
        desk.phone.switch_off()
        await turns(10)

        assert desk.timers._held == 0
        sides = desk.phone._sides
        assert sides is not None
        registration = sides.registration
        assert registration is not None
        assert registration.deadline is None


async def test_registration_is_made_for_a_phone_that_is_up_and_has_a_line() -> None:
    def made(desk: Desk) -> PhoneRegistration | None:
        phone: Phone = desk.phone
        return make_registration(
            phone, phone._status, phone._macro, phone._surroundings, LinePorts(endpoint)
        )

    endpoint = SipEndpoint(lambda _l, _u: None, secret=b"0123456789abcdef")

    assert made(Desk({"User_ID_1_": "1"})) is None
    assert made(Desk({}, running_since=0.0)) is None
    registration = made(Desk({"User_ID_1_": "1"}, running_since=0.0, ip="0.0.0.0"))
    assert registration is not None
    assert registration.ip is None
