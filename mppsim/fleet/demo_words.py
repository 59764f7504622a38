"""Which phones there are, and what is done to them when: values, before anything starts."""

from dataclasses import dataclass, field

from mppsim.core.identity import PhoneIdentity
from mppsim.core.parameters import Baseline

__all__ = ["Change", "Deed", "FleetPlan", "Notify", "PhonePlan", "Restart"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhonePlan:
    """One phone of a fleet."""

    name: str
    """What people call it."""
    identity: PhoneIdentity
    baseline: Baseline
    """What it holds at first, its profile applied."""
    running_since: float | None = None
    """A moment of the run's clock, at or before 0; None: it is switched on when the run begins."""


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody sets values on the phone."""

    values: tuple[tuple[str, str], ...] = field(repr=False)
    """Names and values; a value may be a password."""


@dataclass(frozen=True, slots=True)
class Restart:
    """Somebody restarts the phone."""


@dataclass(frozen=True, slots=True)
class Notify:
    """A PBX sends a NOTIFY; with credentials if the phone may ask for them."""

    event: str = "report"
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What is done to a phone, and when, in seconds on the run's clock."""

    at: float
    phone: str
    """The MAC address."""
    act: Change | Restart | Notify


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """A whole run."""

    server: str
    """The URL of the provisioning server, without a path."""
    phones: tuple[PhonePlan, ...]
    deeds: tuple[Deed, ...]
    duration: float
    """Seconds on the run's clock."""
