"""A hundred thousand phones in one worker, each with an address and connections of its own.

Their values change, and each report is encrypted. `mppsim run` has one core and the bare sink the
other: the embedded server opens and keeps each report, which takes more than the core that is left
at 5,000 a second, and it is the phones that are measured. The sink closes each connection, and does
not get tired. What the clock says is judged only where mppsim had its core to itself.
"""

import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.contest import pin

PHONES = 100_000
SECONDS = 30
"""Of changes; each is reported ten seconds later."""
LONGEST = 150.0
SCENARIO = f"""\
server: http://127.0.0.1:{{port}}
duration: {SECONDS}s
ports: {{{{sip: 0, web: null}}}}
fleet:
  - name: all
    count: {PHONES}
    addresses: 127.20.0.1
    set:
      Report_Rule: "[--delta --key test123]${{{{server}}}}/$MA.xml"
      HTTP_Report_Method: PUT
      Report_To_Server: On Local Change
      Upload_Delay_On_Local_Change: 10
    changes: {{{{every: {{every}}s, of: [GPP_A]}}}}
"""

CALM, MOST = 1000, 5000
"""Reports a second: what is to be sent in time, and what is to be sustained."""
MOST_OF_A_CORE = 0.45
MOST_LATENCY = 0.001
MOST_LATENESS = 0.010
LONG = 10.0
"""Seconds over which the share of a core is taken: the ten that took most."""
MOST_STARVED = 0.02
"""Share of the time; beyond it the clock says what the machine did, not what mppsim can do."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a run went, and what the system says of its process."""

    summary: dict[str, Any]
    busiest: float
    """The largest share of a core that it took for `LONG`."""
    starved: float
    """Seconds for which it could have run, and had no core."""


def run_fleet(folder: Path, port: str, rate: int) -> Done:
    (folder / "fleet.yaml").write_text(SCENARIO.format(port=port, every=PHONES // rate))
    command = (sys.executable, "-m", "mppsim", "run", "fleet.yaml", "--json", "--seed", "1")
    began, usages = time.monotonic(), deque[tuple[float, float]]()
    busiest = starved = 0.0
    with (
        (folder / "out").open("w") as out,
        subprocess.Popen([*pin(0), *command], cwd=folder, stdout=out) as run,
    ):
        while run.poll() is None and time.monotonic() - began < LONGEST:
            used, waited, _ = map(int, Path(f"/proc/{run.pid}/schedstat").read_text().split())
            usages.append((time.monotonic(), used / 1e9))
            starved = max(starved, waited / 1e9)
            if usages[-1][0] - usages[0][0] >= LONG:
                at, cpu = usages.popleft()
                busiest = max(busiest, (usages[-1][1] - cpu) / (usages[-1][0] - at))
            with suppress(subprocess.TimeoutExpired):
                run.wait(0.1)
        run.kill()
    return Done(json.loads((folder / "out").read_text()), busiest, starved)


@pytest.mark.parametrize("rate", [CALM, MOST])
def test_changes_of_a_hundred_thousand_phones(
    sink: Path, tmp_path: Path, figure: Callable[..., None], rate: int
) -> None:
    server = subprocess.Popen([*pin(1), sink, "close"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        done = run_fleet(tmp_path, server.stdout.readline().strip(), rate)
    finally:
        server.kill()
        server.communicate()
    summary, reports = done.summary, done.summary["reports"]
    is_alone = done.starved < MOST_STARVED * SECONDS
    name = f"100,000 phones, {rate:,} reports a second"

    def within(what: str, value: float, unit: str, limit: float, *, is_judged: bool) -> None:
        ratio, target = (limit / value, 1.0) if is_judged else (None, None)
        figure(f"{name}: {what}", value, unit, peer=f"below {limit:g}", ratio=ratio, target=target)

    is_calm = rate == CALM
    within("of a core", done.busiest * 100, "%", MOST_OF_A_CORE * 100, is_judged=is_calm)
    for what, key, rank, limit in (
        ("latency p50", "latency", "p50", MOST_LATENCY),
        ("late, p99", "lateness", "p99", MOST_LATENESS),
    ):
        milliseconds = summary[key][rank] * 1000
        within(what, milliseconds, "ms", limit * 1000, is_judged=is_calm and is_alone)
    figure(f"{name}: without a core", done.starved / SECONDS * 100, "%")
    assert reports["due"] == reports["delivered"]
    assert summary["generator"]["workers_lost"] == 0
    if is_alone:  # else changes that come late meet those that come next, in one report
        assert reports["delivered"] == pytest.approx(rate * SECONDS, rel=0.01)
        assert not summary["generator"]["saturated"], summary["lateness"]
