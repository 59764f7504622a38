import pytest

from mppsim.net.clock import RunClock
from tests.support.fake_clock import FakeReal


def test_real_time_begins_at_zero_and_passes_as_it_is():
    real = FakeReal()
    clock = RunClock(real=real)

    real.at += 2.5

    assert clock.now() == 2.5


def test_speed_60_makes_a_minute_of_a_second():
    real = FakeReal()
    clock = RunClock(60.0, real=real)

    real.at += 1.0

    assert clock.now() == 60.0
    assert clock.real_seconds(60.0) == 1.0


def test_clock_that_jumps_stands_still_while_real_time_passes():
    real = FakeReal()
    clock = RunClock(None, real=real)

    real.at += 1000.0

    assert clock.now() == 0.0
    assert clock.real_seconds(3600.0) == 0.0


def test_clock_that_jumps_never_goes_back():
    clock = RunClock(None)
    clock.jump_to(10.0)

    clock.jump_to(5.0)

    assert clock.now() == 10.0


def test_clock_with_a_speed_refuses_to_jump():
    with pytest.raises(AssertionError):
        RunClock(1.0).jump_to(1.0)


def test_clock_stands_at_zero_until_its_run_begins():
    real = FakeReal()
    clock = RunClock(60.0, real=real, is_begun=False)
    real.at += 10.0

    assert clock.now() == 0.0

    clock.begin(real.at)
    real.at += 2.0

    assert clock.now() == 120.0


def test_clocks_that_begin_at_the_same_moment_tell_the_same_time():
    real = FakeReal()
    early, late = (RunClock(2.0, real=real, is_begun=False) for _ in range(2))
    zero = real.at + 1.0
    early.begin(zero)
    real.at += 0.5

    assert early.now() == 0.0

    real.at += 2.5
    late.begin(zero)

    assert (early.now(), late.now()) == (4.0, 4.0)
