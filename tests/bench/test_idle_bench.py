"""A million idle phones in one process: how soon, how large, and how late their reports are.

Processor time is what is judged of the start. Lateness is real time: it is judged only where the
process had its core to itself.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.support.contest import pin

HERE = Path(__file__).parent
PHONES = 1_000_000
SECONDS = 10

MOST_SECONDS_TO_READY = 15.0
MOST_BYTES_ASLEEP = 800.0
MOST_BYTES_USED = 1500.0
MOST_LATENESS = 0.010
MOST_STARVED = 0.01


def test_a_million_idle_phones(sink: Path, figure: Callable[..., None]) -> None:
    server = subprocess.Popen([*pin(1), sink, "close"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        fleet = subprocess.run(
            [*pin(0), sys.executable, HERE / "idle_fleet.py", port, str(PHONES), str(SECONDS)],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    finally:
        server.kill()
        server.communicate()
    found = json.loads(fleet.stdout)

    def within(name: str, key: str, unit: str, limit: float, scale: float = 1.0) -> None:
        value = found[key] * scale
        figure(name, value, unit, peer=f"below {limit:g}", ratio=limit / value, target=1.0)

    within("a million phones are ready", "ready_cpu", "CPU s", MOST_SECONDS_TO_READY)
    figure("the same by the clock", found["ready"], "s")
    within("a phone that did nothing yet", "asleep", "bytes", MOST_BYTES_ASLEEP)
    within("a phone after its first report", "used", "bytes", MOST_BYTES_USED)
    if found["starved"] < MOST_STARVED:
        within("reports late, p99", "late_p99", "ms", MOST_LATENESS * 1000, scale=1000.0)
    else:
        figure("reports late, p99, on a busy core", found["late_p99"] * 1000, "ms")
    figure("of the time without a core", found["starved"] * 100, "%")
    figure("reports late, p50", found["late_p50"] * 1000, "ms")
    figure("reports a second, two rules each", found["reports"], "/s")
    figure("of a core", found["cpu"] * 100, "%")
    figure("longest pause of the garbage collector", found["pause"] * 1000, "ms")
    assert found["failed"] == 0
    assert found["reached"] == 200
    assert 0.9 < found["reports"] / (PHONES / 3600) < 1.1
