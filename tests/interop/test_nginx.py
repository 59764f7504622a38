"""nginx with WebDAV's PUT stores what our engine sends: 201 for a new file, 204 for another."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mppsim.core.url import parse_url
from mppsim.http import HttpRequest
from mppsim.net.uploader import UploadEngine

CONFIGURATION = """
daemon off;
worker_processes 1;
{user}
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{}}
http {{
    access_log {directory}/access.log;
    client_max_body_size 1m;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            root {directory}/reports;
            dav_methods PUT;
            create_full_put_path on;
        }}
    }}
}}
"""


class Nginx:
    """A running nginx of our own."""

    def __init__(self, directory: Path, port: int) -> None:
        self.directory = directory
        self.port = port

    def stored(self, name: str) -> bytes:
        return (self.directory / "reports" / name).read_bytes()

    def put(self, name: str, body: bytes) -> HttpRequest:
        return HttpRequest(
            method="PUT",
            url=parse_url(f"http://127.0.0.1:{self.port}/{name}"),
            headers=(
                ("User-Agent", "Cisco-CP-8851-3PCC/12.0.7 (00562b000001)"),
                ("Accept-Encoding", "deflate, gzip"),
                ("Accept", "*/*"),
                ("Accept-Language", "en"),
                ("Accept-Charset", "iso-8859-1"),
            ),
            body=body,
        )


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Nginx]:
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "nginx is missing: run `make interop`"
    # nginx takes over a socket that listens already: no port is guessed, none is waited for.
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        configuration = tmp_path / "nginx.conf"
        # Its worker gives up root's rights by itself, and with them the test's directory.
        user = "" if os.geteuid() else "user root;"
        text = CONFIGURATION.format(directory=tmp_path, port=port, user=user)
        configuration.write_text(text)
        process = subprocess.Popen(
            [program, "-p", tmp_path, "-c", configuration, "-e", tmp_path / "error.log"],
            env={**os.environ, "NGINX": f"{door.fileno()};"},
            pass_fds=[door.fileno()],
        )
    try:
        yield Nginx(tmp_path, port)
    finally:
        process.terminate()
        process.wait(10)


async def test_new_report_is_created_and_the_next_replaces_it(nginx: Nginx) -> None:
    with UploadEngine() as engine:
        session = engine.open_session()
        created = await session.request(nginx.put("lobby/00562b000001.xml", b"<first/>\n"))
        replaced = await session.request(nginx.put("lobby/00562b000001.xml", b"<second/>\n"))
        session.close()

    assert [created.status, replaced.status] == [201, 204]
    assert nginx.stored("lobby/00562b000001.xml") == b"<second/>\n"
    assert engine.counters.connections == 1


async def test_full_report_arrives_byte_for_byte(nginx: Nginx) -> None:
    body = bytes(range(256)) * 450

    with UploadEngine() as engine:
        outcome = await engine.request(nginx.put("full.xml", body))

    assert outcome.status == 201
    assert nginx.stored("full.xml") == body


async def test_report_beyond_the_servers_limit_is_refused(nginx: Nginx) -> None:
    with UploadEngine() as engine:
        outcome = await engine.request(nginx.put("huge.xml", b"x" * 5_000_000))

    assert outcome.reason == "status-413"
