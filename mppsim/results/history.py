"""How a run went, beyond its figures: what is drawn over time, and single reports worth a look."""

from dataclasses import dataclass

__all__ = ["KeptReport", "SeriesRow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRow:
    """What happened in one span of time."""

    at: float
    """When it began, in seconds on the run's clock."""
    elapsed: float
    """The same in real seconds since the first row."""
    seconds: float
    """How long it is, on the run's clock."""
    due: int
    sent: int
    delivered: int
    failed: int
    bytes: int
    latency_p50: float
    """Of what was delivered in it; 0 where nothing was."""
    latency_p99: float
    lateness_p99: float
    """Of what was sent and ended in it; 0 where nothing did."""
    connections: int
    """The most that were open at once."""
    queued: int
    """The most reports that waited for a connection at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReport:
    """One report, kept since it was slow or has failed. Its URL shows no password."""

    at: float
    """When it ended, in seconds on the run's clock."""
    phone: str
    """The MAC address."""
    group: str
    content: str
    method: str
    url: str
    status: int | None
    bytes: int
    seconds: float
    late: float
    waited: float
    reason: str = ""
    """Why it failed; empty where it was delivered."""
    detail: str = ""
