"""Ctrl-C and SIGTERM: the first ends a run in order, the next at once."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Interrupts", "hear_interrupts"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Knows whom to tell of the first one; while there is nobody, it is a `KeyboardInterrupt`."""

    def __init__(self) -> None:
        self.tell: Callable[[], None] | None = None
        """Is called in the middle of anything, so it may do next to nothing."""
        self._has_told = False

    def take(self, _number: int, _frame: FrameType | None) -> None:
        """Handle a signal."""
        if self.tell is None or self._has_told:
            raise KeyboardInterrupt
        self._has_told = True
        self.tell()


@contextmanager
def hear_interrupts() -> Iterator[Interrupts]:
    """Handle both signals meanwhile."""
    interrupts = Interrupts()
    before = [signal.signal(number, interrupts.take) for number in _SIGNALS]
    try:
        yield interrupts
    finally:
        for number, handler in zip(_SIGNALS, before, strict=True):
            signal.signal(number, handler)
