"""What is done to the phones of a shard, in the order of its moments.

However much there is to do, the event loop has one sleeper for all of it, and looks at its
sockets every few of them.
"""

from collections.abc import Sequence
from typing import Protocol

from mppsim.net.timers import Timers

__all__ = ["Agenda", "Duty"]


class Duty(Protocol):
    """Something that is to be done over and over."""

    @property
    def next_at(self) -> float | None:
        """When it is to be done next, in seconds on the run's clock; None: not any more."""

    def act(self) -> None:
        """Do it once; afterwards `next_at` is no earlier than it was."""


class Agenda:
    """A sleeper that does its duties, one each time that it is woken.

    Its next deadline may have passed by then: the timers wake it once more in their order.
    """

    def __init__(self, timers: Timers, duties: Sequence[Duty]) -> None:
        self._timers = timers
        self._duties = duties
        self._next: Duty | None = None
        self.deadline: float | None = None
        """When the next duty is due, in seconds on the run's clock."""
        self._look_ahead()

    def wake(self, _now: float) -> None:
        """Do what is due first."""
        duty = self._next
        if duty is not None:
            duty.act()
        self._look_ahead()

    def close(self) -> None:
        """Do nothing any more."""
        self._duties = ()
        self._next = self.deadline = None

    def _look_ahead(self) -> None:
        self._next = self.deadline = None
        for duty in self._duties:
            at = duty.next_at
            if at is not None and (self.deadline is None or at < self.deadline):
                self._next, self.deadline = duty, at
        self._timers.watch(self)
