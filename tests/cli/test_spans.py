"""Spans of time as people read them."""

import pytest

from mppsim.cli.spans import say_span


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "0"),
        (-1.0, "0"),
        (0.00034, "340 µs"),
        (0.000999, "999 µs"),
        (0.0123, "12.3 ms"),
        (0.9994, "999 ms"),
        (0.99951, "1 s"),
        (1.5, "1.5 s"),
        (59.4, "59.4 s"),
        (59.9, "1 min 00 s"),
        (125.0, "2 min 05 s"),
        (5400.0, "1 h 30 min"),
        (3_599.9, "1 h 00 min"),
        (90_000_000.0, "25,000 h 00 min"),
    ],
)
def test_a_span_is_said_in_the_unit_that_fits(seconds: float, said: str) -> None:
    assert say_span(seconds) == said
