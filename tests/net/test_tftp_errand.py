"""A transfer's way over the addresses of its server, and its reasons to fail."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from mppsim.core.url import parse_url
from mppsim.net.resolver import Address
from mppsim.net.tftp import TftpClient
from mppsim.tftp import TransferLimits
from tests.support.udp_peer import closed_udp_port, udp_peer


@pytest.fixture
async def client() -> AsyncIterator[TftpClient]:
    with TftpClient(TransferLimits(waits=(0.2, 0.2))) as client:
        yield client


async def reason_of(client: TftpClient, url: str, source: str | None = None) -> str | None:
    return (await client.read(parse_url(url), source=source)).reason


def know(client: TftpClient, port: int, *hosts: str) -> None:
    """Let the client know the addresses of `server`."""
    addresses = tuple(Address(socket.AF_INET, (host, port)) for host in hosts)
    client.resolver._numeric["server", port] = addresses


async def test_closed_port_is_refused(client: TftpClient) -> None:
    assert await reason_of(client, f"tftp://127.0.0.1:{closed_udp_port()}/a") == "refused"


async def test_name_that_is_none_is_dns(client: TftpClient) -> None:
    assert await reason_of(client, f"tftp://{'a' * 70}/a") == "dns"


async def test_name_is_looked_up(client: TftpClient) -> None:
    with udp_peer() as server:
        reading = asyncio.create_task(
            client.read(parse_url(f"tftp://localhost:{server.tid.port}/a"))
        )
        await server.hear()
        server.say(b"\0\3\0\1body")

        assert (await reading).body == b"body"


async def test_name_that_takes_too_long_is_a_timeout(
    client: TftpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    monkeypatch.setattr(client.resolver, "ask", lambda *asked: found.append(asked[2]))
    monkeypatch.setattr("mppsim.net.tftp_errand._RESOLVING_SECONDS", 0.01)

    assert await reason_of(client, "tftp://server/a") == "timeout"
    found[0](())  # too late: nobody waits for it


async def test_phone_without_that_address_cannot_connect(client: TftpClient) -> None:
    assert await reason_of(client, "tftp://127.0.0.1/a", "192.0.2.1") == "connect"


async def test_address_of_ipv6_is_out_of_a_phones_reach(client: TftpClient) -> None:
    assert await reason_of(client, "tftp://[::1]/a", "127.0.0.1") == "connect"


async def test_name_is_reached_at_the_address_of_the_phones_own_family(client: TftpClient) -> None:
    with udp_peer() as server:
        host, port = server.tid.host, server.tid.port
        client.resolver._numeric["server", port] = (
            Address(socket.AF_INET6, ("::1", port, 0, 0)),
            Address(socket.AF_INET, (host, port)),
        )
        url = parse_url(f"tftp://server:{port}/a")
        reading = asyncio.create_task(client.read(url, source="127.0.0.1"))
        await server.hear()
        server.say(b"\0\3\0\1body")

        assert (await reading).body == b"body"


@pytest.mark.parametrize("path", ["/a%00b", "/" + "a" * 600])
async def test_path_that_no_request_holds_is_a_fault_of_the_rule(
    client: TftpClient, path: str
) -> None:
    assert await reason_of(client, f"tftp://127.0.0.1{path}") == "rule"


@pytest.mark.parametrize(
    ("path", "sent"),
    [("/a b.xml", b"/a b.xml"), ("/a%20b", b"/a b"), ("/é", "/é".encode()), ("/%e9", b"/\xe9")],
)
async def test_path_goes_out_decoded_with_its_slash(
    client: TftpClient, path: str, sent: bytes
) -> None:
    with udp_peer() as server:
        reading = asyncio.create_task(
            client.read(parse_url(f"tftp://127.0.0.1:{server.tid.port}{path}"))
        )
        request = await server.hear()
        server.say(b"\0\5\0\1\0")
        await reading

    assert request[2:].partition(b"\0")[0] == sent


async def test_next_address_is_asked_where_nobody_listens(client: TftpClient) -> None:
    with udp_peer() as server:
        know(client, server.tid.port, "127.0.0.9", "127.0.0.1")
        reading = asyncio.create_task(client.read(parse_url(f"tftp://server:{server.tid.port}/a")))
        await server.hear()
        server.say(b"\0\3\0\1body")

        assert (await reading).body == b"body"


async def test_last_address_gives_the_reason(client: TftpClient) -> None:
    port = closed_udp_port()
    know(client, port, "127.0.0.9", "127.0.0.8")

    assert await reason_of(client, f"tftp://server:{port}/a") == "refused"


async def test_server_that_refuses_is_not_asked_at_its_next_address(client: TftpClient) -> None:
    with udp_peer() as server:
        know(client, server.tid.port, "127.0.0.1", "127.0.0.1")
        reading = asyncio.create_task(client.read(parse_url(f"tftp://server:{server.tid.port}/a")))
        await server.hear()
        server.say(b"\0\5\0\2no\0")

        assert (await reading).reason == "tftp"
        assert server.has_silence


async def test_server_that_goes_away_in_the_middle_is_a_reset(client: TftpClient) -> None:
    with udp_peer() as server:
        reading = asyncio.create_task(
            client.read(parse_url(f"tftp://127.0.0.1:{server.tid.port}/a"))
        )
        await server.hear()
        await server.ask(b"\0\3\0\1" + bytes(512))

    assert (await reading).reason == "reset"
