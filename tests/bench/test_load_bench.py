"""Bare uploads of 6 KB for each CPU second, beside wrk, k6 and Locust, each with its best means.

Every phone has its own path, User-Agent and connection, and its own address as well but for those
of wrk, which knows but one. All four run at full speed on one core, in turns, against the same bare
sink on the other.
"""

import statistics
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.contest import Contestant

PEERS = Path(__file__).parent / "peers"
STRANGERS = Path(__file__).parents[2] / ".strangers" / "python" / "bin"
TURNS = 5
# With 5,000 connections k6 answers at full speed for two seconds of CPU time and at a quarter of it
# for the next two, while it collects its garbage (GODEBUG=gctrace=1). A turn holds a whole round of
# that, or else it is luck which of the two is measured.
SECONDS = 5.0


@pytest.mark.parametrize("phones", [1000, 5000])
@pytest.mark.parametrize(
    ("how", "targets"),
    [
        ("new", {"wrk": 0.75, "k6": 4.0, "locust": 4.0}),
        ("kept", {"wrk": 0.7, "k6": 10.0, "locust": 10.0}),
    ],
)
def test_bare_uploads_per_cpu_second(
    sink: Path,
    tmp_path: Path,
    figure: Callable[..., None],
    how: str,
    targets: dict[str, float],
    phones: int,
) -> None:
    sink_command = [sink, "keep" if how == "kept" else "close"]
    count = str(phones)
    commands: dict[str, list[str | Path]] = {
        "mppsim": [sys.executable, PEERS / "upload_mppsim.py", "{port}", how, count],
        "wrk": [
            *("wrk", "-t1", f"-c{count}", "-d1h", "--timeout", "60s"),
            *("-s", PEERS / "upload.lua", "http://127.0.0.1:{port}", "--", count, "6000"),
        ],
        "k6": [
            *(STRANGERS / "k6", "run", "--quiet", "--no-summary", "--no-usage-report"),
            *("--local-ips", "127.20.0.0/16", "--address", "127.0.0.1:0", PEERS / "upload.js"),
        ],
        "locust": [
            *(STRANGERS / "locust", "--headless", "--skip-log", "--reset-stats"),
            *("-u", count, "-r", count, "-f", PEERS / "upload_locust.py"),
        ],
    }
    with ExitStack() as stack:
        contestants = []
        for name, command in commands.items():
            one = Contestant(
                name,
                command,
                sink=sink_command,
                directory=tmp_path,
                environment={"HOW": how, "PHONES": count},
            )
            contestants.append(stack.enter_context(one))
            one.warm_up(4 * phones, 1.0)
        turns = [{one.name: one.take_turn(SECONDS) for one in contestants} for _ in range(TURNS)]

    ours = statistics.median(turn["mppsim"] for turn in turns)
    for peer, target in targets.items():
        ratio = statistics.median(turn["mppsim"] / turn[peer] for turn in turns)
        name = f"upload 6 KB, {how} connection, {phones:,} phones"
        figure(name, ours, "/cpu s", peer=peer, ratio=ratio, target=target)
