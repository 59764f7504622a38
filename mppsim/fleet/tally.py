"""Counts what happens to a fleet, by group; the tallies of several shards merge into one.

A report is counted as due when its phone hands it out, and who has reports on the way is known by
name: that due = delivered + failed + unfinished is found out, not made up.
"""

import pickle
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from math import inf
from typing import Any

from mppsim.fleet.group_count import GroupCount, merge_counts
from mppsim.fleet.group_tally import GroupTally, Present
from mppsim.fleet.kept import KeptReports
from mppsim.fleet.series import Series
from mppsim.net.event_log import Listener
from mppsim.results.figures import (
    Figures,
    GroupFigures,
    NotifyFigures,
    RunFacts,
    WorkerUsage,
    rate_generator,
)
from mppsim.results.history import SeriesRow

__all__ = ["Tally"]

_FACTS = RunFacts()


class _Stretch:
    """A part of the run, from one of the moments on."""

    __slots__ = ("counts", "real")

    def __init__(self, groups: int, real: float) -> None:
        self.counts = [GroupCount() for _ in range(groups)]
        self.real = real
        """When it began, in real time."""

    def pack(self) -> list[Any]:
        return [self.real, *(count.pack() for count in self.counts)]

    def merge_packed(self, packed: Sequence[Any]) -> None:
        self.real = min(self.real, packed[0])
        for count, other in zip(self.counts, packed[1:], strict=True):
            count.merge_packed(other)


class Tally:
    """What a fleet did so far."""

    def __init__(
        self,
        groups: Sequence[str],
        clock: Callable[[], float] | None = None,
        *,
        real: Callable[[], float] | None = None,
        after: Iterable[float] = (),
        row: float = 1.0,
    ) -> None:
        """Count for these groups, by the run's clock; without one, only merge.

        `real` tells real time (`time.monotonic`); it is the run's clock where it is not given.
        `after` are moments from which on figures will be asked for by themselves. `row` is how
        long a row of the series is at first, in seconds on the run's clock: the clock's speed
        makes rows of a second.
        """
        self._clock = clock
        self._real = real or clock or _never
        self._after = sorted({moment for moment in after if moment > 0.0})
        self._present = Present(clock or _never, self._turn_to)
        self._groups = [GroupTally(name, self._present) for name in groups]
        self._stretches: list[_Stretch] = []
        self._series = Series(row, self._real)
        self._usage: WorkerUsage | None = None
        self._merged_usages: list[WorkerUsage] = []
        self._merged_on_way = [0] * len(groups)
        self._merged_end = (0.0, 0.0)
        self._reach(0)

    # What counts.

    def listener(self, group: str) -> Listener:
        """Return what is to be told of everything that happens to the phones of a group."""
        return next(counting.take for counting in self._groups if counting.name == group)

    def note_usage(self, usage: WorkerUsage) -> None:
        """Take note of what this worker takes of the machine; about once a second."""
        self._usage = usage
        assert self._clock is not None, "a tally that only merges has no worker"
        row, _ = self._series.row_at(self._clock())
        row.connections = max(row.connections, usage.connections)
        row.queued = max(row.queued, usage.queued)

    # What merges.

    def snapshot(self, *, with_series: bool = True) -> bytes:
        """Return everything since the start, for `merge` of another tally.

        It is what may well be done each second: some milliseconds without the series, which grows
        by a row a second.
        """
        packed = {
            "stretches": [stretch.pack() for stretch in self._stretches],
            "on_way": self._on_way,
            "series": self._series.pack(with_rows=with_series),
            "kept": self._present.kept.pack(),
            "last": self._present.kept.last,
            "usages": self._usages,
            "end": self._end,
        }
        return pickle.dumps(packed, pickle.HIGHEST_PROTOCOL)

    def merge(self, snapshot: bytes) -> None:
        """Add what a shard with the same groups and moments has counted since the start.

        For a later snapshot of the same shard, merge those of all shards into a fresh tally. It
        trusts them: a snapshot comes from a process of one's own.
        """
        packed: dict[str, Any] = pickle.loads(snapshot)
        self._reach(len(packed["stretches"]) - 1)
        for stretch, other in zip(self._stretches, packed["stretches"], strict=False):
            stretch.merge_packed(other)
        for place, number in enumerate(packed["on_way"]):
            self._merged_on_way[place] += number
        self._series.merge_packed(packed["series"])
        self._present.kept.merge_packed(packed["kept"], last=packed["last"])
        self._merged_usages += packed["usages"]
        now, real = packed["end"]
        self._merged_end = max(self._merged_end[0], now), max(self._merged_end[1], real)

    # What is read.

    def figures(self, facts: RunFacts = _FACTS, *, after: float = 0.0) -> Figures:
        """Return what it came to, in all or from one of the moments of `after` on.

        A report that was due earlier and had not ended by then is due in these figures, too.
        Raises `AssertionError` where a report is lost from sight, which is a bug here.
        """
        first = bisect_right(self._after, after)
        places = range(len(self._groups))
        counts = [
            merge_counts(s.counts[place] for s in self._stretches[first:]) for place in places
        ]
        total = merge_counts(counts).figures(
            phones=sum(facts.phones.values()),
            carried=sum(self._carried(place, first) for place in places),
            unfinished=sum(self._on_way),
        )
        groups = {
            counting.name: counts[place].figures(
                phones=facts.phones.get(counting.name, 0),
                carried=self._carried(place, first),
                unfinished=self._on_way[place],
            )
            for place, counting in enumerate(self._groups)
        }
        return self._complete(total, facts, groups, first)

    def series(self) -> tuple[SeriesRow, ...]:
        """Return how it went over time."""
        return self._series.rows()

    @property
    def kept(self) -> KeptReports:
        """The slowest reports, and the first and the last that failed."""
        return self._present.kept

    def _complete(
        self, total: GroupFigures, facts: RunFacts, groups: dict[str, GroupFigures], first: int
    ) -> Figures:
        now, real = self._end
        begins = self._stretches[first].real if first < len(self._stretches) else real
        usages, most = tuple(self._usages), self._series.most()
        return Figures(
            **{field.name: getattr(total, field.name) for field in fields(GroupFigures)}
            | {"notify": _with_sender(total.notify, facts)},
            duration=max(0.0, now - (self._after[first - 1] if first else 0.0)),
            elapsed=max(0.0, real - begins),
            seed=facts.seed,
            readback=facts.readback,
            generator=rate_generator(usages, facts, total.lateness, most=most),
            groups=groups,
        )

    # What moves on.

    def _turn_to(self, now: float) -> None:
        place = bisect_right(self._after, now)
        self._reach(place)
        for counting, count in zip(self._groups, self._stretches[place].counts, strict=True):
            counting.count = count
        self._present.row, ends = self._series.row_at(now)
        self._present.turn = min([ends, *self._after[place : place + 1]])

    def _reach(self, place: int) -> None:
        while len(self._stretches) <= place:
            self._stretches.append(_Stretch(len(self._groups), self._real()))

    def _carried(self, place: int, first: int) -> int:
        return sum(stretch.counts[place].unended for stretch in self._stretches[:first])

    @property
    def _on_way(self) -> list[int]:
        return [
            merged + sum(counting.on_way.values())
            for merged, counting in zip(self._merged_on_way, self._groups, strict=True)
        ]

    @property
    def _usages(self) -> list[WorkerUsage]:
        return self._merged_usages + ([] if self._usage is None else [self._usage])

    @property
    def _end(self) -> tuple[float, float]:
        """The last moment, on the run's clock and in real time."""
        if self._clock is None:
            return self._merged_end
        return self._clock(), self._real()


def _never() -> float:
    return inf


def _with_sender(notify: NotifyFigures, facts: RunFacts) -> NotifyFigures:
    return replace(notify, sent=facts.notifies_sent, unanswered=facts.notifies_unanswered)
