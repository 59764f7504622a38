"""`mppsim run` against `mppsim serve` by HTTPS: whom phones trust, and what becomes of a run."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import PATIENCE, Ended, run_command, start_command

PHONES = 8
SCENARIO = """\
server: {url}
clock: {{speed: max}}
duration: 1h
ports: {{sip: 0, web: null}}
fleet:
  - name: lobby
    count: {phones}
    set: {{Report_Rule: "{url}/$MA.xml", HTTP_Report_Method: PUT}}
    start: {{as: power_on, spread: 1m}}
readback: "${{url}}"
thresholds: [reports.failed == 0, readback.missing == 0, readback.unreadable == 0]
"""


@pytest.fixture(scope="module")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certs")
    assert run_command("certs", str(folder)).code == 0
    return folder


@pytest.fixture
def server(certs: Path, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a server whose certificate the test's own authority has signed."""
    with start_command(
        *("serve", "--listen", "127.0.0.1:0", "--dir", str(tmp_path / "reports"), "--events", "-"),
        *("--tls-cert", str(certs / "server.pem"), "--tls-key", str(certs / "server.key")),
    ) as server:
        assert server.stdout is not None
        url = json.loads(server.stdout.readline())["http"]
        assert url.startswith("https://127.0.0.1:")
        yield url
        end(server)


def end(server: subprocess.Popen[str]) -> None:
    server.send_signal(signal.SIGTERM)
    server.communicate(timeout=PATIENCE)


def run_fleet(url: str, folder: Path, *options: str) -> Ended:
    (folder / "s.yaml").write_text(SCENARIO.format(url=url, phones=PHONES))
    allowed = ("--yes-load", "127.0.0.1")
    return run_command("run", "s.yaml", *allowed, "--json", *options, folder=folder)


def reports_in(folder: Path) -> int:
    return len(list((folder / "reports").rglob("*.xml")))


def test_fleet_that_trusts_the_authority_reports_and_is_read_back(
    server: str, certs: Path, tmp_path: Path
) -> None:
    ended = run_fleet(server, tmp_path, "--ca", str(certs / "ca.pem"))

    assert (ended.code, ended.err) == (0, "")
    summary = json.loads(ended.out)
    assert summary["verdict"] == "passed"
    assert summary["reports"]["delivered"] == summary["readback"]["checked"] == PHONES
    assert reports_in(tmp_path) == PHONES


def test_fleet_that_checks_no_certificate_reports_and_it_is_said(
    server: str, tmp_path: Path
) -> None:
    ended = run_fleet(server, tmp_path, "--insecure")

    assert (ended.code, ended.err) == (0, "! --insecure: no server's certificate is checked\n")
    assert json.loads(ended.out)["readback"]["missing"] == 0
    assert reports_in(tmp_path) == PHONES


def test_fleet_that_does_not_know_the_authority_delivers_nothing(
    server: str, tmp_path: Path
) -> None:
    ended = run_fleet(server, tmp_path)

    assert ended.code == 3
    reports = json.loads(ended.out)["reports"]
    assert (reports["delivered"], reports["failed"]) == (0, PHONES)
    assert {reason: count for reason, count in reports["failures"].items() if count} == {
        "tls": PHONES
    }
    assert reports_in(tmp_path) == 0


def test_authority_of_a_fleet_has_to_be_a_file_that_can_be_read(tmp_path: Path) -> None:
    ended = run_fleet("https://127.0.0.1:1", tmp_path, "--ca", "nobody.pem")

    assert ended.code == 4
    assert "nobody.pem" in ended.err
