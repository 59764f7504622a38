import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from mppsim.http import Credentials
from mppsim.net.uploader import UploadEngine
from mppsim.sip.digest import DigestAlgorithm, compute_response, parse_auth_params
from tests.support.http_server import (
    OK,
    Peer,
    SeenRequest,
    answering,
    reply,
    serve_script,
)
from tests.support.turns import turns
from tests.support.uploads import BODY, SetClock, put

JOE = Credentials("joe", "tiger")


async def test_redirect_is_followed_with_method_and_body(engine: UploadEngine) -> None:
    async with serve_script(
        answering(reply(301, "Location: b/c.xml"), reply(307, "Location: /d.xml"), OK)
    ) as server:
        outcome = await engine.request(put(server.url("/x/a.xml")))

        assert [(seen.line, seen.body) for seen in server.requests] == [
            ("PUT /x/a.xml HTTP/1.1", BODY),
            ("PUT /x/b/c.xml HTTP/1.1", BODY),
            ("PUT /d.xml HTTP/1.1", BODY),
        ]
        assert outcome.url.target == "/d.xml"
        assert {seen.connection for seen in server.requests} == {1}


async def test_redirect_to_another_server_goes_there_without_credentials(
    engine: UploadEngine,
) -> None:
    async with serve_script(answering(reply(401, 'WWW-Authenticate: Basic realm="x"'))) as other:
        location = f"Location: {other.url()}"
        async with serve_script(answering(reply(308, location))) as server:
            outcome = await engine.request(put(server.url(), credentials=JOE))

            assert (outcome.status, outcome.reason) == (401, "status-401")
            assert [seen.header("Authorization") for seen in other.requests] == [None]


async def test_redirect_goes_only_where_it_may() -> None:
    async with serve_script(answering(reply(302, "Location: http://203.0.113.1/"))) as server:
        with UploadEngine(may_go=lambda url: url.host.startswith("127.")) as engine:
            assert (await engine.request(put(server.url()))).reason == "status-302"


def guard(scheme: str, algorithm: str = "MD5", password: str = "tiger") -> Callable[[Peer], Any]:
    """Make a server that lets in joe by his password."""

    def answer(request: SeenRequest) -> bytes:
        given = request.header("Authorization")
        offer = f'{scheme} realm="r", nonce="n1", qop="auth", algorithm={algorithm}'
        if given is None:
            return reply(401, f"WWW-Authenticate: {offer}")
        if scheme == "Basic":
            return OK if given == "Basic am9lOnRpZ2Vy" else reply(401, f"WWW-Authenticate: {offer}")
        _, params = parse_auth_params(given)
        expected = compute_response(
            algorithm=DigestAlgorithm(algorithm),
            username="joe",
            realm="r",
            password=password,
            nonce=params["nonce"],
            method="PUT",
            uri="/a.xml",
            qop="auth",
            nc=params["nc"],
            cnonce=params["cnonce"],
        )
        return OK if params["response"] == expected else reply(401, f"WWW-Authenticate: {offer}")

    return answering(then=answer)


@pytest.mark.parametrize(
    ("scheme", "algorithm"),
    [("Basic", ""), ("Digest", "MD5"), ("Digest", "SHA-256"), ("Digest", "SHA-256-sess")],
)
async def test_challenge_is_answered_on_the_same_connection(
    engine: UploadEngine, scheme: str, algorithm: str
) -> None:
    async with serve_script(guard(scheme, algorithm)) as server:
        outcome = await engine.request(put(server.url(), credentials=JOE))

        assert outcome.status == 200
        assert [seen.connection for seen in server.requests] == [1, 1]
        assert server.requests[0].header("Authorization") is None
        assert [name for name, _ in server.requests[1].headers] == [
            "User-Agent",
            "Host",
            "Authorization",
            "Content-Length",
        ]


async def test_stale_nonce_is_answered_anew(engine: UploadEngine) -> None:
    def offer(nonce: str, *more: str) -> bytes:
        return reply(401, f'WWW-Authenticate: Digest realm="r", nonce="{nonce}", qop="auth"', *more)

    async with serve_script(answering(offer("n1"), offer("n2"), OK)) as server:
        outcome = await engine.request(put(server.url(), credentials=JOE))

        assert outcome.status == 200
        assert 'nonce="n2"' in (server.requests[2].header("Authorization") or "")


async def test_wrong_password_is_auth_after_two_answers(engine: UploadEngine) -> None:
    async with serve_script(guard("Digest", password="other")) as server:
        outcome = await engine.request(put(server.url(), credentials=JOE))

        assert (outcome.status, outcome.reason) == (401, "auth")
        assert len(server.requests) == 3


async def test_redirect_to_a_name_that_is_never_found_times_out_alone(
    engine: UploadEngine, engine_clock: SetClock
) -> None:
    engine._resolver.ask = lambda *_: None  # type: ignore[method-assign]  # a silent name server
    async with serve_script(answering(reply(302, "Location: http://reports/"), OK)) as server:
        session = engine.open_session()
        waiting = asyncio.ensure_future(session.request(put(server.url())))
        while not session.idle:
            await turns()
        engine_clock.now += 10.1
        engine.check_limits()

        assert (await waiting).reason == "timeout"
        assert len(session.idle) == 1  # the connection that brought the redirect is still good
        session.close()
