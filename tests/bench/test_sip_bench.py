"""NOTIFYs answered for each second of CPU, beside sipp's own UAS; and the worst of datagrams."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import pytest

from mppsim.sip import NotifyServer, SipAccount
from mppsim.sip.message import MAX_HEAD_BYTES, MAX_HEADERS
from tests.support.sip_messages import SOURCE, make_notify
from tests.support.sip_phone import CountedPhone

UAS = Path(__file__).parent / "sipp" / "uas.xml"
UAC = Path(__file__).parents[1] / "interop" / "sipp" / "report.xml"
QUIET = os.environ | {"TERM": "dumb"}
ROUNDS = 5
CALLS = 15_000
TRIES = 3
SOME_CALLS_FAILED = 1  # sipp's exit codes: 1, some calls; 97 and above, it could not run


@contextmanager
def sipp_uas(directory: Path) -> Iterator[tuple[int, int]]:
    """Run sipp's own answer to a NOTIFY; give process id and port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        ["sipp", "-sf", UAS, "-i", "127.0.0.1", "-p", str(port), "-nostdin"],
        cwd=directory,
        env=QUIET,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process.pid, port
    finally:
        process.kill()
        process.wait()


@contextmanager
def our_phone() -> Iterator[tuple[int, int]]:
    """Run one phone of ours that challenges nobody; give process id and port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.sip_phone", "0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.pid, int(process.stdout.readline())
    finally:
        process.communicate()


def cpu_seconds(pid: int) -> float:
    """Seconds that a process has been on a CPU, in user and in kernel mode."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def ask(server: tuple[int, int], directory: Path, rate: int, calls: int = CALLS) -> float:
    """Send NOTIFYs with sipp; give the server's CPU seconds for each that was answered.

    Where sipp gives up a call, since it was kept from its core, that round says nothing of the
    server: it is run again, but not without end.
    """
    pid, port = server
    command: list[str | Path] = [
        *("sipp", f"127.0.0.1:{port}", "-sf", UAC, "-s", "1001", "-i", "127.0.0.1"),
        *("-m", str(calls), "-r", str(rate), "-l", "100", "-nostdin", "-timeout", "60"),
    ]
    for _ in range(TRIES):
        before = cpu_seconds(pid)
        done = subprocess.run(
            command,
            cwd=directory,
            env=QUIET,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode == 0:
            return (cpu_seconds(pid) - before) / calls
        assert done.returncode == SOME_CALLS_FAILED, f"sipp ended with {done.returncode}"
    raise AssertionError(f"sipp gave up calls in {TRIES} rounds of {calls}")


@pytest.mark.parametrize(("load", "rate"), [("steady", 5_000), ("flood", 100_000)])
def test_notify_is_answered_as_cheaply_as_by_sipp(
    load: str, rate: int, figure: Callable[..., None], tmp_path: Path
) -> None:
    with sipp_uas(tmp_path) as peer, our_phone() as ours:
        for server in (peer, ours):
            ask(server, tmp_path, 500, calls=500)
        pairs = [(ask(peer, tmp_path, rate), ask(ours, tmp_path, rate)) for _ in range(ROUNDS)]

    spent = median(ours for _, ours in pairs)
    ratio = median(peer / ours for peer, ours in pairs)
    name = f"NOTIFY over UDP, {load}"
    # A core whose other thread is busy slows Python more than it slows sipp: a quiet machine tells.
    figure(name, 1 / spent, "per CPU s", peer="sipp's own UAS", ratio=ratio, target=1.0)


HOSTILE = {
    "many headers": make_notify(*["Via: SIP/2.0/UDP a;branch=z9hG4bKx"] * MAX_HEADERS),
    "deep folding": make_notify("S: x" + "\r\n\tx" * (MAX_HEADERS - 11)),
    "commas": make_notify(via="SIP/2.0/UDP a" + ",b" * (MAX_HEAD_BYTES // 2 - 300)),
    "parameters": make_notify(via="SIP/2.0/UDP b" + ";a=b" * (MAX_HEAD_BYTES // 4 - 200)),
    "open quotes": make_notify(via='SIP/2.0/UDP b;x="' + '\\"' * (MAX_HEAD_BYTES // 2 - 300)),
    "spaces": make_notify(event=" " * (MAX_HEAD_BYTES - 600) + "report"),
    "escapes": make_notify(start="NOTIFY sip:" + "%41" * 5000 + "@h SIP/2.0"),
    "tags": make_notify(to="sip:a" + ";tag" * 3500),
    "credentials": make_notify("Authorization: Digest " + "a=b," * 3800),
    "quoted credentials": make_notify('Authorization: Digest a="' + '\\"' * 7500),
    "line ends": b"NOTIFY sip:a@b SIP/2.0" + b"\n " * 32_000,
    "noise": b"\xff" * 65_507,
    "colons": b":" * 65_507,
    "64 KiB of headers": make_notify(*["a: b"] * 9000),
    "64 KiB of body": make_notify(body=b"x" * 65_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_datagram_costs_a_millisecond(name: str, figure: Callable[..., None]) -> None:
    phone = CountedPhone((SipAccount(user_id="1001", password="x", sha256=True),))
    seconds = []
    for _ in range(50):
        server = NotifyServer(lambda _local, _user: phone, secret=b"0123456789abcdef")
        begin = time.perf_counter()
        server.receive(HOSTILE[name], SOURCE, local="192.0.2.7", now=0.0)
        seconds.append(time.perf_counter() - begin)

    spent = median(seconds)
    figure(
        f"hostile datagram: {name}", spent * 1e6, "us", peer="1 ms", ratio=1e-3 / spent, target=1
    )
