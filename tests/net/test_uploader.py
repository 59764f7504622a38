import asyncio
import socket

import pytest

from mppsim.http import HttpOutcome
from mppsim.net.uploader import UploadEngine, UploadLimits, count_places
from tests.support.http_server import (
    OK,
    Peer,
    answering,
    reply,
    serve_script,
)
from tests.support.turns import turns
from tests.support.uploads import BIG, SetClock, hang, put

# Time limits: the clock is moved, nobody sleeps.


async def test_server_that_never_answers_times_out(
    engine: UploadEngine, engine_clock: SetClock
) -> None:
    async with serve_script(hang) as server:
        waiting = asyncio.ensure_future(engine.request(put(server.url())))
        while not server.requests:
            await turns()

        engine_clock.now += 39.9
        engine.check_limits()
        await turns(3)
        assert not waiting.done()

        engine_clock.now += 0.2
        engine.check_limits()
        assert (await waiting).reason == "timeout"


async def test_server_that_dribbles_times_out_all_the_same(
    engine: UploadEngine, engine_clock: SetClock
) -> None:
    async def dribble(peer: Peer) -> None:
        await peer.read_request()
        await peer.send(b"HTTP/1.1 200 OK\r\n")
        for _ in range(100):
            await peer.send(b"X: y\r\n")
            engine_clock.now += 1.0
            engine.check_limits()
            await turns(3)

    async with serve_script(dribble) as server:
        assert (await engine.request(put(server.url()))).reason == "timeout"


async def test_server_that_does_not_read_times_out_while_we_send(
    engine: UploadEngine, engine_clock: SetClock
) -> None:
    released = asyncio.Event()

    async def refuse_to_read(peer: Peer) -> None:
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a reading transport
        await released.wait()

    async with serve_script(refuse_to_read) as server:
        waiting = asyncio.ensure_future(engine.request(put(server.url(), BIG)))
        while not server.peers:
            await turns()
        await turns(10)
        while not waiting.done():  # what the kernel still takes is progress
            engine_clock.now += 20.1
            engine.check_limits()
            await turns(3)

        assert (await waiting).reason == "timeout"
        released.set()


async def test_connection_that_is_never_made_times_out(
    engine: UploadEngine, engine_clock: SetClock
) -> None:
    with socket.socket() as full:  # nobody accepts, and the queue takes no more
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        url = f"http://127.0.0.1:{full.getsockname()[1]}/"
        waiting = [asyncio.ensure_future(engine.request(put(url))) for _ in range(4)]
        await turns(5)
        engine_clock.now += 10.1
        engine.check_limits()
        await turns(3)

        # The kernel has made one or two of them by itself, and those wait for an answer now.
        reasons = [one.result().reason for one in waiting if one.done()]
        assert set(reasons) == {"timeout"}
        assert len(reasons) >= 2
        engine.close()
        assert {(await one).reason for one in waiting} == {"timeout", "cut"}


async def test_handshake_that_never_ends_times_out(
    engine: UploadEngine, engine_clock: SetClock
) -> None:
    async with serve_script(hang) as server:
        waiting = asyncio.ensure_future(
            engine.request(put(server.url().replace("http:", "https:")))
        )
        while not server.peers:
            await turns()
        await turns(3)
        engine_clock.now += 10.1
        engine.check_limits()

        assert (await waiting).reason == "timeout"


async def test_look_up_that_never_ends_times_out(
    engine: UploadEngine, engine_clock: SetClock
) -> None:
    engine._resolver.ask = lambda *_: None  # type: ignore[method-assign]  # a silent name server
    waiting = asyncio.ensure_future(engine.request(put("http://reports/")))
    await turns()
    engine_clock.now += 10.1
    engine.check_limits()

    assert (await waiting).reason == "timeout"


async def test_engine_sweeps_by_itself() -> None:
    limits = UploadLimits(connect=0.02, send=0.02, answer=0.02)
    with UploadEngine(limits=limits) as engine:
        async with serve_script(hang) as server:
            assert (await engine.request(put(server.url()))).reason == "timeout"


async def test_uploads_beyond_the_cap_wait_in_order() -> None:
    with UploadEngine(limits=UploadLimits(connections=2)) as engine:
        async with serve_script(answering(then=OK)) as server:
            urls = [server.url(f"/{number}") for number in range(8)]
            outcomes = await asyncio.gather(*(engine.request(put(url)) for url in urls))

            assert [outcome.status for outcome in outcomes] == [200] * 8
            assert engine.counters.waited == 6
            lines = [seen.line for seen in sorted(server.requests, key=lambda s: s.connection)]
            assert lines == [f"PUT /{number} HTTP/1.1" for number in range(8)]


@pytest.mark.parametrize(
    ("descriptors", "places"), [(-1, 100_000), (1, 1), (1024, 512), (4096, 2048), (20_000, 17_952)]
)
def test_connections_leave_descriptors_to_everybody_else(descriptors: int, places: int) -> None:
    assert count_places(descriptors) == places


async def test_idle_connection_gives_its_place_to_who_waits() -> None:
    with UploadEngine(limits=UploadLimits(connections=1)) as engine:
        async with serve_script(answering(then=OK)) as server:
            holder = engine.open_session()
            await holder.request(put(server.url()))
            assert len(holder.idle) == 1

            assert (await engine.request(put(server.url()))).status == 200
            assert holder.idle == []
            holder.close()


async def test_name_found_while_all_places_are_taken_waits() -> None:
    with UploadEngine(limits=UploadLimits(connections=1)) as engine:
        async with serve_script(answering(then=OK)) as server:
            named = asyncio.ensure_future(engine.request(put(server.url(host="localhost"))))
            await turns()
            numbered = asyncio.ensure_future(engine.request(put(server.url())))

            assert [(await one).status for one in (named, numbered)] == [200, 200]


async def test_upload_that_waits_for_a_place_has_no_time_limit(engine_clock: SetClock) -> None:
    limits = UploadLimits(connections=1, connect=10.0, answer=40.0)
    with UploadEngine(monotonic=engine_clock, limits=limits) as engine:
        async with serve_script(hang) as server:
            numbered = asyncio.ensure_future(engine.request(put(server.url())))
            while not server.requests:
                await turns()
            named = asyncio.ensure_future(engine.request(put(server.url(host="localhost"))))
            while not engine.counters.waited:
                await turns()
            engine_clock.now += 30.0
            engine.check_limits()
            await turns(3)
            assert not named.done()

            engine_clock.now += 10.1
            engine.check_limits()
            assert (await numbered).reason == "timeout"
            while not server.requests[1:]:
                await turns()
        assert (await named).reason == "reset"


async def test_who_waits_is_not_overtaken_by_who_comes_when_a_place_is_free() -> None:
    with UploadEngine(limits=UploadLimits(connections=1)) as engine:
        async with serve_script(answering(then=reply(200, "Connection: close"))) as server:
            session = engine.open_session()
            over = asyncio.Event()

            def send_third(_: HttpOutcome) -> None:
                session.send(put(server.url("/3")), lambda _: over.set())

            session.send(put(server.url("/1")), send_third)
            session.send(put(server.url("/2")), lambda _: None)
            await over.wait()
            session.close()

            assert [seen.line[:6] for seen in server.requests] == ["PUT /1", "PUT /2", "PUT /3"]


async def test_closed_session_and_closed_engine_cut_at_once(engine: UploadEngine) -> None:
    session = engine.open_session()
    session.close()
    assert (await session.request(put("http://127.0.0.1:9/"))).reason == "cut"

    engine.close()
    engine.close()
    assert (await engine.request(put("http://127.0.0.1:9/"))).reason == "cut"


async def test_closing_the_engine_tells_everybody_before_it_returns() -> None:
    async with serve_script(hang) as server:
        engine = UploadEngine()
        outcomes: list[HttpOutcome] = []
        for _ in range(3):
            engine.open_session().send(put(server.url()), outcomes.append)
        engine.close()

        assert [outcome.reason for outcome in outcomes] == ["cut"] * 3


async def test_cancelled_request_ends_its_upload(engine: UploadEngine) -> None:
    async with serve_script(hang) as server:
        waiting = asyncio.ensure_future(engine.request(put(server.url())))
        while not server.requests:
            await turns()
        waiting.cancel()
        await server.finish()

        assert engine.sessions == set()
