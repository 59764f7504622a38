"""A line's way to its registrar, over real sockets on this machine."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest

from mppsim.net.clock import RunClock
from mppsim.net.line_link import LineLink
from mppsim.net.resolver import Address
from mppsim.net.sip_endpoint import SipEndpoint
from mppsim.net.timers import Timers
from mppsim.net.tls import BRINGS_NOTHING, TlsSettings
from mppsim.sip.digest_client import DigestClient, DigestUser
from mppsim.sip.line import SipLine, SipTransport
from mppsim.sip.register import RegisterOutcome
from mppsim.sip.registration_events import StartRegister
from tests.support.certificates import make_authority
from tests.support.register_desk import make_line
from tests.support.registrar import registrar
from tests.support.sip_messages import answer_to, make_notify, read_headers
from tests.support.sip_peer import LIMIT, udp_peer
from tests.support.sip_phone import NotedPhone
from tests.support.turns import turns

SECRET = b"0123456789abcdef"


class Keeper:
    """Stands for the phone: it writes down what its link tells."""

    ip: str | None = None
    tls = BRINGS_NOTHING

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []
        self.counted = [0, 0]
        self._tokens = count(1)
        self._came = asyncio.Event()

    def make_token(self) -> str:
        return f"token{next(self._tokens)}"

    def count_sip(self, received_bytes: int, sent_bytes: int) -> None:
        self.counted[0] += received_bytes > 0
        self.counted[1] += sent_bytes > 0

    def register_ended(self, number: int, outcome: RegisterOutcome, sequence: int) -> None:
        self.hear(number, outcome.reason or outcome.expires, sequence)

    def link_lost(self, number: int, reason: str) -> None:
        self.hear(number, "lost", reason)

    def hear(self, *words: object) -> None:
        self.told.append(words)
        self._came.set()

    async def hears(self, number: int = 1) -> list[tuple[object, ...]]:
        async with asyncio.timeout(LIMIT):
            while len(self.told) < number:
                self._came.clear()
                await self._came.wait()
        return self.told


class Setup:
    def __init__(self, tls: TlsSettings | None = None, host: str = "127.0.0.1") -> None:
        self.phone = NotedPhone()
        self.endpoint = SipEndpoint(lambda _l, _u: self.phone, secret=SECRET, tls=tls)
        self.port = self.endpoint.open(host, 0)
        self.keeper = Keeper()
        self.timers = Timers(RunClock(None))
        self.link = LineLink(1, self.endpoint, self.keeper, self.timers)

    def start(self, line: SipLine, **changed: object) -> None:
        user = DigestUser(name=line.username, password=line.password, algorithms=line.algorithms)
        given = {"place": 0, "expires": line.expires, "call_id": "call", "tag": "tag"}
        given |= {"sequence": 0, "digest": DigestClient(user, lambda: "cnonce")}
        self.link.start(StartRegister(line, **(given | changed)), self.port)  # type: ignore[arg-type]


@asynccontextmanager
async def setup(tls: TlsSettings | None = None, host: str = "127.0.0.1") -> AsyncIterator[Setup]:
    made = Setup(tls, host)
    try:
        yield made
    finally:
        made.link.drop()
        made.endpoint.close()
        assert made.timers._held == 0
        assert made.endpoint._expected == {}


async def test_register_leaves_from_where_the_line_listens() -> None:
    async with registrar() as pbx, setup() as made:
        made.start(make_line(proxy=pbx.place))

        assert await made.keeper.hears() == [(1, 3600, 1)]
        assert pbx.sources == [made.endpoint.address]
        port = made.port.port
        assert read_headers(pbx.requests[0], "Contact") == [
            f"<sip:1001@127.0.0.1:{port}>;expires=3600"
        ]
        assert made.keeper.counted == [1, 1]


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
async def test_challenge_is_answered(algorithm: str) -> None:
    async with registrar("challenge") as pbx, setup() as made:
        pbx.algorithm = algorithm
        made.start(make_line(proxy=pbx.place, has_rfc8760=True))

        assert await made.keeper.hears() == [(1, 3600, 2)]
        assert len(pbx.requests) == 2


async def test_sha_is_not_answered_where_it_is_switched_off() -> None:
    async with registrar("challenge") as pbx, setup() as made:
        pbx.algorithm = "SHA-256"
        made.start(make_line(proxy=pbx.place))

        assert await made.keeper.hears() == [(1, "status-401", 1)]


async def test_wrong_password_is_tried_as_often_as_max_auth_says() -> None:
    async with registrar("challenge") as pbx, setup() as made:
        made.start(make_line(proxy=pbx.place, password="wrong"))

        assert await made.keeper.hears() == [(1, "status-401", 3)]


async def test_lost_request_is_sent_again_and_the_answer_taken_once() -> None:
    async with registrar("silence", "silence") as pbx, setup() as made:
        made.start(make_line(proxy=pbx.place, t1=0.01, t2=0.01))

        assert await made.keeper.hears() == [(1, 3600, 1)]
        assert len(set(pbx.requests)) == 1
        assert len(pbx.requests) == 3


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
async def test_silence_ends_with_timer_f(transport: str) -> None:
    async with registrar("silence", transport=transport) as pbx, setup() as made:
        line = make_line(proxy=pbx.place, timeout=0.05, t1=1.0, transport=SipTransport(transport))
        made.start(line)

        assert await made.keeper.hears() == [(1, "timeout", 1)]


async def test_name_is_looked_up_beside_the_loop() -> None:
    async with registrar() as pbx, setup() as made:
        made.start(make_line(proxy=f"localhost:{pbx.port}"))

        assert pbx.requests == []
        assert await made.keeper.hears() == [(1, 3600, 1)]


async def test_name_that_has_no_address_is_told() -> None:
    async with setup() as made:
        made.start(make_line(proxy="pbx.invalid"))

        assert await made.keeper.hears() == [(1, "dns", 0)]


async def test_name_without_an_address_of_our_family_is_told() -> None:
    async with setup() as made:
        made.start(make_line(proxy="[::1]"))

        assert await made.keeper.hears() == [(1, "dns", 0)]


async def test_answer_of_the_resolver_that_comes_too_late_is_ignored() -> None:
    async with registrar() as pbx, setup() as made:
        asked = []
        made.endpoint.resolver.ask = lambda *args: asked.append(args)  # type: ignore[method-assign]
        made.start(make_line(proxy="pbx.invalid"))
        made.start(make_line(proxy=pbx.place))
        asked[0][2](OSError())

        assert await made.keeper.hears() == [(1, 3600, 1)]


async def test_resolver_that_does_not_answer_ends_with_timer_f() -> None:
    async with setup() as made:
        made.endpoint.resolver.ask = lambda *_: None  # type: ignore[method-assign]
        made.start(make_line(proxy="pbx.invalid", timeout=0.02))

        assert await made.keeper.hears() == [(1, "timeout", 0)]


async def test_address_goes_by_its_place_counted_round() -> None:
    async with registrar() as pbx, registrar() as backup, setup() as made:
        known = tuple(Address(2, ("127.0.0.1", port)) for port in (pbx.port, backup.port))
        made.endpoint.resolver.get = lambda *_: known  # type: ignore[method-assign]
        for place in (1, 2, 3):
            made.start(make_line(), place=place)
            await made.keeper.hears(place)

        assert (len(pbx.requests), len(backup.requests)) == (1, 2)


async def test_place_that_cannot_be_reached_is_told() -> None:
    async with setup() as made:
        made.start(make_line(proxy="255.255.255.255"))  # asks for SO_BROADCAST

        assert await made.keeper.hears() == [(1, "connect", 1)]


async def test_dropped_request_is_told_nothing_of() -> None:
    async with registrar() as pbx, setup() as made:
        made.start(make_line(proxy=pbx.place))
        await pbx.has(1)
        made.link.drop()
        await turns(20)
        made.start(make_line(proxy=pbx.place))
        await made.keeper.hears()
        made.start(make_line(proxy="pbx.invalid"))
        made.link.drop()

        assert made.keeper.told == [(1, 3600, 1)]


async def test_end_that_is_not_told_yet_can_be_dropped() -> None:
    async with setup() as made:
        made.start(make_line(proxy="[::1]"))
        made.link.drop()
        made.start(make_line(proxy="[::1]"))
        made.start(make_line(proxy="[::1]"))

        assert await made.keeper.hears() == [(1, "dns", 0)]
        await turns(5)
        assert len(made.keeper.told) == 1


async def test_answer_to_something_else_is_ignored() -> None:
    async with udp_peer() as pbx, setup() as made:
        made.start(make_line(proxy=f"127.0.0.1:{pbx.address[1]}"))
        request, source = await pbx.receive_from()
        for noise in (b"SIP/2.0 200 OK\r\n\r\n", b"SIP/2.0 nonsense\r\n\r\n", b"SIP/2.0 "):
            pbx.send(noise, source)
        via = read_headers(request, "Via")[0]
        pbx.send(f"SIP/2.0 200 OK\r\nVia: {via}\r\nCSeq: 1 NOTIFY\r\n\r\n".encode(), source)
        pbx.send(f"SIP/2.0 200 OK\r\nVia: {via}\r\nCSeq: 1 REGISTER\r\n\r\n".encode(), source)

        assert await made.keeper.hears() == [(1, 3600, 1)]


async def test_datagram_that_comes_with_the_answer_is_taken_after_it() -> None:
    async with udp_peer() as pbx, setup() as made:
        made.phone.notified = made.keeper.hear  # type: ignore[method-assign]
        made.start(make_line(proxy=f"127.0.0.1:{pbx.address[1]}"))
        request, source = await pbx.receive_from()
        pbx.send(answer_to(request, "200 OK"), source)
        pbx.send(make_notify(), source)

        assert await made.keeper.hears(2) == [(1, 3600, 1), ("report", 200)]


# Connections.


def place_of(listener: socket.socket) -> str:
    return f"127.0.0.1:{listener.getsockname()[1]}"


async def accept(listener: socket.socket) -> tuple[socket.socket, bytes]:
    """Take a connection and its first message; what is sent back at a time comes in one read."""
    loop = asyncio.get_running_loop()
    listener.setblocking(False)
    async with asyncio.timeout(LIMIT):
        connection, _ = await loop.sock_accept(listener)
        connection.setblocking(False)
        return connection, await loop.sock_recv(connection, 65_536)


async def test_connection_is_kept_and_used_again() -> None:
    async with registrar("challenge", transport="TCP") as pbx, setup() as made:
        line = make_line(proxy=pbx.place, transport=SipTransport.TCP)
        made.start(line)
        await made.keeper.hears()
        pbx.script.clear()
        made.start(line, sequence=2)

        assert await made.keeper.hears(2) == [(1, 3600, 2), (1, 3600, 3)]
        assert len(set(pbx.sources)) == 1
        contact = f"<sip:1001@127.0.0.1:{made.port.port};transport=tcp>;expires=3600"
        assert read_headers(pbx.requests[0], "Contact") == [contact]


async def test_way_that_changes_is_another_connection() -> None:
    async with (
        registrar(transport="TCP") as pbx,
        registrar(transport="TCP") as other,
        setup() as made,
    ):
        for at, proxy in enumerate((pbx.place, other.place)):
            made.start(make_line(proxy=proxy, transport=SipTransport.TCP))
            await made.keeper.hears(at + 1)

        assert (len(pbx.requests), len(other.requests)) == (1, 1)


async def test_pbx_asks_over_the_connection_of_the_line() -> None:
    async with registrar(transport="TCP") as pbx, setup() as made:
        made.start(make_line(proxy=pbx.place, transport=SipTransport.TCP))
        await made.keeper.hears()
        pbx.send(make_notify())
        answer = (await pbx.has_responses(1))[0]

        assert answer.startswith(b"SIP/2.0 200 OK\r\n")
        assert made.phone.obeyed == ["report"]


async def test_request_that_comes_with_the_answer_is_taken_after_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as pbx:
        async with setup() as made:
            made.phone.notified = made.keeper.hear  # type: ignore[method-assign]
            made.start(make_line(proxy=place_of(pbx), transport=SipTransport.TCP))
            connection, request = await accept(pbx)
            with connection:
                connection.send(answer_to(request, "200 OK") + make_notify())

                assert await made.keeper.hears(2) == [(1, 3600, 1), ("report", 200)]


async def test_connection_that_is_gone_is_told() -> None:
    async with registrar(transport="TCP") as pbx, setup() as made:
        made.start(make_line(proxy=pbx.place, transport=SipTransport.TCP))
        await made.keeper.hears()
        pbx.cut()

        assert await made.keeper.hears(2) == [(1, 3600, 1), (1, "lost", "reset")]


async def test_connection_that_is_cut_instead_of_an_answer_is_a_failure() -> None:
    async with registrar("close", transport="TCP") as pbx, setup() as made:
        made.start(make_line(proxy=pbx.place, transport=SipTransport.TCP))

        assert await made.keeper.hears() == [(1, "reset", 1)]


async def test_loss_right_after_the_answer_is_told_after_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as pbx:
        async with setup() as made:
            made.start(make_line(proxy=place_of(pbx), transport=SipTransport.TCP))
            connection, request = await accept(pbx)
            with connection:
                connection.send(answer_to(request, "200 OK"))

            assert await made.keeper.hears(2) == [(1, 3600, 1), (1, "lost", "reset")]


async def test_loss_beside_a_failure_is_told_once() -> None:
    async with registrar(transport="TCP") as pbx, setup() as made:
        line = make_line(proxy=pbx.place, transport=SipTransport.TCP)
        made.start(line)
        await made.keeper.hears()
        made.endpoint.resolver.get = lambda *_: ()  # type: ignore[method-assign]
        made.start(line, sequence=1)
        assert made.link._stream is not None
        made.link._stream._end("reset")

        assert await made.keeper.hears(2) == [(1, 3600, 1), (1, "dns", 1)]
        await turns(5)
        assert len(made.keeper.told) == 2


async def test_port_where_nobody_listens_is_told() -> None:
    async with registrar(transport="TCP") as pbx:
        place = pbx.place
    async with setup() as made:
        made.start(make_line(proxy=place, transport=SipTransport.TCP))

        assert await made.keeper.hears() == [(1, "refused", 0)]


async def test_tls_checks_the_name_of_the_proxy(tmp_path: Path) -> None:
    authority = make_authority(tmp_path)
    context = authority.make_server_context("127.0.0.1")
    settings = TlsSettings(ca_file=authority.ca_file)
    async with registrar(transport="TLS", tls=context) as pbx, setup(settings) as made:
        made.start(make_line(proxy=pbx.place, transport=SipTransport.TLS))
        assert await made.keeper.hears() == [(1, 3600, 1)]
        assert b"SIP/2.0/TLS " in pbx.requests[0]

        made.start(make_line(proxy=f"localhost:{pbx.port}", transport=SipTransport.TLS))
        assert (await made.keeper.hears(2))[1] == (1, "tls", 0)


async def test_certificate_of_a_stranger_is_not_trusted(tmp_path: Path) -> None:
    context: ssl.SSLContext = make_authority(tmp_path).make_server_context("127.0.0.1")
    async with registrar(transport="TLS", tls=context) as pbx, setup() as made:
        made.start(make_line(proxy=pbx.place, transport=SipTransport.TLS))

        assert await made.keeper.hears() == [(1, "tls", 0)]


# Addresses of our own.


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@pytest.mark.parametrize(("ip", "source"), [(None, "127.0.0.1"), ("127.0.0.9", "127.0.0.9")])
async def test_phone_behind_a_wildcard_keeps_its_own_address(
    transport: str, ip: str | None, source: str
) -> None:
    async with registrar(transport=transport) as pbx, setup(host="0.0.0.0") as made:
        made.keeper.ip = ip
        made.start(make_line(proxy=pbx.place, transport=SipTransport(transport)))

        assert await made.keeper.hears() == [(1, 3600, 1)]
        assert pbx.sources[0][0] == source
        assert f"<sip:1001@{source}:{made.port.port}" in read_headers(pbx.requests[0], "Contact")[0]
