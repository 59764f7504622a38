"""The thresholds of a run, judged while it goes on and at its end."""

from collections.abc import Callable, Iterable
from functools import cache

from mppsim.results.figures import Figures
from mppsim.results.thresholds import Judged, Threshold, with_defaults

__all__ = ["FiguresFrom", "Watch"]

FiguresFrom = Callable[[float], Figures]
"""Returns the figures from a moment of the run's clock on; from 0 they are those of all."""

_SETTLED = 10.0
"""Seconds of the run's clock; a rate over less says nothing yet."""


class Watch:
    """Knows what is expected, the defaults with it, and remembers what made a run end early."""

    def __init__(self, thresholds: Iterable[Threshold]) -> None:
        self.thresholds = with_defaults(thresholds)
        self._broken: dict[Threshold, Judged] = {}

    @property
    def moments(self) -> tuple[float, ...]:
        """From which moments on figures are asked for, besides the start: `after` of `Tally`."""
        return tuple(sorted({threshold.after for threshold in self.thresholds} - {0.0}))

    def look(self, figures_from: FiguresFrom) -> Judged | None:
        """Return the first threshold with `abort` that does not hold now: the run is to end.

        What cannot be measured yet holds so far.
        """
        figures_of = cache(figures_from)
        for threshold in self.thresholds:
            if threshold.abort:
                judged = self._look_at(threshold, figures_of(threshold.after))
                if judged is not None:
                    return self._broken.setdefault(threshold, judged)
        return None

    def judge(self, figures_from: FiguresFrom) -> tuple[Judged, ...]:
        """Judge them all at the end; what ended the run early does not hold, come what may."""
        figures_of = cache(figures_from)
        return tuple(
            self._broken.get(threshold) or threshold.judge(figures_of(threshold.after))
            for threshold in self.thresholds
        )

    def _look_at(self, threshold: Threshold, figures: Figures) -> Judged | None:
        if threshold.is_rate and figures.duration < _SETTLED:
            return None
        judged = threshold.judge(figures)
        return None if judged.passed or judged.value is None else judged
