"""Decides when the clocks of a run that jumps may move, and how far: all of them as one.

Everybody who has a clock says when nothing is in hand any more, and what is due next. Only then
the earliest of it all comes, for everybody. At one moment the server changes its faults first,
then the phones do what is due, then NOTIFYs are sent; a phone's work begins after its 200 went
out, so that whoever rested before a NOTIFY is asked anew after it.
"""

from enum import Enum, auto
from math import inf
from typing import NamedTuple

__all__ = ["SENDER", "SERVER", "Barrier", "Order"]

SERVER = -1
"""Who puts the server's faults in force; the shards of phones are 0, 1, 2 and so on."""
SENDER = -2
"""Who sends NOTIFYs."""


class Order(NamedTuple):
    """Tells a member to do what is due until this moment, and to say when it rests there."""

    member: int
    until: float


class _Step(Enum):
    """Whose turn it is at a moment."""

    ASKING = auto()
    """Nobody has done anything yet: what is due first?"""
    SERVER = auto()
    PHONES = auto()
    SENDER = auto()


class Barrier:
    """Gives orders; each one is answered by `rested`, which gives the next ones."""

    def __init__(self, shards: int) -> None:
        self.moment = -inf
        """Where all clocks stand, or are on their way to."""
        self._shards = list(range(shards))
        self._due: dict[int, float] = dict.fromkeys((SERVER, SENDER, *self._shards), inf)
        self._busy: set[int] = set()
        self._step = _Step.ASKING
        self._is_ending = False

    @property
    def is_over(self) -> bool:
        """Whether, after `end`, no phone has anything to do any more."""
        return self._is_ending and not self._busy and not self._has_work

    @property
    def _has_work(self) -> bool:
        return any(self._due[shard] < inf for shard in self._shards)

    def begin(self) -> list[Order]:
        """Ask everybody what is due first."""
        return self._order(list(self._due))

    def rested(self, member: int, due: float | None) -> list[Order]:
        """Take in that a member has done what it was told, and when something is due next."""
        assert member in self._busy, "who was told nothing has nothing to answer"
        self._busy.remove(member)
        self._due[member] = inf if due is None else due
        return self._go_on()

    def drop(self, shard: int) -> list[Order]:
        """Go on without a shard whose process has died."""
        self._shards.remove(shard)
        del self._due[shard]
        was_busy = shard in self._busy
        self._busy.discard(shard)
        return self._go_on() if was_busy else []

    def end(self) -> None:
        """Go on until the phones have nothing to do any more, whatever others would like to do."""
        self._is_ending = True

    def _go_on(self) -> list[Order]:
        if self._busy:
            return []
        if self._step is _Step.PHONES and self._due[SENDER] <= self.moment:
            return self._take(_Step.SENDER, [SENDER])
        if self._step in {_Step.SERVER, _Step.SENDER}:
            return self._take(_Step.PHONES, self._shards)
        return self._move_on()

    def _move_on(self) -> list[Order]:
        moment = min(self._due.values())
        if moment == inf or (self._is_ending and not self._has_work):
            return []
        self.moment = moment
        if self._due[SERVER] <= moment:
            return self._take(_Step.SERVER, [SERVER])
        return self._take(_Step.PHONES, self._shards)

    def _take(self, step: _Step, members: list[int]) -> list[Order]:
        self._step = step
        return self._order(members) or self._go_on()

    def _order(self, members: list[int]) -> list[Order]:
        self._busy.update(members)
        return [Order(member, self.moment) for member in members]
