"""The coordinator's side of a worker: a process, what it is told, and what it says."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from typing import Protocol

from mppsim.errors import StartError
from mppsim.fleet.channel import Channel, open_channel
from mppsim.fleet.crew_words import (
    Begin,
    End,
    Ended,
    Failed,
    Finish,
    Go,
    Lines,
    News,
    Ready,
    Rested,
    ShardTerms,
    Start,
)

__all__ = ["Keeper", "WorkerProcess"]

_PATIENCE = 5.0
"""Seconds of real time that a worker may take to end once it was told to."""

_MOMENT = 0.2
"""The same, of one whose channel has closed: its process ends a little later."""
_MOST_SOCKETS = 250


class Keeper(Protocol):
    """Who has workers."""

    def worker_rested(self, worker: int, due: float | None) -> None:
        """Take in that nothing is in hand at a worker, and what is due next."""

    def worker_wrote(self, text: str) -> None:
        """Take events, as lines of JSON."""

    def worker_failed(self, error: Exception) -> None:
        """Take a worker's bug: no run goes on after it."""

    def worker_died(self, worker: int, reason: str) -> None:
        """Take in that a worker's process has ended though nobody told it to."""


class WorkerProcess:
    """One worker: `start`, then `begin` or `go`, `end`, `finish`; `stop` at any time."""

    def __init__(self, terms: ShardTerms, keeper: Keeper) -> None:
        self.news: News | None = None
        """The last that it said."""
        self.is_lost = False
        """Whether it ended though nobody told it to."""
        self._terms = terms
        self._keeper = keeper
        self._channel: Channel | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        self._ended = asyncio.Event()
        self._is_expected = False
        self._kept: list[int] = []

    @property
    def pid(self) -> int:
        """Number of its process; 0 before it has one."""
        return 0 if self._process is None else self._process.pid

    @property
    def is_ready(self) -> bool:
        """Whether it has said so, or why it never will be."""
        return self._ready.done() and not self._ready.cancelled()

    @property
    def states(self) -> Mapping[str, int]:
        """Its phones by what they do, as far as it has said."""
        return {} if self.news is None else self.news.states

    @property
    def settles_at(self) -> float | None:
        """After `end`: when the last of what its phones have begun falls due, as far as it said."""
        return None if self.news is None else self.news.settles_at

    async def start(self, before: int = -1, after: int = -1) -> Ready:
        """Return once its phones can be reached; raises `StartError`.

        `before` and `after` are its ends of the pipes by which the workers take turns.
        """
        ours, theirs = socket.socketpair()
        keeper, handed = socket.socketpair()
        with theirs, keeper, handed:
            pipes = [end for end in (before, after) if end >= 0]
            self._process = _spawn(theirs.fileno(), handed.fileno(), *pipes)
            for pipe in pipes:
                os.close(pipe)
            theirs.close()
            self._channel = await open_channel(ours, self._take, self._lost)
            self._channel.send(Start(self._terms, before, after, handed.fileno()))
            handed.close()
            ready = await self._ready
            # Were they closed with the worker, the others would have other numbers, and get what
            # is not for them.
            _, self._kept, _, _ = socket.recv_fds(keeper, 1, _MOST_SOCKETS)
        return ready

    def begin(self, zero: float) -> None:
        """Let its clock pass from that moment of `time.monotonic` on."""
        self._send(Begin(zero))

    def go(self, until: float) -> None:
        """Let its clock jump so far; the keeper is told when it rests."""
        self._send(Go(until))

    def end(self) -> None:
        """Let nothing new begin; what its phones have begun still falls due."""
        self._send(End())

    async def finish(self, limit: float) -> None:
        """After `end`: wait so many real seconds for uploads in hand, and for the last news.

        One that is lost has none.
        """
        self._send(Finish(limit))
        await self._ended.wait()

    async def stop(self) -> None:
        """End its process."""
        self._is_expected = True
        if self._channel is not None:
            self._channel.close()
        if self._process is not None:
            await asyncio.get_running_loop().run_in_executor(None, _end, self._process)
        for descriptor in self._kept:
            os.close(descriptor)
        self._kept.clear()

    def _send(self, word: object) -> None:
        assert self._channel is not None, "nothing comes before `start`"
        self._channel.send(word)

    def _take(self, word: object) -> None:
        match word:
            case Rested(due):
                self._keeper.worker_rested(self._terms.worker, due)
            case News():
                # The last news have a ledger; those before it are the last of one that dies.
                self.news = word
            case Lines(text):
                self._keeper.worker_wrote(text)
            case Ready():
                self._ready.set_result(word)
            case Failed(reason, is_bug):
                self._fail(reason, is_bug=is_bug)
            case Ended():
                self._is_expected = True
                self._ended.set()

    def _fail(self, reason: str, *, is_bug: bool) -> None:
        self._is_expected = True
        said = f"{self._name}: {reason}"
        error = RuntimeError(said) if is_bug else StartError(said)
        if self._ready.done():
            self._keeper.worker_failed(error)
        else:
            self._ready.set_exception(error)
        self._ended.set()

    def _lost(self) -> None:
        self._ended.set()
        if self._is_expected:
            return
        self.is_lost = self._is_expected = True
        how = self._last_words()
        if self._ready.done():
            self._keeper.worker_died(self._terms.worker, how)
        else:
            self._ready.set_exception(StartError(f"{self._name} {how} before it was ready"))

    @property
    def _name(self) -> str:
        return f"worker {self._terms.worker + 1} of {self._terms.workers}"

    def _last_words(self) -> str:
        """Say how it ended, as far as that is known."""
        assert self._process is not None
        try:
            code = self._process.wait(_MOMENT)
        except subprocess.TimeoutExpired:
            return "is not to be reached any more"
        return f"was ended by signal {-code}" if code < 0 else f"ended by itself, code {code},"


def _spawn(channel: int, *descriptors: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "mppsim.fleet.worker", str(channel)],
        stdin=subprocess.DEVNULL,
        pass_fds=[channel, *descriptors],
        start_new_session=True,  # Ctrl-C is for the coordinator: it ends the run in order
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that was told to end, and end it where it does not; blocks."""
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
