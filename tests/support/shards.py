"""A shard on a clock that jumps, with a scripted way out, and what its phones told."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from mppsim.fleet.plan import FleetPlan
from mppsim.fleet.shard import Shard
from mppsim.net.clock import RunClock
from mppsim.net.event_log import Listener, Occurrence, Ready, ReportsDue, UploadFinished
from mppsim.net.surroundings import Surroundings, Uploads
from mppsim.net.timers import Timers
from tests.support.phone_desk import NOON, word_of, zeros
from tests.support.scripted_uploads import ScriptedUploads

__all__ = ["LIMIT", "ShardDesk", "shard_of"]

LIMIT = 20.0  # seconds


class ShardDesk:
    """One of the workers of a plan."""

    def __init__(
        self,
        plan: FleetPlan,
        *,
        script: Iterable[str] = (),
        clock: RunClock | None = None,
        way_out: Uploads | None = None,
        is_heard: bool = True,
        **more: Any,
    ) -> None:
        self.plan = plan
        self.clock = clock or RunClock(None)
        self.timers = Timers(self.clock)
        self.uploads = ScriptedUploads(*script)
        self.told: list[tuple[float, int, str]] = []
        """When, which phone, what: in a word."""
        self.late: list[float] = []
        """How late each report was that arrived."""
        self.counted: list[tuple[str, str]] = []
        """What a tally hears: which group, what."""
        self.shard = Shard(
            plan,
            Surroundings(
                timers=self.timers,
                uploads=way_out or self.uploads,
                random_bytes=zeros,
                tell=_fail,
                epoch=NOON,
            ),
            tally=self,
            events=self._hear if is_heard else None,
            **more,
        )

    def listener(self, group: str) -> Listener:
        def count(_mac: str, happened: Occurrence) -> None:
            if not isinstance(happened, ReportsDue):
                self.counted.append((group, word_of(happened)))

        return count

    async def run(self, *, until: float = 1000.0) -> None:
        """Let the clock go so far, and end there."""
        await self.timers.run_until(until)
        self.shard.end()
        await self.shard.finish(LIMIT)

    def words(self, number: int = 0) -> list[str]:
        return [word for _, of, word in self.told if of == number]

    def moments(self, word: str) -> list[tuple[float, int]]:
        return [(at, of) for at, of, what in self.told if what == word]

    def _hear(self, mac: str, happened: Occurrence) -> None:
        if isinstance(happened, UploadFinished):
            self.late.append(happened.late)
        number = self.shard.roster.find_mac(mac)
        assert number is not None
        if not isinstance(happened, ReportsDue):
            word = str(happened) if isinstance(happened, Ready) else word_of(happened)
            self.told.append((self.clock.now(), number, word))


@contextmanager
def shard_of(plan: FleetPlan, **more: Any) -> Iterator[ShardDesk]:
    """Open a shard."""
    desk = ShardDesk(plan, **more)
    desk.shard.open()
    try:
        yield desk
    finally:
        desk.shard.close()


def _fail(_mac: str, happened: Occurrence) -> None:
    raise AssertionError(f"told to nobody: {happened}")
