import asyncio
import socket

from mppsim.http import HttpOutcome
from mppsim.net.uploader import UploadEngine, UploadLimits
from tests.support.http_server import (
    OK,
    Peer,
    answering,
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

        engine_clock.now += 29.9
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
        engine_clock.now += 31.0
        engine.check_limits()

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
        engine_clock.now += 31.0
        engine.check_limits()

        assert {(await one).reason for one in waiting} == {"timeout"}


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
        engine_clock.now += 31.0
        engine.check_limits()

        assert (await waiting).reason == "timeout"


async def test_look_up_that_never_ends_times_out(
    engine: UploadEngine, engine_clock: SetClock
) -> None:
    engine._resolver.ask = lambda *_: None  # type: ignore[method-assign]  # a silent name server
    waiting = asyncio.ensure_future(engine.request(put("http://reports/")))
    await turns()
    engine_clock.now += 31.0
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
