"""Thresholds while a run goes on, and at its end."""

from dataclasses import replace

import pytest

from mppsim.results.figures import Figures, GeneratorFigures
from mppsim.results.thresholds import DEFAULTS, parse_threshold
from mppsim.results.watch import FiguresFrom, Watch
from tests.support.figures import BUSY, reports_of, spread_of

SLOW = replace(BUSY, latency=spread_of(*[1.0] * 100))
QUICK = replace(BUSY, latency=spread_of(*[0.01] * 100))


def watch_of(*texts: str) -> Watch:
    return Watch(parse_threshold(text) for text in texts)


def always(figures: Figures) -> FiguresFrom:
    return lambda _after: figures


def test_moments_are_those_of_the_thresholds() -> None:
    watch = watch_of(
        "latency.p99 < 1s after 60s", "latency.p50 < 1s after 60s", "reports.failed < 9 after 5s"
    )

    assert watch.moments == (5.0, 60.0)
    assert watch_of("reports.failed == 0").moments == ()


def test_defaults_are_judged_with_the_rest() -> None:
    judged = watch_of("reports.failed <= 1").judge(always(BUSY))

    assert [row.expr for row in judged] == [*DEFAULTS, "reports.failed <= 1"]
    assert all(row.passed for row in judged)


def test_threshold_is_judged_by_the_figures_from_its_moment_on() -> None:
    watch = watch_of("latency.p99 < 250ms", "latency.p99 < 250ms after 60s")

    judged = watch.judge(lambda after: QUICK if after == 60.0 else SLOW)

    assert [(row.after, row.passed) for row in judged[-2:]] == [(0.0, False), (60.0, True)]


def test_figures_of_a_moment_are_asked_for_once() -> None:
    asked: list[float] = []

    def figures_from(after: float) -> Figures:
        asked.append(after)
        return BUSY

    watch_of("latency.p99 < 1s", "latency.p50 < 1s", "latency.p50 < 1s after 9s").judge(
        figures_from
    )

    assert sorted(asked) == [0.0, 9.0]


@pytest.mark.parametrize(
    ("text", "figures", "expr"),
    [
        ("latency.p99 < 250ms", SLOW, None),
        ("latency.p99 < 250ms abort", QUICK, None),
        ("latency.p99 < 250ms abort", Figures(), None),
        ("latency.p99 < 250ms abort", SLOW, "latency.p99 < 250ms"),
        ("reports.failed == 0 abort", Figures(), None),
        ("reports.failed == 0 abort", BUSY, "reports.failed == 0"),
        ("reports.delivered/s > 10 abort", BUSY, "reports.delivered/s > 10"),
        ("reports.delivered/s > 1000 abort", replace(BUSY, duration=9.9), None),
        (
            "reports.delivered/s > 1000 abort",
            replace(BUSY, duration=10.0),
            "reports.delivered/s > 1000",
        ),
        (
            "generator.saturated == false abort",
            replace(BUSY, generator=GeneratorFigures(saturated=True)),
            "generator.saturated == false",
        ),
    ],
)
def test_run_ends_early_where_a_threshold_with_abort_does_not_hold(
    text: str, figures: Figures, expr: str | None
) -> None:
    broken = watch_of(text).look(always(figures))

    assert (broken.expr if broken else None) == expr


def test_what_ended_the_run_does_not_hold_even_if_it_recovers() -> None:
    watch = watch_of("latency.p99 < 250ms abort", "latency.p50 < 1s")
    broken = watch.look(always(SLOW))

    judged = watch.judge(always(QUICK))

    assert broken is not None
    assert judged[-2:] == (broken, parse_threshold("latency.p50 < 1s").judge(QUICK))
    assert not judged[-2].passed


def test_look_that_finds_the_same_again_returns_the_first_finding() -> None:
    watch = watch_of("reports.failed == 0 abort")
    first = watch.look(always(BUSY))

    assert watch.look(always(replace(BUSY, reports=reports_of(1, 50)))) == first
