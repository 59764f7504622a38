"""Rows gathered to spans."""

from dataclasses import replace

import pytest

from mppsim.results.history import SeriesRow
from mppsim.results.spans import gather
from tests.support.outcomes import ROW


def row(at: float, due: int = 1, *, latency: float = 0.01) -> SeriesRow:
    counts = {"due": due, "sent": due, "delivered": due, "failed": 0, "bytes": due * 10}
    return replace(ROW, at=at, elapsed=at / 10, latency_p50=latency, **counts)  # type: ignore[arg-type]


def test_history_of_nothing_is_nothing() -> None:
    assert gather((), 10.0) == ()


@pytest.mark.parametrize(
    ("rows", "every", "due", "width"),
    [
        (300, 1, 5, 1.0),  # lively
        (300, 1, 1, 2.0),  # two hundred spans at most are never made fewer
        (1600, 1, 1, 8.0),
        (1600, 1, 4, 2.0),
        (400, 10, 1, 32.0),  # most of the time nothing happens
        (199, 1, 0, 1.0),
    ],
)
def test_spans_are_as_long_as_something_needs_to_happen(
    rows: int, every: int, due: int, width: float
) -> None:
    series = [row(float(place * every), due) for place in range(rows)]
    ends = float(rows * every)

    spans = gather(series, ends)

    assert (spans[0].at, spans[0].seconds) == (0.0, width)
    assert {span.at % width for span in spans} == {0.0}
    assert sum(span.due for span in spans) == rows * due


def test_counts_add_up_and_the_most_stays_the_most() -> None:
    series = [row(float(place)) for place in range(800)]
    series[1] = replace(series[1], connections=9, queued=7, latency_p99=0.9, lateness_p99=0.8)
    series[2] = replace(series[2], delivered=0, failed=1)

    first = gather(series, 800.0)[0]

    assert first == replace(
        ROW,
        seconds=4.0,
        due=4,
        sent=4,
        delivered=3,
        failed=1,
        bytes=40,
        latency_p50=0.01,
        latency_p99=0.9,
        lateness_p99=0.8,
        connections=9,
        queued=7,
    )


def test_median_is_that_of_the_reports_and_not_of_the_rows() -> None:
    series = [row(float(place)) for place in range(800)]
    series[0] = row(0.0, 30, latency=0.5)

    assert gather(series, 800.0)[0].latency_p50 == 0.5


def test_span_in_which_nothing_was_delivered_has_no_median() -> None:
    series = [replace(row(float(place)), delivered=0, failed=1) for place in range(800)]

    assert {span.latency_p50 for span in gather(series, 800.0)} == {0.0}


@pytest.mark.parametrize(("duration", "seconds"), [(800.0, 4.0), (799.0, 3.0), (797.0, 2.0)])
def test_last_span_ends_with_the_run_if_it_is_not_too_short(
    duration: float, seconds: float
) -> None:
    assert gather([row(float(place)) for place in range(800)], duration)[-1].seconds == seconds
