"""When something is next done to each of many phones, over and over: evenly or at random moments.

A phone is one whole number in a heap: its next moment, who it is, and how often it was its turn.
All of it follows from the seed and the phone's number.
"""

import heapq
from collections.abc import Iterable
from typing import NamedTuple

from mppsim.fleet.dice import Dice

__all__ = ["Calendar", "Turn"]

_SECOND = 1_000_000  # a moment is kept to the microsecond
_FIELD = 32  # bits of a phone's number, and of the count of its turns
_MASK = (1 << _FIELD) - 1


class Turn(NamedTuple):
    """It is a phone's turn, for the `nth` time; its first is 0."""

    at: float
    """When that is, in seconds on the run's clock."""
    number: int
    nth: int


class Calendar:
    """Gives the turns of the phones in the order of their moments.

    `every` is in seconds on the run's clock, from one turn of a phone to its next: always as long,
    from a seeded first one on, or as their mean, at random moments. `purpose` names the draws.
    """

    def __init__(
        self,
        dice: Dice,
        purpose: str,
        numbers: Iterable[int],
        *,
        every: float,
        is_random: bool = False,
    ) -> None:
        self._dice = dice
        self._purpose = purpose
        self._every = every
        self._is_random = is_random
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
        if self._is_random:
            return self._dice.wait(self._every, self._purpose, number, nth)
        return self._every if nth else self._dice.share(self._purpose, number) * self._every


def _pack(at: float, number: int, nth: int) -> int:
    return round(at * _SECOND) << 2 * _FIELD | number << _FIELD | nth
