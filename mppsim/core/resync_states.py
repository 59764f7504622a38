"""The resync agent's table: in this state, on this trigger, become that and do this.

A run is a sequence of files: the profile rules' in order, then the upgrade rule's. A change of
state that is not a row does not exist. What a trigger means is `mppsim.core.resync`'s to say.

Source: the provisioning guides, "Profile Rules".
"""

from enum import Enum, auto

__all__ = ["TABLE", "State", "Step", "Trigger"]


class State(Enum):
    """What a phone's resync agent is about."""

    DOWN = auto()
    """Not started yet, or restarting."""
    IDLE = auto()
    """Nothing is in hand; a time may be waited for."""
    RUNNING = auto()
    """One run is in hand."""
    FOLLOWING = auto()
    """One run is in hand, and one more follows it."""


class Trigger(Enum):
    """What an event comes to."""

    UP = auto()
    """The phone has come up."""
    REQUEST = auto()
    """A resync or an upgrade is asked for, by somebody or by the time."""
    NEXT = auto()
    """What was waited for has come, or failed: the run goes on."""
    DONE = auto()
    """The run has nothing more to do."""
    DOWN = auto()
    """The phone goes down, and what is in hand is cut."""


class Step(Enum):
    """What a row does."""

    REST = auto()
    """Nothing."""
    SETTLE_IN = auto()
    """Begin what is to be done at once after the start, if anything is."""
    START = auto()
    """Begin the run that was asked for last."""
    GO_ON = auto()
    """Take up the run's next file."""
    FORGET = auto()
    """Forget what is in hand and what was waited for."""


TABLE: dict[tuple[State, Trigger], tuple[State, Step]] = {
    (State.DOWN, Trigger.UP): (State.IDLE, Step.SETTLE_IN),
    (State.IDLE, Trigger.REQUEST): (State.RUNNING, Step.START),
    (State.IDLE, Trigger.DOWN): (State.DOWN, Step.FORGET),
    (State.RUNNING, Trigger.REQUEST): (State.FOLLOWING, Step.REST),
    (State.RUNNING, Trigger.NEXT): (State.RUNNING, Step.GO_ON),
    (State.RUNNING, Trigger.DONE): (State.IDLE, Step.REST),
    (State.RUNNING, Trigger.DOWN): (State.DOWN, Step.FORGET),
    (State.FOLLOWING, Trigger.REQUEST): (State.FOLLOWING, Step.REST),
    (State.FOLLOWING, Trigger.NEXT): (State.FOLLOWING, Step.GO_ON),
    (State.FOLLOWING, Trigger.DONE): (State.RUNNING, Step.START),
    (State.FOLLOWING, Trigger.DOWN): (State.DOWN, Step.FORGET),
}
