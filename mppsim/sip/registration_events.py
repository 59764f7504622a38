"""The words between the registration agent and its phone: events happened, actions are to be done.

All moments are seconds on the run's clock.
"""

from dataclasses import dataclass

from mppsim.sip.digest_client import DigestClient
from mppsim.sip.line import SipLine
from mppsim.sip.register import RegisterOutcome

__all__ = [
    "DropLink",
    "LineFailed",
    "LineOff",
    "LineRegistered",
    "LinesChanged",
    "LinkLost",
    "PhoneDown",
    "RegisterEnded",
    "RegistrationAction",
    "RegistrationDue",
    "RegistrationEvent",
    "StartRegister",
]


# Events: they happened.


@dataclass(frozen=True, slots=True)
class LinesChanged:
    """The phone is up, and these lines are to be registered; no others."""

    lines: tuple[SipLine, ...]


@dataclass(frozen=True, slots=True)
class PhoneDown:
    """The phone went down: nothing is in hand any more, and nobody is told."""


@dataclass(frozen=True, slots=True)
class RegisterEnded:
    """The last `StartRegister` of a line has ended; `sequence` is the last CSeq that it used."""

    number: int
    outcome: RegisterOutcome
    sequence: int


@dataclass(frozen=True, slots=True)
class LinkLost:
    """The connection over which a line was registered is gone; `reason` as an outcome's."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class RegistrationDue:
    """The agent's own deadline is due."""


RegistrationEvent = LinesChanged | PhoneDown | RegisterEnded | LinkLost | RegistrationDue


# Actions: they are to be done.


@dataclass(frozen=True, slots=True)
class StartRegister:
    """Send a REGISTER, then feed `RegisterEnded`; what the line had in hand is dropped."""

    line: SipLine
    place: int
    """Which of the addresses of its target, from 0; counted round when there are fewer."""
    expires: int
    """0 takes the registration back."""
    call_id: str
    tag: str
    sequence: int
    """The last CSeq that was used."""
    digest: DigestClient


@dataclass(frozen=True, slots=True)
class DropLink:
    """Drop what is in hand for a line, and its connection if it has one; nothing is fed."""

    number: int


@dataclass(frozen=True, slots=True)
class LineRegistered:
    """Show that a line is registered, for `expires` seconds, and asks again at `next_at`."""

    number: int
    expires: float
    next_at: float
    is_new: bool
    """False: it was registered before, and is still."""


@dataclass(frozen=True, slots=True)
class LineFailed:
    """Show that a line is not registered, and tries again at `next_at`; None: not at all."""

    number: int
    reason: str
    next_at: float | None
    was_registered: bool


@dataclass(frozen=True, slots=True)
class LineOff:
    """Show that a line is not to be registered."""

    number: int


RegistrationAction = StartRegister | DropLink | LineRegistered | LineFailed | LineOff
