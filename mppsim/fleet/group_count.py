"""The counters of one group of phones, for one stretch of a run."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from mppsim.results.figures import (
    LATE,
    ContentFigures,
    GroupFigures,
    NotifyFigures,
    ReportFigures,
    Spread,
)
from mppsim.results.histogram import Histogram

__all__ = ["GroupCount", "merge_counts"]

_COUNTERS = (
    *("due", "sent", "delivered", "failed"),  # by content
    *("triggers", "methods", "encryptions", "failures", "notified", "registrations", "resyncs"),
)
_HISTOGRAMS = ("latency", "from_due", "lateness")


class GroupCount:
    """Counters by name, and times. Two of them merge into what one would have counted."""

    __slots__ = (*_COUNTERS, *_HISTOGRAMS, "bytes")

    due: defaultdict[str, int]
    """This and the next three by content."""
    sent: defaultdict[str, int]
    delivered: defaultdict[str, int]
    failed: defaultdict[str, int]
    triggers: defaultdict[str, int]
    methods: defaultdict[str, int]
    encryptions: defaultdict[str, int]
    failures: defaultdict[str, int]
    """By reason."""
    notified: defaultdict[int, int]
    """NOTIFYs by the code of their answer."""
    registrations: defaultdict[str, int]
    resyncs: defaultdict[str, int]
    latency: Histogram
    from_due: Histogram
    lateness: Histogram
    bytes: int

    def __init__(self) -> None:
        for name in _COUNTERS:
            setattr(self, name, defaultdict(int))
        for name in _HISTOGRAMS:
            setattr(self, name, Histogram())
        self.bytes = 0

    def pack(self) -> dict[str, Any]:
        """Return everything as plain lists."""
        packed: dict[str, Any] = {
            name: list(counter.items()) for name in _COUNTERS if (counter := getattr(self, name))
        }
        for name in _HISTOGRAMS:
            packed[name] = getattr(self, name).pack()
        return packed | {"bytes": self.bytes}

    def merge_packed(self, packed: Mapping[str, Any]) -> None:
        """Count what is in what `pack` returned, too."""
        for name in _COUNTERS:
            counter = getattr(self, name)
            for key, count in packed.get(name, ()):
                counter[key] += count
        for name in _HISTOGRAMS:
            getattr(self, name).merge_packed(packed[name])
        self.bytes += packed["bytes"]

    @property
    def unended(self) -> int:
        """How many more reports were due than have ended."""
        ended = sum(self.delivered.values()) + sum(self.failed.values())
        return sum(self.due.values()) - ended

    def figures(self, *, phones: int, carried: int, unfinished: int) -> GroupFigures:
        """Return the figures; `carried` reports were due before and had not ended then."""
        return GroupFigures(
            phones=phones,
            reports=self._report_figures(carried, unfinished),
            latency=Spread(self.latency),
            latency_from_due=Spread(self.from_due),
            lateness=Spread(self.lateness),
            notify=self._notify_figures(),
            registrations=_sorted(self.registrations),
            resyncs=_sorted(self.resyncs),
        )

    def _report_figures(self, carried: int, unfinished: int) -> ReportFigures:
        contents = self.due.keys() | self.sent.keys() | self.delivered.keys() | self.failed.keys()
        return ReportFigures(
            due=sum(self.due.values()) + carried,
            sent=sum(self.sent.values()),
            delivered=sum(self.delivered.values()),
            failed=sum(self.failed.values()),
            unfinished=unfinished,
            late=self.lateness.count_above(LATE),
            bytes=self.bytes,
            by_content={content: self._of(content) for content in sorted(contents)},
            by_trigger=_sorted(self.triggers),
            by_method=_sorted(self.methods),
            by_encryption=_sorted(self.encryptions),
            failures=_sorted(self.failures),
        )

    def _of(self, content: str) -> ContentFigures:
        counters = {name: getattr(self, name) for name in ("due", "sent", "delivered", "failed")}
        return ContentFigures(**{name: n.get(content, 0) for name, n in counters.items()})

    def _notify_figures(self) -> NotifyFigures:
        received = sum(self.notified.values())
        accepted, challenged = self.notified.get(200, 0), self.notified.get(401, 0)
        return NotifyFigures(
            received=received,
            accepted=accepted,
            challenged=challenged,
            refused=received - accepted - challenged,
        )


def merge_counts(counts: Iterable[GroupCount]) -> GroupCount:
    """Return what one would have counted."""
    total = GroupCount()
    for count in counts:
        total.merge_packed(count.pack())
    return total


def _sorted(counter: Mapping[str, int]) -> dict[str, int]:
    return {str(key): counter[key] for key in sorted(counter)}
