"""Uploads of a ready 6 KB body for each CPU second, beside wrk, against the same bare sink.

The sink (sink.c) has a core of its own, the generators take turns on the other one. What counts
is the CPU time that a generator itself has used, so that whatever else the machine does falls on
both alike.
"""

import os
import re
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.contest import pin

HERE = Path(__file__).parent
ROUNDS = 5
SECONDS = "1"
CONNECTIONS = "64"
WRK_SCRIPT = """
wrk.method = "PUT"
wrk.body = string.rep("x", 6000)
wrk.headers["User-Agent"] = "Cisco-CP-8851-3PCC/12.0.7 (00562b000001)"
wrk.headers["Accept-Encoding"] = "deflate, gzip"
wrk.headers["Accept"] = "*/*"
wrk.headers["Accept-Language"] = "en"
wrk.headers["Accept-Charset"] = "iso-8859-1"
"""


@contextmanager
def run_sink(sink: Path, how: str) -> Iterator[int]:
    process = subprocess.Popen([*pin(1), sink, how], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def run_wrk(port: int, script: Path) -> float:
    """Run wrk for a while; give its requests for each of its CPU seconds."""
    url = f"http://127.0.0.1:{port}/reports/00562b000001.xml"
    process = subprocess.Popen(
        [*pin(0), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", script, url],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    printed = process.stdout.read()
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    counted = re.search(r"(\d+) requests in", printed)
    assert counted, printed
    assert "Socket errors" not in printed, printed
    return int(counted[1]) / (usage.ru_utime + usage.ru_stime)


def run_ours(port: int, how: str, style: str) -> float:
    """Run our engine for a while; give its uploads for each of its CPU seconds."""
    load = [str(port), how, style, CONNECTIONS, SECONDS]
    done = subprocess.run(
        [*pin(0), sys.executable, HERE / "upload_generator.py", *load],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(done.stdout)


@pytest.mark.parametrize(
    ("how", "style", "target"),
    [
        ("kept", "callbacks", 0.7),
        ("kept", "await", None),
        ("new", "callbacks", 0.75),
        ("new", "await", None),
    ],
)
def test_uploads_per_cpu_second(
    sink: Path,
    tmp_path: Path,
    figure: Callable[..., None],
    how: str,
    style: str,
    target: float | None,
) -> None:
    script = tmp_path / "put.lua"
    script.write_text(WRK_SCRIPT)
    with run_sink(sink, "keep" if how == "kept" else "close") as port:
        rounds = [(run_ours(port, how, style), run_wrk(port, script)) for _ in range(ROUNDS)]

    figure(
        f"upload 6 KB, {how} connection, {style}",
        statistics.median(ours for ours, _ in rounds),
        "/cpu s",
        peer="wrk",
        ratio=statistics.median(ours / wrk for ours, wrk in rounds),
        target=target,
    )
