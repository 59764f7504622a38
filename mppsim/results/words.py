"""Figures as people read them."""

from collections.abc import Callable

from mppsim.results.names import FigureKind
from mppsim.results.thresholds import Judged, parse_threshold

__all__ = [
    "show_bytes",
    "show_clock",
    "show_count",
    "show_judged",
    "show_seconds",
    "show_share",
    "show_value",
]

_MINUTE, _HOUR = 60, 3600
_THOUSAND = 999.5
"""What is less has at most three digits once it is rounded."""


def show_seconds(seconds: float) -> str:
    """Return a time with the unit that it is best read in."""
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} µs" if seconds else "0"
    if seconds * 1000 < _THOUSAND:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 2 * _MINUTE:
        return f"{seconds:.3g} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.3g} min"
    return f"{_round(seconds / _HOUR)} h"


def show_clock(seconds: float) -> str:
    """Return a moment of the run's clock as hours, minutes and seconds."""
    minutes, left = divmod(int(seconds), _MINUTE)
    return f"{minutes // 60}:{minutes % 60:02}:{left:02}"


def show_count(number: float) -> str:
    """Return a whole number with its thousands set apart."""
    return f"{number:,.0f}"


def show_bytes(number: float) -> str:
    """Return a size with the unit that it is best read in."""
    for unit in ("bytes", "KB", "MB"):
        if number < _THOUSAND:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{_round(number)} GB"


def show_share(part: float, whole: float) -> str:
    """Return a share in percent; of nothing there is none."""
    return f"{_round(100 * part / whole)} %" if whole else "–"


def show_value(value: float | bool | None) -> str:
    """Return what a threshold was judged by."""
    if value is None:
        return "nothing to measure it by"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:,.6g}"


def show_judged(judged: Judged) -> str:
    """Return what a threshold was judged by, in the unit that it is best read in."""
    if judged.value is None or isinstance(judged.value, bool):
        return show_value(judged.value)
    return _UNITS.get(parse_threshold(judged.expr).kind, show_value)(judged.value)


def _round(number: float) -> str:
    """Return three digits, or all of those before the point where they are more."""
    return f"{number:.3g}" if number < _THOUSAND else f"{number:,.0f}"


_UNITS: dict[FigureKind, Callable[[float], str]] = {
    FigureKind.TIME: show_seconds,
    FigureKind.BYTES: show_bytes,
    FigureKind.SHARE: lambda share: show_share(share, 1),
}
