"""The whole job for each CPU second: build a report, seal it, send it over a connection of its own.

Ours are real phones, each told by NOTIFY to report; k6 and Locust fill in a template that was made
of what one of ours had sent. Before the race each sends one report, and all say the same. Beside
them stands the limit: wrk, which builds nothing, and what the cipher takes.
"""

import os
import re
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from mppsim.core.encryption import decrypt_key, encrypt_key
from tests.support.contest import Contestant, record_upload

PEERS = Path(__file__).parent / "peers"
STRANGERS = Path(__file__).parents[2] / ".strangers" / "python" / "bin"
PHONES = 500
TURNS = 5
SECONDS = 1.0
KEY = "test123"
SENDER = "wrk, nothing built or sealed"
CIPHER = "the cipher alone"
LIMIT = "wrk and the cipher"
FIRST_MAC = b"005620100100"
MAC_SLOT, COUNT_SLOT = b"M" * 12, b"N" * 8

Command = Sequence[str | Path]


def our_command(content: str, seal: str, phones: int) -> Command:
    return [sys.executable, PEERS / "job_mppsim.py", "{port}", content, seal, str(phones)]


def peer_commands(phones: int) -> dict[str, Command]:
    k6 = (STRANGERS / "k6", "run", "--quiet", "--no-summary", "--no-usage-report")
    locust = (STRANGERS / "locust", "--headless", "--skip-log", "--reset-stats")
    return {
        "k6": [
            *(*k6, "--local-ips", "127.20.0.0/16", "--address", "127.0.0.1:0", PEERS / "job.js")
        ],
        "locust": [*locust, "-u", str(phones), "-r", str(phones), "-f", PEERS / "job_locust.py"],
    }


def sender_command(size: int) -> Command:
    """Let wrk send bodies of that size and do nothing else: nobody's whole job can be faster."""
    load = ["wrk", "-t1", f"-c{PHONES}", "-d1h", "--timeout", "60s", "-s", PEERS / "upload.lua"]
    return [*load, "http://127.0.0.1:{port}", "--", str(PHONES), str(size)]


def environment(template: Path, seal: str, phones: int) -> Mapping[str, str]:
    return {"TEMPLATE": str(template), "SEAL": seal, "PHONES": str(phones)}


def unseal(body: bytes, seal: str) -> bytes:
    return decrypt_key(body, KEY) if seal == "sealed" else body


def make_template(report: bytes) -> bytes:
    """Put slots where a phone's MAC address, a delta's values and a status's times stand."""
    assert report.isascii()
    report = report.replace(FIRST_MAC, MAC_SLOT)
    return re.sub(rb"(?<= )[0-9]{8}(?=<)|[0-9]{2}:[0-9]{2}:[0-9]{2}(?=<)", COUNT_SLOT, report)


def blur_numbers(report: bytes) -> bytes:
    """Forget what differs from report to report: ports, times, counters."""
    assert report.count(FIRST_MAC)
    return re.sub(rb"[0-9:]+", b"0", report.replace(FIRST_MAC, MAC_SLOT))


def pace_sealing(report: bytes, pace: Callable[..., float]) -> float:
    """Seal reports and nothing else; give how many each CPU second allows."""
    return 1 / pace(lambda: encrypt_key(report, KEY, digest="sha256", random_bytes=os.urandom))


def find_limit(turn: Mapping[str, float], seal: str) -> float:
    """Say how many jobs each CPU second allows whose building costs nothing."""
    seconds = 1 / turn[SENDER]
    return 1 / (seconds + 1 / turn[CIPHER] if seal == "sealed" else seconds)


@pytest.mark.parametrize("seal", ["plain", "sealed"])
@pytest.mark.parametrize(
    ("content", "targets"),
    [
        ("delta", {"plain": 3.5, "sealed": 3.5}),
        ("status", {"plain": 3.5, "sealed": 3.5}),
        ("full", {"plain": 3.5, "sealed": 2.2}),
    ],
)
def test_whole_jobs_per_cpu_second(
    sink: Path,
    tmp_path: Path,
    figure: Callable[..., None],
    pace: Callable[..., float],
    content: str,
    targets: dict[str, float],
    seal: str,
) -> None:
    template = tmp_path / "template.xml"
    report = unseal(record_upload(our_command(content, seal, 1)), seal)
    template.write_bytes(make_template(report))
    for command in peer_commands(1).values():
        sent = unseal(record_upload(command, environment(template, seal, 1)), seal)
        assert blur_numbers(sent) == blur_numbers(report)

    with ExitStack() as stack:
        contestants = []
        commands = {
            "mppsim": our_command(content, seal, PHONES),
            SENDER: sender_command(len(report)),
            **peer_commands(PHONES),
        }
        for name, command in commands.items():
            one = Contestant(
                name,
                command,
                sink=[sink, "close"],
                directory=tmp_path,
                environment=environment(template, seal, PHONES),
            )
            contestants.append(stack.enter_context(one))
            one.warm_up(2 * PHONES, 1.0)
        turns = []
        for _ in range(TURNS):
            turn = {one.name: one.take_turn(SECONDS) for one in contestants}
            turn[CIPHER] = pace_sealing(report, pace)
            turn[LIMIT] = find_limit(turn, seal)
            turns.append(turn)

    def show(peer: str, target: float | None = None, *, who: str = "mppsim") -> None:
        rate = statistics.median(turn[who] for turn in turns)
        ratio = statistics.median(turn[who] / turn[peer] for turn in turns)
        name = f"{content} of {len(report):,} bytes, {job[who]}, {seal}"
        figure(name, rate, "/cpu s", peer=peer, ratio=ratio, target=target)

    job = {"mppsim": "whole job", LIMIT: "the limit"}
    peers = ["k6", "locust"]
    better = max(peers, key=lambda peer: statistics.median(turn[peer] for turn in turns))
    for peer in peers:
        show(peer, targets[seal] if peer == better else None)
    show(better, who=LIMIT)
    show(LIMIT)
    if seal == "sealed":
        show(CIPHER, 0.6 if content == "full" else None)
        show(CIPHER, who=LIMIT)
