"""What a shard does to its phones by itself: wake sleepers, change values, restart."""

from collections.abc import Callable, Sequence

from mppsim.fleet.calendar import Calendar
from mppsim.fleet.deeds import draw_change
from mppsim.fleet.dice import Dice
from mppsim.fleet.dormitory import Dormitory
from mppsim.fleet.fleet_phone import FleetPhone

__all__ = ["Changing", "FindPhone", "Restarting", "Waking"]

FindPhone = Callable[[int], FleetPhone | None]
"""Finds the phone with a number; None: it is not switched on yet."""


class Waking:
    """Has sleeping phones get up; those that are off are switched on."""

    def __init__(self, dormitory: Dormitory, phone_at: Callable[[int], FleetPhone]) -> None:
        self._dormitory = dormitory
        self._phone_at = phone_at

    @property
    def next_at(self) -> float | None:
        """When the next one gets up."""
        return self._dormitory.next_at

    def act(self) -> None:
        """Wake the next one: the timers have it do what is due."""
        at = self._dormitory.next_at
        number = self._dormitory.take()
        phone = self._phone_at(number)
        if self._dormitory.find_begin(number) is None:
            phone.switch_on(at)


class Changing:
    """Makes local changes."""

    def __init__(
        self, calendar: Calendar, names: Sequence[str], find: FindPhone, dice: Dice
    ) -> None:
        self._calendar = calendar
        self._names = names
        self._find = find
        self._dice = dice

    @property
    def next_at(self) -> float | None:
        """When the next change is."""
        return self._calendar.next_at

    def act(self) -> None:
        """Change something on the phone whose turn it is, unless it is down."""
        turn = self._calendar.take()
        phone = self._find(turn.number)
        if phone is None:
            return
        draw = self._dice.chooser("change/value", turn.number, turn.nth)
        change = draw_change(phone.parameters, self._names, turn.nth, draw)
        if change is not None:
            phone.change(change, turn.at)


class Restarting:
    """Restarts phones by hand."""

    def __init__(self, calendar: Calendar, find: FindPhone) -> None:
        self._calendar = calendar
        self._find = find

    @property
    def next_at(self) -> float | None:
        """When the next restart is."""
        return self._calendar.next_at

    def act(self) -> None:
        """Restart the phone whose turn it is, unless it is down."""
        turn = self._calendar.take()
        phone = self._find(turn.number)
        if phone is not None:
            phone.restart_at(turn.at)
