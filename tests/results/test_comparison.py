"""Two runs side by side."""

from dataclasses import replace
from typing import Any

import pytest

from mppsim.results.comparison import Change, compare_summaries
from mppsim.results.figures import Figures, GeneratorFigures
from mppsim.results.summary import build_summary
from tests.support.figures import BUSY, reports_of, spread_of
from tests.support.outcomes import outcome_of


def summary_of(figures: Figures = BUSY, *expected: str) -> dict[str, Any]:
    return build_summary(outcome_of(figures, *expected))


def changes(first: dict[str, Any], second: dict[str, Any]) -> dict[str, tuple[Any, Any, str]]:
    return {c.name: (c.first, c.second, c.better) for c in compare_summaries(first, second)}


def test_same_run_twice_has_no_changes() -> None:
    assert compare_summaries(summary_of(), summary_of()) == ()


def test_when_and_how_long_it_ran_is_no_change() -> None:
    later = summary_of() | {"started": "2027-01-01", "elapsed": 51.0, "mppsim": "9.9"}

    assert compare_summaries(summary_of(), later) == ()


@pytest.mark.parametrize(
    ("second", "is_change", "better"),
    [
        ([0.0102], False, ""),
        ([0.0098], False, ""),
        ([0.012], True, "first"),
        ([0.008], True, "second"),
    ],
)
def test_times_change_beyond_the_noise(second: list[float], is_change: bool, better: str) -> None:
    first = replace(BUSY, latency=spread_of(*[0.01] * 999))
    other = replace(BUSY, latency=spread_of(*second * 999))

    found = changes(summary_of(first), summary_of(other))

    assert ("latency.p50" in found) is is_change
    assert found.get("latency.p50", ("", "", ""))[2] == better


def test_times_below_a_tenth_of_a_millisecond_are_the_same() -> None:
    first, second = (replace(BUSY, lateness=spread_of(time)) for time in (0.00001, 0.00009))

    assert [n for n in changes(summary_of(first), summary_of(second)) if "lateness.p" in n] == []


def test_failures_are_weighed_by_how_many_reports_were_due() -> None:
    few = summary_of(replace(BUSY, reports=reports_of(99, 1)))
    many = summary_of(replace(BUSY, reports=reports_of(9998, 2)))

    found = changes(few, many)

    assert found["reports.failed"] == (1, 2, "second")
    assert found["reports.failures.timeout"] == (1, 2, "second")
    assert found["reports.delivered"] == (99, 9998, "second")
    assert found["reports.due"] == (100, 10000, "")


def test_reason_that_only_one_has_counts_as_nought_in_the_other() -> None:
    first = summary_of(replace(BUSY, reports=reports_of(100)))
    second = summary_of(replace(BUSY, reports=reports_of(98, 2, failures={"tls": 2})))

    assert changes(first, second)["reports.failures.tls"] == (None, 2, "first")


def test_nought_and_nothing_are_the_same() -> None:
    second = replace(BUSY, registrations={**BUSY.registrations, "failed": 0})

    assert changes(summary_of(), summary_of(second)) == {}


def test_groups_are_compared_by_name() -> None:
    quick = replace(BUSY.groups["lobby"], latency=spread_of(*[0.001] * 800))
    second = replace(BUSY, groups={"lobby": quick})

    found = changes(summary_of(), summary_of(second))

    assert found["groups.lobby.latency.p50"][2] == "second"
    assert found["groups.office.phones"] == (60, None, "")


def test_thresholds_are_compared_by_what_they_say() -> None:
    second = replace(BUSY, reports=reports_of(1000))

    found = changes(
        summary_of(BUSY, "reports.failed == 0"),
        summary_of(second, "reports.failed == 0", "latency.p50 < 1s after 9s"),
    )

    assert found["reports.failed == 0"] == ("does not hold", "holds", "second")
    assert found["latency.p50 < 1s after 9s"] == (None, "holds", "")
    assert found["verdict"] == ("failed", "passed", "second")


def test_generator_is_better_that_was_not_the_limit() -> None:
    slow = replace(BUSY, generator=GeneratorFigures(saturated=True, limit="cpu", cpu=2.0))

    found = changes(summary_of(), summary_of(slow))

    assert found["generator.saturated"] == (False, True, "first")
    assert found["generator.cpu"] == (1.25, 2.0, "first")
    assert found["verdict"] == ("passed", "saturated", "first")
    assert "generator.limit" not in found


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [
        (2, 3, 1.5),
        (0, 3, None),
        (None, 3, None),
        (3, None, None),
        (True, False, None),
        ("a", "b", None),
    ],
)
def test_ratio_is_of_numbers(first: Any, second: Any, ratio: float | None) -> None:
    assert Change(name="x", first=first, second=second).ratio == ratio


def test_seed_is_not_so_much_more_than_another() -> None:
    assert Change(name="seed", first=1, second=2).ratio is None
