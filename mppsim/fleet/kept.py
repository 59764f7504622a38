"""Single reports worth a look: the slowest that were delivered, the first and last that failed."""

from bisect import insort
from collections import deque
from collections.abc import Iterable
from itertools import chain, zip_longest
from operator import attrgetter, itemgetter

from mppsim.net.event_log import UploadFailed, UploadFinished
from mppsim.results.history import KeptReport

__all__ = ["MOST_FAILED", "MOST_LAST", "MOST_SLOW", "KeptReports"]

MOST_SLOW = 20
MOST_FAILED = 100
MOST_LAST = 5

_Key = tuple[float, float, str, str, str]
_Entry = tuple[_Key, KeptReport]


class KeptReports:
    """Keeps a few reports of a run; those of several shards merge into those of the whole."""

    def __init__(self) -> None:
        self.bar = 0.0
        """A delivered report that took less need not be shown to `keep_slow`."""
        self._slow: list[_Entry] = []
        self._failed: dict[str, list[_Entry]] = {}
        # As they came: one in thousands of them is ever looked at.
        self._latest: deque[tuple[float, str, str, UploadFailed]] = deque(maxlen=MOST_LAST)
        self._merged_last: list[KeptReport] = []

    def keep_slow(self, at: float, phone: str, group: str, ended: UploadFinished) -> None:
        """Keep a delivered report if it is one of the slowest."""
        self._add(_read(at, phone, group, ended))

    def keep_failed(self, at: float, phone: str, group: str, ended: UploadFailed) -> None:
        """Keep a failed report if it is one of the first of its reason, or the last."""
        self._latest.append((at, phone, group, ended))
        entries = self._failed.get(ended.reason, [])
        if len(entries) < MOST_FAILED or at <= entries[-1][1].at:
            self._add(_read(at, phone, group, ended))

    @property
    def slowest(self) -> tuple[KeptReport, ...]:
        """The slowest that were delivered, the slowest first."""
        return tuple(report for _, report in self._slow)

    @property
    def failed(self) -> tuple[KeptReport, ...]:
        """The first that failed, in order: of each reason as many as there is room for."""
        rows = zip_longest(*(entries for _, entries in sorted(self._failed.items())))
        chosen = [entry for entry in chain.from_iterable(rows) if entry is not None]
        return tuple(report for _, report in sorted(chosen[:MOST_FAILED], key=_first))

    @property
    def last(self) -> tuple[KeptReport, ...]:
        """The last few that failed, the last one last."""
        own = [_read(*each) for each in self._latest]
        return tuple(sorted([*self._merged_last, *own], key=_moment)[-MOST_LAST:])

    def pack(self) -> list[KeptReport]:
        """Return everything but `last` as a list."""
        failed = (report for entries in self._failed.values() for _, report in entries)
        return [*self.slowest, *failed]

    def merge_packed(
        self, packed: Iterable[KeptReport], *, last: Iterable[KeptReport] = ()
    ) -> None:
        """Keep what another shard kept, as far as it is still worth it, and its `last`."""
        self._merged_last += last
        for report in packed:
            self._add(report)

    def _add(self, report: KeptReport) -> None:
        if report.reason:
            entries = self._failed.setdefault(report.reason, [])
            _keep(entries, _key(report.at, report), MOST_FAILED)
            return
        _keep(self._slow, _key(-report.seconds, report), MOST_SLOW)
        if len(self._slow) == MOST_SLOW:
            self.bar = self._slow[-1][1].seconds


_first = itemgetter(0)
_moment = attrgetter("at")


def _keep(entries: list[_Entry], entry: _Entry, most: int) -> None:
    insort(entries, entry, key=_first)
    del entries[most:]


def _key(rank: float, report: KeptReport) -> _Entry:
    # Whichever shard a report came from and whenever: the same ones are kept.
    return (rank, report.at, report.phone, report.url, report.content), report


def _read(at: float, phone: str, group: str, ended: UploadFinished | UploadFailed) -> KeptReport:
    failure = (ended.reason, ended.detail) if isinstance(ended, UploadFailed) else ("", "")
    return KeptReport(
        at=at,
        phone=phone,
        group=group,
        content=ended.content,
        method=ended.method,
        url=ended.url,
        status=ended.status,
        bytes=ended.bytes,
        seconds=ended.seconds,
        late=ended.late,
        waited=ended.waited,
        reason=failure[0],
        detail=failure[1],
    )
