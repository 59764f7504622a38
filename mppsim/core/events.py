"""The words that cross the seam: events happened, actions are to be done, notices are to be told.

Source: the guide's table "Parameters for Reporting the Phone Configuration to the Server".
"""

from dataclasses import dataclass, field
from enum import StrEnum

from mppsim.core.custom_ca_events import CustomCaEnded
from mppsim.core.frozen import frozen_value
from mppsim.core.parameters import ParameterChange
from mppsim.core.profile import Profile
from mppsim.core.resync_events import ResyncEnded, UpgradeEnded
from mppsim.core.upload import UploadJob, UploadOutcome

__all__ = [
    "FAILURE_REASONS",
    "RESTART_EVENTS",
    "Action",
    "ComeUp",
    "DeadlineReached",
    "DeltaAccepted",
    "Event",
    "FactoryResetRequested",
    "GoDown",
    "Notice",
    "NotifyReceived",
    "Origin",
    "ParametersApplied",
    "ParametersChanged",
    "PhoneStarted",
    "Remember",
    "RestartRequested",
    "ResyncFinished",
    "RuleFault",
    "StartUploads",
    "Tell",
    "TriggerFell",
    "TriggerKind",
    "UploadsFinished",
    "ValueRefused",
    "Warned",
]

FAILURE_REASONS = frozenset(
    {
        "refused",
        "dns",
        "connect",
        "tls",
        "timeout",
        "reset",
        "bad-reply",
        "redirect-loop",
        "auth",
        "cut",
        "tftp",
        "no-tftp-server",
        "rule",
    }
)
"""Why an upload failed: one of these, or `status-NNN`. The list is closed: people script on it."""

RESTART_EVENTS = frozenset({"reboot_now", "reboot", "restart_now"})
"""The NOTIFY packages that restart a phone."""


class TriggerKind(StrEnum):
    """What made a phone report."""

    NOTIFY = "notify"
    RESTART = "restart"
    LOCAL_CHANGE = "local_change"
    PERIODIC = "periodic"


class Origin(StrEnum):
    """Who set a value. Only the phone and its page make a local change."""

    PHONE = "phone"
    PAGE = "page"
    RESYNC = "resync"
    FACTORY_RESET = "factory reset"


# Events: they happened.


@dataclass(frozen=True, slots=True)
class PhoneStarted:
    """The phone is up for the first time: `mppsim phone` switched it on, or a fleet's clock did."""


@frozen_value()
class NotifyReceived:
    """An accepted SIP NOTIFY, answered already. `event` is its package: `report`, for example."""

    event: str
    profile: str | None = field(default=None, repr=False)
    """What `resync;profile=` gives: a profile rule for this once."""


@dataclass(frozen=True, slots=True)
class RestartRequested:
    """Somebody asked the phone to restart; `reason` is what its Reboot History will say."""

    reason: str


@dataclass(frozen=True, slots=True)
class FactoryResetRequested:
    """Somebody asked for the factory's values; the phone restarts with them."""


@frozen_value()
class ParametersChanged:
    """Checked new values, not yet in the store, set on the phone or on its web page."""

    changes: tuple[ParameterChange, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class ResyncFinished:
    """A profile was fetched and read; its values are not yet in the store."""

    profile: Profile


@frozen_value()
class DeadlineReached:
    """The agent's own deadline is due."""


@frozen_value()
class DeltaAccepted:
    """The server accepted a delta of the run in hand; what else the run holds is still to come."""

    job: UploadJob


@frozen_value()
class UploadsFinished:
    """Every job of the last `StartUploads` ended, in written order."""

    outcomes: tuple[UploadOutcome, ...]


Event = (
    PhoneStarted
    | NotifyReceived
    | RestartRequested
    | FactoryResetRequested
    | ParametersChanged
    | ResyncFinished
    | DeadlineReached
    | DeltaAccepted
    | UploadsFinished
)


# Notices: somebody may want to know. Each prints itself as a line; `=` is a new state, `!` a fault.

_SHOWN = 8  # names of a long list


@frozen_value()
class TriggerFell:
    """A trigger fell; reports follow, now or after the run that is in hand."""

    kind: TriggerKind

    def __str__(self) -> str:
        return f"= trigger: {self.kind.replace('_', ' ')}"


@frozen_value()
class ParametersApplied:
    """The store holds these new values."""

    origin: Origin
    names: tuple[str, ...]

    def __str__(self) -> str:
        more = f" and {len(self.names) - _SHOWN:,} more" if len(self.names) > _SHOWN else ""
        return f"= set by {self.origin}: {', '.join(self.names[:_SHOWN])}{more}"


@dataclass(frozen=True, slots=True)
class RuleFault:
    """A rule of Report_Rule cannot be read; `column` counts from 1."""

    column: int
    reason: str

    def __str__(self) -> str:
        return f"! Report_Rule, column {self.column}: {self.reason}"


@dataclass(frozen=True, slots=True)
class ValueRefused:
    """A value is not one of its parameter's allowed ones; the old one stays."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"! {self.name}: {self.reason}; the old value stays"


@dataclass(frozen=True, slots=True)
class Warned:
    """Something was read leniently, or ignored."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"! warning: {self.name}: {self.reason}"


Notice = (
    TriggerFell
    | ParametersApplied
    | RuleFault
    | ValueRefused
    | Warned
    | ResyncEnded
    | UpgradeEnded
    | CustomCaEnded
)


# Actions: they are to be done.


@frozen_value()
class StartUploads:
    """Send these reports one after the other, then feed `UploadsFinished`.

    For a delta, `DeltaAccepted` comes as soon as the server has answered, before the next report.
    """

    jobs: tuple[UploadJob, ...]


@dataclass(frozen=True, slots=True)
class GoDown:
    """The phone restarts: cut what is in hand, answer nothing until `ComeUp`."""

    reason: str


@dataclass(frozen=True, slots=True)
class ComeUp:
    """The phone is up again."""


@frozen_value()
class Tell:
    """Tell whoever listens."""

    notice: Notice


@dataclass(frozen=True, slots=True)
class Remember:
    """Keep what the phone holds now where a power failure leaves it, before anything else."""


Action = StartUploads | GoDown | ComeUp | Tell | Remember
