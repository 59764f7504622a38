"""TFTP with programs of others: tftpd-hpa's server; the clients tftp-hpa, atftp and curl."""

import asyncio
import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from mppsim.core.url import Url, parse_url
from mppsim.http import HttpRequest
from mppsim.net.tftp import TftpClient
from mppsim.server import ServerSettings
from mppsim.tftp import TransferLimits
from tests.support.report_servers import RunningServer, report_server

# Nothing, less than a block, whole blocks of both sizes, a phone's own report, and wrapping
# numbers: more than 65,535 blocks of 8 bytes.
SIZES = [0, 1, 511, 512, 513, 1427, 1428, 1429, 512 * 1428, 144_925]
LONG = 8 * 65_600


def body_of(size: int) -> bytes:
    """Bytes of which a mode that changes lines would change some."""
    return (b"<A ua='na'>1\r\n2\n3\r\0\xff</A>" * (size // 24 + 1))[:size]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[int]:
    """tftpd-hpa over `tmp_path`, which may create files; its port.

    It is given a socket that is bound already, as by inetd: no port is guessed.
    """
    program = shutil.which("in.tftpd", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "in.tftpd is missing: run `make interop`"
    tmp_path.chmod(0o777)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        command = [program, "--create", "--secure", "--user", getpass.getuser(), str(tmp_path)]
        process = subprocess.Popen(
            command if os.geteuid() == 0 else ["sudo", "-n", *command],
            stdin=door.fileno(),
            stdout=subprocess.DEVNULL,
        )
        yield door.getsockname()[1]
        process.terminate()
        process.wait(10)


def url_of(port: int, path: str) -> Url:
    return parse_url(f"tftp://127.0.0.1:{port}{path}")


async def write(client: TftpClient, url: Url, body: bytes) -> tuple[str | None, str]:
    """Write as a phone does; give the reason of a failure, and what the server said of it."""
    told = asyncio.get_running_loop().create_future()
    session = client.open_session()
    session.send(HttpRequest(method="WRQ", url=url, body=body), told.set_result)
    outcome = await told
    session.close()
    return outcome.reason, outcome.detail


class TestServerOfTftpdHpa:
    @pytest.mark.parametrize("size", SIZES)
    async def test_file_is_written_and_read_again(
        self, door: int, tmp_path: Path, size: int
    ) -> None:
        body, url = body_of(size), url_of(door, "/report.xml")
        with TftpClient() as client:
            assert await write(client, url, body) == (None, "")
            read = await client.read(url)

        assert (tmp_path / "report.xml").read_bytes() == body
        assert (read.reason, read.body) == (None, body)

    async def test_report_replaces_the_one_before(self, door: int, tmp_path: Path) -> None:
        with TftpClient() as client:
            for body in (b"a longer one", b"short"):
                await write(client, url_of(door, "/a.xml"), body)

        assert (tmp_path / "a.xml").read_bytes() == b"short"

    async def test_path_keeps_its_slash_and_its_blanks(self, door: int, tmp_path: Path) -> None:
        (tmp_path / "Cisco").mkdir(mode=0o777)
        with TftpClient() as client:
            result = await write(client, url_of(door, "/Cisco/a%20b.xml"), b"body")

        assert result == (None, "")
        assert (tmp_path / "Cisco/a b.xml").read_bytes() == b"body"

    async def test_its_refusals_are_told(self, door: int) -> None:
        with TftpClient() as client:
            read = await client.read(url_of(door, "/nothing"))
            reason, detail = await write(client, url_of(door, "/no/such/directory"), b"x")

        assert (read.reason, read.code) == ("tftp", 1)
        assert str(read) == "TFTP error 1: File not found"
        assert (reason, detail) == ("tftp", "TFTP error 1: File not found")

    async def test_file_above_the_limit_is_refused_by_its_size(
        self, door: int, tmp_path: Path
    ) -> None:
        (tmp_path / "large").write_bytes(bytes(100_001))
        with TftpClient(TransferLimits(file_bytes=100_000)) as client:
            read = await client.read(url_of(door, "/large"))

        assert (read.reason, read.code) == ("tftp", 3)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    """Our own server."""
    settings = ServerSettings(tftp_host="127.0.0.1", tftp_port=0)
    async with report_server(tmp_path / "reports", settings) as running:
        yield running


async def run(*command: str, cwd: Path) -> str:
    """Run a client to its end; give what it said."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(30):
        out, _ = await process.communicate()
    return f"{process.returncode}: {out.decode(errors='replace')}"


ATFTP = ("atftp", "--option", "tsize 1", "--option", "timeout 2")
CLIENTS = {
    "tftp-hpa": (
        ("tftp", "-m", "binary", "127.0.0.1", "{port}", "-c", "put", "mine", "a.xml"),
        ("tftp", "-m", "binary", "127.0.0.1", "{port}", "-c", "get", "a.xml", "yours"),
    ),
    "atftp": (
        ("atftp", "-p", "-l", "mine", "-r", "a.xml", "127.0.0.1", "{port}"),
        ("atftp", "-g", "-r", "a.xml", "-l", "yours", "127.0.0.1", "{port}"),
    ),
    "atftp with every option": (
        (*ATFTP, "--option", "blksize 1024", "-pl", "mine", "-r", "a.xml", "127.0.0.1", "{port}"),
        (*ATFTP, "--option", "blksize 65464", "-gr", "a.xml", "-l", "yours", "127.0.0.1", "{port}"),
    ),
    "curl": (
        ("curl", "-sS", "-T", "mine", "tftp://127.0.0.1:{port}/a.xml"),
        ("curl", "-sS", "-o", "yours", "tftp://127.0.0.1:{port}/a.xml"),
    ),
    "curl with small blocks": (
        ("curl", "-sS", "--tftp-blksize", "8", "-T", "mine", "tftp://127.0.0.1:{port}/a.xml"),
        ("curl", "-sS", "--tftp-blksize", "8", "-o", "yours", "tftp://127.0.0.1:{port}/a.xml"),
    ),
    "curl without options": (
        ("curl", "-sS", "--tftp-no-options", "-T", "mine", "tftp://127.0.0.1:{port}/a.xml"),
        ("curl", "-sS", "--tftp-no-options", "-o", "yours", "tftp://127.0.0.1:{port}/a.xml"),
    ),
}


class TestOurServer:
    @pytest.mark.parametrize("size", [0, 1, 512, 1428, 144_925])
    @pytest.mark.parametrize("client", CLIENTS)
    async def test_client_writes_and_reads(
        self, server: RunningServer, tmp_path: Path, client: str, size: int
    ) -> None:
        body = body_of(size)
        (tmp_path / "mine").write_bytes(body)
        put, get = (
            tuple(word.format(port=server.tftp.port) for word in command)
            for command in CLIENTS[client]
        )
        said = await run(*put, cwd=tmp_path)
        assert server.files() == {"a.xml": body}, said
        said = await run(*get, cwd=tmp_path)
        yours = tmp_path / "yours"

        # curl makes no file of nothing.
        assert (yours.read_bytes() if size or yours.exists() else b"") == body, said
        assert [event.bytes for event in server.received] == [size]
        assert server.turned_away == []

    async def test_block_numbers_wrap(self, server: RunningServer, tmp_path: Path) -> None:
        body = body_of(LONG)
        (server.directory / "long").write_bytes(body)
        url = f"tftp://127.0.0.1:{server.tftp.port}/long"
        said = await run("curl", "-sS", "--tftp-blksize", "8", "-o", "yours", url, cwd=tmp_path)

        assert (tmp_path / "yours").read_bytes() == body, said

    async def test_refusal_is_shown_by_the_client(
        self, server: RunningServer, tmp_path: Path
    ) -> None:
        port = str(server.tftp.port)
        command = ("tftp", "-m", "binary", "127.0.0.1", port, "-c", "get", "nothing")

        assert "no such file" in await run(*command, cwd=tmp_path)

    async def test_text_mode_is_refused_with_its_reason(
        self, server: RunningServer, tmp_path: Path
    ) -> None:
        (tmp_path / "mine").write_bytes(b"a")
        port = str(server.tftp.port)
        command = ("tftp", "-m", "ascii", "127.0.0.1", port, "-c", "put", "mine")

        assert "only mode octet" in await run(*command, cwd=tmp_path)
        assert server.files() == {}
