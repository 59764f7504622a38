"""`mppsim doctor`."""

import json
from pathlib import Path

import pytest

from mppsim.cli import main

SCENARIO = """\
server: embedded
duration: 1m
fleet:
  - name: lobby
    count: 10
    model: 8851
    addresses: {address}
ports: {{sip: 0, web: 0}}
"""


def scenario(directory: Path, address: str) -> str:
    file = directory / "scenario.yaml"
    file.write_text(SCENARIO.format(address=address))
    return str(file)


def test_this_machine_is_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0

    said = capsys.readouterr().out
    assert "connections at once" in said
    assert "cores" in said


def test_a_scenario_that_fits_is_fine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor", scenario(tmp_path, "127.20.0.1"), "--phones", "1000", "--json"])

    findings = json.loads(capsys.readouterr().out)
    assert code == 0
    assert {finding["topic"]: finding["sentence"] for finding in findings}["addresses"] == (
        "lobby: 127.20.0.1 to 127.20.3.232 can be used"
    )


def test_addresses_that_are_not_ours_are_a_fault_with_the_line_that_adds_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["doctor", scenario(tmp_path, "192.0.2.0"), "--phones", "16"])

    assert code == 3
    assert "ip route add local 192.0.2.0/28 dev lo" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--phones", "5"], "--phones needs a scenario"),
        (["nowhere.yaml"], "nowhere.yaml: No such file"),
        (["--workers", "0"], "--workers"),
    ],
)
def test_what_cannot_be_looked_at_is_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", *arguments]) in {2, 4}
    assert said in capsys.readouterr().err
