"""What one client may take: time, octets, connections."""

import asyncio

import pytest

from mppsim.admin.listener import AdminLimits, local_address
from tests.support.admin_sites import admin_site
from tests.support.raw_client import connected, exchange, request

SLOW = AdminLimits(head_seconds=0.05, body_seconds=0.05)


@pytest.mark.parametrize("started", [b"", b"GET /ad", b"GET /admin HTTP/1.1\r\nHost: x\r\n"])
async def test_head_that_does_not_come_ends_the_connection(started: bytes) -> None:
    async with admin_site(limits=SLOW) as site, connected(site.url) as client:
        client.send(started)

        assert await client.read_to_end() == b""


async def test_idle_connection_ends_after_its_answer() -> None:
    async with admin_site(limits=SLOW) as site, connected(site.url) as client:
        assert (await client.exchange(site.request("GET", "/assets/icon.svg"))).status == 200

        assert await client.read_to_end() == b""


async def test_body_that_does_not_come_is_refused() -> None:
    async with admin_site(limits=SLOW) as site:
        head = site.request("POST", "/admin/basic/sip", None, "Content-Length: 100")

        answer = await exchange(site.url, head + b"_token=")

    assert (answer.status, answer.get("connection")) == (408, "close")


@pytest.mark.parametrize("announced", [True, False])
async def test_body_that_is_too_large_is_refused(announced: bool) -> None:
    async with admin_site(limits=AdminLimits(body_bytes=1000)) as site:
        body = b"a" * 1001
        if announced:
            data = site.request("POST", "/admin/basic/sip", body)
        else:
            head = site.request("POST", "/admin/basic/sip", None, "Transfer-Encoding: chunked")
            data = head + b"3e9\r\n" + body + b"\r\n0\r\n\r\n"

        assert (await exchange(site.url, data)).status == 413


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 10_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * 100 + b"\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: no\r\n\r\n", 400),
    ],
)
async def test_head_that_cannot_be_read_is_refused_without_repeating_it(
    head: bytes, status: int
) -> None:
    async with admin_site() as site:
        answer = await exchange(site.url, head)

    assert answer.status == status
    assert b"nonsense" not in answer.body
    assert answer.body.startswith(b"the request head")


async def test_broken_chunks_are_refused() -> None:
    async with admin_site() as site:
        head = site.request("POST", "/admin/basic/sip", None, "Transfer-Encoding: chunked")

        answer = await exchange(site.url, head + b"zz\r\n\r\n")

    assert answer.status == 400


async def test_connections_beyond_the_limit_are_cut() -> None:
    async with admin_site(limits=AdminLimits(connections=2)) as site:
        async with connected(site.url) as first, connected(site.url) as second:
            get = site.request("GET", "/assets/icon.svg")
            assert (await first.exchange(get)).status == 200
            assert (await second.exchange(get)).status == 200
            async with connected(site.url) as third:
                third.send(get)
                assert await third.read_to_end() == b""
        await asyncio.sleep(0)
        assert (await exchange(site.url, get)).status == 200


async def test_client_that_waits_to_be_invited_is_invited() -> None:
    async with admin_site() as site, connected(site.url) as client:
        head = site.request("POST", "/admin", None, "Content-Length: 3", "Expect: 100-continue")
        client.send(head)
        assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"

        assert (await client.exchange(b"a=1")).status == 405


async def test_bug_is_answered_without_telling_of_it(caplog: pytest.LogCaptureFixture) -> None:
    async with admin_site() as site:
        site.break_down()

        answer = await exchange(site.url, request("GET", "/admin"))

    assert (answer.status, answer.body) == (500, b"a bug in mppsim's administration page\n")
    assert "hunter22" not in answer.body.decode()
    assert [record.message for record in caplog.records] == [
        "a bug in mppsim's administration page"
    ]


class _Transport(asyncio.BaseTransport):
    def __init__(self, name: object) -> None:
        super().__init__({"sockname": name})


@pytest.mark.parametrize(
    ("name", "address"),
    [
        (("127.0.0.5", 80), "127.0.0.5"),
        (("::ffff:127.0.0.5", 80, 0, 0), "127.0.0.5"),
        (("::1", 80, 0, 0), "::1"),
        (None, ""),
    ],
)
def test_phone_is_found_by_the_address_that_a_connection_came_to(
    name: object, address: str
) -> None:
    assert local_address(_Transport(name)) == address


def test_connection_that_is_gone_has_no_address() -> None:
    assert local_address(None) == ""
