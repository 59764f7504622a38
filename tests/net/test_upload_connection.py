import errno
import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mppsim.core.certificate_subject import find_mac
from mppsim.core.url import parse_url
from mppsim.http import HttpOutcome
from mppsim.net import upload_connection
from mppsim.net.resolver import Address
from mppsim.net.sockets import open_socket
from mppsim.net.tls import PhoneTls, TlsSettings
from mppsim.net.uploader import UploadEngine
from tests.support.certificate_folders import make_folder
from tests.support.certificates import make_authority
from tests.support.garbage import watching_garbage
from tests.support.http_server import (
    OK,
    Peer,
    SeenRequest,
    answering,
    reply,
    serve_script,
)
from tests.support.turns import turns
from tests.support.uploads import BIG, BODY, SetClock, closed_port, hang, know, put

# A server's behaviour: what it does with each connection, and what the outcome is.


async def cut_at_once(_: Peer) -> None:
    return


async def reset_at_once(peer: Peer) -> None:
    await peer.read_head()
    peer.reset()


def cut_after(data: bytes) -> Callable[[Peer], Any]:
    async def script(peer: Peer) -> None:
        await peer.read_request()
        await peer.send(data)

    return script


def in_pieces(*pieces: bytes) -> Callable[[Peer], Any]:
    async def script(peer: Peer) -> None:
        await peer.read_request()
        for piece in pieces:
            await peer.send(piece)
            await turns(3)
        await peer.read_head()

    return script


def spell(data: bytes) -> Callable[[Peer], Any]:
    return in_pieces(*(bytes([byte]) for byte in data))


@pytest.mark.parametrize(
    ("script", "status", "reason"),
    [
        pytest.param(answering(OK), 200, None, id="200"),
        pytest.param(answering(reply(201, "Location: /a.xml")), 201, None, id="201"),
        pytest.param(answering(b"HTTP/1.1 204 No Content\r\n\r\n"), 204, None, id="204"),
        pytest.param(spell(OK), 200, None, id="slow, a byte at a time"),
        pytest.param(
            answering(b"HTTP/1.1 100 Continue\r\n\r\n" + OK), 200, None, id="1xx, then 200"
        ),
        pytest.param(
            in_pieces(b"HTTP/1.1 100 Continue\r\n\r\n", OK), 200, None, id="1xx and 200 apart"
        ),
        pytest.param(
            answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
            200,
            None,
            id="chunked",
        ),
        pytest.param(cut_after(b"HTTP/1.0 200 OK\r\n\r\nok"), 200, None, id="ended by close"),
        pytest.param(
            answering(reply(200, body=b"x" * 300_000)), 200, None, id="a body longer than a read"
        ),
        pytest.param(answering(reply(303, "Location: /b")), 303, "status-303", id="303"),
        pytest.param(answering(reply(404)), 404, "status-404", id="404"),
        pytest.param(answering(reply(503, body=b"sorry")), 503, "status-503", id="503"),
        pytest.param(cut_at_once, None, "reset", id="accepts and closes"),
        pytest.param(reset_at_once, None, "reset", id="resets"),
        pytest.param(cut_after(OK[:12]), None, "reset", id="cut in the head"),
        pytest.param(cut_after(OK[:-1]), None, "reset", id="cut in the body"),
        pytest.param(cut_after(b"220 mail ESMTP\r\n"), None, "bad-reply", id="garbage"),
        pytest.param(
            cut_after(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 200_000),
            None,
            "bad-reply",
            id="a huge head",
        ),
        pytest.param(
            answering(then=reply(302, "Location: /a.xml")), 302, "redirect-loop", id="a circle"
        ),
        pytest.param(
            answering(reply(302, "Location: ftp://x/")), 302, "bad-reply", id="leads nowhere"
        ),
        pytest.param(answering(reply(401)), 401, "status-401", id="401 and no credentials"),
    ],
)
async def test_servers_behaviour_becomes_an_outcome(
    engine: UploadEngine, script: Callable[[Peer], Any], status: int | None, reason: str | None
) -> None:
    async with serve_script(script) as server:
        outcome = await engine.request(put(server.url()))

        assert (outcome.status, outcome.reason) == (status, reason)
        assert outcome.bytes == len(BODY)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param(answering(OK), None, id="at one glance"),
        pytest.param(spell(OK), None, id="a byte at a time"),
        pytest.param(cut_after(b"HTTP/1.0 200 OK\r\n\r\nok"), None, id="ended by close"),
        pytest.param(cut_after(OK[:12]), "reset", id="cut in the head"),
        pytest.param(cut_after(b"220 mail ESMTP\r\n"), "bad-reply", id="garbage"),
        pytest.param(
            answering(b"HTTP/1.1 100 Continue\r\n\r\n" + reply(307, "Location: /a.xml"), OK),
            None,
            id="elsewhere",
        ),
        pytest.param(reset_at_once, "reset", id="resets"),
    ],
)
async def test_nothing_of_an_upload_waits_for_the_collector(
    engine: UploadEngine, script: Callable[[Peer], Any], reason: str | None
) -> None:
    async with serve_script(script) as server:
        with watching_garbage() as found:
            outcome = await engine.request(put(server.url()))

    assert outcome.reason == reason
    assert found == []


async def test_nothing_of_a_reply_that_is_cut_waits_for_the_collector(engine: UploadEngine) -> None:
    outcomes: list[HttpOutcome] = []
    async with serve_script(in_pieces(OK[:12])) as server:
        with watching_garbage() as found:
            session = engine.open_session()
            session.send(put(server.url()), outcomes.append)
            await turns(20)
            assert session.connections[0]._reader is not None
            session.close()
            await turns(3)
            del session

    assert [outcome.reason for outcome in outcomes] == ["cut"]
    assert found == []


async def test_request_arrives_byte_for_byte(engine: UploadEngine) -> None:
    async with serve_script(answering(OK)) as server:
        await engine.request(put(server.url("/in/a.xml?b=1")))

        assert server.requests == [
            SeenRequest(
                connection=1,
                client="127.0.0.1",
                line="PUT /in/a.xml?b=1 HTTP/1.1",
                headers=(
                    ("User-Agent", "phone"),
                    ("Host", f"127.0.0.1:{server.port}"),
                    ("Content-Length", str(len(BODY))),
                ),
                body=BODY,
            )
        ]


async def test_outcome_says_how_long_where_and_what_the_server_named(
    engine: UploadEngine, engine_clock: SetClock
) -> None:
    def answer(_: SeenRequest) -> bytes:
        engine_clock.now += 1.5
        return reply(201, "Location: /stored/1.xml")

    async with serve_script(answering(answer)) as server:
        outcome = await engine.request(put(server.url()))

        assert outcome == HttpOutcome(
            status=201,
            reason=None,
            seconds=1.5,
            bytes=len(BODY),
            location="/stored/1.xml",
            url=parse_url(server.url()),
        )


async def test_server_that_is_down_is_refused(engine: UploadEngine) -> None:
    outcome = await engine.request(put(f"http://127.0.0.1:{closed_port()}/"))

    assert (outcome.status, outcome.reason) == (None, "refused")


async def test_https_server_that_is_down_is_refused(engine: UploadEngine) -> None:
    assert (await engine.request(put(f"https://127.0.0.1:{closed_port()}/"))).reason == "refused"


async def test_address_that_cannot_be_reached_is_connect(engine: UploadEngine) -> None:
    outcome = await engine.request(put("http://127.0.0.1:9/"), source="192.0.2.1")

    assert outcome.reason == "connect"


async def test_address_of_ipv6_is_out_of_a_phones_reach(engine: UploadEngine) -> None:
    outcome = await engine.request(put("http://[::1]:9/"), source="127.0.0.1")

    assert outcome.reason == "connect"


async def test_address_of_ipv6_hides_no_failure_of_another(engine: UploadEngine) -> None:
    port = closed_port()
    engine._resolver._numeric["reports", port] = (
        Address(socket.AF_INET, ("127.0.0.1", port)),
        Address(socket.AF_INET6, ("::1", port, 0, 0)),
    )

    outcome = await engine.request(put(f"http://reports:{port}/"), source="127.0.0.1")

    assert outcome.reason == "refused"


async def test_name_that_does_not_exist_is_dns(engine: UploadEngine) -> None:
    # A label of more than 63 letters is refused before anybody is asked.
    assert (await engine.request(put(f"http://{'x' * 70}.invalid/"))).reason == "dns"


async def test_localhost_is_looked_up_and_found(engine: UploadEngine) -> None:
    async with serve_script(answering(OK, then=OK)) as server:
        outcomes = [
            await engine.request(put(server.url(host="localhost"))),
            await engine.request(put(server.url(host="localhost"))),
        ]

        assert [outcome.status for outcome in outcomes] == [200, 200]
        assert server.requests[0].header("Host") == f"localhost:{server.port}"


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_each_address_is_tried_in_turn(
    engine_clock: SetClock, tmp_path: Path, scheme: str
) -> None:
    authority = make_authority(tmp_path)
    tls = authority.make_server_context("reports") if scheme == "https" else None
    settings = TlsSettings(ca_file=authority.ca_file)
    with UploadEngine(monotonic=engine_clock, tls=settings) as engine:
        async with serve_script(answering(OK), tls=tls) as server:
            know(engine, "reports", server.port, "127.0.0.2", "127.0.0.3", "127.0.0.1")

            outcome = await engine.request(put(server.url(host="reports")))

            assert outcome.status == 200


async def test_last_address_gives_the_reason(engine: UploadEngine) -> None:
    know(engine, "reports", 1, "127.0.0.2", "255.255.255.255")

    assert (await engine.request(put("http://reports:1/"))).reason == "connect"


async def test_phone_sends_from_its_own_address(engine: UploadEngine) -> None:
    async with serve_script(answering(OK)) as server:
        await engine.request(put(server.url()), source="127.20.0.7")

        assert server.requests[0].client == "127.20.0.7"


async def test_tftp_is_not_sent_by_http(engine: UploadEngine) -> None:
    assert (await engine.request(put("tftp://127.0.0.1/a"))).reason == "tftp"


async def test_header_that_cannot_be_sent_is_the_rules_fault(engine: UploadEngine) -> None:
    request = replace(put("http://127.0.0.1:9/"), headers=(("User-Agent", "x\r\nX: 1"),))

    assert (await engine.request(request)).reason == "rule"


async def test_big_body_arrives_whole(engine: UploadEngine) -> None:
    async with serve_script(answering(OK, then=OK)) as server:
        session = engine.open_session()
        outcomes = [await session.request(put(server.url(), BIG)) for _ in range(2)]
        session.close()

        assert [outcome.status for outcome in outcomes] == [200, 200]
        assert [request.body == BIG for request in server.requests] == [True, True]
        assert [request.connection for request in server.requests] == [1, 1]


@pytest.mark.parametrize("is_reset", [False, True])
async def test_answer_before_the_body_is_sent_counts(engine: UploadEngine, is_reset: bool) -> None:
    async def refuse(peer: Peer) -> None:
        await peer.read_head()
        await peer.send(reply(413))
        if is_reset:
            peer.writer.close()
        else:
            await peer.reader.read()

    async with serve_script(refuse) as server:
        session = engine.open_session()
        outcome = await session.request(put(server.url(), BIG))

        assert (outcome.status, outcome.reason) == (413, "status-413")
        assert session.idle == []
        session.close()


@pytest.mark.parametrize(
    ("named", "asked", "settings", "status", "reason"),
    [
        pytest.param("127.0.0.1", "127.0.0.1", "ca", 200, None, id="good"),
        pytest.param("reports", "reports", "ca", 200, None, id="good, by name"),
        pytest.param("127.0.0.1", "127.0.0.1", "system", None, "tls", id="unknown CA"),
        pytest.param("127.0.0.9", "127.0.0.1", "ca", None, "tls", id="wrong address"),
        pytest.param("other", "reports", "ca", None, "tls", id="wrong name"),
        pytest.param("other", "127.0.0.1", "insecure", 200, None, id="insecure"),
    ],
)
async def test_servers_certificate_is_checked(
    tmp_path: Path, named: str, asked: str, settings: str, status: int | None, reason: str | None
) -> None:
    authority = make_authority(tmp_path)
    tls = {
        "ca": TlsSettings(ca_file=authority.ca_file),
        "system": TlsSettings(),
        "insecure": TlsSettings(insecure=True),
    }[settings]
    context = authority.make_server_context(named)
    with UploadEngine(tls=tls) as engine:
        async with serve_script(answering(OK), tls=context) as server:
            know(engine, "reports", server.port, "127.0.0.1")

            outcome = await engine.request(put(server.url(host=asked)))

            assert (outcome.status, outcome.reason) == (status, reason)


@pytest.mark.parametrize(("is_trusted", "reason"), [(True, None), (False, "tls")])
async def test_nothing_of_an_upload_by_tls_waits_for_the_collector(
    tmp_path: Path, is_trusted: bool, reason: str | None
) -> None:
    authority = make_authority(tmp_path)
    context = authority.make_server_context("127.0.0.1")
    tls = TlsSettings(ca_file=authority.ca_file) if is_trusted else TlsSettings()
    with UploadEngine(tls=tls) as engine:
        async with serve_script(spell(OK), tls=context) as server:
            with watching_garbage() as found:
                outcome = await engine.request(put(server.url()))

    assert outcome.reason == reason
    assert found == []


async def test_tls_connection_is_kept_and_carries_big_bodies(tmp_path: Path) -> None:
    authority = make_authority(tmp_path)
    context = authority.make_server_context("127.0.0.1")
    with UploadEngine(tls=TlsSettings(ca_file=authority.ca_file)) as engine:
        async with serve_script(
            answering(OK, reply(200, body=b"x" * 100_000), then=OK), tls=context
        ) as server:
            session = engine.open_session()
            outcomes = [await session.request(put(server.url(), BIG)) for _ in range(3)]
            session.close()

            assert [outcome.status for outcome in outcomes] == [200, 200, 200]
            assert [seen.body == BIG for seen in server.requests] == [True, True, True]
            assert {seen.connection for seen in server.requests} == {1}


@pytest.mark.parametrize("length", [469, 470, 471, 940, 2048, 2049, 20_000])
@pytest.mark.parametrize("is_tls", [False, True], ids=["http", "https"])
async def test_reply_of_any_length_ends_an_upload_and_keeps_its_connection(
    tmp_path: Path, length: int, is_tls: bool
) -> None:
    authority = make_authority(tmp_path)
    empty = len(reply(200, "Padding: "))
    answer = reply(200, f"Padding: {'x' * (length - empty)}")
    assert len(answer) == length
    context = authority.make_server_context("127.0.0.1") if is_tls else None
    with UploadEngine(tls=TlsSettings(ca_file=authority.ca_file)) as engine:
        async with serve_script(answering(then=answer), tls=context) as server:
            session = engine.open_session()
            outcomes = [await session.request(put(server.url())) for _ in range(3)]
            session.close()

            assert [outcome.status for outcome in outcomes] == [200, 200, 200]
            assert {seen.connection for seen in server.requests} == {1}


async def test_each_session_shows_its_phones_certificate(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, "00562b000001", "00562b000002")
    context = folder.server_context(client_ca=folder.ca)
    with UploadEngine(tls=TlsSettings(ca_file=folder.ca)) as engine:
        async with serve_script(answering(then=OK), tls=context) as server:
            for mac in ("00562b000001", "00562b000002", "00562b000001"):
                tls = PhoneTls(certificate=folder.phone(mac))
                outcome = await engine.request(put(server.url()), tls=tls)
                assert outcome.status == 200

            assert [shown_mac(peer) for peer in server.peers] == [
                "00562b000001",
                "00562b000002",
                "00562b000001",
            ]


def shown_mac(peer: Peer) -> str:
    subject = peer.writer.get_extra_info("peercert")["subject"]
    return find_mac(pair for part in subject for pair in part)


async def test_certificate_that_has_gone_is_tls(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    tls = PhoneTls(certificate=tmp_path / "gone.pem")
    with UploadEngine(tls=TlsSettings(ca_file=folder.ca)) as engine:
        async with serve_script(answering(then=OK), tls=folder.server_context()) as server:
            outcome = await engine.request(put(server.url()), tls=tls)

            assert outcome.reason == "tls"


async def test_custom_ca_makes_a_server_trusted(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    tls = PhoneTls(custom_ca=folder.ca.read_text())
    with UploadEngine() as engine:
        async with serve_script(answering(then=OK), tls=folder.server_context()) as server:
            outcomes = [
                await engine.request(put(server.url()), tls=each) for each in (PhoneTls(), tls)
            ]

            assert [(one.status, one.reason) for one in outcomes] == [(None, "tls"), (200, None)]


async def test_plain_server_behind_https_is_tls(engine: UploadEngine) -> None:
    async def answer_plainly(peer: Peer) -> None:
        await peer.send(OK)

    async with serve_script(answer_plainly) as server:
        url = server.url().replace("http:", "https:")

        assert (await engine.request(put(url))).reason == "tls"


async def test_name_that_no_certificate_can_hold_is_dns(engine: UploadEngine) -> None:
    name = "x" * 70  # RFC 1035: a label has at most 63 octets
    async with serve_script(hang) as server:
        know(engine, name, server.port, "127.0.0.1")

        assert (await engine.request(put(f"https://{name}:{server.port}/"))).reason == "dns"


async def test_server_that_refuses_our_tls_is_tls(tmp_path: Path) -> None:
    authority = make_authority(tmp_path)
    context = authority.make_server_context("127.0.0.1")
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # says no within the handshake
    context.verify_mode = ssl.CERT_REQUIRED  # wants a client certificate; we have none
    context.load_verify_locations(authority.ca_file)
    with UploadEngine(tls=TlsSettings(ca_file=authority.ca_file)) as engine:
        async with serve_script(answering(OK), tls=context) as server:
            assert (await engine.request(put(server.url()))).reason == "tls"


# What the loopback device does too well: these sockets are slower, or worse.


class SlowSocket(socket.socket):
    """Takes a hundred bytes at a time, after it has said some other things."""

    errors: list[OSError]

    def send(self, data: Any, flags: int = 0) -> int:
        if self.errors:
            raise self.errors.pop(0)
        return super().send(data[:100], flags)

    def sendmsg(self, pieces: Any, *args: Any) -> int:
        if self.errors:
            raise self.errors.pop(0)
        return super().sendmsg([pieces[0][:100]], *args)

    def getsockopt(self, *args: Any) -> Any:
        return errno.ECONNREFUSED if args[1] == socket.SO_ERROR else super().getsockopt(*args)


def slow_down(made: socket.socket, *errors: OSError) -> SlowSocket:
    slow = SlowSocket(made.family, made.type, fileno=made.detach())
    slow.setblocking(False)
    slow.errors = list(errors)
    return slow


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_refusal_that_comes_later_leads_to_the_next_address(
    engine: UploadEngine, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    one, other = socket.socketpair()
    opened: list[socket.socket] = [slow_down(one, BlockingIOError(), ConnectionRefusedError())]

    def open_slow(address: Address, source: str | None, rate: int | None) -> socket.socket:
        return opened.pop() if opened else open_socket(address, source, rate)

    monkeypatch.setattr(upload_connection, "open_socket", open_slow)
    know(engine, "reports", 1, "127.0.0.2", "255.255.255.255")
    with other:
        assert (await engine.request(put(f"{scheme}://reports:1/"))).reason == "connect"

    assert opened == []


async def test_nothing_is_left_over_from_an_address_that_failed(
    engine: UploadEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = socket.socketpair()
    opened: list[socket.socket] = [slow_down(one, BlockingIOError(), ConnectionRefusedError())]

    def open_slow(address: Address, source: str | None, rate: int | None) -> socket.socket:
        return opened.pop() if opened else open_socket(address, source, rate)

    monkeypatch.setattr(upload_connection, "open_socket", open_slow)
    async with serve_script(answering(then=OK)) as server:
        know(engine, "reports", server.port, "127.0.0.2", "127.0.0.1")
        session = engine.open_session()
        with other:
            assert (await session.request(put(server.url(host="reports")))).status == 200

        assert len(session.idle) == 1
        await turns(5)
        assert len(server.requests) == 1
        session.close()


@pytest.mark.parametrize(
    "errors", [[], [OSError(errno.ENOTCONN, "what BSD says while it connects"), BlockingIOError()]]
)
@pytest.mark.parametrize("length", [6_000, 70_000], ids=["joined", "too long to be copied"])
async def test_request_that_goes_out_in_pieces_arrives_whole(
    engine: UploadEngine, monkeypatch: pytest.MonkeyPatch, errors: list[OSError], length: int
) -> None:
    def open_slow(address: Address, source: str | None, rate: int | None) -> socket.socket:
        return slow_down(open_socket(address, source, rate), *errors)

    monkeypatch.setattr(upload_connection, "open_socket", open_slow)
    async with serve_script(answering(OK)) as server:
        body = bytes(range(250)) * (length // 250)
        assert (await engine.request(put(server.url(), body))).status == 200
        assert server.requests[0].body == body
