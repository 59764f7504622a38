"""The server as a whole: start, TLS, stop."""

import asyncio
import socket
import ssl
from pathlib import Path

import pytest

from mppsim.errors import StartError
from mppsim.server import Fault, ReportServer, ServerSettings, TlsFiles
from mppsim.server.events import FaultsChanged
from mppsim.server.faults import FaultKind
from tests.support.raw_client import connected, exchange, request
from tests.support.report_servers import report_server
from tests.support.server_certificate import make_certificate
from tests.support.udp_peer import udp_peer


async def test_server_tells_the_port_that_it_took(tmp_path: Path) -> None:
    async with report_server(tmp_path) as running:
        assert running.url.startswith("http://127.0.0.1:")
        assert (await exchange(running.url, request("PUT", "/a", b"x"))).status == 201


async def test_server_works_without_a_listener(tmp_path: Path) -> None:
    server = ReportServer(ServerSettings(port=0, directory=tmp_path))
    answer = await exchange(await server.start(), request("PUT", "/a", b"x"))
    await server.stop()

    assert answer.status == 201


async def test_server_tells_where_it_takes_tftp(tmp_path: Path) -> None:
    settings = ServerSettings(port=0, directory=tmp_path, tftp_host="127.0.0.1", tftp_port=0)
    server, plain = ReportServer(settings), ReportServer(ServerSettings(port=0, directory=tmp_path))
    await server.start()
    await plain.start()
    host, _, port = server.tftp_address.partition(":")
    await server.stop()
    await plain.stop()

    assert (host, plain.tftp_address) == ("127.0.0.1", "")
    assert int(port) > 0


async def test_tftp_port_that_is_taken_is_an_error_of_the_start(tmp_path: Path) -> None:
    with udp_peer() as taken:
        settings = ServerSettings(
            port=0, directory=tmp_path, tftp_host="127.0.0.1", tftp_port=taken.tid.port
        )
        server = ReportServer(settings)
        with pytest.raises(StartError, match=rf"for TFTP on 127\.0\.0\.1:{taken.tid.port}: Addr"):
            await server.start()
        await server.stop()


async def test_tftp_host_that_cannot_be_is_an_error_of_the_start(tmp_path: Path) -> None:
    settings = ServerSettings(port=0, directory=tmp_path, tftp_host="a" * 70, tftp_port=0)
    with pytest.raises(StartError, match="for TFTP on a"):
        await ReportServer(settings).start()


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
async def test_ipv6_address_stands_in_brackets(tmp_path: Path) -> None:
    async with report_server(tmp_path, ServerSettings(host="::1")) as running:
        assert running.url.startswith("http://[::1]:")


async def test_reports_come_over_tls(tmp_path: Path) -> None:
    files = make_certificate(tmp_path)
    async with report_server(tmp_path / "r", ServerSettings(tls=files)) as running:
        context = ssl.create_default_context(cafile=files.certificate)
        context.check_hostname = False
        answer = await exchange(running.url, request("PUT", "/a", b"x"), context)

        assert running.url.startswith("https://127.0.0.1:")
        assert answer.status == 201
        assert running.files() == {"a": b"x"}


async def test_client_that_speaks_no_tls_does_not_disturb(tmp_path: Path) -> None:
    files = make_certificate(tmp_path)
    async with report_server(tmp_path / "r", ServerSettings(tls=files)) as running:
        async with connected(running.url) as client:
            client.send(request("PUT", "/a", b"x"))

            assert b"201" not in await client.read_to_end()
        assert running.files() == {}


async def test_port_that_is_taken_is_an_error_of_the_start(tmp_path: Path) -> None:
    async with report_server(tmp_path) as running:
        port = int(running.url.rpartition(":")[2])
        with pytest.raises(StartError, match=rf"127\.0\.0\.1:{port}"):
            await ReportServer(ServerSettings(port=port, directory=tmp_path)).start()


async def test_host_that_cannot_be_is_an_error_of_the_start(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="cannot listen"):
        await ReportServer(ServerSettings(host="a" * 70, port=0, directory=tmp_path)).start()


async def test_certificate_that_cannot_be_used_is_an_error_of_the_start(tmp_path: Path) -> None:
    good = make_certificate(tmp_path)
    nothing = tmp_path / "nothing.pem"
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("garbage")
    for certificate, key, sentence in [
        (nothing, good.key, "No such file"),
        (good.certificate, nothing, "No such file"),
        (garbage, good.key, "not a PEM certificate"),
        (good.certificate, garbage, "not a PEM certificate"),
        (good.certificate, make_certificate(tmp_path, "other").key, "not a PEM certificate"),
        (good.certificate, make_certificate(tmp_path, "locked", password=b"pw").key, "password"),
    ]:
        settings = ServerSettings(
            port=0, directory=tmp_path, tls=TlsFiles(certificate=certificate, key=key)
        )
        with pytest.raises(StartError, match=sentence):
            await ReportServer(settings).start()


async def test_stopped_server_answers_nobody_and_lets_go_of_its_port(tmp_path: Path) -> None:
    async with report_server(tmp_path) as running:
        port = int(running.url.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
    server = ReportServer(ServerSettings(port=port, directory=tmp_path))
    await server.start()
    await server.stop()


async def test_server_that_never_started_can_be_stopped(tmp_path: Path) -> None:
    await ReportServer(ServerSettings(directory=tmp_path)).stop()


async def test_stop_closes_idle_connections(tmp_path: Path) -> None:
    async with report_server(tmp_path) as running:
        client_side = connected(running.url)
        client = await client_side.__aenter__()
        await client.exchange(request("PUT", "/a", b"x"))

    assert await client.read_to_end() == b""
    await client_side.__aexit__(None, None, None)


async def test_upload_in_hand_ends_before_the_server_stops(tmp_path: Path) -> None:
    server = ReportServer(ServerSettings(port=0, directory=tmp_path))
    async with connected(await server.start()) as client:
        head = request("PUT", "/a", None, "Content-Length: 4", "Expect: 100-continue")
        await client.exchange(head)
        stopping = asyncio.ensure_future(server.stop())
        await asyncio.sleep(0)
        answer = await client.exchange(b"body")
        await stopping

    assert answer.status == 201
    assert (tmp_path / "a").read_bytes() == b"body"


async def test_faults_of_the_settings_are_followed_at_their_times(tmp_path: Path) -> None:
    settings = ServerSettings(
        faults=(
            Fault(kind=FaultKind.AUTH, begins=0, ends=0.1),
            Fault(kind=FaultKind.CUT, share=0.5, begins=0.05, ends=0.1),
        )
    )
    async with report_server(tmp_path, settings) as running:
        await running.server.follow()

    assert running.events == [
        FaultsChanged(("auth",)),
        FaultsChanged(("auth", "cut=50%")),
        FaultsChanged(()),
    ]


async def test_server_without_faults_has_none_to_follow(tmp_path: Path) -> None:
    async with report_server(tmp_path) as running:
        await running.server.follow()

    assert running.events == []
