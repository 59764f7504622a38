"""How a run goes over time: rows of equal length on the run's clock, at most two thousand.

When there are more, each two neighbours become one. Rows of several shards are laid on the same
grid, so that they merge.
"""

from collections.abc import Callable, Sequence
from typing import Any

from mppsim.results.figures import WorkerUsage
from mppsim.results.histogram import ROUGH, Histogram
from mppsim.results.history import SeriesRow

__all__ = ["Row", "Series"]

MOST_ROWS = 2000


class Row:
    """What happened in one span of time, so far."""

    __slots__ = (
        *("bytes", "connections", "delivered", "due", "failed"),
        *("lateness", "latency", "queued", "real", "sent"),
    )

    def __init__(self, real: float) -> None:
        """Begin at this moment of real time."""
        self.real = real
        self.due = self.sent = self.delivered = self.failed = self.bytes = 0
        self.connections = self.queued = 0
        self.latency = Histogram(ROUGH)
        self.lateness = Histogram(ROUGH)

    def pack(self) -> list[Any]:
        """Return everything as plain lists."""
        sums = [self.due, self.sent, self.delivered, self.failed, self.bytes]
        most = [self.connections, self.queued]
        return [self.real, *sums, *most, self.latency.pack(), self.lateness.pack()]

    def merge_packed(self, packed: Sequence[Any], *, at_once: bool) -> None:
        """Add what happened elsewhere `at_once`, or before or after."""
        real, due, sent, delivered, failed, size, connections, queued, latency, lateness = packed
        self.real = min(self.real, real)
        self.due += due
        self.sent += sent
        self.delivered += delivered
        self.failed += failed
        self.bytes += size
        together: Callable[[int, int], int] = int.__add__ if at_once else max
        self.connections = together(self.connections, connections)
        self.queued = together(self.queued, queued)
        self.latency.merge_packed(latency)
        self.lateness.merge_packed(lateness)


class Series:
    """The rows of a run."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        """Begin with rows of so many seconds of the run's clock; `clock` tells real time."""
        self.seconds = seconds
        """How long each row is now."""
        self._clock = clock
        self._rows: dict[int, Row] = {}
        self._rowless = (0, 0)  # the most of shards that came without their rows

    def row_at(self, now: float) -> tuple[Row, float]:
        """Return the row of a moment of the run's clock, and when that row ends."""
        place = int(now / self.seconds)
        if place not in self._rows:
            self._rows[place] = Row(self._clock())
            if len(self._rows) > MOST_ROWS:
                self._widen()
                place >>= 1
        return self._rows[place], (place + 1) * self.seconds

    def rows(self) -> tuple[SeriesRow, ...]:
        """Return all rows in which anything happened, in order."""
        began = min((row.real for row in self._rows.values()), default=0.0)
        return tuple(self._read(place, began) for place in sorted(self._rows))

    def most(self) -> WorkerUsage:
        """Return the most connections, and queued reports, that there were at once."""
        rows, (connections, queued) = self._rows.values(), self._rowless
        return WorkerUsage(
            connections=connections + max((row.connections for row in rows), default=0),
            queued=queued + max((row.queued for row in rows), default=0),
        )

    def pack(self, *, with_rows: bool = True) -> list[Any]:
        """Return everything as plain lists; without rows, only what there was most of."""
        if not with_rows:
            most = self.most()
            return [self.seconds, (most.connections, most.queued), []]
        rows = [[place, *row.pack()] for place, row in self._rows.items()]
        return [self.seconds, self._rowless, rows]

    def merge_packed(self, packed: Sequence[Any]) -> None:
        """Add what another shard's series has packed at the same moments."""
        seconds, (connections, queued), rows = packed
        self._rowless = (self._rowless[0] + connections, self._rowless[1] + queued)
        while self.seconds < seconds:
            self._widen()
        taken: dict[int, Row] = {}
        for place, *row in rows:
            # First the other's rows among themselves, as it would have done at our width.
            _add(taken, int(place * seconds / self.seconds), row, at_once=False)
        for place, other in taken.items():
            _add(self._rows, place, other.pack(), at_once=True)
        while len(self._rows) > MOST_ROWS:
            self._widen()

    def _widen(self) -> None:
        self.seconds *= 2
        rows, self._rows = self._rows, {}
        for place in sorted(rows):
            _add(self._rows, place >> 1, rows[place].pack(), at_once=False)

    def _read(self, place: int, began: float) -> SeriesRow:
        row = self._rows[place]
        latency_p50, latency_p99 = row.latency.percentiles((50, 99))
        return SeriesRow(
            at=place * self.seconds,
            elapsed=round(row.real - began, 3),
            seconds=self.seconds,
            due=row.due,
            sent=row.sent,
            delivered=row.delivered,
            failed=row.failed,
            bytes=row.bytes,
            latency_p50=latency_p50,
            latency_p99=latency_p99,
            lateness_p99=row.lateness.percentile(99),
            connections=row.connections,
            queued=row.queued,
        )


def _add(rows: dict[int, Row], place: int, packed: Sequence[Any], *, at_once: bool) -> None:
    if place not in rows:
        rows[place] = Row(packed[0])
    rows[place].merge_packed(packed, at_once=at_once)
