"""The only worker of a run, in the coordinator's own process: what `WorkerProcess` is for more."""

from collections.abc import Mapping
from functools import partial
from typing import TextIO, cast

from mppsim.fleet.crew_words import News, Ready, ShardTerms
from mppsim.fleet.shard_run import ShardRun
from mppsim.fleet.worker_process import Keeper
from mppsim.net.clock import RunClock
from mppsim.net.event_log import json_lines

__all__ = ["LocalWorker"]


class LocalWorker:
    """One worker: `start`, then `begin` or `go`, `end`, `finish`; `stop` at any time."""

    def __init__(self, terms: ShardTerms, clock: RunClock, keeper: Keeper) -> None:
        # Nothing but `write` and `flush` is used of a stream.
        stream = cast(TextIO, _Stream(keeper))
        events = json_lines(stream, clock) if terms.tells_events else None
        rested = partial(keeper.worker_rested, terms.worker)
        self._run = ShardRun(terms, clock, rested, events)
        self._last: News | None = None
        self._is_ready = False
        self.begin = self._run.begin
        self.go = self._run.go
        self.end = self._run.end

    @property
    def news(self) -> News | None:
        """How far it is."""
        return self._run.news() if self._last is None and self._is_ready else self._last

    @property
    def states(self) -> Mapping[str, int]:
        """Its phones by what they do."""
        return self._run.states if self._is_ready else {}

    @property
    def settles_at(self) -> float | None:
        """After `end`: when the last of what its phones have begun falls due."""
        return self._run.settles_at if self._is_ready else None

    async def start(self) -> Ready:
        """Return once its phones can be reached; raises `StartError`."""
        ready = self._run.open()
        self._is_ready = True
        return ready

    async def finish(self, limit: float) -> None:
        """After `end`: wait so many real seconds for uploads in hand, and for the last news."""
        await self._run.finish(limit)
        self._last = self._run.news(is_last=True)

    async def stop(self) -> None:
        """Switch all off; closing twice is no mistake."""
        self._is_ready = False
        self._run.close()


class _Stream:
    def __init__(self, keeper: Keeper) -> None:
        self.write = keeper.worker_wrote

    def flush(self) -> None:
        """Do nothing: the keeper does."""
