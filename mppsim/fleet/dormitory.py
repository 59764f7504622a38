"""The phones that have not done anything yet: each is its number, in the order of first moments.

A phone that has been running first reports at a seeded, even point of its period. One that has a
line to register or a profile to fetch begins with that as soon as the run does.
"""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

from mppsim.core.parameters import ParameterView
from mppsim.core.settings import (
    PERIODIC_UPLOAD,
    REPORT_TO_SERVER,
    ReportToServer,
    read_report_settings,
)
from mppsim.fleet.dice import Dice
from mppsim.fleet.plan import GroupPlan
from mppsim.fleet.roster import Roster
from mppsim.net.lines import read_lines
from mppsim.net.phone_resync import needs_resync

__all__ = ["Dormitory"]

_FIRST_REGISTRATIONS = 500.0
"""Phones a second that begin to register: a PBX would take far more after a power failure."""
_DECIDING = frozenset({REPORT_TO_SERVER, PERIODIC_UPLOAD})
_LONGEST_UP = 3600.0
"""Seconds since which a phone without a period has been running, at most."""


@dataclass(frozen=True, slots=True)
class _Habit:
    """What phones of a kind do by themselves."""

    period: float | None
    """Seconds from report to report; None: they report when something happens."""
    begins_at_once: bool
    """Whether there are lines to register or profiles to fetch."""


class Dormitory:
    """Wakes sleeping phones; it is told which they are, and says when each is to get up."""

    def __init__(self, roster: Roster, dice: Dice, numbers: Iterable[int]) -> None:
        self._roster = roster
        self._dice = dice
        self._habits: dict[tuple[int, int], _Habit] = {}
        self._own_habits = {g.first for g in roster.groups if _decides(g.settings)}
        moments, sleepers = array("d"), array("I")
        for number in numbers:
            moment = self._find_first_moment(number)
            if moment is not None:
                moments.append(moment)
                sleepers.append(number)
        order = sorted(range(len(moments)), key=moments.__getitem__)
        self._moments = array("d", map(moments.__getitem__, order))
        self._numbers = array("I", map(sleepers.__getitem__, order))
        self._place = 0

    @property
    def next_at(self) -> float | None:
        """When the next phone is to get up, in seconds on the run's clock; None: nobody is."""
        place = self._place
        return self._moments[place] if place < len(self._moments) else None

    def take(self) -> int:
        """Take the number of the phone that is to get up next."""
        number = self._numbers[self._place]
        self._place += 1
        return number

    def find_begin(self, number: int) -> float | None:
        """Return since when a phone has been running, before the run; None: it is off."""
        group = self._roster.group_of(number)
        if group.start.powers_on:
            return None
        return self._running_since(number, self._habit_of(number, group))

    def _find_first_moment(self, number: int) -> float | None:
        group = self._roster.group_of(number)
        if group.start.powers_on:
            return self._dice.share("start", number) * group.start.spread
        habit = self._habit_of(number, group)
        if habit.begins_at_once:
            return number / _FIRST_REGISTRATIONS
        if habit.period is None:
            return None
        return self._running_since(number, habit) + habit.period

    def _running_since(self, number: int, habit: _Habit) -> float:
        longest = _LONGEST_UP if habit.period is None else habit.period
        return -self._dice.share("period", number) * longest

    def _habit_of(self, number: int, group: GroupPlan) -> _Habit:
        """Return what phones of its kind do; of one whose own values may say otherwise, its own."""
        if group.first in self._own_habits or (
            group.given and group.given[number - group.first].settings
        ):
            return _read_habit(self._roster.view(number))
        kind = group.kinds[0] if len(group.kinds) == 1 else self._roster.kind(number)
        key = group.first, id(kind)
        habit = self._habits.get(key)
        if habit is None:
            habit = self._habits[key] = _read_habit(self._roster.view(number))
        return habit


def _decides(settings: Iterable[tuple[str, str]]) -> bool:
    """Say whether values may give each phone habits of its own."""
    return any(name in _DECIDING for name, _ in settings)


def _read_habit(view: ParameterView) -> _Habit:
    settings = read_report_settings(view.__getitem__)
    is_periodic = settings.to_server is ReportToServer.PERIODICALLY and settings.is_reporting
    is_registering = any(line.can_register for line in read_lines(view))
    return _Habit(
        settings.period if is_periodic else None, is_registering or needs_resync(None, view)
    )
