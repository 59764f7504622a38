import asyncio
from typing import Any

import pytest

from mppsim.http import Credentials, HttpOutcome
from mppsim.net.uploader import UploadEngine, UploadLimits
from tests.support.http_server import (
    OK,
    Peer,
    ScriptedServer,
    answering,
    reply,
    serve_script,
)
from tests.support.turns import turns
from tests.support.uploads import closed_port, get, hang, put


async def send_two(engine: UploadEngine, server: ScriptedServer) -> list[HttpOutcome]:
    session = engine.open_session()
    outcomes = [await session.request(put(server.url())) for _ in range(2)]
    session.close()
    return outcomes


async def test_connection_is_kept_for_the_sessions_next_upload_and_closed_with_it(
    engine: UploadEngine,
) -> None:
    async with serve_script(answering(then=OK)) as server:
        await send_two(engine, server)
        await server.finish()

        assert [seen.connection for seen in server.requests] == [1, 1]
        assert engine.counters.connections == 1


async def test_idle_connection_holds_no_upload(engine: UploadEngine) -> None:
    async with serve_script(answering(then=OK)) as server:
        session = engine.open_session()
        await session.request(put(server.url()))

        assert [connection.flight for connection in session.connections] == [None]
        assert not session.is_busy
        session.close()
        assert session.connections == []


async def test_session_does_not_use_anothers_connection(engine: UploadEngine) -> None:
    async with serve_script(answering(then=OK)) as server:
        first = engine.open_session()
        await first.request(put(server.url()))
        await engine.request(put(server.url()))

        assert [seen.connection for seen in server.requests] == [1, 2]
        first.close()


async def test_other_origin_gets_its_own_connection(engine: UploadEngine) -> None:
    async with serve_script(answering(then=OK)) as one, serve_script(answering(then=OK)) as other:
        session = engine.open_session()
        for server in (one, other, one):
            await session.request(put(server.url()))

        assert (len(one.peers), len(other.peers)) == (1, 1)
        session.close()


async def test_server_that_closes_is_connected_to_anew(engine: UploadEngine) -> None:
    async with serve_script(answering(then=reply(200, "Connection: close"))) as server:
        await send_two(engine, server)

        assert [seen.connection for seen in server.requests] == [1, 2]


@pytest.mark.parametrize("is_reset", [False, True])
async def test_kept_connection_that_dies_is_replaced_once(
    engine: UploadEngine, is_reset: bool
) -> None:
    async def serve_one(peer: Peer) -> None:
        await peer.read_request()
        await peer.send(OK)
        if peer.number == 1:
            await peer.read_head()  # the second request is on its way, and gets no answer
            if is_reset:
                peer.reset()

    async with serve_script(serve_one) as server:
        outcomes = await send_two(engine, server)

        assert [outcome.status for outcome in outcomes] == [200, 200]
        assert [seen.connection for seen in server.requests] == [1, 2]


async def test_upload_that_lost_a_kept_connection_gets_a_new_one_not_another_kept_one(
    engine: UploadEngine,
) -> None:
    async def serve_one(peer: Peer) -> None:
        await peer.read_request()
        await peer.send(OK)
        await peer.read_request()

    async with serve_script(serve_one) as server:
        session = engine.open_session()
        await asyncio.gather(*(session.request(put(server.url())) for _ in range(2)))
        assert len(session.idle) == 2

        assert (await session.request(put(server.url()))).status == 200
        assert [seen.connection for seen in server.requests].count(3) == 1
        assert len(server.requests) == 4
        session.close()


async def test_server_that_dies_every_time_is_not_asked_for_ever(engine: UploadEngine) -> None:
    async def answer_first(peer: Peer) -> None:
        await peer.read_request()
        if peer.number == 1:
            await peer.send(OK)
            await peer.read_head()

    async with serve_script(answer_first) as server:
        outcomes = await send_two(engine, server)

        assert [outcome.reason for outcome in outcomes] == [None, "reset"]
        assert len(server.peers) == 2


async def test_kept_connection_that_dies_within_a_reply_is_a_failure(engine: UploadEngine) -> None:
    async def cut_second(peer: Peer) -> None:
        await peer.read_request()
        await peer.send(OK)
        await peer.read_head()
        await peer.send(b"HTTP/1.1 2")

    async with serve_script(cut_second) as server:
        outcomes = await send_two(engine, server)

        assert [outcome.reason for outcome in outcomes] == [None, "reset"]
        assert len(server.peers) == 1


async def test_idle_connection_that_ends_is_forgotten(engine: UploadEngine) -> None:
    async with serve_script(answering(OK)) as server:  # closes after its only answer
        session = engine.open_session()
        await session.request(put(server.url()))
        while session.idle:
            await turns()

        assert engine.idle_count == 0
        assert len(engine.sockets) == 0
        session.close()


async def test_callback_may_send_again(engine: UploadEngine) -> None:
    async with serve_script(answering(then=OK)) as server:
        session = engine.open_session()
        over = asyncio.Event()
        statuses: list[int | None] = []

        def done(outcome: HttpOutcome) -> None:
            statuses.append(outcome.status)
            if len(statuses) == 50:
                over.set()
            else:
                session.send(put(server.url()), done)

        session.send(put(server.url()), done)
        await over.wait()
        session.close()

        assert statuses == [200] * 50
        assert len(server.peers) == 1


async def test_callback_that_sends_to_a_dead_server_for_ever_does_not_recurse(
    engine: UploadEngine,
) -> None:
    session = engine.open_session()
    url = f"http://127.0.0.1:{closed_port()}/"
    over = asyncio.Event()
    count = 0

    def done(outcome: HttpOutcome) -> None:
        nonlocal count
        count += 1
        if count == 2000:
            over.set()
        else:
            session.send(put(url), done)

    session.send(put(url), done)
    await over.wait()
    session.close()


async def test_callback_that_fails_does_not_harm_the_others(engine: UploadEngine) -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))

    def fail(_: HttpOutcome) -> None:
        raise KeyError("a phone's bug")

    async with serve_script(answering(then=OK)) as server:
        session = engine.open_session()
        session.send(put(server.url()), fail)
        outcome = await session.request(put(server.url()))
        session.close()

        assert outcome.status == 200
        assert [type(context["exception"]) for context in told] == [KeyError]


async def test_closing_a_session_cuts_what_is_in_hand(engine: UploadEngine) -> None:
    async with serve_script(hang) as server:
        session = engine.open_session()
        outcomes: list[HttpOutcome] = []
        session.send(put(server.url()), outcomes.append)
        while not server.requests:
            await turns()
        session.close()

        assert outcomes == []  # told later, never within the caller's call
        await turns(2)
        assert [(outcome.status, outcome.reason) for outcome in outcomes] == [(None, "cut")]


async def test_closing_a_session_cuts_what_waits_for_its_turn_or_its_address() -> None:
    with UploadEngine(limits=UploadLimits(connections=1)) as engine:
        async with serve_script(hang) as server:
            first, second, third = (engine.open_session() for _ in range(3))
            outcomes: list[HttpOutcome] = []
            first.send(put(server.url()), outcomes.append)
            second.send(put(server.url()), outcomes.append)
            third.send(put(server.url(host="localhost")), outcomes.append)
            for session in (second, third, first):
                session.close()
            await turns(5)

            assert [outcome.reason for outcome in outcomes] == ["cut"] * 3


async def test_closing_a_session_cuts_what_waits_for_an_address(engine: UploadEngine) -> None:
    async with serve_script(answering(then=OK)) as server:
        session = engine.open_session()
        outcomes: list[HttpOutcome] = []
        session.send(put(server.url(host="localhost")), outcomes.append)
        session.close()

        assert (await engine.request(put(server.url(host="localhost")))).status == 200
        assert [outcome.reason for outcome in outcomes] == ["cut"]
        assert len(server.requests) == 1


@pytest.mark.parametrize("size", [5, 100_000])
async def test_request_that_wants_the_body_gets_it_with_its_coding(
    engine: UploadEngine, size: int
) -> None:
    profile = reply(200, "Content-Encoding: GZIP", body=b"x" * size)
    async with serve_script(answering(profile)) as server:
        outcome = await engine.request(get(server.url(), keep_body=size))

        assert (outcome.reason, outcome.body, outcome.coding) == (None, b"x" * size, "gzip")
        assert server.requests[0].line == "GET /a.xml HTTP/1.1"


async def test_request_that_wants_no_body_gets_none(engine: UploadEngine) -> None:
    async with serve_script(answering(OK)) as server:
        assert (await engine.request(put(server.url()))).body == b""


async def test_body_longer_than_wanted_is_a_bad_reply(engine: UploadEngine) -> None:
    async with serve_script(answering(reply(200, body=b"x" * 100_000))) as server:
        outcome = await engine.request(get(server.url(), keep_body=50_000))

        assert (outcome.reason, outcome.body) == ("bad-reply", b"")


async def test_body_comes_from_where_redirect_and_challenge_lead(engine: UploadEngine) -> None:
    asks = reply(401, 'WWW-Authenticate: Basic realm="r"', body=b"who are you")
    moved = reply(302, "Location: /b.xml", body=b"over there")
    async with serve_script(answering(moved, asks, reply(200, body=b"profile"))) as server:
        wanted = get(server.url(), keep_body=100, credentials=Credentials("joe", "pw"))
        outcome = await engine.request(wanted)

        assert outcome.body == b"profile"
        assert [seen.line for seen in server.requests] == [
            "GET /a.xml HTTP/1.1",
            "GET /b.xml HTTP/1.1",
            "GET /b.xml HTTP/1.1",
        ]
