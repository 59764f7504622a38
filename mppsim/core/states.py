"""The reporting agent's table: in this state, on this trigger, become that and do this.

A change of state that is not a row does not exist. What a trigger means, and when it falls, is
`mppsim.core.agent`'s to say.
"""

from enum import Enum, auto

__all__ = ["TABLE", "State", "Step", "Trigger"]


class State(Enum):
    """What a phone's reporting agent is about."""

    __hash__ = object.__hash__  # an enum's own is a function in Python: the table asks six a report

    DOWN = auto()
    """Not started yet, or restarting: the phone answers nothing."""
    IDLE = auto()
    """Nothing is being sent; a wait or a period may be running."""
    UPLOADING = auto()
    """One run of uploads is in hand."""
    FOLLOWING = auto()
    """One run is in hand, and one more follows it."""
    LEAVING = auto()
    """One run is in hand, one more follows it, and then the phone goes down."""
    LAST = auto()
    """The last run before the phone goes down is in hand."""


class Trigger(Enum):
    """What an event comes to."""

    __hash__ = object.__hash__

    UP = auto()
    """The phone is up, and nothing asks for a report."""
    REQUEST = auto()
    """A NOTIFY or a restart asks for a report."""
    CHANGE = auto()
    """A local change is to be reported after the delay."""
    DEADLINE = auto()
    """A wait, a period or the pause before a retry is over."""
    DONE = auto()
    """The run in hand has ended."""
    RESTART = auto()
    """The phone is to go down, and what is in hand is cut."""
    LEAVE = auto()
    """The phone is to go down, but to report first (`restart_report = before`)."""


class Step(Enum):
    """What a row does."""

    __hash__ = object.__hash__

    REST = auto()
    """Nothing."""
    WAIT = auto()
    """Wait for the delay, from now."""
    REPORT = auto()
    """Start a run of uploads."""
    GO_DOWN = auto()
    """Cut what is in hand and restart."""


TABLE: dict[tuple[State, Trigger], tuple[State, Step]] = {
    (State.DOWN, Trigger.UP): (State.IDLE, Step.REST),
    (State.DOWN, Trigger.REQUEST): (State.UPLOADING, Step.REPORT),
    (State.DOWN, Trigger.DONE): (State.DOWN, Step.REST),  # what the restart cut
    (State.IDLE, Trigger.REQUEST): (State.UPLOADING, Step.REPORT),
    (State.IDLE, Trigger.CHANGE): (State.IDLE, Step.WAIT),
    (State.IDLE, Trigger.DEADLINE): (State.UPLOADING, Step.REPORT),
    (State.IDLE, Trigger.RESTART): (State.DOWN, Step.GO_DOWN),
    (State.IDLE, Trigger.LEAVE): (State.LAST, Step.REPORT),
    (State.UPLOADING, Trigger.REQUEST): (State.FOLLOWING, Step.REST),
    (State.UPLOADING, Trigger.CHANGE): (State.UPLOADING, Step.WAIT),
    (State.UPLOADING, Trigger.DEADLINE): (State.FOLLOWING, Step.REST),
    (State.UPLOADING, Trigger.DONE): (State.IDLE, Step.REST),
    (State.UPLOADING, Trigger.RESTART): (State.DOWN, Step.GO_DOWN),
    (State.UPLOADING, Trigger.LEAVE): (State.LEAVING, Step.REST),
    (State.FOLLOWING, Trigger.REQUEST): (State.FOLLOWING, Step.REST),
    (State.FOLLOWING, Trigger.CHANGE): (State.FOLLOWING, Step.WAIT),
    (State.FOLLOWING, Trigger.DEADLINE): (State.FOLLOWING, Step.REST),
    (State.FOLLOWING, Trigger.DONE): (State.UPLOADING, Step.REPORT),
    (State.FOLLOWING, Trigger.RESTART): (State.DOWN, Step.GO_DOWN),
    (State.FOLLOWING, Trigger.LEAVE): (State.LEAVING, Step.REST),
    (State.LEAVING, Trigger.REQUEST): (State.LEAVING, Step.REST),
    (State.LEAVING, Trigger.CHANGE): (State.LEAVING, Step.WAIT),
    (State.LEAVING, Trigger.DEADLINE): (State.LEAVING, Step.REST),
    (State.LEAVING, Trigger.DONE): (State.LAST, Step.REPORT),
    (State.LEAVING, Trigger.RESTART): (State.DOWN, Step.GO_DOWN),  # the mode was switched off
    (State.LEAVING, Trigger.LEAVE): (State.LEAVING, Step.REST),
    (State.LAST, Trigger.REQUEST): (State.LEAVING, Step.REST),
    (State.LAST, Trigger.CHANGE): (State.LEAVING, Step.REST),  # no wait: it would not survive
    (State.LAST, Trigger.DEADLINE): (State.LEAVING, Step.REST),
    (State.LAST, Trigger.DONE): (State.DOWN, Step.GO_DOWN),
    (State.LAST, Trigger.RESTART): (State.DOWN, Step.GO_DOWN),
    (State.LAST, Trigger.LEAVE): (State.LAST, Step.REST),
}
