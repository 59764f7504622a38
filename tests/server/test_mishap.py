"""What a fault does to the request that it befalls, over real sockets."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mppsim.core.url import parse_url
from mppsim.http import HttpRequest
from mppsim.net.uploader import UploadEngine
from mppsim.server import AuthScheme, Fault, Login, ServerSettings
from mppsim.server.events import Befallen, FaultsChanged
from mppsim.server.faults import FaultKind
from mppsim.server.settings import Limits
from tests.support.raw_client import connected, exchange, request
from tests.support.report_servers import RunningServer, report_server

BODY = b"<flat-profile><A>1</A></flat-profile>"
AGENT = "User-Agent: Cisco-CP-8851-3PCC/12.0.7 (00562b043615)"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with report_server(tmp_path / "reports") as running:
        yield running


async def upload(server: RunningServer, path: str = "/a.xml", body: bytes = BODY) -> str | None:
    """Send a report as a phone does; give the reason why it failed, if it did."""
    with UploadEngine() as engine:
        url = parse_url(server.url + path)
        return (await engine.request(HttpRequest(method="PUT", url=url, body=body))).reason


async def test_status_is_answered_and_nothing_is_stored(server: RunningServer) -> None:
    await server.set_faults(Fault(kind=FaultKind.STATUS, value=503))
    async with connected(server.url) as client:
        answers = [await client.exchange(request("PUT", "/a", BODY, AGENT)) for _ in range(2)]
        await server.set_faults()
        answers.append(await client.exchange(request("PUT", "/a", BODY, AGENT)))

    assert [answer.status for answer in answers] == [503, 503, 201]
    assert answers[0].body == b"a fault, on purpose\n"
    struck = Befallen(method="PUT", path="/a", phone="00562b043615", fault="status:503")
    assert server.events[:4] == [FaultsChanged(("status:503",)), struck, struck, FaultsChanged(())]
    assert len(server.received) == 1
    assert server.turned_away == []


async def test_delayed_report_is_answered_later_and_stored(server: RunningServer) -> None:
    await server.set_faults(Fault(kind=FaultKind.DELAY, value=0.2))
    began = time.monotonic()
    reason = await upload(server)

    assert reason is None
    assert 0.2 <= time.monotonic() - began < 5
    assert server.files() == {"a.xml": BODY}
    assert server.befallen == ["delay:0.2s"]


@pytest.mark.parametrize("size", [0, 1, 6000, 3_000_000])
async def test_connection_is_cut_in_the_middle_of_a_body(server: RunningServer, size: int) -> None:
    await server.set_faults(Fault(kind=FaultKind.CUT))

    assert await upload(server, body=b"x" * size) == "reset"
    assert server.files() == {}
    assert server.turned_away == []


async def test_cut_comes_before_the_body_is_whole(server: RunningServer) -> None:
    await server.set_faults(Fault(kind=FaultKind.CUT))
    async with connected(server.url) as client:
        client.send(request("PUT", "/a", None, "Content-Length: 1000") + b"x" * 600)

        assert await client.read_to_end() == b""


async def test_body_that_never_comes_to_its_middle_is_cut_all_the_same(
    server: RunningServer,
) -> None:
    await server.set_faults(Fault(kind=FaultKind.CUT))
    server.told.clear()
    async with connected(server.url) as client:
        client.send(request("PUT", "/a", None, "Content-Length: 1000") + b"x")
        await server.told.wait()

    assert server.files() == {}


async def test_body_is_read_slowly_and_stored_whole(server: RunningServer) -> None:
    await server.set_faults(Fault(kind=FaultKind.SLOW, value=10_000))
    began = time.monotonic()
    reason = await upload(server, body=b"x" * 3000)

    assert reason is None
    assert 0.29 <= time.monotonic() - began < 5
    assert server.files() == {"a.xml": b"x" * 3000}


async def test_slow_reader_takes_longer_than_a_client_may(tmp_path: Path) -> None:
    settings = ServerSettings(limits=Limits(body_seconds=0.1))
    async with report_server(tmp_path, settings) as server:
        await server.set_faults(Fault(kind=FaultKind.SLOW, value=10_000))

        assert await upload(server, body=b"x" * 3000) is None


async def test_slow_reader_holds_a_large_body_up(server: RunningServer) -> None:
    await server.set_faults(Fault(kind=FaultKind.SLOW, value=1000))
    server.told.clear()
    async with connected(server.url) as client:
        client.send(request("PUT", "/a", None, "Content-Length: 8000000"))
        await server.told.wait()
        client.writer.transport.set_write_buffer_limits(0)
        client.send(b"x" * 8_000_000)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await client.writer.drain()
        client.writer.transport.abort()

    assert server.files() == {}


@pytest.mark.parametrize(
    ("path", "again"),
    [
        ("/a.xml", "/a.xml?mppsim-redirects=0"),
        ("/a.xml?b=c", "/a.xml?b=c&mppsim-redirects=0"),
    ],
)
async def test_redirect_leads_to_the_same_place(
    server: RunningServer, path: str, again: str
) -> None:
    await server.set_faults(Fault(kind=FaultKind.REDIRECT))
    async with connected(server.url) as client:
        first = await client.exchange(request("PUT", path, BODY))
        second = await client.exchange(request("PUT", str(first.get("location")), BODY))

    assert (first.status, first.get("location"), second.status) == (307, again, 201)
    assert server.files() == {"a.xml": BODY}
    assert server.befallen == ["redirect"]


async def test_redirects_count_down_in_the_query(server: RunningServer) -> None:
    await server.set_faults(Fault(kind=FaultKind.REDIRECT, value=3))
    place, seen = "/a.xml?b", []
    async with connected(server.url) as client:
        while (answer := await client.exchange(request("PUT", place, BODY))).status == 307:
            place = str(answer.get("location"))
            seen.append(place)

    assert seen == [f"/a.xml?b&mppsim-redirects={rest}" for rest in (2, 1, 0)]


@pytest.mark.parametrize(
    ("count", "reason", "stored"),
    [
        (1, None, ["a.xml"]),
        (5, None, ["a.xml"]),
        (6, "redirect-loop", []),
        (99, "redirect-loop", []),
    ],
)
async def test_phone_follows_as_many_redirects_as_phones_do(
    server: RunningServer, count: int, reason: str | None, stored: list[str]
) -> None:
    await server.set_faults(Fault(kind=FaultKind.REDIRECT, value=count))

    assert await upload(server) == reason
    assert list(server.files()) == stored


async def test_right_password_is_not_accepted_either(tmp_path: Path) -> None:
    login = Login(user="u", password="p", scheme=AuthScheme.BASIC)
    async with report_server(tmp_path, ServerSettings(login=login)) as server:
        right = "Authorization: Basic dTpw"
        await server.set_faults(Fault(kind=FaultKind.AUTH))
        refused = await exchange(server.url, request("PUT", "/a", BODY, right))
        await server.set_faults()
        accepted = await exchange(server.url, request("PUT", "/a", BODY, right))

    assert (refused.status, accepted.status) == (401, 201)
    assert (refused.get("www-authenticate") or "").startswith("Basic ")


async def test_same_third_is_refused_in_two_runs(tmp_path: Path) -> None:
    async def refused(name: str, seed: int) -> list[int]:
        async with report_server(tmp_path / name, ServerSettings(seed=seed)) as server:
            await server.set_faults(Fault(kind=FaultKind.STATUS, value=503, share=1 / 3))
            async with connected(server.url) as client:
                answers = [
                    await client.exchange(
                        request("PUT", "/a", BODY, f"User-Agent: x (00562b{number:06x})")
                    )
                    for number in range(60)
                ]
        return [number for number, answer in enumerate(answers) if answer.status == 503]

    first = await refused("one", seed=7)

    assert first == await refused("two", seed=7)
    assert first != await refused("three", seed=8)
    assert 10 <= len(first) <= 30
