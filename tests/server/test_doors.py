"""Where the server listens: opened, shut for a while, and opened again."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mppsim.errors import StartError
from mppsim.server import Fault, ServerSettings
from mppsim.server.faults import FaultKind
from tests.support.raw_client import connected, exchange, request
from tests.support.report_servers import report_server

DOWN = Fault(kind=FaultKind.DOWN)


async def test_server_that_is_down_refuses_connections_and_cuts_those_that_there_are(
    tmp_path: Path,
) -> None:
    async with report_server(tmp_path) as server, connected(server.url) as client:
        assert (await client.exchange(request("PUT", "/a", b"1"))).status == 201
        await server.set_faults(DOWN)

        assert await client.read_to_end() == b""
        with pytest.raises(ConnectionRefusedError):
            await exchange(server.url, request("PUT", "/a", b"2"))

        await server.set_faults(DOWN)
        await server.set_faults()

        assert (await exchange(server.url, request("PUT", "/a", b"3"))).status == 204
        assert server.files() == {"a": b"3"}


async def test_nobody_else_gets_the_port_meanwhile(tmp_path: Path) -> None:
    async with report_server(tmp_path) as server:
        await server.set_faults(DOWN)
        address = ("127.0.0.1", urlsplit(server.url).port)
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(address)


async def test_port_is_free_when_a_server_stops_that_was_down(tmp_path: Path) -> None:
    async with report_server(tmp_path) as server:
        await server.set_faults(DOWN)
    with socket.socket() as other:
        other.bind(("127.0.0.1", urlsplit(server.url).port))


async def test_tftp_is_down_with_it_and_comes_back_where_it_was(tmp_path: Path) -> None:
    settings = ServerSettings(tftp_host="127.0.0.1", tftp_port=0)
    async with report_server(tmp_path, settings) as server:
        await server.set_faults(DOWN)
        with socket.socket(type=socket.SOCK_DGRAM) as other:
            other.bind((server.tftp.host, server.tftp.port))

        await server.set_faults()

        assert server.server.tftp_address == f"127.0.0.1:{server.tftp.port}"
        with socket.socket(type=socket.SOCK_DGRAM) as other, pytest.raises(OSError, match="in use"):
            other.bind((server.tftp.host, server.tftp.port))


async def test_port_that_was_taken_meanwhile_is_told(tmp_path: Path) -> None:
    settings = ServerSettings(tftp_host="127.0.0.1", tftp_port=0)
    async with report_server(tmp_path, settings) as server:
        await server.set_faults(DOWN)
        with socket.socket(type=socket.SOCK_DGRAM) as other:
            other.bind((server.tftp.host, server.tftp.port))
            with pytest.raises(StartError, match=f"for TFTP on 127.0.0.1:{server.tftp.port}"):
                await server.set_faults()


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
async def test_addresses_are_written_as_in_a_url(tmp_path: Path, host: str, shown: str) -> None:
    settings = ServerSettings(host=host, tftp_host=host, tftp_port=0)
    async with report_server(tmp_path, settings) as server:
        port = urlsplit(server.url).port

        assert server.url == f"http://{shown}:{port}"
        assert server.server.tftp_address == f"{shown}:{server.tftp.port}"
