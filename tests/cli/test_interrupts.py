"""Ctrl-C and SIGTERM."""

import asyncio
import logging
import signal
import sys
import warnings
from collections.abc import Iterator

import pytest

from mppsim.cli.interrupts import hear_interrupts

BOTH = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


@pytest.fixture(autouse=True)
def words() -> Iterator[None]:
    """Let Python speak again of what is left undone."""
    before, sys.unraisablehook = sys.unraisablehook, sys.__unraisablehook__
    with warnings.catch_warnings():
        yield
    sys.unraisablehook = before
    logging.disable(logging.NOTSET)


async def nothing(*_: object) -> None:
    """Do nothing."""


def thrown_away() -> None:
    """Throw something away that fails at it; Python says that it ignores that."""

    class Failing:
        def __del__(self) -> None:
            raise ZeroDivisionError

    Failing()


@BOTH
def test_first_is_told_in_the_loop_and_the_work_goes_on(number: signal.Signals) -> None:
    told: list[object] = []

    async def work() -> str:
        signal.raise_signal(number)
        told.append("still at it")
        await asyncio.sleep(0)
        return "done"

    def tell() -> None:
        told.append(asyncio.get_running_loop())

    with hear_interrupts() as interrupts:
        assert interrupts.run(work, tell) == "done"
    assert told[0] == "still at it"
    assert isinstance(told[1], asyncio.AbstractEventLoop)


@BOTH
def test_next_cancels_whatever_is_under_way(number: signal.Signals) -> None:
    cancelled: list[str] = []

    async def wait(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(name)

    async def work() -> None:
        beside = asyncio.create_task(wait("beside"))
        asyncio.get_running_loop().call_soon(signal.raise_signal, number)
        asyncio.get_running_loop().call_soon(signal.raise_signal, number)
        await wait("work")
        await beside

    with hear_interrupts() as interrupts, pytest.raises(KeyboardInterrupt):
        interrupts.run(work, lambda: None)
    assert sorted(cancelled) == ["beside", "work"]


@BOTH
def test_next_falls_nowhere_between_a_coroutine_and_its_first_step(number: signal.Signals) -> None:
    # What was made and never awaited is told of on standard error; here it fails the test.
    async def work() -> None:
        signal.raise_signal(number)
        await asyncio.gather(*(nothing(signal.raise_signal(number)) for _ in "1"), nothing())
        await asyncio.Event().wait()

    with hear_interrupts() as interrupts, pytest.raises(KeyboardInterrupt):
        interrupts.run(work, lambda: None)


@BOTH
def test_next_that_comes_when_all_is_done_takes_nothing_away(number: signal.Signals) -> None:
    async def work() -> str:
        signal.raise_signal(number)
        await asyncio.sleep(0)
        signal.raise_signal(number)  # its turn comes after the last step
        return "done"

    with hear_interrupts() as interrupts:
        assert interrupts.run(work, lambda: None) == "done"


@BOTH
def test_third_waits_for_no_loop_and_nothing_is_said_of_what_is_left_undone(
    number: signal.Signals, capfd: pytest.CaptureFixture[str]
) -> None:
    async def work() -> None:
        for _ in range(3):
            signal.raise_signal(number)
        raise AssertionError("the third ends it where it stands")

    with hear_interrupts() as interrupts, pytest.raises(KeyboardInterrupt):
        interrupts.run(work, lambda: None)
    logging.getLogger("asyncio").error("Task was destroyed but it is pending!")
    thrown_away()
    warnings.warn("coroutine was never awaited", RuntimeWarning, stacklevel=1)
    assert capfd.readouterr() == ("", "")


@BOTH
def test_while_no_loop_runs_the_first_ends_the_program(number: signal.Signals) -> None:
    with hear_interrupts(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)


@BOTH
def test_once_the_loop_is_over_the_first_ends_the_program(number: signal.Signals) -> None:
    with hear_interrupts() as interrupts:
        interrupts.run(nothing, lambda: None)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)


@BOTH
def test_afterwards_signals_are_handled_as_before(number: signal.Signals) -> None:
    before = signal.getsignal(number)

    with hear_interrupts():
        assert signal.getsignal(number) != before
    assert signal.getsignal(number) == before
