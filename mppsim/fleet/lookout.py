"""Looks at a run while it goes on: shows how far it is, and ends it early where it is to."""

import asyncio
import time
from collections.abc import Callable
from functools import partial

from mppsim.fleet.crew import Crew
from mppsim.fleet.embedded import EmbeddedServer
from mppsim.fleet.plan import FleetPlan
from mppsim.fleet.progress import Phase, Progress
from mppsim.fleet.tally import Tally
from mppsim.results.figures import Figures, ReadbackFigures, RunFacts
from mppsim.results.history import KeptReport
from mppsim.results.outcome import EarlyEnd
from mppsim.results.thresholds import Judged, parse_threshold
from mppsim.results.watch import Watch

__all__ = ["SERVER_ENDED", "Lookout", "Show", "find_pause"]

Show = Callable[[Progress], None]
"""Is given how far a run is, a few times a second."""

SERVER_ENDED = "the embedded server ended though nobody told it to"

_EVERY = 0.5
"""Seconds of real time from one look to the next."""
_SHARE = 0.01
"""Of real time that looking may take: with one worker no report is sent meanwhile."""
_EVENTS_SHOWN = 5
_NOTHING_READ = ReadbackFigures()


class Lookout:
    """Stands beside one run; `show` is None where nobody looks."""

    def __init__(self, plan: FleetPlan, *, workers: int, show: Show | None) -> None:
        self.notes: list[str] = []
        """What is not as it should be, in sentences."""
        self.phase = Phase.STARTING
        self.has_lost_server = False
        """Whether the embedded server ended though nobody told it to, or answers no more."""
        self._plan = plan
        self._workers = workers
        self._show = show
        self._watch = Watch(map(parse_threshold, plan.thresholds))
        self._has_aborts = any(threshold.abort for threshold in self._watch.thresholds)
        self.ended_early: EarlyEnd | None = None
        """The threshold that ended the run, if one did."""
        self._crew: Crew | None = None
        self._server: EmbeddedServer | None = None
        self._zero = 0.0

    @property
    def moments(self) -> tuple[float, ...]:
        """From which on the phones' tallies are to tell what happened by itself."""
        return self._watch.moments

    def follow(self, crew: Crew, server: EmbeddedServer | None) -> None:
        """Look at these from now on."""
        self._crew, self._server = crew, server

    def turn_to(self, phase: Phase) -> None:
        """Take in that the run has come so far, and show it."""
        self.phase = phase
        if phase is Phase.RUNNING:
            self._zero = time.monotonic()
        self.look()

    def lose_server(self, how: str = SERVER_ENDED) -> None:
        """Take in that the embedded server can be asked nothing any more; told once."""
        if not self.has_lost_server:
            self.has_lost_server = True
            self.notes.append(how)

    async def keep_looking(self) -> None:
        """Look again and again, the more rarely the longer a look takes; never returns."""
        while True:
            began = time.monotonic()
            self.look()
            await asyncio.sleep(find_pause(time.monotonic() - began))

    def look(self) -> None:
        """Look once: the workers take note of what they use, and whatever is asked for is done."""
        tally = self.merge()
        if self._server is not None and not self._server.is_up and self.phase is Phase.RUNNING:
            self.lose_server()
        if self._crew is not None and self.phase is Phase.RUNNING:
            self._look_at_end(self._crew, tally)
        if self._show is not None:
            self._show(self._progress(tally))

    def merge(self) -> Tally:
        """Return what the phones have told so far, of all workers together."""
        tally = Tally([group.name for group in self._plan.groups], after=self._watch.moments)
        if self._crew is not None:
            for snapshot in self._crew.snapshots():
                tally.merge(snapshot)
        return tally

    def figures(
        self, tally: Tally, after: float = 0.0, *, readback: ReadbackFigures = _NOTHING_READ
    ) -> Figures:
        """Return what it came to so far, or from a moment of the run's clock on."""
        crew = self._crew
        facts = RunFacts(
            phones={group.name: group.count for group in self._plan.groups},
            seed=self._plan.seed,
            speed=self._plan.speed,
            notifies_sent=0 if crew is None else crew.notified.sent,
            notifies_unanswered=0 if crew is None else crew.notified.unanswered,
            workers=self._workers,
            workers_lost=0 if crew is None else len(crew.losses),
            server_lost=self.has_lost_server,
            readback=readback,
        )
        return tally.figures(facts, after=after)

    def judge(self, tally: Tally, readback: ReadbackFigures) -> tuple[Judged, ...]:
        """Judge all that was expected, at the end."""
        return self._watch.judge(lambda after: self.figures(tally, after, readback=readback))

    def _look_at_end(self, crew: Crew, tally: Tally) -> None:
        if crew.clock.now() >= self._plan.duration:
            self.phase = Phase.ENDING
        if not self._has_aborts or self.ended_early is not None:
            return
        broken = self._watch.look(partial(self.figures, tally))
        if broken is not None:
            self.ended_early = EarlyEnd(threshold=broken, at=crew.clock.now())
            self.notes.append(str(self.ended_early))
            crew.interrupt()

    def _progress(self, tally: Tally) -> Progress:
        crew = self._crew
        losses = () if crew is None else (f"! {each}" for each in crew.losses)
        return Progress(
            phase=self.phase,
            at=0.0 if crew is None else max(0.0, crew.clock.now()),
            duration=self._plan.duration,
            elapsed=time.monotonic() - self._zero if self._zero else 0.0,
            figures=self.figures(tally),
            states={} if crew is None else crew.states,
            remaining=None if crew is None else self._find_remaining(crew),
            events=tuple([*map(_line_of, tally.kept.last), *self.notes, *losses][-_EVENTS_SHOWN:]),
        )

    def _find_remaining(self, crew: Crew) -> float | None:
        moment = crew.settles_at
        if self.phase is not Phase.ENDING or moment is None or self._plan.speed is None:
            return None
        return max(0.0, moment - crew.clock.now()) / self._plan.speed


def find_pause(cost: float) -> float:
    """Return how long not to look after a look that took so long, in seconds of real time."""
    return max(_EVERY, cost / _SHARE)


def _line_of(report: KeptReport) -> str:
    return f"! {report.phone} {report.method} {report.url}: {report.reason}"
