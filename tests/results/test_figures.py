"""The figures of a run, and that they have to add up."""

import pytest

from mppsim.results.figures import (
    LATE,
    Figures,
    ReportFigures,
    RunFacts,
    Spread,
    WorkerUsage,
    rate_generator,
)
from mppsim.results.histogram import Histogram


def spread_of(*seconds: float) -> Spread:
    histogram = Histogram()
    for time in seconds:
        histogram.record(time)
    return Spread(histogram)


def test_spread_says_how_times_spread() -> None:
    spread = spread_of(*(n / 1000 for n in range(1, 101)))

    assert (spread.count, spread.max) == (100, 0.1)
    percentiles = (spread.p50, spread.p90, spread.p99)
    assert percentiles == pytest.approx((0.05, 0.09, 0.099), rel=0.001)


def test_spread_of_nothing_is_zero() -> None:
    spread = Spread()

    assert (spread.count, spread.p50, spread.max) == (0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("due", "delivered", "failed", "unfinished"),
    [(0, 0, 0, 0), (3, 1, 1, 1), (3, 0, 0, 3)],
)
def test_reports_that_add_up(due: int, delivered: int, failed: int, unfinished: int) -> None:
    reports = ReportFigures(due=due, delivered=delivered, failed=failed, unfinished=unfinished)

    assert reports.due == due


@pytest.mark.parametrize(
    ("due", "delivered", "failed", "unfinished"),
    [(1, 0, 0, 0), (0, 1, 0, 0), (1, 1, 1, 0), (1, 2, 0, -1)],
)
def test_reports_that_do_not_add_up_are_a_bug(
    due: int, delivered: int, failed: int, unfinished: int
) -> None:
    with pytest.raises(AssertionError):
        ReportFigures(due=due, delivered=delivered, failed=failed, unfinished=unfinished)


def test_figures_of_nothing_are_all_zero() -> None:
    figures = Figures()

    assert (figures.phones, figures.reports.due, figures.latency.count) == (0, 0, 0)
    assert not figures.generator.saturated


@pytest.mark.parametrize(
    ("late", "busy", "queued", "speed", "limit"),
    [
        (LATE, 1.0, 9, 1.0, ""),
        (LATE + 0.001, 0.89, 0, 1.0, "machine"),
        (LATE + 0.001, 0.9, 0, 1.0, "cpu"),
        (LATE + 0.001, 0.9, 1, 1.0, "connections"),
        (LATE + 0.001, 0.1, 0, 60.0, "machine"),
        (9.0, 1.0, 9, None, ""),
    ],
)
def test_generator_is_saturated_when_it_kept_one_report_of_a_hundred_too_long(
    late: float, busy: float, queued: int, speed: float | None, limit: str
) -> None:
    lateness = spread_of(*[0.0] * 98, late, late)

    generator = rate_generator(
        (WorkerUsage(cpu=0.1), WorkerUsage(cpu=busy)),
        RunFacts(speed=speed),
        lateness,
        most=WorkerUsage(queued=queued),
    )

    assert (generator.saturated, generator.limit) == (bool(limit), limit)


def test_one_late_report_of_a_hundred_is_no_saturation() -> None:
    lateness = spread_of(*[0.0] * 99, 9.0)

    assert not rate_generator((), RunFacts(), lateness, most=WorkerUsage()).saturated
