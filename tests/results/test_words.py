"""Figures as people read them."""

import pytest

from mppsim.results.thresholds import Judged
from mppsim.results.words import (
    show_bytes,
    show_clock,
    show_count,
    show_judged,
    show_seconds,
    show_share,
    show_value,
)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *((0.0, "0"), (0.000015, "15 µs"), (0.0025, "2.5 ms"), (0.25, "250 ms")),
        *((1.0, "1 s"), (119.0, "119 s"), (120.0, "2 min"), (7200.0, "2 h"), (5400.0, "90 min")),
        *((0.9997, "1 s"), (7199.9, "120 min"), (9e6, "2,500 h")),
    ],
)
def test_time_has_the_unit_that_it_is_best_read_in(seconds: float, text: str) -> None:
    assert show_seconds(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0:00:00"), (59.9, "0:00:59"), (3661.0, "1:01:01"), (100_000.0, "27:46:40")],
)
def test_moment_is_hours_minutes_and_seconds(seconds: float, text: str) -> None:
    assert show_clock(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1500, "1.5 KB"),
        (2_000_000, "2 MB"),
        (5e9, "5 GB"),
        (999_999, "1 MB"),
        (12e12, "12,000 GB"),
    ],
)
def test_size_has_the_unit_that_it_is_best_read_in(number: float, text: str) -> None:
    assert show_bytes(number) == text


def test_count_has_its_thousands_set_apart() -> None:
    assert show_count(1_234_567) == "1,234,567"


@pytest.mark.parametrize(
    ("part", "whole", "text"), [(1, 1000, "0.1 %"), (0, 5, "0 %"), (0, 0, "–"), (30, 1, "3,000 %")]
)
def test_share_is_in_percent(part: float, whole: float, text: str) -> None:
    assert show_share(part, whole) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "nothing to measure it by"), (True, "true"), (1000, "1,000"), (0.3, "0.3")],
)
def test_value_of_a_threshold(value: float | bool | None, text: str) -> None:
    assert show_value(value) == text


@pytest.mark.parametrize(
    ("expr", "value", "text"),
    [
        ("latency.p99 < 1s", 0.3, "300 ms"),
        ("reports.bytes > 5", 6000, "6 KB"),
        ("reports.failed/reports.due < 1%", 0.005, "0.5 %"),
        ("reports.failed == 0", 1234, "1,234"),
        ("generator.saturated == false", True, "true"),
        ("latency.p99 < 1s", None, "nothing to measure it by"),
    ],
)
def test_value_of_a_threshold_has_its_unit(expr: str, value: float | None, text: str) -> None:
    assert show_judged(Judged(expr=expr, value=value, passed=False)) == text
