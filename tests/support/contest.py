"""Load generators that take turns on one core, each with a sink of its own on another.

A contestant whose turn it is not stands still, its sink as well (SIGSTOP), so that all of them can
be started once and measured in turns. What counts is the CPU time that the generator's own process
uses for each answer that its sink gave, while it runs at full speed: neither starting up nor
ending is part of it.
"""

import mmap
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE = 60.0


def pin(core: int | None) -> list[str]:
    """Give the command that ends a process when we end; `core` keeps it on that one of ours."""
    cores = sorted(os.sched_getaffinity(0))
    leash = ["setpriv", "--pdeathsig", "KILL"]
    return leash if core is None else [*leash, "taskset", "-c", str(cores[core % len(cores)])]


class Contestant:
    """One generator and its sink, standing still between its turns."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        sink: Sequence[str | Path],
        directory: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start the sink, which says its port, and then the generator; `{port}` is put in."""
        self.name = name
        counter = directory / f"{name}.answers"
        self._sink = subprocess.Popen([*pin(1), *sink, counter], stdout=subprocess.PIPE, text=True)
        assert self._sink.stdout is not None
        port = self._sink.stdout.readline().strip()
        with counter.open("rb") as file:
            self._answers = mmap.mmap(file.fileno(), 8, prot=mmap.PROT_READ)
        self._output = (directory / f"{name}.output").open("w+")
        self._generator = _start(command, port, self._output, environment)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in (self._generator, self._sink):
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.communicate()
        self._answers.close()
        self._output.close()

    def warm_up(self, answers: int, seconds: float) -> None:
        """Let it run until it has so many answers, and for a while more; then stop it."""
        wanted = self.answered + answers
        waited = 0.0
        while self.answered < wanted:
            self._run_for(0.25)
            waited += 0.25
            assert waited < _PATIENCE, f"{self.name} does not get going: {self.said}"
        self._run_for(seconds)
        self._pause()

    def take_turn(self, seconds: float) -> float:
        """Run for so long; give the answers for each second of CPU time that it took.

        One that does something else all the time, as k6 with 5,000 connections may, goes on until
        it has got an answer.
        """
        self._resume()
        self._run_for(0.2)  # whatever waited while it stood still
        answered, used = self.answered, self.cpu
        self._run_for(seconds)
        while self.answered == answered:
            self._run_for(0.25)
        answers, used = self.answered - answered, self.cpu - used
        self._pause()
        return answers / used

    @property
    def answered(self) -> int:
        """How many answers its sink has given."""
        return int.from_bytes(self._answers[:8], sys.byteorder)

    @property
    def cpu(self) -> float:
        """Seconds of CPU time that the generator has used, with all its threads."""
        fields = Path(f"/proc/{self._generator.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def said(self) -> str:
        """What it wrote last."""
        self._output.flush()
        return Path(self._output.name).read_text()[-2000:]

    def _run_for(self, seconds: float) -> None:
        with suppress(subprocess.TimeoutExpired):
            self._generator.wait(seconds)
            raise AssertionError(f"{self.name} has ended: {self.said}")

    def _pause(self) -> None:
        for process in (self._generator, self._sink):
            process.send_signal(signal.SIGSTOP)

    def _resume(self) -> None:
        for process in (self._sink, self._generator):
            process.send_signal(signal.SIGCONT)


def _start(
    command: Sequence[str | Path],
    port: str,
    output: IO[str] | int,
    environment: Mapping[str, str] | None,
) -> subprocess.Popen[bytes]:
    """Start a generator on the first core."""
    return subprocess.Popen(
        [*pin(0), *(str(word).replace("{port}", port) for word in command)],
        stdout=output,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PORT": port, "GOMAXPROCS": "1", **(environment or {})},
    )


def record_upload(
    command: Sequence[str | Path], environment: Mapping[str, str] | None = None
) -> bytes:
    """Run a generator until it has sent one request; give that request's body."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(_PATIENCE)
        port = str(door.getsockname()[1])
        generator = _start(command, port, subprocess.DEVNULL, environment)
        try:
            peer, _ = door.accept()
            with peer, peer.makefile("rb") as request:
                head = iter(request.readline, b"\r\n")
                headers = dict(line.decode().lower().split(": ", 1) for line in [*head][1:])
                return request.read(int(headers["content-length"]))
        finally:
            generator.kill()
            generator.wait()
