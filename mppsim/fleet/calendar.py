"""When something is next done to each of many phones, over and over: evenly or at random moments.

All of it follows from the seed and the phone's number. A moment is kept to the microsecond.
"""

import heapq
from array import array
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from mppsim.fleet.dice import Dice

__all__ = ["Calendar", "EvenCalendar", "RandomCalendar", "Turn"]

_SECOND = 1_000_000
_FIELD = 32  # bits of a phone's number, and of the count of its turns
_MASK = (1 << _FIELD) - 1


class Turn(NamedTuple):
    """It is a phone's turn, for the `nth` time; its first is 0."""

    at: float
    """When that is, in seconds on the run's clock."""
    number: int
    nth: int


class Calendar(Protocol):
    """Gives the turns of the phones in the order of their moments."""

    @property
    def next_at(self) -> float | None:
        """When the next turn is, in seconds on the run's clock; None: nobody has one."""

    def take(self) -> Turn:
        """Take the next turn; that phone's next one is found."""


class EvenCalendar:
    """Each phone has its turn every so many seconds, from a seeded first one on.

    So all of them have had one before the first has another, and their order never changes: a
    phone is its first moment and its number, and nothing is sorted once the calendar is made.
    """

    def __init__(self, dice: Dice, purpose: str, numbers: Iterable[int], *, every: float) -> None:
        """Give turns that are `every` seconds apart; `purpose` names the draws."""
        self._every = round(every * _SECOND)
        rows = [
            round(dice.share(purpose, number) * every * _SECOND) << _FIELD | number
            for number in numbers
        ]
        rows.sort()
        self._firsts = array("Q", [row >> _FIELD for row in rows])
        self._numbers = array("I", [row & _MASK for row in rows])
        self._place = self._round = 0

    @property
    def next_at(self) -> float | None:
        """When the next turn is, in seconds on the run's clock; None: nobody has one."""
        if not self._firsts:
            return None
        return (self._firsts[self._place] + self._round * self._every) / _SECOND

    def take(self) -> Turn:
        """Take the next turn; that phone's next one is found."""
        place, nth = self._place, self._round
        at = (self._firsts[place] + nth * self._every) / _SECOND
        self._place += 1
        if self._place == len(self._firsts):
            self._place = 0
            self._round += 1
        return Turn(at, self._numbers[place], nth)


class RandomCalendar:
    """Each phone has its turns at random moments, `every` seconds apart on average.

    A phone is one whole number in a heap: its next moment, who it is, and how often it was its
    turn.
    """

    def __init__(self, dice: Dice, purpose: str, numbers: Iterable[int], *, every: float) -> None:
        """Give turns whose mean distance is `every` seconds; `purpose` names the draws."""
        self._dice = dice
        self._purpose = purpose
        self._every = every
        self._rows = [_pack(self._wait(number, 0), number, 0) for number in numbers]
        heapq.heapify(self._rows)

    @property
    def next_at(self) -> float | None:
        """When the next turn is, in seconds on the run's clock; None: nobody has one."""
        return (self._rows[0] >> 2 * _FIELD) / _SECOND if self._rows else None

    def take(self) -> Turn:
        """Take the next turn; that phone's next one is found."""
        row = self._rows[0]
        number, nth = row >> _FIELD & _MASK, row & _MASK
        at = (row >> 2 * _FIELD) / _SECOND
        wait = self._wait(number, nth + 1)
        heapq.heapreplace(self._rows, _pack(at + wait, number, nth + 1))
        return Turn(at, number, nth)

    def _wait(self, number: int, nth: int) -> float:
        """Return how long a phone waits for this turn, after the one before it."""
        return self._dice.wait(self._every, self._purpose, number, nth)


def _pack(at: float, number: int, nth: int) -> int:
    return round(at * _SECOND) << 2 * _FIELD | number << _FIELD | nth
