"""The registration agent: keeps each line that is to be registered registered.

Rules that hold for every row of the table:

- A line asks for one thing at a time; `StartRegister` is answered by one `RegisterEnded`, unless
  a `DropLink` or another `StartRegister` came between.
- After `RegistrationDue` the deadline is None or later than `now`: no wait is shorter than a
  second, whatever a parameter or a registrar says.

Source: RFC 3261 section 10.2; the guide's table "Proxy and Registration".
"""

from collections.abc import Callable
from typing import ClassVar

from mppsim.sip.line import SipLine
from mppsim.sip.registration_entry import RegistrationEntry
from mppsim.sip.registration_events import (
    DropLink,
    LineFailed,
    LineOff,
    LineRegistered,
    LinesChanged,
    LinkLost,
    PhoneDown,
    RegisterEnded,
    RegistrationAction,
    RegistrationDue,
    RegistrationEvent,
)
from mppsim.sip.registration_states import TABLE, State, Step, Trigger

__all__ = ["RegistrationAgent"]

_Actions = list[RegistrationAction]


class RegistrationAgent:
    """Decides when a phone's lines register, where, and for how long.

    The caller feeds every event in order, does every action in order, and feeds `RegistrationDue`
    once `deadline` has come, with a `now` that is no earlier.
    """

    __slots__ = ("_entries", "_random_bytes", "deadline")

    deadline: float | None
    """When to feed `RegistrationDue` next, in seconds on the run's clock; None: never."""

    def __init__(self, random_bytes: Callable[[int], bytes]) -> None:
        self._entries: dict[int, RegistrationEntry] = {}
        self._random_bytes = random_bytes
        self.deadline = None

    def handle(self, event: RegistrationEvent, *, now: float) -> list[RegistrationAction]:
        """Take in what happened at `now`, in seconds on the run's clock; say what is to be done."""
        actions: _Actions = []
        self._FEED[type(event)](self, event, now, actions)
        due = [entry.due_at for entry in self._entries.values() if entry.due_at is not None]
        self.deadline = min(due, default=None)
        return actions

    # An event falls as a trigger, line by line.

    def _on_change(self, event: LinesChanged, now: float, actions: _Actions) -> None:
        lines = {line.number: line for line in event.lines}
        for number in sorted(lines.keys() | self._entries.keys()):
            entry, line = self._entries.get(number), lines.get(number)
            if entry is None and line is not None:
                entry = self._entries[number] = RegistrationEntry(line, self._make_token)
            if entry is not None and line != entry.wanted:
                trigger = _read_wish(entry, line)
                entry.wanted = line
                self._fall(entry, trigger, now, actions)

    def _on_end(self, event: RegisterEnded, now: float, actions: _Actions) -> None:
        entry = self._entries[event.number]
        entry.outcome, entry.sequence = event.outcome, event.sequence
        self._fall(entry, entry.judge(), now, actions)

    def _on_loss(self, event: LinkLost, now: float, actions: _Actions) -> None:
        entry = self._entries[event.number]
        entry.lose(event.reason)
        self._fall(entry, Trigger.LOST, now, actions)

    def _on_due(self, _: RegistrationDue, now: float, actions: _Actions) -> None:
        for entry in self._entries.values():
            if entry.take_due(now):
                self._fall(entry, Trigger.DUE, now, actions)

    def _on_down(self, _: PhoneDown, now: float, actions: _Actions) -> None:
        for entry in self._entries.values():
            self._fall(entry, Trigger.DOWN, now, actions)
            if entry.line.rules.is_call_id_new:
                entry.renew_call_id()

    def _fall(
        self, entry: RegistrationEntry, trigger: Trigger, now: float, actions: _Actions
    ) -> None:
        row = TABLE.get((entry.state, trigger))
        assert row is not None, f"no row for {trigger.name} in {entry.state.name}"
        entry.state, step = row
        self._STEP[step](self, entry, now, actions)

    # What the rows do.

    def _rest(self, _entry: RegistrationEntry, _now: float, _actions: _Actions) -> None:
        """Do nothing."""

    def _begin(self, entry: RegistrationEntry, now: float, actions: _Actions) -> None:
        assert entry.wanted is not None, "nothing is to be registered"
        entry.begin(entry.wanted)
        self._ask(entry, now, actions)

    def _ask(self, entry: RegistrationEntry, _now: float, actions: _Actions) -> None:
        entry.due_at = None
        actions.append(entry.request())

    def _keep(self, entry: RegistrationEntry, now: float, actions: _Actions) -> None:
        is_new = not entry.is_registered
        granted = entry.keep(now)
        assert entry.due_at is not None, "a registration has an end"
        number, next_at = entry.line.number, entry.due_at
        actions.append(LineRegistered(number, expires=granted, next_at=next_at, is_new=is_new))

    def _wait(self, entry: RegistrationEntry, now: float, actions: _Actions) -> None:
        self._fail(entry, now + entry.find_wait(self._draw()), actions)

    def _give_up(self, entry: RegistrationEntry, _now: float, actions: _Actions) -> None:
        self._fail(entry, None, actions)

    def _fail(self, entry: RegistrationEntry, next_at: float | None, actions: _Actions) -> None:
        number, reason = entry.line.number, entry.outcome.reason
        was_registered = entry.is_registered
        entry.fail()
        entry.due_at = next_at
        actions.append(DropLink(number))
        actions.append(
            LineFailed(number, reason=reason, next_at=next_at, was_registered=was_registered)
        )

    def _take_back(self, entry: RegistrationEntry, _now: float, actions: _Actions) -> None:
        entry.due_at, entry.is_registered = None, False
        actions.append(entry.request(is_to_stay=False))
        actions.append(LineOff(entry.line.number))

    def _forget(self, entry: RegistrationEntry, _now: float, actions: _Actions) -> None:
        entry.due_at, entry.is_registered, entry.wanted = None, False, None
        actions.append(DropLink(entry.line.number))
        actions.append(LineOff(entry.line.number))

    def _draw(self) -> float:
        return int.from_bytes(self._random_bytes(4), "big") / 2**32

    def _make_token(self) -> str:
        return self._random_bytes(8).hex()

    _FEED: ClassVar[dict[type, Callable[..., None]]] = {
        LinesChanged: _on_change,
        RegisterEnded: _on_end,
        LinkLost: _on_loss,
        RegistrationDue: _on_due,
        PhoneDown: _on_down,
    }

    _STEP: ClassVar[dict[Step, Callable[..., None]]] = {
        Step.REST: _rest,
        Step.BEGIN: _begin,
        Step.ASK: _ask,
        Step.KEEP: _keep,
        Step.WAIT: _wait,
        Step.GIVE_UP: _give_up,
        Step.TAKE_BACK: _take_back,
        Step.FORGET: _forget,
    }


def _read_wish(entry: RegistrationEntry, line: SipLine | None) -> Trigger:
    """Say what it comes to that a line is to be registered otherwise than it was."""
    if entry.state is State.OFF:
        return Trigger.START
    has_to_leave = entry.is_registered or entry.state is State.LEAVING
    if line is None:
        return Trigger.LEAVE if has_to_leave else Trigger.STOP
    is_leaving = has_to_leave and line.rules.is_leaving_last
    return Trigger.LEAVE if is_leaving else Trigger.ANEW
