"""Ctrl-C and SIGTERM: the first ends a run in order, the next at once.

A handler runs between any two instructions. What it raised would also fall where a coroutine has
been made and is not yet awaited, which Python then complains of, and would leave behind whatever
was being opened. So while an event loop runs, interruptions take their turn in it.
"""

import asyncio
import logging
import signal
import sys
import warnings
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

__all__ = ["Interrupts", "hear_interrupts"]

Result = TypeVar("Result")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Knows what an interruption ends; where no loop runs, it is a `KeyboardInterrupt`."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_over = False
        self._answers: list[Callable[[], None]] = []

    def run(
        self, work: Callable[[], Coroutine[Any, Any, Result]], tell: Callable[[], None]
    ) -> Result:
        """Return what the work came to, in a loop of its own.

        The first interruption calls `tell` in the loop; the next ends the loop and cancels
        whatever is under way there, and raises `KeyboardInterrupt` here.
        """
        with asyncio.Runner() as runner:
            self._answers = [tell, self._end]
            self._loop = runner.get_loop()
            return runner.run(self._run(work))

    def take(self, _number: int, _frame: FrameType | None) -> None:
        """Handle a signal."""
        if self._loop is None or self._loop.is_closed():
            raise KeyboardInterrupt
        if not self._answers:
            _keep_quiet()
            raise KeyboardInterrupt
        self._loop.call_soon_threadsafe(self._answers.pop(0))

    async def _run(self, work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        try:
            return await work()
        finally:
            self._is_over = True

    def _end(self) -> None:
        if not self._is_over:  # else the loop is about to end, and nothing is waited for
            raise KeyboardInterrupt


def _keep_quiet() -> None:
    """Say nothing of what is left undone: somebody has asked three times, and it is abandoned."""
    warnings.simplefilter("ignore")
    logging.disable()
    sys.unraisablehook = _say_nothing


def _say_nothing(_: object) -> None:
    """Keep to oneself what went wrong while a coroutine was thrown away."""


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
