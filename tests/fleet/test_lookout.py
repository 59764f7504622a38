"""Whoever looks at a run while it goes on."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from mppsim.fleet.crew import Crew
from mppsim.fleet.embedded import EmbeddedServer
from mppsim.fleet.lookout import Lookout, Show, find_pause
from mppsim.fleet.progress import Phase, Progress
from mppsim.fleet.tally import Tally
from mppsim.net.clock import RunClock
from mppsim.results.figures import ReadbackFigures
from mppsim.sip.notify_burst import BurstCounts
from tests.support.fleets import make_group, make_plan
from tests.support.occurrences import delivered, due, failed, sent


@dataclass
class StandIn:
    """A crew whose phones did what a test says."""

    groups: Sequence[str] = ("lobby",)
    at: float = 0.0
    losses: list[str] = field(default_factory=list)
    looks: int = 0
    interruptions: int = 0
    settles_at: float | None = None
    notified: BurstCounts = field(default_factory=lambda: BurstCounts(sent=3, unanswered=1))
    states: Counter[str] = field(default_factory=lambda: Counter(running=3))

    def __post_init__(self) -> None:
        self.clock = cast(RunClock, self)
        self.tally = Tally(self.groups, self.now)

    def now(self) -> float:
        return self.at

    def do(self, *happened: Any) -> None:
        for each in happened:
            self.tally.listener("lobby")("00562b000000", each)

    def snapshots(self) -> list[bytes]:
        self.looks += 1
        return [self.tally.snapshot()]

    def interrupt(self) -> None:
        self.interruptions += 1


class Server:
    def __init__(self) -> None:
        self.is_up = True


def lookout_of(
    *thresholds: str, show: Show | None = None, **more: Any
) -> tuple[Lookout, StandIn, Server]:
    plan = make_plan(make_group(), duration=100.0, thresholds=thresholds, **more)
    lookout, crew, server = Lookout(plan, workers=2, show=show), StandIn(), Server()
    lookout.follow(cast(Crew, crew), cast(EmbeddedServer, server))
    return lookout, crew, server


def test_before_there_is_a_crew_there_is_nothing_to_see_but_the_plan() -> None:
    seen: list[Progress] = []
    Lookout(make_plan(make_group()), workers=1, show=seen.append).look()

    (progress,) = seen
    assert (progress.phase, progress.at, progress.duration) == (Phase.STARTING, 0.0, 100.0)
    assert (progress.figures.phones, progress.states) == (3, {})


def test_look_shows_how_far_the_run_is() -> None:
    seen: list[Progress] = []
    lookout, crew, _ = lookout_of(show=seen.append)
    crew.at = 25.0
    crew.do(due("delta"), sent(), failed("timeout"))
    lookout.notes.append("all is well")
    lookout.turn_to(Phase.RUNNING)

    progress = seen[-1]
    assert (progress.at, progress.share, progress.states) == (25.0, 0.25, {"running": 3})
    assert progress.elapsed < 10.0
    reports, notify = progress.figures.reports, progress.figures.notify
    assert (reports.due, reports.failed, notify.sent, notify.unanswered) == (1, 1, 3, 1)
    assert progress.events[0].startswith("! 00562b000000 P")
    assert progress.events[0].endswith(": timeout")
    assert progress.events[1] == "all is well"


def test_look_tells_which_workers_are_lost() -> None:
    seen: list[Progress] = []
    lookout, crew, _ = lookout_of(show=seen.append)
    crew.losses.append("worker 2 of 2 was ended by signal 9")
    for _ in range(10):
        crew.do(due("delta"), sent(), failed("timeout"))
    lookout.turn_to(Phase.RUNNING)

    assert seen[-1].events[-1] == "! worker 2 of 2 was ended by signal 9"


def test_look_tells_the_last_failures_however_many_there_were() -> None:
    seen: list[Progress] = []
    lookout, crew, _ = lookout_of(show=seen.append)
    for number in range(500):
        ended = failed("timeout")._replace(url=f"http://h/{number}")
        crew.at = float(number)
        crew.do(due("delta"), sent(), ended)
    lookout.turn_to(Phase.RUNNING)

    told = [f"! 00562b000000 PUT http://h/{number}: timeout" for number in range(495, 500)]
    assert list(seen[-1].events) == told


def test_run_whose_time_is_over_is_ending() -> None:
    lookout, crew, _ = lookout_of()
    lookout.turn_to(Phase.RUNNING)
    crew.at = 99.0
    lookout.look()
    before = lookout.phase
    crew.at = 100.0
    lookout.look()

    assert (before, lookout.phase) == (Phase.RUNNING, Phase.ENDING)


def test_threshold_with_abort_that_does_not_hold_ends_the_run_once() -> None:
    lookout, crew, _ = lookout_of("reports.failed == 0 abort")
    lookout.turn_to(Phase.RUNNING)
    before = crew.interruptions
    crew.at = 30.0
    crew.do(due("delta"), sent(), failed("timeout"))
    lookout.look()
    crew.at = 31.0
    lookout.look()

    assert (before, crew.interruptions) == (0, 1)
    assert lookout.notes == ["ended early, at 30 s: reports.failed == 0 did not hold (1)"]
    assert lookout.ended_early is not None
    assert lookout.ended_early.at == 30.0
    judged = lookout.judge(lookout.merge(), ReadbackFigures())
    assert [each.passed for each in judged if each.abort] == [False]


def test_threshold_without_abort_waits_for_the_end() -> None:
    lookout, crew, _ = lookout_of("reports.failed == 0")
    lookout.turn_to(Phase.RUNNING)
    crew.do(due("delta"), sent(), failed("timeout"))
    lookout.look()

    assert (crew.interruptions, lookout.notes) == (0, [])


def test_at_the_end_it_is_shown_how_long_delays_still_run() -> None:
    seen: list[Progress] = []
    lookout, crew, _ = lookout_of(show=seen.append, speed=2.0)
    lookout.turn_to(Phase.RUNNING)
    crew.at, crew.settles_at = 110.0, 170.0
    lookout.look()
    lookout.look()
    crew.at = 171.0
    lookout.look()
    lookout.turn_to(Phase.READING_BACK)

    assert [progress.remaining for progress in seen] == [None, 30.0, 30.0, 0.0, None]


def test_clock_that_jumps_keeps_nobody_waiting() -> None:
    seen: list[Progress] = []
    lookout, crew, _ = lookout_of(show=seen.append, speed=None)
    lookout.turn_to(Phase.RUNNING)
    crew.at, crew.settles_at = 110.0, 170.0
    lookout.look()

    assert seen[-1].remaining is None


def test_server_that_ends_meanwhile_is_told_once_and_is_no_worker_lost() -> None:
    lookout, _, server = lookout_of()
    lookout.turn_to(Phase.RUNNING)
    server.is_up = False
    lookout.look()
    lookout.look()
    lookout.lose_server()
    generator = lookout.figures(lookout.merge()).generator

    assert lookout.notes == ["the embedded server ended though nobody told it to"]
    assert (generator.server_lost, generator.workers_lost) == (True, 0)
    broken = {e.expr for e in lookout.judge(lookout.merge(), ReadbackFigures()) if not e.passed}
    assert "generator.server_lost == false" in broken
    assert "generator.workers_lost == 0" not in broken


def test_worker_that_ends_meanwhile_is_a_worker_lost() -> None:
    lookout, crew, _ = lookout_of()
    crew.losses.append("worker 1 of 2 was ended by signal 9")
    generator = lookout.figures(lookout.merge()).generator

    assert (generator.server_lost, generator.workers_lost) == (False, 1)


def test_server_that_is_not_needed_any_more_may_end() -> None:
    lookout, _, server = lookout_of()
    server.is_up = False
    lookout.turn_to(Phase.OVER)

    assert lookout.notes == []


def test_what_was_read_back_is_judged_with_the_rest() -> None:
    lookout, crew, _ = lookout_of("readback.stale == 0")
    crew.do(due("delta"), sent(), delivered())
    judged = lookout.judge(lookout.merge(), ReadbackFigures(checked=5, stale=2))

    assert {each.expr: each.value for each in judged}["readback.stale == 0"] == 2


async def test_one_looks_again_and_again() -> None:
    again = asyncio.Event()
    looks: list[Phase] = []

    def see(progress: Progress) -> None:
        looks.append(progress.phase)
        if len(looks) == 3:
            again.set()

    lookout, _, _ = lookout_of(show=see)
    looking = asyncio.create_task(lookout.keep_looking())
    async with asyncio.timeout(30.0):
        await again.wait()
    looking.cancel()

    assert looks == [Phase.STARTING] * 3


@pytest.mark.parametrize(("cost", "pause"), [(0.0, 0.5), (0.004, 0.5), (0.02, 2.0), (1.0, 100.0)])
def test_one_looks_the_more_rarely_the_longer_a_look_takes(cost: float, pause: float) -> None:
    assert find_pause(cost) == pytest.approx(pause)
