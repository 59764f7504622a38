"""What the coordinator of a run and its workers tell each other, over a channel."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from mppsim.fleet.plan import FleetPlan
from mppsim.net.tls import TlsSettings

__all__ = [
    "Begin",
    "End",
    "Ended",
    "Failed",
    "Finish",
    "Go",
    "Lines",
    "News",
    "Ready",
    "Rested",
    "ShardTerms",
    "Start",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardTerms:
    """What one worker's phones are part of, and what is wanted of them."""

    plan: FleetPlan
    worker: int = 0
    workers: int = 1
    after: tuple[float, ...] = ()
    """Moments on the run's clock from which on figures will be asked for by themselves."""
    tls: TlsSettings = field(default_factory=TlsSettings)
    """Whom the phones trust."""
    connections: int | None = None
    """How many reports may be on their way at once in this worker; None: what its system allows."""
    tells_events: bool = False
    """Whether each event is wanted as a line of JSON."""


# To a worker.


class Start(NamedTuple):
    """Get everything ready. The descriptors are inherited, as `PortGroups` has them."""

    terms: ShardTerms
    before: int
    after: int
    keeper: int
    """A socket over which the opened ones are handed back, so that none leaves its group."""


class Begin(NamedTuple):
    """Let the run begin at this moment of `time.monotonic`: its clock passes by itself."""

    zero: float


class Go(NamedTuple):
    """Do what is due until this moment of the run's clock, and say when all of it is done."""

    until: float


class End(NamedTuple):
    """Let nothing new begin; what phones have begun still falls due."""


class Finish(NamedTuple):
    """Wait so many real seconds at most for what is in hand; then tell the last news."""

    limit: float


# From a worker.


class Ready(NamedTuple):
    """All phones can be reached."""

    sip_port: int
    web_port: int | None
    """None: no phone has a page."""
    notes: tuple[str, ...]
    """What is not as it should be, in sentences."""


class Failed(NamedTuple):
    """It cannot go on; a bug has its traceback as the reason."""

    reason: str
    is_bug: bool


class Rested(NamedTuple):
    """Everything is done that was due until then; this is due next, or nothing."""

    due: float | None


class News(NamedTuple):
    """How far it is."""

    tally: bytes
    """A snapshot of its `Tally`."""
    states: Mapping[str, int]
    """Its phones by what they do."""
    settles_at: float | None = None
    """After `End`: when the last of what its phones have begun falls due, on the run's clock."""
    ledger: bytes | None = None
    """A snapshot of its `Ledger`, with the last news only: it is large."""


class Lines(NamedTuple):
    """Events as lines of JSON, each whole."""

    text: str


class Ended(NamedTuple):
    """It is all over; the news before were the last."""
