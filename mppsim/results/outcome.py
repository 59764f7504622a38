"""What a run came to, with its verdict: all that is written down of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from mppsim.results.figures import Figures
from mppsim.results.history import KeptReport, SeriesRow
from mppsim.results.thresholds import Judged
from mppsim.results.words import show_judged, show_seconds

__all__ = ["EarlyEnd", "Outcome", "Verdict", "decide"]

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
class EarlyEnd:
    """A threshold with `abort` that did not hold, and so ended the run; prints as a sentence."""

    threshold: Judged
    at: float
    """Seconds on the run's clock."""

    def __str__(self) -> str:
        after = f" after {show_seconds(self.threshold.after)}" if self.threshold.after else ""
        return (
            f"ended early, at {show_seconds(self.at)}:"
            f" {self.threshold.expr}{after} did not hold ({show_judged(self.threshold)})"
        )


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
    ended_early: EarlyEnd | None = None
    """What ended it before its time, if a threshold did."""
    notes: tuple[str, ...] = ()
    """What was not as it should be besides, in sentences."""
    series: tuple[SeriesRow, ...] = ()
    slowest: tuple[KeptReport, ...] = ()
    failed: tuple[KeptReport, ...] = ()
    """Some of them."""
