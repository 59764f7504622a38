"""Runs that are over, made by hand."""

from mppsim.results.figures import Figures
from mppsim.results.history import KeptReport, SeriesRow
from mppsim.results.outcome import EarlyEnd, Outcome, Verdict, decide
from mppsim.results.thresholds import parse_threshold, with_defaults
from tests.support.figures import BUSY

EXPECTED = (
    "reports.failed == 0",
    "latency.p99 < 250ms after 60s",
    "groups.office.reports.failed/groups.office.reports.due < 0.1%",
)

ROW = SeriesRow(
    at=0.0,
    elapsed=0.0,
    seconds=1.0,
    due=10,
    sent=10,
    delivered=9,
    failed=1,
    bytes=54_000,
    latency_p50=0.002,
    latency_p99=0.3,
    lateness_p99=0.001,
    connections=4,
    queued=0,
)
FAILED = KeptReport(
    at=5.0,
    phone="00562b000001",
    group="office",
    content="delta",
    method="PUT",
    url="http://h/a",
    status=None,
    bytes=6000,
    seconds=30.0,
    late=0.0,
    waited=0.0,
    reason="timeout",
)


def outcome_of(
    figures: Figures = BUSY,
    *expected: str,
    scenario: str = "change-storm",
    is_interrupted: bool = False,
    ended_at: float | None = None,
    notes: tuple[str, ...] = (),
) -> Outcome:
    thresholds = with_defaults(parse_threshold(text) for text in expected)
    judged = tuple(threshold.judge(figures) for threshold in thresholds)
    aborting = next((row for row in judged if row.abort), None)
    early = None
    if ended_at is not None:
        assert aborting is not None
        early = EarlyEnd(threshold=aborting, at=ended_at)
    return Outcome(
        scenario=scenario,
        started="2026-01-01T00:00:00+00:00",
        figures=figures,
        thresholds=judged,
        verdict=decide(judged, is_interrupted=is_interrupted),
        ended_early=early,
        notes=notes,
        series=(ROW,),
        failed=(FAILED,),
    )


PASSED = outcome_of()
BROKEN = outcome_of(BUSY, *EXPECTED)
INTERRUPTED = outcome_of(is_interrupted=True)
ABORTED = outcome_of(BUSY, "latency.p99 < 250ms after 60s abort", ended_at=754.0)
"""Ended by a threshold, in the thirteenth minute."""
TOLD_EARLY = "ended early, at 12.6 min: latency.p99 < 250ms after 60 s did not hold (300 ms)"
"""What is to be said of it."""
NOTED = outcome_of(notes=("2 phones are <lost>", "http://me:pw@h/ was refused"))
"""Something was not as it should be, and of a secret."""

assert (PASSED.verdict, BROKEN.verdict) == (Verdict.PASSED, Verdict.FAILED)
