import asyncio

import pytest

from mppsim.net.clock import RunClock
from mppsim.net.timers import Timers
from tests.support.fake_clock import Recorder
from tests.support.turns import turns


@pytest.fixture
async def timers():
    timers = Timers(RunClock(None))
    yield timers
    timers.close()


async def test_sleepers_wake_in_the_order_of_their_deadlines(timers):
    order = []
    for deadline in (30.0, 10.0, 20.0):
        sleeper = Recorder(deadline)
        sleeper.on_wake = lambda deadline=deadline: order.append(deadline)
        timers.watch(sleeper)

    await timers.run_until(60.0)

    assert order == [10.0, 20.0, 30.0]


async def test_sleeper_wakes_at_its_deadline_exactly_on_a_clock_that_jumps(timers):
    sleeper = Recorder(3600.0)
    timers.watch(sleeper)

    await timers.run_until(86400.0)

    assert sleeper.woken == [3600.0]
    assert timers.clock.now() == 86400.0


async def test_moved_deadline_is_not_woken_at_the_old_moment(timers):
    sleeper = Recorder(10.0)
    timers.watch(sleeper)
    sleeper.deadline = 25.0
    timers.watch(sleeper)

    await timers.run_until(60.0)

    assert sleeper.woken == [25.0]


async def test_dropped_deadline_is_not_woken(timers):
    sleeper = Recorder(10.0)
    timers.watch(sleeper)
    sleeper.deadline = None
    timers.watch(sleeper)

    await timers.run_until(60.0)

    assert sleeper.woken == []


async def test_call_comes_after_whatever_else_is_due_at_that_moment(timers):
    order = []
    timers.call_at(10.0, lambda: order.append("call"))
    sleeper = Recorder(10.0)
    sleeper.on_wake = lambda: order.append("sleeper")
    timers.watch(sleeper)

    await timers.run_until(20.0)

    assert order == ["sleeper", "call"]


async def test_clock_that_jumps_stands_while_something_is_held(timers):
    sleeper = Recorder(10.0)
    timers.hold()
    timers.watch(sleeper)
    await turns(20)

    assert sleeper.woken == []
    assert timers.clock.now() == 0.0

    timers.release()
    await timers.run_until(10.0)

    assert sleeper.woken == [10.0]


async def test_nobody_is_woken_after_the_end_of_the_run(timers):
    sleeper, newcomer = Recorder(10.0, 20.0), Recorder(15.0)
    sleeper.on_wake = lambda: timers.watch(sleeper)
    timers.watch(sleeper)

    await timers.run_until(12.0)
    timers.watch(newcomer)
    await turns(20)

    assert (sleeper.woken, newcomer.woken, timers.clock.now()) == ([10.0], [], 12.0)


async def test_settling_waits_for_what_is_held(timers):
    timers.hold()
    timers.hold()
    settling = asyncio.ensure_future(timers.settle(30.0))
    await turns(3)
    timers.release()
    await turns(3)

    assert not settling.done()

    timers.release()

    assert await settling


async def test_settling_ends_at_its_limit(timers):
    timers.hold()

    assert not await timers.settle(0.0)


async def test_hold_taken_by_a_sleeper_keeps_the_next_moment_away(timers):
    first, second = Recorder(10.0), Recorder(20.0)
    first.on_wake = timers.hold
    timers.watch(first)
    timers.watch(second)
    await turns(20)

    assert (first.woken, second.woken, timers.clock.now()) == ([10.0], [], 10.0)


async def test_releasing_more_than_was_held_is_a_bug(timers):
    with pytest.raises(AssertionError):
        timers.release()


async def test_real_clock_wakes_no_sleeper_before_its_deadline():
    timers = Timers(RunClock(1000.0))
    sleeper = Recorder(5.0, 9.0)
    sleeper.on_wake = lambda: timers.watch(sleeper)
    timers.watch(sleeper)

    await timers.run_until(20.0)
    timers.close()

    assert len(sleeper.woken) == 2
    assert sleeper.woken[0] >= 5.0
    assert sleeper.woken[1] >= 9.0


async def test_earlier_deadline_rearms_the_timer():
    timers = Timers(RunClock(1000.0))
    late, early = Recorder(1_000_000.0), Recorder(1.0)
    timers.watch(late)
    timers.watch(early)

    await timers.run_until(2.0)
    timers.close()

    assert len(early.woken) == 1
    assert late.woken == []


async def test_closed_timers_wake_nobody():
    timers = Timers(RunClock(None))
    sleeper = Recorder(1.0)
    timers.watch(sleeper)

    timers.close()
    await turns(5)

    assert sleeper.woken == []
