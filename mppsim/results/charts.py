"""What `report.html` draws over time, and the same in words for who does not see it."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from itertools import pairwise

from mppsim.results.history import SeriesRow
from mppsim.results.spans import gather
from mppsim.results.words import show_clock, show_count, show_seconds

__all__ = ["Chart", "ChartKind", "Line", "Timeline", "build_timeline"]

_Row = SeriesRow | None
"""None: nothing happened then."""

_SPANS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}
_LIVELY = 2.0
"""Reports; with fewer in the liveliest second one counts by the minute, and so on."""
_DIGITS = 6


class ChartKind(StrEnum):
    """What the lines of a chart count in."""

    RATE = "rate"
    TIME = "time"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Line:
    """A value for each moment of its timeline, which lasts until the next; none for the end."""

    label: str
    values: tuple[float | None, ...]
    """None: there was nothing to measure it by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One or two lines, and what they are called."""

    title: str
    kind: ChartKind
    lines: tuple[Line, ...]
    """None where nothing happened: then the words say so."""
    summary: str
    """The same in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Charts that share a clock: the run's."""

    at: tuple[float, ...]
    """Moments in rising order; the last is the end."""
    charts: tuple[Chart, ...]

    def render_data(self) -> str:
        """Return what the page's script draws as JSON; it ends no element that it stands in.

        Charts without lines are left out.
        """
        drawn = [
            {"kind": str(chart.kind), "lines": [asdict(line) for line in chart.lines]}
            for chart in self.charts
            if chart.lines
        ]
        text = json.dumps({"at": self.at, "charts": drawn}, separators=(",", ":"))
        return text.replace("<", "\\u003c")


def build_timeline(series: Sequence[SeriesRow], duration: float) -> Timeline:
    """Return the charts of a run that took `duration` seconds on its clock.

    There are rows where something happened: in between nothing was sent and nothing measured.
    """
    series = gather(series, duration)
    moments = tuple(_fill(series, duration))
    at = tuple(round(moment, _DIGITS) for moment, _ in moments)
    unit = _choose_unit(series)
    draw = partial(_draw, at, tuple(row for _, row in moments))
    rate = partial(_rate, span=_SPANS[unit])
    due, delivered, failed = (partial(rate, name) for name in ("due", "delivered", "failed"))
    return Timeline(
        at=at,
        charts=(
            draw(f"Reports per {unit}", ChartKind.RATE, {"due": due, "delivered": delivered}),
            draw(f"Failures per {unit}", ChartKind.RATE, {"failed": failed}),
            draw("Latency", ChartKind.TIME, {"p50": _latency_p50, "p99": _latency_p99}),
            draw("Lateness of mppsim", ChartKind.TIME, {"p99": _lateness}),
            draw(
                "Connections and queue",
                ChartKind.COUNT,
                {"connections open": _connections, "reports queued": _queued},
            ),
        ),
    )


def _fill(series: Sequence[SeriesRow], duration: float) -> Iterator[tuple[float, _Row]]:
    """Yield each row when it began, and None when what no row is about began."""
    ends = 0.0
    for row in series:
        if row.at > ends:
            yield ends, None
        yield row.at, row
        ends = row.at + row.seconds
    if series:
        yield ends, None
    if series and duration > ends:
        yield duration, None


def _choose_unit(series: Sequence[SeriesRow]) -> str:
    most = max((row.due / row.seconds for row in series), default=_LIVELY)
    return next((unit for unit, span in _SPANS.items() if most * span >= _LIVELY), "hour")


def _rate(name: str, row: _Row, *, span: float) -> float:
    return 0.0 if row is None else float(f"{getattr(row, name) / row.seconds * span:.5g}")


def _latency_p50(row: _Row) -> float | None:
    return row.latency_p50 if row is not None and row.delivered else None


def _latency_p99(row: _Row) -> float | None:
    return row.latency_p99 if row is not None and row.delivered else None


def _lateness(row: _Row) -> float | None:
    return row.lateness_p99 if row is not None and (row.delivered or row.failed) else None


def _connections(row: _Row) -> int | None:
    return None if row is None else row.connections


def _queued(row: _Row) -> int | None:
    return None if row is None else row.queued


def _draw(
    at: Sequence[float],
    rows: Sequence[_Row],
    title: str,
    kind: ChartKind,
    reads: dict[str, Callable[[_Row], float | None]],
) -> Chart:
    lines = tuple(
        Line(label, (*(read(row) for row in rows[:-1]), None)) for label, read in reads.items()
    )
    lines = lines if any(any(line.values) for line in lines) else ()
    said = [_SAY[kind](line, at) for line in lines]
    return Chart(
        title=title,
        kind=kind,
        lines=lines,
        summary=f"{'; '.join(said)}." if said else "Nothing of this happened.",
    )


def _say_rate(line: Line, at: Sequence[float]) -> str:
    spans = [after - before for before, after in pairwise(at)]
    total = sum((value or 0) * span for value, span in zip(line.values, spans, strict=False))
    average, most = _number(total / sum(spans)), _find_most(line, at, _number)
    return f"{line.label}: {average} on average, {most}"


def _say_time(line: Line, at: Sequence[float]) -> str:
    least = min(value for value in line.values if value is not None)
    return f"{line.label}: {show_seconds(least)} at least, {_find_most(line, at, show_seconds)}"


def _say_count(line: Line, at: Sequence[float]) -> str:
    return f"{line.label}: {_find_most(line, at, show_count)}"


_SAY = {
    ChartKind.RATE: _say_rate,
    ChartKind.TIME: _say_time,
    ChartKind.COUNT: _say_count,
}


def _find_most(line: Line, at: Sequence[float], show: Callable[[float], str]) -> str:
    most = max(value for value in line.values if value is not None)
    if not most:
        return "never any"
    return f"{show(most)} at most (at {show_clock(at[line.values.index(most)])})"


def _number(number: float) -> str:
    return show_count(number) if number >= 100 else f"{number:.3g}"
