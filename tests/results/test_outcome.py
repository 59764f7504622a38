"""The verdict."""

import pytest

from mppsim.results.outcome import Verdict, decide
from mppsim.results.thresholds import Judged


def judged(expr: str, passed: bool) -> Judged:
    return Judged(expr=expr, value=0, passed=passed)


GOOD = judged("reports.failed == 0", True)
BAD = judged("latency.p99 < 250ms", False)
SATURATED = judged("generator.saturated == false", False)


@pytest.mark.parametrize(
    ("thresholds", "is_interrupted", "verdict"),
    [
        ([], False, Verdict.PASSED),
        ([GOOD], False, Verdict.PASSED),
        ([GOOD, BAD], False, Verdict.FAILED),
        ([GOOD, SATURATED], False, Verdict.SATURATED),
        ([BAD, SATURATED], False, Verdict.SATURATED),
        ([judged("generator.saturated == true", True)], False, Verdict.PASSED),
        ([GOOD], True, Verdict.INTERRUPTED),
        ([BAD, SATURATED], True, Verdict.INTERRUPTED),
    ],
)
def test_verdict(thresholds: list[Judged], is_interrupted: bool, verdict: Verdict) -> None:
    assert decide(thresholds, is_interrupted=is_interrupted) is verdict
