"""Who is let in, who waits, and what is told of it."""

import asyncio
import errno
import socket
import ssl
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mppsim.server import ServerEvent, ServerSettings
from mppsim.server.events import Full
from mppsim.server.settings import Limits
from tests.support.raw_client import PATIENCE, connected, exchange, request
from tests.support.report_servers import RunningServer, report_server
from tests.support.server_certificate import make_certificate

PUT = request("PUT", "/a", b"x")


def settings(places: int) -> ServerSettings:
    return ServerSettings(limits=Limits(connections=places))


def spells(server: RunningServer) -> list[ServerEvent]:
    return [event for event in server.events if isinstance(event, Full)]


async def test_connection_beyond_the_limit_waits_until_another_has_ended(tmp_path: Path) -> None:
    async with (
        report_server(tmp_path, settings(2)) as server,
        connected(server.url) as first,
        connected(server.url) as second,
    ):
        for client in (first, second):
            assert (await client.exchange(PUT)).status in {201, 204}
        async with connected(server.url) as third:
            answering = asyncio.create_task(third.exchange(PUT))
            assert (await first.exchange(PUT)).status == 204
            assert not answering.done()
            await first.close()

            assert (await answering).status == 204


async def test_full_is_told_once_until_there_is_a_fair_amount_of_room(tmp_path: Path) -> None:
    async with report_server(tmp_path, settings(4)) as server:
        clients = [await asyncio.open_connection("127.0.0.1", port_of(server)) for _ in range(9)]
        while clients:
            reader, writer = clients.pop(0)
            writer.write(PUT)
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
            writer.close()
        assert spells(server) == [Full(connections=4)]

        async with asyncio.timeout(PATIENCE):
            while len(spells(server)) < 2:
                clients.append(await asyncio.open_connection("127.0.0.1", port_of(server)))
                await asyncio.sleep(0)
        for _, writer in clients:
            writer.close()


def port_of(server: RunningServer) -> int:
    port = urlsplit(server.url).port
    assert port is not None
    return port


async def test_place_of_a_handshake_that_fails_is_free_again(tmp_path: Path) -> None:
    tls = make_certificate(tmp_path)
    context = ssl.create_default_context(cafile=tls.certificate)
    limited = ServerSettings(limits=Limits(connections=1), tls=tls)
    async with report_server(tmp_path / "reports", limited) as server:
        for words in (b"no TLS at all\r\n\r\n", b""):
            reader, writer = await asyncio.open_connection("127.0.0.1", port_of(server))
            writer.write(words)
            writer.close()
            await reader.read()
        answer = await asyncio.wait_for(exchange(server.url, PUT, context), PATIENCE)

    assert answer.status == 201


async def test_whoever_is_about_to_come_in_is_cut_when_the_server_stops(tmp_path: Path) -> None:
    async with report_server(tmp_path) as server:
        entrance = server.server._doors._entrance  # type: ignore[union-attr]
        entrance._turn_away()
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(server))
        entrance._let_in(entrance._sockets[0])
        entrance.close()

        assert await asyncio.wait_for(reader.read(), PATIENCE) == b""
        writer.close()


async def test_system_that_has_no_descriptor_left_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mppsim.server.entrance._PAUSE", 0.01)
    async with report_server(tmp_path) as server:
        entrance = server.server._doors._entrance  # type: ignore[union-attr]
        for number in (errno.EMFILE, errno.EMFILE, errno.ECONNABORTED):
            entrance._let_in(Exhausted(number))

        assert (await exchange(server.url, PUT)).status == 201
        assert spells(server) == [Full(connections=0)]


class Exhausted(socket.socket):
    """A listening socket of a process that can open nothing more."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        self.close()

    def accept(self) -> tuple[socket.socket, object]:
        raise OSError(self._number, "no more")


DESCRIPTORS = 400
CLIENTS = 1500


async def test_server_that_may_open_few_files_serves_many_clients_and_logs_nothing(
    tmp_path: Path,
) -> None:
    server = await asyncio.create_subprocess_exec(
        *("sh", "-c", f'ulimit -n {DESCRIPTORS}; exec "$@"', "sh"),
        *(sys.executable, "-m", "mppsim", "serve", "--listen", "127.0.0.1:0", "--events", "-"),
        *("--dir", str(tmp_path)),
        stdout=PIPE,
        stderr=PIPE,
    )
    assert server.stdout is not None
    said = await asyncio.wait_for(server.stdout.readline(), PATIENCE)
    url = said.decode().partition('"http": "')[2].partition('"')[0]
    telling = asyncio.create_task(server.communicate())
    async with asyncio.timeout(40.0):
        answers = await asyncio.gather(*(exchange(url, PUT) for _ in range(CLIENTS)))
        server.terminate()
        told, logged = await telling

    assert {answer.status for answer in answers} == {201, 204}
    assert logged == b""
    full = [line for line in told.splitlines() if b'"event": "full", "connections": 200' in line]
    assert 1 <= len(full) <= 30
