"""What a phone does with a server that is down, slow or wrong: it says why, and loses nothing.

Every row is a report server that goes wrong for a while. The delta of that while fails with its
reason; the next delta has what it held, and the one after that no more.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from lxml import etree

from mppsim.core.events import FAILURE_REASONS
from mppsim.net.event_log import UploadFailed, UploadFinished, UploadStarted
from mppsim.net.tls import TlsSettings
from mppsim.net.uploader import UploadEngine
from tests.support.certificates import make_authority
from tests.support.fake_clock import FakeReal
from tests.support.guide_desk import Desk, desk
from tests.support.http_server import OK, Peer, reply, serve_script

SERVER = "http://my_http_server"
RULE = f"[--delta --uid joe --pwd tiger]{SERVER}/delta.xml"
ANONYMOUS = f"[--delta]{SERVER}/delta.xml"
BEFORE, DURING, AFTER = 50.0, 100.0, 500.0
"""Seconds of the phone's clock: a change before the server goes wrong, one while it is, one after.

A delay of 10 s is set, so the reports are 10 s after them.
"""


@dataclass
class Moody:
    """A report server that behaves, but for a while."""

    badly: Callable[[Peer, "Moody"], Awaitable[None]]
    """What it does with a connection meanwhile."""
    real: FakeReal = field(default_factory=FakeReal)
    """The upload engine's clock."""
    is_bad: bool = False
    engine: UploadEngine | None = None
    accepted: list[dict[str, str]] = field(default_factory=list)
    """What each delta held that it answered well."""

    async def script(self, peer: Peer) -> None:
        if self.is_bad:
            await self.badly(peer, self)
            return
        while (request := await peer.read_request()) is not None:
            await peer.send(OK)
            self.accepted.append(read_delta(request.body))

    def let_pass(self, seconds: float) -> None:
        """Let real time pass, and the engine look at its watch."""
        self.real.at += seconds
        assert self.engine is not None
        self.engine.check_limits()


def read_delta(body: bytes) -> dict[str, str]:
    return {element.tag: element.text or "" for element in etree.fromstring(body)[0]}


# What a server does wrong.


def answering(data: bytes) -> Callable[..., Awaitable[None]]:
    """Answer every request with these bytes, and close."""

    async def answer(peer: Peer, _: Moody | None = None) -> None:
        while await peer.read_request() is not None:
            await peer.send(data)
            if not data.endswith(b"\r\n\r\n"):
                return

    return answer


async def hang_up(_: Peer, __: Moody) -> None:
    """Close the connection before a word is said."""


async def reset_in_the_body(peer: Peer, _: Moody) -> None:
    await peer.read_head()
    await peer.reader.readexactly(10)
    peer.reset()


async def close_in_the_body(peer: Peer, _: Moody) -> None:
    await peer.read_head()
    await peer.reader.readexactly(10)


async def never_answer(peer: Peer, server: Moody) -> None:
    await peer.read_request()
    server.let_pass(31.0)
    await peer.read_head()


async def dribble(peer: Peer, server: Moody) -> None:
    """Answer a byte every two seconds."""
    await peer.read_request()
    for byte in OK:
        await peer.send(bytes((byte,)))
        server.let_pass(2.0)


async def stop_in_the_answer(peer: Peer, server: Moody) -> None:
    await peer.read_request()
    await peer.send(OK[:-1])
    server.let_pass(31.0)
    await peer.read_head()


BASIC = 'WWW-Authenticate: Basic realm="reports"'
DIGEST = 'WWW-Authenticate: Digest realm="reports", nonce="{}", qop="auth"'
CIRCLE = reply(302, f"Location: {SERVER}/delta.xml")
CHAIN = b"HTTP/1.1 307 Elsewhere\r\nLocation: deeper/\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("badly", "reason"),
    [
        # slow
        pytest.param(never_answer, "timeout", id="never answers"),
        pytest.param(dribble, "timeout", id="dribbles its answer"),
        pytest.param(stop_in_the_answer, "timeout", id="stops in its answer"),
        # cuts
        pytest.param(hang_up, "reset", id="closes at once"),
        pytest.param(close_in_the_body, "reset", id="closes in the body"),
        pytest.param(reset_in_the_body, "reset", id="resets in the body"),
        pytest.param(answering(b""), "reset", id="closes without an answer"),
        pytest.param(answering(OK[:20]), "reset", id="closes in the head"),
        pytest.param(answering(OK[:-1]), "reset", id="closes in the answer's body"),
        # garbage
        pytest.param(answering(b"220 mail.example ESMTP\r\n"), "bad-reply", id="speaks SMTP"),
        pytest.param(answering(b"\x16\x03\x03\x00\x50" * 20), "bad-reply", id="speaks binary"),
        pytest.param(answering(b"<html>200 OK</html>\n"), "bad-reply", id="speaks HTML"),
        pytest.param(
            answering(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r"),
            "bad-reply",
            id="has no idea of its length",
        ),
        pytest.param(
            answering(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000), "bad-reply", id="has no end"
        ),
        # says no
        *(
            pytest.param(answering(reply(status)), f"status-{status}", id=str(status))
            for status in (400, 403, 404, 405, 409, 411, 413, 429, 500, 502, 503, 507)
        ),
        pytest.param(answering(reply(304)), "status-304", id="304"),
        pytest.param(answering(reply(303, "Location: /done")), "status-303", id="303"),
        pytest.param(answering(reply(302)), "status-302", id="302 to nowhere"),
        pytest.param(answering(reply(401, BASIC)), "auth", id="wants another password"),
        pytest.param(answering(reply(401, DIGEST.format("n"))), "auth", id="wants another digest"),
        pytest.param(answering(reply(401, "WWW-Authenticate: NTLM")), "auth", id="wants NTLM"),
        pytest.param(
            answering(reply(407, 'Proxy-Authenticate: Basic realm="p"')), "auth", id="407"
        ),
        # leads astray
        pytest.param(answering(CIRCLE), "redirect-loop", id="redirects in a circle"),
        pytest.param(answering(CHAIN), "redirect-loop", id="redirects for ever"),
        pytest.param(
            answering(reply(302, "Location: mailto:you")), "bad-reply", id="redirects to a mailbox"
        ),
    ],
)
async def test_server_that_answers_badly(
    badly: Callable[[Peer, Moody], Awaitable[None]], reason: str
) -> None:
    server = Moody(badly)
    async with serve_script(server.script) as running, moody_desk(server) as here:
        here.lead_to(f"{running.host}:{running.port}")
        await go_through_it(
            here, server, on=partial(be, server, True), off=partial(be, server, False)
        )

    assert_nothing_is_lost(here, server, reason)


async def test_redirect_is_followed_five_times_with_method_and_body() -> None:
    async with serve_script(answering(CIRCLE)) as running, desk() as here:
        here.lead_to(f"{running.host}:{running.port}")
        here.provision({"Report_Rule": ANONYMOUS})
        await here.play({}, until=10.0)

    assert [failed.status for failed in here.occurred(UploadFailed)] == [302]
    assert len(running.requests) == 6
    assert {(request.line, request.body) for request in running.requests} == {
        ("POST /delta.xml HTTP/1.1", b"<env>\n<flat-profile>\n</flat-profile>\n</env>\n")
    }


def be(server: Moody, is_bad: bool) -> None:
    server.is_bad = is_bad


def moody_desk(server: Moody, tls: TlsSettings | None = None) -> AbstractAsyncContextManager[Desk]:
    """Set up a phone whose upload engine's clock the server moves."""
    server.engine = UploadEngine(monotonic=server.real, tls=tls)
    return desk(engine=server.engine, quirks=("ikm_encoding=hex",))


async def go_through_it(
    here: Desk,
    server: Moody,
    *,
    on: Callable[[], object],
    off: Callable[[], object],
    rule: str = RULE,
) -> None:
    """Change something before, while and after the server is bad, and ask for one more report."""
    here.provision(
        {
            "Report_Rule": rule,
            "Report_To_Server": "On Local Change",
            "Upload_Delay_On_Local_Change": "10",
        }
    )
    deeds: dict[float, Callable[[], object]] = {
        BEFORE: here.set(GPP_A="before", GPP_B="before"),
        DURING - 20: on,
        DURING: here.set(GPP_B="during", GPP_C="during"),
        AFTER - 20: off,
        AFTER: here.set(GPP_D="after"),
        AFTER + 100: partial(here.phone.obey, "report"),
    }
    await here.play(deeds, until=AFTER + 200)


def assert_nothing_is_lost(here: Desk, server: Moody, reason: str) -> None:
    """Assert that what failed says why and came with the next delta, once."""
    assert [failed.reason for failed in here.occurred(UploadFailed)] == [reason]
    assert here.times_of(UploadStarted) == [
        0.0,
        *(at + 10 for at in (BEFORE, DURING, AFTER)),
        600.0,
    ]
    assert len(here.occurred(UploadFinished)) == 4
    assert_all_arrived(server)


def assert_all_arrived(server: Moody) -> None:
    """Assert that each change was accepted once, in the next delta that could be."""
    assert server.accepted == [
        {},
        {"GPP_A": "before", "GPP_B": "before"},
        {"GPP_B": "during", "GPP_C": "during", "GPP_D": "after"},
        {},
    ]


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def lead_astray(here: Desk, reason: str) -> None:
    """Let the guide's host be nowhere, in one of the ways that there are."""
    match reason:
        case "refused":
            here.resolver.place = "127.0.0.1", closed_port()
        case "dns":
            here.resolver.place = None
        case "connect":
            here.resolver.place = "255.255.255.255", 80


@pytest.mark.parametrize("reason", ["refused", "dns", "connect"])
async def test_server_that_is_not_there(reason: str) -> None:
    server = Moody(hang_up)
    async with serve_script(server.script) as running, moody_desk(server) as here:
        there = f"{running.host}:{running.port}"
        here.lead_to(there)
        away, back = partial(lead_astray, here, reason), partial(here.lead_to, there)
        await go_through_it(here, server, on=away, off=back)

    assert_nothing_is_lost(here, server, reason)


async def test_name_server_that_is_silent() -> None:
    server = Moody(hang_up)
    async with serve_script(server.script) as running, moody_desk(server) as here:
        here.lead_to(f"{running.host}:{running.port}")

        def fall_silent() -> None:
            here.resolver.is_silent = True

        def answer() -> None:
            here.resolver.is_silent = False

        here.timers.call_at(DURING + 10, lambda: soon(server.let_pass, 31.0))
        await go_through_it(here, server, on=fall_silent, off=answer)

    assert_nothing_is_lost(here, server, "timeout")


def soon(action: Callable[..., object], *arguments: object) -> None:
    asyncio.get_running_loop().call_soon(action, *arguments)


@pytest.mark.parametrize("wrong", ["no TLS at all", "a stranger's certificate", "another name's"])
async def test_server_whose_tls_is_not_to_be_trusted(tmp_path: Path, wrong: str) -> None:
    server = Moody(hang_up)
    trusted, stranger = tmp_path / "trusted", tmp_path / "stranger"
    for folder in (trusted, stranger):
        folder.mkdir()
    authority = make_authority(trusted)
    bad: dict[str, ssl.SSLContext | None] = {
        "no TLS at all": None,
        "a stranger's certificate": make_authority(stranger).make_server_context("my_http_server"),
        "another name's": authority.make_server_context("other_server"),
    }
    good = authority.make_server_context("my_http_server")
    tls = TlsSettings(ca_file=authority.ca_file)
    async with (
        serve_script(server.script, tls=good) as right,
        serve_script(take_it_for_http, tls=bad[wrong]) as impostor,
        moody_desk(server, tls=tls) as here,
    ):
        here.lead_to(f"{right.host}:{right.port}")
        await go_through_it(
            here,
            server,
            on=partial(here.lead_to, f"{impostor.host}:{impostor.port}"),
            off=partial(here.lead_to, f"{right.host}:{right.port}"),
            rule=RULE.replace("http:", "https:"),
        )
        assert impostor.requests == []

    assert_nothing_is_lost(here, server, "tls")


async def take_it_for_http(peer: Peer) -> None:
    """Answer whatever comes, as a plain server on the TLS port does."""
    if await peer.reader.read(1):
        await peer.send(reply(400))


async def test_challenge_without_credentials_in_the_rule_is_just_its_status() -> None:
    server = Moody(answering(reply(401, BASIC)))
    async with serve_script(server.script) as running, moody_desk(server) as here:
        here.lead_to(f"{running.host}:{running.port}")
        on, off = partial(be, server, True), partial(be, server, False)
        await go_through_it(here, server, on=on, off=off, rule=ANONYMOUS)

    assert_nothing_is_lost(here, server, "status-401")


# What the rule says cannot be done.


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"Report_Rule": "[--delta]tftp://my_http_server/delta.xml"}, "tftp"),
        ({"Report_Rule": "[--delta]/delta.xml"}, "no-tftp-server"),
        ({"Report_Rule": "[--delta]http://my_http_server:$A/delta.xml"}, "rule"),
        ({"IKM_HTTP_Encrypt_Content": "no hexadecimal"}, "rule"),
    ],
)
async def test_report_that_cannot_be_sent_at_all(bad: dict[str, str], reason: str) -> None:
    server = Moody(hang_up)
    good = {"Report_Rule": RULE, "IKM_HTTP_Encrypt_Content": ""}
    async with serve_script(server.script) as running, moody_desk(server) as here:
        here.lead_to(f"{running.host}:{running.port}")
        on, off = partial(here.provision, bad), partial(here.provision, good)
        await go_through_it(here, server, on=on, off=off)

    assert [failed.reason for failed in here.occurred(UploadFailed)] == [reason]
    assert_all_arrived(server)


# What is in hand when the phone goes down.


async def test_report_that_a_restart_cuts_comes_with_the_restarts_own() -> None:
    restarted = asyncio.Event()

    async def wait_for_the_restart(peer: Peer, server: Moody) -> None:
        await peer.read_request()
        here.timers._loop.call_soon(here.phone.restart, "User Triggered")
        server.is_bad = False
        restarted.set()
        assert await peer.read_head() == b""

    server = Moody(wait_for_the_restart)
    async with serve_script(server.script) as running, moody_desk(server) as here:
        here.lead_to(f"{running.host}:{running.port}")
        await go_through_it(here, server, on=partial(be, server, True), off=lambda: None)

    assert restarted.is_set()
    assert [failed.reason for failed in here.occurred(UploadFailed)] == ["cut"]
    assert server.accepted == [
        {},
        {"GPP_A": "before", "GPP_B": "before"},
        {"GPP_B": "during", "GPP_C": "during"},
        {"GPP_D": "after"},
        {},
    ]


async def test_one_of_two_rules_that_fails_takes_nothing_from_the_other() -> None:
    """Each rule has a bookmark of its own."""
    accepted: dict[str, list[dict[str, str]]] = {"/a": [], "/b": []}
    failures = {"/a": 1}

    async def script(peer: Peer) -> None:
        while (request := await peer.read_request()) is not None:
            path, body = request.line.split()[1], read_delta(request.body)
            if body and failures.get(path):
                failures[path] -= 1
                await peer.send(reply(503))
                continue
            accepted[path].append(body)
            await peer.send(OK)

    async with serve_script(script) as running, desk() as here:
        here.lead_to(f"{running.host}:{running.port}")
        here.provision({"Report_Rule": f"[--delta]{SERVER}/a [--delta]{SERVER}/b"})
        ask = partial(here.phone.obey, "report")
        await here.play(
            {10.0: here.set(GPP_A="1"), 20.0: ask, 30.0: here.set(GPP_B="2"), 40.0: ask},
            until=100.0,
        )

    assert accepted == {
        "/a": [{}, {"GPP_A": "1", "GPP_B": "2"}],
        "/b": [{}, {"GPP_A": "1"}, {"GPP_B": "2"}],
    }


async def test_report_that_a_cut_connection_held_up_leaves_the_full_report_whole() -> None:
    """A body of 144 KB is cut in its middle; the next one is whole."""
    lengths: list[int] = []

    async def script(peer: Peer) -> None:
        if not lengths:
            head = await peer.read_head()
            lengths.append(int(head.lower().split(b"content-length: ")[1].split()[0]))
            await peer.reader.readexactly(lengths[0] // 2)
            peer.reset()
            return
        request = await peer.read_request()
        assert request is not None
        lengths.append(len(request.body))
        await peer.send(OK)

    async with serve_script(script) as running, desk() as here:
        here.lead_to(f"{running.host}:{running.port}")
        here.provision({"Report_Rule": f"{SERVER}/full.xml"})
        await here.play({10.0: partial(here.phone.obey, "report")}, until=100.0)

    assert [failed.reason for failed in here.occurred(UploadFailed)] == ["reset"]
    assert lengths[0] == lengths[1] > 100_000


def test_every_reason_of_the_closed_list_is_met_here() -> None:
    text = Path(__file__).read_text()

    assert {reason for reason in FAILURE_REASONS if f'"{reason}"' not in text} == set()
