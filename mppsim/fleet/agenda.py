"""What is done to the phones of a shard, in the order of its moments.

However much there is to do, the event loop has one sleeper for all of it, and looks at its
sockets every few of them.
"""

import heapq
from collections.abc import Iterable
from typing import Protocol

from mppsim.net.timers import Timers

__all__ = ["Agenda", "Duty"]


class Duty(Protocol):
    """Something that is to be done over and over."""

    @property
    def next_at(self) -> float | None:
        """When it is to be done next, in seconds on the run's clock; None: not any more.

        Nothing but `act` changes it.
        """

    def act(self) -> None:
        """Do it once; afterwards `next_at` is no earlier than it was."""


class Agenda:
    """A sleeper that does its duties, one each time that it is woken.

    Its next deadline may have passed by then: the timers wake it once more in their order.
    """

    def __init__(self, timers: Timers, duties: Iterable[Duty]) -> None:
        self._timers = timers
        # Of two at the same moment the one that was named first.
        self._rows = [
            (at, place, duty)
            for place, duty in enumerate(duties)
            if (at := duty.next_at) is not None
        ]
        heapq.heapify(self._rows)
        self.deadline: float | None = None
        """When the next duty is due, in seconds on the run's clock."""
        self._look_ahead()

    def wake(self, _now: float) -> None:
        """Do what is due first."""
        if not self._rows:
            return
        _, place, duty = self._rows[0]
        duty.act()
        at = duty.next_at
        if at is None:
            heapq.heappop(self._rows)
        else:
            heapq.heapreplace(self._rows, (at, place, duty))
        self._look_ahead()

    def close(self) -> None:
        """Do nothing any more."""
        self._rows = []
        self.deadline = None

    def _look_ahead(self) -> None:
        self.deadline = self._rows[0][0] if self._rows else None
        self._timers.watch(self)
