"""The registration agent's table: a line in this state, on this trigger, becomes that.

A change of state that is not a row does not exist. What a trigger means, and when it falls,
is `mppsim.sip.registration`'s to say; what a step does, too.
"""

from enum import Enum, auto

__all__ = ["TABLE", "State", "Step", "Trigger"]


class State(Enum):
    """What is the matter with a line."""

    OFF = auto()
    """It is not to be registered, or the phone is down."""
    ASKING = auto()
    """A REGISTER is in hand."""
    REGISTERED = auto()
    """The registrar has agreed, and the next REGISTER is due before its time is over."""
    WAITING = auto()
    """It was refused or not answered, and tries again later."""
    GIVEN_UP = auto()
    """It was refused, and `Reg_Retry_Long_Intvl` is 0: it waits for nothing but other values."""
    LEAVING = auto()
    """It takes its registration back."""


class Trigger(Enum):
    """What an event comes to, for one line."""

    START = auto()
    """It is to be registered."""
    ANEW = auto()
    """Its parameters have changed."""
    LEAVE = auto()
    """Its registration is to be taken back: it is to be none, or another one."""
    STOP = auto()
    """It is not to be registered any more."""
    DOWN = auto()
    """The phone goes down."""
    ACCEPTED = auto()
    """The registrar agreed."""
    AGAIN = auto()
    """It did not, and what to ask next is clear: for more time, or at another address."""
    REFUSED = auto()
    """It did not."""
    FINAL = auto()
    """It did not, and no further try is made."""
    LOST = auto()
    """The connection to the registrar is gone."""
    DUE = auto()
    """The time to ask has come."""


class Step(Enum):
    """What a row does."""

    REST = auto()
    """Nothing."""
    BEGIN = auto()
    """Ask for the first time, at the proxy's first address."""
    ASK = auto()
    """Ask."""
    KEEP = auto()
    """Be registered."""
    WAIT = auto()
    """Tell of the failure, and try again later."""
    GIVE_UP = auto()
    """Tell of the failure."""
    TAKE_BACK = auto()
    """Ask for no time at all."""
    FORGET = auto()
    """Drop what is in hand."""


TABLE: dict[tuple[State, Trigger], tuple[State, Step]] = {
    (State.OFF, Trigger.START): (State.ASKING, Step.BEGIN),
    (State.OFF, Trigger.DOWN): (State.OFF, Step.REST),
    (State.ASKING, Trigger.ACCEPTED): (State.REGISTERED, Step.KEEP),
    (State.ASKING, Trigger.AGAIN): (State.ASKING, Step.ASK),
    (State.ASKING, Trigger.REFUSED): (State.WAITING, Step.WAIT),
    (State.ASKING, Trigger.FINAL): (State.GIVEN_UP, Step.GIVE_UP),
    (State.ASKING, Trigger.ANEW): (State.ASKING, Step.BEGIN),
    (State.ASKING, Trigger.STOP): (State.OFF, Step.FORGET),
    (State.ASKING, Trigger.LEAVE): (State.LEAVING, Step.TAKE_BACK),
    (State.ASKING, Trigger.DOWN): (State.OFF, Step.FORGET),
    (State.REGISTERED, Trigger.DUE): (State.ASKING, Step.ASK),
    (State.REGISTERED, Trigger.LOST): (State.WAITING, Step.WAIT),
    (State.REGISTERED, Trigger.ANEW): (State.ASKING, Step.BEGIN),
    (State.REGISTERED, Trigger.LEAVE): (State.LEAVING, Step.TAKE_BACK),
    (State.REGISTERED, Trigger.DOWN): (State.OFF, Step.FORGET),
    (State.WAITING, Trigger.DUE): (State.ASKING, Step.ASK),
    (State.WAITING, Trigger.ANEW): (State.ASKING, Step.BEGIN),
    (State.WAITING, Trigger.STOP): (State.OFF, Step.FORGET),
    (State.WAITING, Trigger.DOWN): (State.OFF, Step.FORGET),
    (State.GIVEN_UP, Trigger.ANEW): (State.ASKING, Step.BEGIN),
    (State.GIVEN_UP, Trigger.STOP): (State.OFF, Step.FORGET),
    (State.GIVEN_UP, Trigger.DOWN): (State.OFF, Step.FORGET),
    (State.LEAVING, Trigger.ANEW): (State.LEAVING, Step.REST),  # begins when it has left
    (State.LEAVING, Trigger.LEAVE): (State.LEAVING, Step.REST),
    (State.LEAVING, Trigger.START): (State.ASKING, Step.BEGIN),
    (State.LEAVING, Trigger.STOP): (State.OFF, Step.FORGET),
    (State.LEAVING, Trigger.DOWN): (State.OFF, Step.FORGET),
}
