"""nginx with WebDAV's PUT stores what our engine sends: 201 for a new file, 204 for another."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mppsim.core.url import parse_url
from mppsim.http import HttpRequest
from mppsim.net.uploader import UploadEngine
from tests.support.nginx import Nginx, run_nginx


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Nginx]:
    with run_nginx(tmp_path) as nginx:
        yield nginx


def put(nginx: Nginx, name: str, body: bytes) -> HttpRequest:
    return HttpRequest(
        method="PUT",
        url=parse_url(f"{nginx.url}/{name}"),
        headers=(
            ("User-Agent", "Cisco-CP-8851-3PCC/12.0.7 (00562b000001)"),
            ("Accept-Encoding", "deflate, gzip"),
            ("Accept", "*/*"),
            ("Accept-Language", "en"),
            ("Accept-Charset", "iso-8859-1"),
        ),
        body=body,
    )


async def test_new_report_is_created_and_the_next_replaces_it(nginx: Nginx) -> None:
    with UploadEngine() as engine:
        session = engine.open_session()
        created = await session.request(put(nginx, "lobby/00562b000001.xml", b"<first/>\n"))
        replaced = await session.request(put(nginx, "lobby/00562b000001.xml", b"<second/>\n"))
        session.close()

    assert [created.status, replaced.status] == [201, 204]
    assert nginx.stored("lobby/00562b000001.xml") == b"<second/>\n"
    assert engine.counters.connections == 1


async def test_full_report_arrives_byte_for_byte(nginx: Nginx) -> None:
    body = bytes(range(256)) * 450

    with UploadEngine() as engine:
        outcome = await engine.request(put(nginx, "full.xml", body))

    assert outcome.status == 201
    assert nginx.stored("full.xml") == body


async def test_report_beyond_the_servers_limit_is_refused(nginx: Nginx) -> None:
    with UploadEngine() as engine:
        outcome = await engine.request(put(nginx, "huge.xml", b"x" * 5_000_000))

    assert outcome.reason == "status-413"
