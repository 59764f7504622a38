"""How much faster two workers are than one: a fleet at full speed, shared by processes.

The sink takes a core for itself and the workers take turns with whatever else runs, so what two
workers can do together is told by CPU time: what two cores would give them, were they theirs.
Where there are cores enough, the clock on the wall has to agree.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.support.contest import pin

FLEET = Path(__file__).parent / "busy_fleet.py"
PHONES = 4000
ROUNDS = 3
TARGET = 1.6
CORES_ENOUGH = 4  # two workers, the sink, and whoever leads them


def run_fleet(port: str, workers: int) -> tuple[float, float]:
    """Run the fleet; give its reports for each second, and for each second of CPU time."""
    done = subprocess.run(
        [*pin(None), sys.executable, FLEET, port, str(PHONES), str(workers)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    return found["reports"] / found["seconds"], found["reports"] / found["cpu"]


def test_two_workers_send_more_than_one(sink: Path, figure: Callable[..., None]) -> None:
    server = subprocess.Popen([*pin(None), sink, "close"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        rounds = [(run_fleet(port, 1), run_fleet(port, 2)) for _ in range(ROUNDS)]
    finally:
        server.kill()
        server.communicate()

    def show(name: str, place: int, unit: str, cores: int, target: float | None) -> None:
        value = cores * statistics.median(two[place] for _, two in rounds)
        ratio = cores * statistics.median(two[place] / one[place] for one, two in rounds)
        figure(name, value, unit, peer="one worker", ratio=ratio, target=target)

    are_enough = len(os.sched_getaffinity(0)) >= CORES_ENOUGH
    show("two workers, by CPU time", 1, "/2 cpu s", 2, TARGET)
    show("two workers, by the clock", 0, "/s", 1, TARGET if are_enough else None)
