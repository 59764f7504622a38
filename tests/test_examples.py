"""Every example runs, and sends what examples/README.md says; so do the README's ten lines.

Fleets run as they are but for their size, and nobody waits for real time.
"""

import asyncio
import os
import re
import sys
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from math import inf
from pathlib import Path

import pytest

from mppsim.fleet.scenario.overrides import Overrides
from mppsim.results.outcome import Verdict
from tests.support.fleet_runs import run_fleet
from tests.support.report_servers import RunningServer, report_server

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "examples"
MAC = "00562b000001"
PATIENCE = 30.0

EMPTY = b"<env>\n<flat-profile>\n</flat-profile>\n</env>\n"
LOBBY = b'<Station_Display_Name ua="na">Lobby</Station_Display_Name>\n'
LOUDER = b'<Ringer_Volume ua="rw">4</Ringer_Volume>\n'

# What the server receives: method, path, content, status.
EXPECTED = {
    "on_request_notify.sh": [
        ("PUT", f"/{MAC}.xml", "full", 201),
        ("PUT", f"/{MAC}.xml", "full", 204),
    ],
    "on_restart.sh": [
        ("PUT", f"/{MAC}-status.xml", "status", 201),
        ("PUT", f"/{MAC}-status.xml", "status", 204),
    ],
    "on_local_change.sh": [
        ("PUT", f"/{MAC}-delta.xml", "delta", 201),
        ("PUT", f"/{MAC}-delta.xml", "delta", 204),
    ],
    "periodically.sh": [("POST", "/status_upload.php", "status", 201)] * 3,
    "one_phone.py": [("POST", f"/{MAC}-delta.xml", "delta", 201)] * 2,
}
DELTAS = {
    "on_local_change.sh": {f"{MAC}-delta.xml": EMPTY.replace(b"</f", LOBBY + LOUDER + b"</f")},
    "one_phone.py": {
        f"{MAC}-delta.xml.d/000001.xml": EMPTY,
        f"{MAC}-delta.xml.d/000002.xml": EMPTY.replace(b"</f", LOBBY + b"</f"),
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """How few phones of an example are enough for a test, and what becomes of their reports."""

    phones: int
    contents: AbstractSet[str]
    triggers: AbstractSet[str]
    encryptions: AbstractSet[str] = frozenset({"none"})
    fails: tuple[str, ...] = ()


FLEETS = {
    "quickstart": Fleet(phones=50, contents={"delta"}, triggers={"local_change"}),
    "change-storm": Fleet(phones=50, contents={"delta"}, triggers={"local_change"}),
    # As it is: a simulated day of a thousand phones is to be quick enough for any test.
    "one-day": Fleet(
        phones=1000,
        contents={"full", "delta", "status"},
        triggers={"local_change", "notify", "periodic", "restart"},
        encryptions={"none", "aes-256-cbc"},
    ),
    "encrypted-mix": Fleet(
        phones=40,
        contents={"delta"},
        triggers={"local_change"},
        encryptions={"none", "aes-256-cbc", "aes128gcm"},
    ),
    "mass-notify": Fleet(phones=50, contents={"status"}, triggers={"notify"}),
    "power-returns": Fleet(phones=40, contents={"full"}, triggers={"restart"}),
    "server-down-and-back": Fleet(
        phones=40, contents={"delta"}, triggers={"local_change"}, fails=("refused",)
    ),
}


async def run(*command: str) -> str:
    """Run a program with `mppsim` on its path, to its end; give what it printed."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PATH": path},
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, (out, err)
    return out.decode() + err.decode()


def received(server: RunningServer) -> list[tuple[str, str, str, int]]:
    return [(r.method, r.path, r.content, r.status) for r in server.received]


def test_folder_holds_these_examples_and_no_other() -> None:
    files = {path.name for path in FOLDER.iterdir() if path.is_file()}

    assert files == {*EXPECTED, *(f"{name}.yaml" for name in FLEETS), "README.md"}


@pytest.mark.parametrize("name", EXPECTED)
async def test_example_sends_what_it_promises(tmp_path: Path, name: str) -> None:
    program = (sys.executable,) if name.endswith(".py") else ()
    async with report_server(tmp_path) as server:
        said = await run(*program, str(FOLDER / name), server.url)

    assert "!" not in said
    assert received(server) == EXPECTED[name]
    assert {event.phone for event in server.received} == {MAC}
    assert server.turned_away == []
    assert server.files().items() >= DELTAS.get(name, {}).items()


@pytest.mark.parametrize("name", EXPECTED)
def test_example_is_listed_and_says_how_to_run_it(name: str) -> None:
    text = (FOLDER / name).read_text()

    assert f"]({name})" in (FOLDER / "README.md").read_text()
    assert f"examples/{name}" in text
    assert "sleep" not in text
    if name.endswith(".sh"):
        assert os.access(FOLDER / name, os.X_OK)


@pytest.mark.parametrize("name", FLEETS)
async def test_fleet_reports_what_its_example_promises_and_passes(
    tmp_path: Path, name: str
) -> None:
    expected = FLEETS[name]
    overrides = Overrides(phones=expected.phones, speed=inf)
    scenario = (FOLDER / f"{name}.yaml").read_text()
    done = await run_fleet(scenario, folder=tmp_path, overrides=overrides)

    reports = done.figures.reports
    assert [each.expr for each in done.outcome.thresholds if not each.passed] == []
    assert done.outcome.verdict is Verdict.PASSED
    assert done.figures.phones == expected.phones
    assert reports.by_content.keys() == expected.contents
    assert reports.by_trigger.keys() == expected.triggers
    assert reports.by_encryption.keys() == expected.encryptions
    assert tuple(reports.failures) == expected.fails
    assert reports.unfinished == 0
    assert done.figures.readback.checked > 0
    assert done.notes == []


async def test_readmes_ten_lines_run(tmp_path: Path) -> None:
    (lines,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    async with report_server(tmp_path) as server:
        said = await run(sys.executable, "-c", lines.replace("http://127.0.0.1:8000", server.url))

    assert len([line for line in lines.splitlines() if line.strip()]) <= 10
    assert received(server) == [("POST", f"/{MAC}.xml", "full", 201)]
    # "it prints the trigger, the request and the answer"
    assert [line.split()[1] for line in said.splitlines()] == ["=", "=", ">", "<"]
