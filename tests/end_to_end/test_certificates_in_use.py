"""The manual's page on TLS: `mppsim certs`, `serve` and `phone`, as a person runs them."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.commands import PATIENCE, Ended, run_command, start_command

MAC = "00562b000002"
KEYS = ("ca.key", "server.key", f"phones/{MAC}.pem")


@pytest.fixture(scope="module")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certs")
    made = run_command("certs", str(folder), "--count", "2")
    assert (made.code, made.err) == (0, "")
    return folder


def report(certs: Path, tmp_path: Path, *options: str) -> tuple[Ended, Ended]:
    """Let a phone report its status to a server; give how both ended."""
    server = start_command(
        *("serve", "--listen", "127.0.0.1:0", "--dir", str(tmp_path / "reports")),
        *("--tls-cert", str(certs / "server.pem"), "--tls-key", str(certs / "server.key")),
        *("--client-ca", str(certs / "ca.pem"), "--events", "-"),
    )
    with server:
        assert server.stdout is not None
        url = json.loads(server.stdout.readline())["http"]
        phone = run_command(
            *("phone", "--sip-port", "0", "--web-port", "0", "--ca", str(certs / "ca.pem")),
            *("--set", f"Report_Rule=[--status]{url}/$MA.xml", "--set", "HTTP_Report_Method=PUT"),
            *options,
            keys="quit\n",
        )
        return phone, end(server)


def end(server: subprocess.Popen[str]) -> Ended:
    server.send_signal(signal.SIGTERM)
    out, err = server.communicate(timeout=PATIENCE)
    return Ended(code=server.returncode, out=out, err=err)


def events_of(server: Ended) -> list[dict[str, object]]:
    events = [json.loads(line) for line in server.out.splitlines()]
    return [event for event in events if event["event"] != "stopped"]


def test_phone_is_known_by_the_certificate_that_it_was_given(certs: Path, tmp_path: Path) -> None:
    phone, server = report(certs, tmp_path, "--cert", str(certs / "phones" / f"{MAC}.pem"))

    (event,) = events_of(server)
    assert (event["event"], event["phone"], event["path"]) == ("received", MAC, f"/{MAC}.xml")
    body = (tmp_path / "reports" / f"{MAC}.xml").read_text()
    assert "<Client_Certificate>Installed</Client_Certificate>" in body
    assert "< 201 for status" in phone.out


def test_phone_without_a_certificate_is_turned_away(certs: Path, tmp_path: Path) -> None:
    phone, server = report(certs, tmp_path)

    (event,) = events_of(server)
    assert event["event"] == "warning"
    assert event["reason"] == "403 this server asks for a client certificate"
    assert "status-403" in phone.out


def test_no_key_is_said_by_anybody(certs: Path, tmp_path: Path) -> None:
    shown = certs / "phones" / f"{MAC}.pem"
    ends = report(certs, tmp_path, "--cert", str(shown), "--events", str(tmp_path / "events"))

    said = "".join(f"{ended.out}{ended.err}" for ended in ends)
    said += (tmp_path / "events").read_text()
    said += (tmp_path / "reports" / f"{MAC}.xml").read_text()
    for name in KEYS:
        key = (certs / name).read_text().partition("PRIVATE KEY-----\n")[2]
        lines = [line for line in key.splitlines() if not line.startswith("-")]
        assert lines
        assert [line for line in lines if line in said] == []
