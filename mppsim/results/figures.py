"""What a run came to, under the names that `summary.json` and thresholds have for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mppsim.results.histogram import Histogram

__all__ = [
    "LATE",
    "ContentFigures",
    "Figures",
    "GeneratorFigures",
    "GroupFigures",
    "NotifyFigures",
    "ReadbackFigures",
    "ReportFigures",
    "RunFacts",
    "Spread",
    "WorkerUsage",
    "rate_generator",
]

LATE = 0.1
"""Real seconds. A report that mppsim kept longer than this is late, and a generator that kept one
of a hundred so long has not kept its schedule."""
_WHOLE_CORE = 0.9
"""Share of a core from which on a worker is said to have used one."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Times in seconds: how many, and how they spread."""

    histogram: Histogram = field(default_factory=Histogram)

    @property
    def count(self) -> int:
        """How many there were."""
        return self.histogram.count

    @property
    def p50(self) -> float:
        """Half of them took no longer."""
        return self.histogram.percentile(50)

    @property
    def p90(self) -> float:
        """Nine of ten took no longer."""
        return self.histogram.percentile(90)

    @property
    def p99(self) -> float:
        """Ninety-nine of a hundred took no longer."""
        return self.histogram.percentile(99)

    @property
    def max(self) -> float:
        """None took longer."""
        return self.histogram.largest


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentFigures:
    """Reports of one content, or of all."""

    due: int = 0
    sent: int = 0
    delivered: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFigures:
    """Reports: each that was due was delivered, has failed, or is unfinished."""

    due: int = 0
    """Handed out by a phone: it had a trigger, and this was to be sent."""
    sent: int = 0
    """Handed to the network."""
    delivered: int = 0
    """Accepted by the server."""
    failed: int = 0
    unfinished: int = 0
    """Neither, by the end."""
    late: int = 0
    """Sent, but more than `LATE` after they could have been: mppsim kept them."""
    bytes: int = 0
    """Of the bodies that were delivered."""
    by_content: Mapping[str, ContentFigures] = field(default_factory=dict)
    by_trigger: Mapping[str, int] = field(default_factory=dict)
    """How often each kind of trigger fell."""
    by_method: Mapping[str, int] = field(default_factory=dict)
    """Of those sent."""
    by_encryption: Mapping[str, int] = field(default_factory=dict)
    """Of those sent."""
    failures: Mapping[str, int] = field(default_factory=dict)
    """By reason."""

    def __post_init__(self) -> None:
        """Hold every run to it: no report is lost from sight."""
        assert self.unfinished >= 0, "a report ended that was not due"
        assert self.due == self.delivered + self.failed + self.unfinished, (
            f"of {self.due} reports due, {self.delivered} were delivered, {self.failed} failed"
            f" and {self.unfinished} are unfinished"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyFigures:
    """NOTIFYs that phones received, by their answers."""

    received: int = 0
    accepted: int = 0
    """200."""
    challenged: int = 0
    """401."""
    refused: int = 0
    """Anything else."""
    sent: int = 0
    """By mppsim itself; one that was challenged and sent again counts once."""
    unanswered: int = 0
    """Of those."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadbackFigures:
    """What the server held at the end, against what it had accepted."""

    checked: int = 0
    """Places that were compared."""
    missing: int = 0
    """Nothing is there, or less than was accepted."""
    different: int = 0
    """What nobody sent is there."""
    stale: int = 0
    """An earlier report is there than the last that was accepted."""
    duplicate: int = 0
    """Reports that the server received beyond those that can have been sent."""
    unopened: int = 0
    """Reports that the server could not decrypt: their key is wrong."""
    unreadable: int = 0
    """Places that could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerUsage:
    """What one worker took of the machine."""

    cpu: float = 0.0
    """Share of a core, on average since it began."""
    rss: int = 0
    """Bytes of resident memory, the most it had."""
    connections: int = 0
    """Open now."""
    queued: int = 0
    """Reports that wait now because no more connections may be open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorFigures:
    """How mppsim itself did."""

    saturated: bool = False
    """It could not keep its schedule: the figures say what mppsim can do, not what a server can."""
    limit: str = ""
    """What kept it: `connections`, `cpu`, or `machine`; empty where nothing did."""
    cpu: float = 0.0
    """Cores that all workers used together, on average."""
    cpu_busiest: float = 0.0
    """Share of a core that the busiest worker used."""
    rss: int = 0
    """Bytes of resident memory, of all workers."""
    connections: int = 0
    """The most that were open at once."""
    queued: int = 0
    """The most reports that waited for a connection at once."""
    workers: int = 1
    workers_lost: int = 0
    """Those of them whose processes ended though nobody told them to."""
    server_lost: bool = False
    """The embedded server ended though nobody told it to, or says nothing any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFigures:
    """The figures of one group of phones."""

    phones: int = 0
    reports: ReportFigures = ReportFigures()
    latency: Spread = field(default_factory=Spread)
    """Of the delivered reports, from sent to done."""
    latency_from_due: Spread = field(default_factory=Spread)
    """Of the delivered reports, from due to done."""
    lateness: Spread = field(default_factory=Spread)
    """Of all that were sent: how long mppsim kept them."""
    notify: NotifyFigures = NotifyFigures()
    registrations: Mapping[str, int] = field(default_factory=dict)
    """By the state that a line came to: `registered`, `failed`, `not_registered`."""
    resyncs: Mapping[str, int] = field(default_factory=dict)
    """By result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures(GroupFigures):
    """The figures of all phones together."""

    duration: float = 0.0
    """Seconds on the run's clock that they are about."""
    elapsed: float = 0.0
    """The same in real seconds."""
    seed: int = 0
    readback: ReadbackFigures = ReadbackFigures()
    generator: GeneratorFigures = GeneratorFigures()
    groups: Mapping[str, GroupFigures] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What no phone tells: whoever runs a fleet knows it."""

    phones: Mapping[str, int] = field(default_factory=dict)
    """How many each group has."""
    seed: int = 0
    speed: float | None = 1.0
    """As in `FleetPlan`."""
    notifies_sent: int = 0
    notifies_unanswered: int = 0
    workers: int = 1
    workers_lost: int = 0
    server_lost: bool = False
    readback: ReadbackFigures = ReadbackFigures()


def rate_generator(
    usages: tuple[WorkerUsage, ...], facts: RunFacts, lateness: Spread, *, most: WorkerUsage
) -> GeneratorFigures:
    """Say how mppsim did, and whether it was the limit.

    `most` holds the most connections and queued reports that there were at once. A clock that
    jumps waits for the generator, which is never too slow for it.
    """
    busiest = max((usage.cpu for usage in usages), default=0.0)
    is_saturated = facts.speed is not None and lateness.p99 > LATE
    limit = ""
    if is_saturated:
        others = "cpu" if busiest >= _WHOLE_CORE else "machine"
        limit = "connections" if most.queued else others
    return GeneratorFigures(
        saturated=is_saturated,
        limit=limit,
        cpu=sum(usage.cpu for usage in usages),
        cpu_busiest=busiest,
        rss=sum(usage.rss for usage in usages),
        connections=most.connections,
        queued=most.queued,
        workers=facts.workers,
        workers_lost=facts.workers_lost,
        server_lost=facts.server_lost,
    )
