"""What a run came to, with its verdict: all that is written down of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from mppsim.results.figures import Figures
from mppsim.results.history import KeptReport, SeriesRow
from mppsim.results.thresholds import Judged

__all__ = ["Outcome", "Verdict", "decide"]

_SATURATED = "generator.saturated"


class Verdict(StrEnum):
    """What is to be said of a run in one word."""

    PASSED = "passed"
    FAILED = "failed"
    """Something that was expected does not hold."""
    SATURATED = "saturated"
    """mppsim could not keep its schedule, so that the figures say nothing about the server."""
    INTERRUPTED = "interrupted"
    """It did not come to its end; the figures are those so far."""


def decide(thresholds: Iterable[Judged], *, is_interrupted: bool = False) -> Verdict:
    """Return the verdict. Where mppsim was the limit, nothing else that failed counts."""
    if is_interrupted:
        return Verdict.INTERRUPTED
    broken = [judged for judged in thresholds if not judged.passed]
    if any(judged.expr.startswith(_SATURATED) for judged in broken):
        return Verdict.SATURATED
    return Verdict.FAILED if broken else Verdict.PASSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A run when it is over."""

    scenario: str = ""
    """What it is called."""
    started: str = ""
    """When, in ISO 8601."""
    figures: Figures
    thresholds: tuple[Judged, ...] = ()
    verdict: Verdict
    series: tuple[SeriesRow, ...] = ()
    slowest: tuple[KeptReport, ...] = ()
    failed: tuple[KeptReport, ...] = ()
    """Some of them."""
