"""Who is told to go how far; the workers here are timers in the same loop."""

import asyncio

import pytest

from mppsim.fleet.pacemaker import Pacemaker
from mppsim.net.clock import RunClock
from mppsim.net.timers import Timers
from tests.support.turns import turns


class Fleet:
    """Workers that note when their deeds are done."""

    def __init__(self, workers: int, speed: float | None = None) -> None:
        self.clock = RunClock(speed, is_begun=False)
        self.done: list[tuple[str, float]] = []
        self.pace = Pacemaker(self.clock, workers, self._go)
        self.workers = [self._make(worker) for worker in range(workers)]

    def _make(self, worker: int) -> Timers:
        return Timers(RunClock(None), lambda due: self.pace.rested(worker, due))

    def _go(self, worker: int, until: float) -> None:
        self.workers[worker].go_until(until)

    def plan(self, name: str, timers: Timers, *moments: float) -> None:
        for moment in moments:
            timers.call_at(moment, lambda: self.done.append((name, timers.clock.now())))

    def close(self) -> None:
        self.pace.stop()
        for timers in self.workers:
            timers.close()


@pytest.fixture
async def fleet():
    fleet = Fleet(2)
    yield fleet
    fleet.close()


async def test_all_is_done_in_the_order_of_its_moments_whoever_does_it(fleet) -> None:
    fleet.plan("first", fleet.workers[0], 5.0, 30.0)
    fleet.plan("second", fleet.workers[1], 5.0, 20.0)
    fleet.plan("server", fleet.pace.server, 5.0, 25.0)
    fleet.plan("sender", fleet.pace.sender, 5.0, 10.0)
    fleet.pace.begin(0.0)
    await turns(200)

    assert fleet.done[0] == ("server", 5.0)
    assert set(fleet.done[1:3]) == {("first", 5.0), ("second", 5.0)}
    assert fleet.done[3:] == [
        *(("sender", 5.0), ("sender", 10.0)),
        *(("second", 20.0), ("server", 25.0), ("first", 30.0)),
    ]


async def test_worker_that_is_busy_holds_everybody(fleet) -> None:
    fleet.plan("first", fleet.workers[0], 5.0)
    fleet.workers[1].hold()
    fleet.pace.begin(0.0)
    await turns(50)

    assert fleet.done == []

    fleet.workers[1].release()
    await turns(50)

    assert fleet.done == [("first", 5.0)]


async def test_worker_that_died_holds_nobody(fleet) -> None:
    fleet.plan("first", fleet.workers[0], 5.0)
    fleet.workers[1].hold()
    fleet.pace.begin(0.0)
    await turns(50)
    fleet.pace.drop(1)
    await turns(50)

    assert fleet.done == [("first", 5.0)]


async def test_end_waits_for_the_phones_and_for_nobody_else(fleet) -> None:
    fleet.plan("first", fleet.workers[0], 90.0)
    fleet.plan("server", fleet.pace.server, 500.0)
    fleet.plan("sender", fleet.pace.sender, 80.0)
    fleet.pace.sender.call_at(60.0, fleet.pace.end)
    fleet.pace.begin(0.0)

    assert await fleet.pace.settle(10.0)
    assert fleet.done == [("first", 90.0)]


async def test_end_does_not_wait_for_ever(fleet) -> None:
    fleet.workers[0].call_at(60.0, fleet.workers[0].hold)
    fleet.pace.sender.call_at(60.0, fleet.pace.end)
    fleet.pace.begin(0.0)

    assert not await fleet.pace.settle(0.05)


async def test_clocks_in_real_time_have_one_zero() -> None:
    fleet = Fleet(0, speed=1000.0)
    fleet.plan("server", fleet.pace.server, 2.0)
    fleet.plan("sender", fleet.pace.sender, 1.0)
    over = asyncio.Event()
    fleet.pace.sender.call_at(3.0, over.set)
    await turns(5)

    assert fleet.clock.now() == 0.0

    fleet.pace.begin(asyncio.get_running_loop().time())
    await over.wait()
    fleet.close()

    assert [name for name, _ in fleet.done] == ["sender", "server"]
    assert await fleet.pace.settle(0.0)


async def test_nobody_moves_after_the_stop(fleet) -> None:
    fleet.plan("first", fleet.workers[0], 5.0)
    fleet.pace.begin(0.0)
    fleet.pace.stop()
    await turns(50)

    assert fleet.done == []
