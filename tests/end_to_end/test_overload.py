"""Runs that are too much for their server, or whose server stands still: they end, and tell."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mppsim.fleet.fleet_run import FleetRun, RunTerms
from mppsim.fleet.progress import Phase, Progress
from mppsim.results.outcome import Outcome, Verdict
from tests.support.commands import PATIENCE, start_command
from tests.support.scenarios import read

DESCRIPTORS = 600
CROWD = """\
server: {embedded: {keep_bodies: false}}
duration: 1m
clock: {speed: max}
ports: {sip: 0, web: null}
fleet:
  - name: all
    count: 1500
    start: {as: power_on}
    set:
      Report_Rule: "[--status]${server}/$MA.xml"
      HTTP_Report_Method: PUT
"""
A_FEW = CROWD.replace("1500", "3")
NOT_READ = ["the embedded server does not answer", "nothing was read back from the server"]


def test_fleet_that_may_open_few_files_sends_everything_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "crowd.yaml").write_text(CROWD)
    command = (sys.executable, "-m", "mppsim", "run", "crowd.yaml", "--workers", "2", "--json")
    ended = subprocess.run(
        ("sh", "-c", f'ulimit -n {DESCRIPTORS}; exec "$@"', "sh", *command),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    summary = json.loads(ended.stdout)

    assert (ended.returncode, summary["verdict"]) == (0, "passed")
    assert summary["reports"]["due"] == summary["reports"]["delivered"] == 1500
    assert summary["readback"]["checked"] == 1500
    assert "Traceback" not in ended.stderr


async def stand_still(
    *, patience: float, then: Callable[[FleetRun], object] = str
) -> tuple[FleetRun, Outcome, int]:
    """Run a few phones; their server stands still when it is to be read back."""
    fleet = FleetRun(RunTerms(file=read(A_FEW, Path("/nowhere")), seed=5))
    stopped: list[int] = []

    def look(progress: Progress) -> None:
        if progress.phase is Phase.READING_BACK and not stopped:
            server = fleet._lookout._server
            assert server is not None
            server._patience = patience
            stopped.append(server._process.pid)
            os.kill(stopped[0], signal.SIGSTOP)
            then(fleet)

    async with asyncio.timeout(PATIENCE):
        outcome = await fleet.carry_out(show=look)
    return fleet, outcome, stopped[0]


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_run_whose_server_stands_still_ends_and_fails() -> None:
    fleet, outcome, server = await stand_still(patience=0.2)

    assert (outcome.verdict, outcome.figures.reports.delivered) == (Verdict.FAILED, 3)
    assert fleet.notes == NOT_READ
    assert not is_there(server)


async def test_wait_for_a_server_that_stands_still_can_be_interrupted() -> None:
    def interrupt_soon(fleet: FleetRun) -> None:
        asyncio.get_running_loop().call_later(0.1, fleet.interrupt)

    fleet, outcome, server = await stand_still(patience=100 * PATIENCE, then=interrupt_soon)

    assert (outcome.verdict, outcome.figures.reports.delivered) == (Verdict.INTERRUPTED, 3)
    assert fleet.notes == NOT_READ[1:]
    assert not is_there(server)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_second_interruption_ends_a_run_at_once_and_leaves_no_server(
    tmp_path: Path, number: signal.Signals
) -> None:
    text = A_FEW.replace("speed: max", "speed: 1")
    (tmp_path / "few.yaml").write_text(text)
    with start_command("run", "few.yaml", "--events", "-", folder=tmp_path) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        for line in run.stdout:
            if '"upload_finished"' in line:
                break
        children = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text()
        (server,) = map(int, children.split())
        os.kill(server, signal.SIGSTOP)
        run.send_signal(number)
        while '"stopped"' not in run.stdout.readline():
            pass  # it takes the first to heart, and is about to read back
        run.send_signal(number)
        _, said = run.communicate(timeout=PATIENCE)

    assert run.returncode == 130
    assert "Traceback" not in said
    assert not is_there(server)
