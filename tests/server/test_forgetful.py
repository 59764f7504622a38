"""A server that keeps no report."""

from pathlib import Path

from mppsim.core.encryption import encrypt_key
from mppsim.server import ServerSettings
from tests.support.raw_client import exchange, request
from tests.support.report_servers import report_server

DELTA = b'<flat-profile>\n<A ua="na">1</A>\n</flat-profile>\n'


async def test_reports_are_told_and_forgotten(tmp_path: Path) -> None:
    async with report_server(tmp_path / "none", ServerSettings(keeps_bodies=False)) as server:
        answers = [
            await exchange(server.url, request(method, "/a.xml", body))
            for method, body in (("PUT", DELTA), ("POST", DELTA), ("POST", DELTA), ("GET", None))
        ]

    assert [answer.status for answer in answers] == [204, 201, 201, 404]
    assert [answer.get("location") for answer in answers[1:3]] == [
        "/a.xml/000001.xml",
        "/a.xml/000002.xml",
    ]
    assert [event.content for event in server.received] == ["delta"] * 3
    assert not (tmp_path / "none").exists()


async def test_trusting_server_opens_what_it_does_not_read(tmp_path: Path) -> None:
    settings = ServerSettings(keeps_bodies=False, is_trusting=True, keys=("right",))
    async with report_server(tmp_path, settings) as server:
        for key in ("right", "wrong"):
            body = encrypt_key(DELTA, key, digest="sha256", random_bytes=bytes)
            await exchange(server.url, request("PUT", "/a.xml", body))

    assert [(event.content, event.encryption) for event in server.received] == [
        ("delta", "aes-256-cbc"),
        ("unknown", "unopened"),
    ]
