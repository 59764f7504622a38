"""Rows of a run, gathered to spans in which something happens: else a quiet run is noise."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from mppsim.results.history import SeriesRow

__all__ = ["gather"]

_FEWEST_REPORTS = 5
"""In a span, on average."""
_FEWEST_SPANS = 100
"""With fewer one would not see when it happened."""


def gather(series: Sequence[SeriesRow], duration: float) -> tuple[SeriesRow, ...]:
    """Return the rows of a run as they are, or two, four, eight … as one.

    Counts add up, what was the most stays the most. Percentiles cannot be merged: p50 is the
    median of the rows' p50, each as often as it has reports, and p99 is the highest, which is
    rather too long than too short.
    """
    if not series:
        return ()
    width, ends = series[0].seconds, series[-1].at + series[-1].seconds
    due = sum(row.due for row in series)
    while ends / width > 2 * _FEWEST_SPANS and due < _FEWEST_REPORTS * ends / width:
        width *= 2
    spans = groupby(series, key=lambda row: int(row.at / width))
    return tuple(_merge(place * width, width, tuple(rows), duration) for place, rows in spans)


def _merge(at: float, width: float, rows: Sequence[SeriesRow], duration: float) -> SeriesRow:
    return SeriesRow(
        at=at,
        elapsed=rows[0].elapsed,
        # The last is shorter, yet not so short that one report would be a crowd.
        seconds=max(width / 2, min(width, duration - at)),
        due=sum(row.due for row in rows),
        sent=sum(row.sent for row in rows),
        delivered=sum(row.delivered for row in rows),
        failed=sum(row.failed for row in rows),
        bytes=sum(row.bytes for row in rows),
        latency_p50=_weighted_median((row.latency_p50, row.delivered) for row in rows),
        latency_p99=max(row.latency_p99 for row in rows),
        lateness_p99=max(row.lateness_p99 for row in rows),
        connections=max(row.connections for row in rows),
        queued=max(row.queued for row in rows),
    )


def _weighted_median(weighed: Iterable[tuple[float, int]]) -> float:
    pairs = sorted(pair for pair in weighed if pair[1])
    half = sum(weight for _, weight in pairs) / 2
    for value, weight in pairs:
        half -= weight
        if half <= 0:
            return value
    return 0.0
