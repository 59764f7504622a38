import asyncio
from math import inf

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


async def test_deadline_dropped_by_another_of_the_same_moment_is_not_woken(timers):
    first, second = Recorder(10.0), Recorder(10.0)
    first.on_wake = lambda: setattr(second, "deadline", None)
    timers.watch(first)
    timers.watch(second)

    await timers.run_until(60.0)

    assert (first.woken, second.woken) == ([10.0], [])


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


@pytest.fixture
async def leashed():
    """Timers on a leash, and what the leash was told: where the clock stood, what is due next."""
    told = []
    timers = Timers(RunClock(None), leash=lambda due: told.append((timers.clock.now(), due)))
    yield timers, told
    timers.close()


async def test_nobody_on_a_leash_is_woken_before_it_is_lengthened(leashed):
    timers, told = leashed
    sleeper = Recorder(0.0)
    timers.watch(sleeper)
    await turns(10)

    assert (sleeper.woken, told, timers.clock.now()) == ([], [], 0.0)


async def test_leash_is_told_what_is_due_beyond_its_end(leashed):
    timers, told = leashed
    first, second = Recorder(5.0), Recorder(30.0)
    timers.watch(first)
    timers.watch(second)
    timers.go_until(20.0)
    await turns(10)

    assert (first.woken, second.woken) == ([5.0], [])
    assert told == [(20.0, 30.0)]


async def test_leash_is_told_when_nothing_is_due_any_more(leashed):
    timers, told = leashed
    timers.go_until(7.0)
    await turns(10)

    assert told == [(7.0, None)]


async def test_leash_is_told_each_time_it_asks_even_where_the_clock_stands_already(leashed):
    timers, told = leashed
    timers.go_until(7.0)
    await turns(10)
    timers.go_until(7.0)
    await turns(10)

    assert told == [(7.0, None), (7.0, None)]


async def test_leash_is_told_nothing_while_something_is_held(leashed):
    timers, told = leashed
    sleeper = Recorder(5.0)
    sleeper.on_wake = timers.hold
    timers.watch(sleeper)
    timers.go_until(5.0)
    await turns(10)

    assert (sleeper.woken, told) == ([5.0], [])
    assert timers._armed is None

    timers.release()
    await turns(10)

    assert told == [(5.0, None)]


async def test_what_comes_up_after_the_answer_is_done_in_its_order(leashed):
    timers, told = leashed
    order = []
    timers.go_until(5.0)
    await turns(10)
    for moment in (8.0, 6.0):
        timers.call_at(moment, lambda: order.append(timers.clock.now()))
    await turns(10)

    assert order == []

    timers.go_until(7.0)
    await turns(10)

    assert order == [6.0]
    assert told == [(5.0, None), (7.0, 8.0)]


async def test_moved_deadline_is_not_told_as_due(leashed):
    timers, told = leashed
    sleeper = Recorder(10.0)
    timers.watch(sleeper)
    sleeper.deadline = 25.0
    timers.watch(sleeper)
    timers.go_until(5.0)
    await turns(10)

    assert told == [(5.0, 25.0)]


async def test_clock_that_somebody_else_moves_wakes_nobody_beyond_the_leash(leashed):
    timers, told = leashed
    sleeper = Recorder(5.0)
    timers.watch(sleeper)
    timers.go_until(3.0)
    timers.clock.jump_to(10.0)
    await turns(10)

    assert (sleeper.woken, told) == ([], [(10.0, 5.0)])


async def test_closed_timers_still_answer_their_leash(leashed):
    timers, told = leashed
    timers.watch(Recorder(10.0))
    timers.go_until(5.0)
    timers.close()
    await turns(10)

    assert told == [(5.0, None)]


async def test_clock_whose_leash_has_no_end_jumps_by_itself(leashed):
    timers, told = leashed
    sleeper = Recorder(5.0, 9.0)
    sleeper.on_wake = lambda: timers.watch(sleeper)
    timers.watch(sleeper)
    timers.go_until(inf)
    await turns(10)

    assert (sleeper.woken, told, timers.clock.now()) == ([5.0, 9.0], [], 9.0)


async def test_clock_in_real_time_waits_for_its_leash_too():
    told = []
    timers = Timers(RunClock(1000.0, is_begun=False), leash=told.append)
    sleeper = Recorder(0.0)
    timers.watch(sleeper)
    await turns(10)

    assert sleeper.woken == []

    timers.clock.begin(0.0)
    timers.go_until(inf)
    await turns(2)
    timers.close()

    assert len(sleeper.woken) == 1
    assert told == []


async def test_crowd_that_is_due_at_once_leaves_turns_to_the_sockets(timers):
    crowd = [Recorder(10.0) for _ in range(1000)]
    for sleeper in crowd:
        timers.watch(sleeper)
    most, before = 0, 0
    while before < len(crowd):
        await turns()
        woken = sum(bool(sleeper.woken) for sleeper in crowd)
        most, before = max(most, woken - before), woken

    assert most <= 2 * 64  # a turn of ours may be two of the loop's


async def test_crowd_that_is_due_at_once_is_woken_while_its_first_holds_the_clock(timers):
    crowd = [Recorder(10.0) for _ in range(1000)]
    crowd[0].on_wake = timers.hold
    for sleeper in crowd:
        timers.watch(sleeper)
    await turns(40)

    assert all(sleeper.woken == [10.0] for sleeper in crowd)


async def test_what_a_sleeper_raises_is_told_and_the_others_are_woken(timers):
    told = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    spoilt, sound = Recorder(10.0), Recorder(10.0)
    spoilt.on_wake = lambda: 1 / 0
    timers.watch(spoilt)
    timers.watch(sound)

    await timers.run_until(20.0)

    assert [type(context["exception"]) for context in told] == [ZeroDivisionError]
    assert sound.woken == [10.0]
