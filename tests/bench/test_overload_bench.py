"""A run of about twice what the machine can do: it ends, says so, and nothing breaks meanwhile.

50,000 phones change a value within a few seconds; ten seconds later each has an encrypted report
to send, some 10,000 a second. Neither side may open more than 4,096 files.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PHONES = 50_000
DESCRIPTORS = 4096
LONGEST = 150.0
"""Seconds: 12 of the run, 10 that the last delays take, 30 for uploads in hand, and the rest."""
SCENARIO = f"""\
server: {{embedded: {{key: test123, keep_bodies: false}}}}
duration: 12s
ports: {{sip: 0, web: null}}
fleet:
  - name: all
    count: {PHONES}
    set:
      Report_Rule: "[--delta --key test123]${{server}}/$MA.xml"
      HTTP_Report_Method: PUT
      Report_To_Server: On Local Change
      Upload_Delay_On_Local_Change: 10
    changes: {{every: 4s, of: [GPP_A]}}
"""


def open_files(pid: int) -> dict[int, int]:
    """How many files a process and its children have open, by process."""
    counts = {}
    with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for each in (pid, *map(int, children)):
            counts[each] = sum(1 for _ in Path(f"/proc/{each}/fd").iterdir())
    return counts


def watch_run(folder: Path) -> tuple[int, dict[int, int]]:
    """Run it; return its exit code, and the most files that each process had open at once."""
    (folder / "overload.yaml").write_text(SCENARIO)
    command = (sys.executable, "-m", "mppsim", "run", "overload.yaml", "--json", "--seed", "1")
    peaks: dict[int, int] = {}
    began = time.monotonic()
    with (
        (folder / "out").open("w") as out,
        (folder / "err").open("w") as err,
        subprocess.Popen(
            ("sh", "-c", f'ulimit -n {DESCRIPTORS}; exec "$@"', "sh", *command),
            cwd=folder,
            stdout=out,
            stderr=err,
        ) as run,
    ):
        while run.poll() is None and time.monotonic() - began < LONGEST:
            for pid, count in open_files(run.pid).items():
                peaks[pid] = max(count, peaks.get(pid, 0))
            with suppress(subprocess.TimeoutExpired):
                run.wait(0.1)
        run.kill()
    return run.returncode, peaks


def test_overload_is_told_and_breaks_nothing(tmp_path: Path, figure: Callable[..., None]) -> None:
    began = time.monotonic()
    code, peaks = watch_run(tmp_path)
    seconds = time.monotonic() - began
    summary = json.loads((tmp_path / "out").read_text())
    reports, generator = summary["reports"], summary["generator"]

    for name, value, unit in (
        ("reports due", reports["due"], ""),
        ("delivered", reports["delivered"] / summary["elapsed"], "/s"),
        ("unfinished at the end", reports["unfinished"], ""),
        ("reports that waited at once", generator["queued"], ""),
        ("most files open, phones or server", max(peaks.values()), ""),
        ("lateness p99", summary["lateness"]["p99"], "s"),
        ("from start to verdict", seconds, "s"),
    ):
        figure(f"overload: {name}", value, unit)
    assert (code, summary["verdict"]) == (3, "saturated")
    assert (generator["saturated"], generator["limit"]) == (True, "connections")
    assert (generator["workers_lost"], generator["server_lost"]) == (0, False)
    assert len(peaks) == 2
    assert max(peaks.values()) < DESCRIPTORS
    assert "connect" not in reports["failures"]
    assert 0 < generator["queued"] < PHONES
    assert reports["due"] == reports["delivered"] + reports["failed"] + reports["unfinished"]
    assert reports["delivered"] > PHONES // 4
    assert summary["readback"]["checked"] > 0
    assert summary["readback"]["missing"] == summary["readback"]["different"] == 0
    assert "Traceback" not in (tmp_path / "err").read_text()
