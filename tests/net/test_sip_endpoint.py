import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from mppsim.errors import StartError
from mppsim.net import sip_endpoint
from mppsim.net.sip_endpoint import SipEndpoint
from mppsim.sip import SipAccount
from tests.support.sip_messages import make_notify, read_headers
from tests.support.sip_peer import LIMIT, udp_peer
from tests.support.sip_phone import NotedPhone
from tests.support.turns import turns

SECRET = b"0123456789abcdef"


@asynccontextmanager
async def endpoint_of(
    phone: NotedPhone | None, host: str = "127.0.0.1"
) -> AsyncIterator[SipEndpoint]:
    endpoint = SipEndpoint(lambda _local, _user: phone, secret=SECRET)
    endpoint.open(host, 0)
    try:
        yield endpoint
    finally:
        endpoint.close()


async def test_answer_comes_and_the_phone_obeys() -> None:
    phone = NotedPhone()
    request = make_notify()
    async with endpoint_of(phone) as endpoint, udp_peer() as peer:
        answer = await peer.ask(request, endpoint.address)

    assert answer.startswith(b"SIP/2.0 200 OK\r\n")
    assert (phone.obeyed, phone.notices) == (["report"], [("report", 200)])
    assert phone.counted == [(len(request), len(answer))]


async def test_answer_is_out_before_the_work_begins() -> None:
    class LookingPhone(NotedPhone):
        def obey(self, package: str) -> None:
            self.notices.append((peer._socket.recv(9).decode(), 0))

    phone = LookingPhone()
    async with endpoint_of(phone) as endpoint, udp_peer() as peer:
        peer.send(make_notify(), endpoint.address)
        while len(phone.notices) < 2:
            await turns()

    assert phone.notices == [("report", 200), ("SIP/2.0 2", 0)]


async def test_answer_goes_to_the_source_and_not_where_via_or_contact_point() -> None:
    via = "SIP/2.0/UDP pbx.invalid:9;branch=z9hG4bK1;rport"
    async with endpoint_of(NotedPhone()) as endpoint, udp_peer() as peer:
        answer = await peer.ask(make_notify(via=via), endpoint.address)
        port = peer.address[1]

    assert read_headers(answer, "Via") == [
        f"SIP/2.0/UDP pbx.invalid:9;branch=z9hG4bK1;rport={port};received=127.0.0.1"
    ]


async def test_retransmission_is_answered_and_not_obeyed_again() -> None:
    phone = NotedPhone()
    async with endpoint_of(phone) as endpoint, udp_peer() as peer:
        answers = [await peer.ask(make_notify(), endpoint.address) for _ in range(3)]

    assert len(set(answers)) == 1
    assert (phone.obeyed, phone.notices) == (["report"], [("report", 200)])
    assert len(phone.counted) == 3


async def test_burst_beyond_a_batch_is_answered_whole() -> None:
    phone = NotedPhone()
    async with endpoint_of(phone) as endpoint, udp_peer() as peer:
        for number in range(150):
            via = f"SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK{number}"
            peer.send(make_notify(via=via), endpoint.address)
        answers = [await peer.receive() for _ in range(150)]

    assert len(set(answers)) == 150
    assert phone.obeyed == ["report"] * 150


async def test_challenge_is_told_and_names_the_local_address() -> None:
    phone = NotedPhone(accounts=(SipAccount(user_id="1001", password="secret"),))
    async with endpoint_of(phone) as endpoint, udp_peer() as peer:
        answer = await peer.ask(make_notify(), endpoint.address)

    assert read_headers(answer, "WWW-Authenticate")[0].startswith('Digest realm="127.0.0.1"')
    assert (phone.obeyed, phone.notices) == ([], [("report", 401)])


async def test_directory_is_asked_by_local_address_and_user() -> None:
    asked: list[tuple[str, str]] = []
    endpoint = SipEndpoint(lambda *key: asked.append(key), secret=SECRET)
    endpoint.open("127.0.0.1", 0)
    async with udp_peer() as peer:
        answer = await peer.ask(make_notify(), endpoint.address)
    endpoint.close()

    assert set(asked) == {("127.0.0.1", "1001")}
    assert answer.startswith(b"SIP/2.0 404 Not Found\r\n")


async def test_keepalive_and_noise_are_passed_over() -> None:
    phone = NotedPhone()
    async with endpoint_of(phone) as endpoint, udp_peer() as peer:
        for noise in (b"", b"\r\n\r\n", b"\0", b"\xff" * 65_507):
            peer.send(noise, endpoint.address)
        answer = await peer.ask(make_notify(), endpoint.address)

    assert answer.startswith(b"SIP/2.0 200 OK\r\n")
    assert len(phone.counted) == 1


async def test_phone_that_is_down_answers_nothing_until_it_is_up() -> None:
    phone = NotedPhone(is_up=False)
    async with endpoint_of(phone) as endpoint, udp_peer() as peer:
        peer.send(make_notify(call_id="while-down"), endpoint.address)
        await turns(20)
        phone.is_up = True
        answer = await peer.ask(make_notify(call_id="while-up"), endpoint.address)

    assert read_headers(answer, "Call-ID") == ["while-up"]


async def test_phone_may_close_its_endpoint_while_it_obeys() -> None:
    class LeavingPhone(NotedPhone):
        def obey(self, package: str) -> None:
            endpoint.close()

    async with endpoint_of(LeavingPhone()) as endpoint, udp_peer() as peer:
        answer = await peer.ask(make_notify(), endpoint.address)
        await turns()

    assert answer.startswith(b"SIP/2.0 200 OK\r\n")


async def test_sender_that_is_gone_does_no_harm() -> None:
    phone = NotedPhone()
    async with endpoint_of(phone) as endpoint:
        async with udp_peer() as gone:
            gone.send(make_notify(), endpoint.address)
        async with udp_peer() as peer:
            answer = await peer.ask(
                make_notify(via="SIP/2.0/UDP a;branch=z9hG4bK2"), endpoint.address
            )

    assert answer.startswith(b"SIP/2.0 200 OK\r\n")
    assert phone.obeyed == ["report", "report"]


async def test_ipv6_phone_answers() -> None:
    async with endpoint_of(NotedPhone(), "::1") as endpoint, udp_peer("::1") as peer:
        answer = await peer.ask(
            make_notify(via="SIP/2.0/UDP [::1]:1;branch=z9hG4bK2"), endpoint.address
        )

    assert read_headers(answer, "Via") == ["SIP/2.0/UDP [::1]:1;branch=z9hG4bK2"]


async def test_port_that_is_taken_is_a_start_error_that_says_what_instead() -> None:
    async with udp_peer() as peer:
        endpoint = SipEndpoint(lambda _local, _user: None, secret=SECRET)
        with pytest.raises(StartError) as caught:
            endpoint.open(*peer.address)
        port = peer.address[1]

    assert str(caught.value) == (
        f"cannot listen for SIP on 127.0.0.1 port {port} (UDP): Address already in use;"
        " choose another with --sip-port, or 0 for any free one"
    )


@pytest.mark.parametrize("host", ["192.0.2.7", "no address", "2001:db8::1"])
async def test_address_that_is_not_ours_is_a_start_error(host: str) -> None:
    endpoint = SipEndpoint(lambda _local, _user: None, secret=SECRET)

    with pytest.raises(StartError, match=f"^cannot listen for SIP on {host} port 0"):
        endpoint.open(host, 0)


async def test_closed_endpoint_gives_its_port_back_and_has_no_address() -> None:
    async with endpoint_of(NotedPhone()) as endpoint:
        place = endpoint.address
        endpoint.close()
        again = SipEndpoint(lambda _local, _user: None, secret=SECRET)
        again.open(*place)
        again.close()
        with pytest.raises(RuntimeError, match="not open"):
            _ = endpoint.address


# TCP and TLS, at the same port.


@asynccontextmanager
async def connection(
    place: tuple[str, int], tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(*place, ssl=tls)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


async def read_answer(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(LIMIT):
        return await reader.readuntil(b"\r\n\r\n")


TCP = make_notify(via="SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK1")


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.mark.parametrize("is_tls", [False, True])
async def test_requests_in_pieces_are_answered_one_after_the_other(*, is_tls: bool) -> None:
    phone = NotedPhone()
    async with (
        endpoint_of(phone) as endpoint,
        connection(endpoint.address, trusting() if is_tls else None) as (reader, writer),
    ):
        for octet in TCP:
            writer.write(bytes([octet]))
        writer.write(b"\r\n\r\n" + make_notify(via="SIP/2.0/TCP a;branch=z9hG4bK2"))
        answers = [await read_answer(reader) for _ in range(2)]

    assert [answer[:14] for answer in answers] == [b"SIP/2.0 200 OK"] * 2
    assert phone.obeyed == ["report", "report"]


async def test_what_is_no_sip_costs_its_connection_and_no_other() -> None:
    async with (
        endpoint_of(NotedPhone()) as endpoint,
        connection(endpoint.address) as (lost, stranger),
        connection(endpoint.address) as (reader, writer),
    ):
        stranger.write(b"GET / HTTP/1.1\r\n\r\n")
        async with asyncio.timeout(LIMIT):
            assert await lost.read() == b""
        writer.write(TCP)
        assert (await read_answer(reader)).startswith(b"SIP/2.0 200")
        assert len(endpoint._streams) == 1


async def test_response_that_nobody_waits_for_is_ignored() -> None:
    async with (
        endpoint_of(NotedPhone()) as endpoint,
        connection(endpoint.address) as (reader, writer),
    ):
        writer.write(b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n" + TCP)
        assert (await read_answer(reader)).startswith(b"SIP/2.0 200")


async def test_connection_too_many_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sip_endpoint, "MOST_STREAMS", 1)
    async with (
        endpoint_of(NotedPhone()) as endpoint,
        connection(endpoint.address) as (reader, writer),
    ):
        writer.write(TCP)
        await read_answer(reader)
        async with connection(endpoint.address) as (other, _), asyncio.timeout(LIMIT):
            with suppress(OSError):
                assert await other.read() == b""


async def test_closing_the_endpoint_ends_its_connections() -> None:
    async with (
        endpoint_of(NotedPhone()) as endpoint,
        connection(endpoint.address) as (reader, writer),
    ):
        writer.write(TCP)
        await read_answer(reader)
        endpoint.close()
        async with asyncio.timeout(LIMIT):
            assert await reader.read() == b""


# Lines and addresses.


async def test_port_of_a_line_is_challenged_by_its_account() -> None:
    accounts = tuple(
        SipAccount(user_id=f"100{n}", password="x", realm=f"realm{n}", line=n) for n in (1, 2)
    )
    async with endpoint_of(NotedPhone(accounts=accounts)) as endpoint, udp_peer() as peer:
        second = endpoint.open("127.0.0.1", 0, line=2)
        notify = make_notify(start="NOTIFY sip:127.0.0.1 SIP/2.0")
        by_udp = await peer.ask(notify, ("127.0.0.1", second.port))
        async with connection(("127.0.0.1", second.port)) as (reader, writer):
            writer.write(TCP.replace(b"1001@", b""))
            by_tcp = await read_answer(reader)

    for answer in (by_udp, by_tcp):
        assert read_headers(answer, "WWW-Authenticate")[0].startswith('Digest realm="realm2"')


def notify_with(branch: str) -> bytes:
    return make_notify(via=f"SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK{branch}")


async def test_wildcard_finds_each_phone_by_its_own_address() -> None:
    phones = {f"127.0.0.{n}": NotedPhone(server_name=f"phone{n}") for n in (5, 6)}
    endpoint = SipEndpoint(lambda local, _user: phones.get(local), secret=SECRET)
    port = endpoint.open("0.0.0.0", 0).port
    async with udp_peer() as peer:
        by_udp = [await peer.ask(notify_with(ip), (ip, port)) for ip in phones]
        nobody = await peer.ask(notify_with("7"), ("127.0.0.7", port))
    by_tcp = []
    for ip in phones:
        async with connection((ip, port)) as (reader, writer):
            writer.write(notify_with(f"tcp{ip}"))
            by_tcp.append(await read_answer(reader))
    endpoint.close()

    assert [read_headers(answer, "Server") for answer in by_udp] == [["phone5"], ["phone6"]]
    assert [read_headers(answer, "Server") for answer in by_tcp] == [["phone5"], ["phone6"]]
    assert nobody.startswith(b"SIP/2.0 404 ")


async def test_port_that_is_given_back_is_no_longer_answered_at() -> None:
    async with endpoint_of(NotedPhone()) as endpoint, udp_peer() as peer:
        second = endpoint.open("127.0.0.1", 0)
        endpoint.close_port(second)
        peer.send(make_notify(), ("127.0.0.1", second.port))
        answer = await peer.ask(make_notify(call_id="first"), endpoint.address)

    assert read_headers(answer, "Call-ID") == ["first"]


async def test_what_comes_to_an_address_that_is_not_ours_is_dropped_unread() -> None:
    asked: list[str] = []

    def is_ours(local: str) -> bool:
        asked.append(local)
        return local == "127.0.0.5"

    phone = NotedPhone()
    endpoint = SipEndpoint(lambda _local, _user: phone, secret=SECRET, is_ours=is_ours)
    port = endpoint.open("0.0.0.0", 0).port
    try:
        async with udp_peer() as peer:
            peer.send(make_notify(), ("127.0.0.6", port))
            answer = await peer.ask(make_notify(), ("127.0.0.5", port))
        reader, writer = await asyncio.open_connection("127.0.0.6", port)
        assert await reader.read() == b""
        writer.close()
    finally:
        endpoint.close()

    assert answer.startswith(b"SIP/2.0 200")
    assert asked == ["127.0.0.6", "127.0.0.5", "127.0.0.6"]
    assert phone.obeyed == ["report"]
