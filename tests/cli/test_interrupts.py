"""Ctrl-C and SIGTERM."""

import signal

import pytest

from mppsim.cli.interrupts import hear_interrupts

BOTH = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


@BOTH
def test_first_is_told_and_the_next_ends_the_program(number: signal.Signals) -> None:
    told: list[str] = []
    with hear_interrupts() as interrupts:
        interrupts.tell = lambda: told.append("end")
        signal.raise_signal(number)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)

    assert told == ["end"]


@BOTH
def test_while_nobody_is_to_be_told_the_first_ends_the_program(number: signal.Signals) -> None:
    with hear_interrupts(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)


@BOTH
def test_afterwards_signals_are_handled_as_before(number: signal.Signals) -> None:
    before = signal.getsignal(number)

    with hear_interrupts():
        assert signal.getsignal(number) != before
    assert signal.getsignal(number) == before
