"""Shows a run while it goes on: a view that redraws itself, or plain lines for a log.

Both write to standard error: standard output belongs to the result.
"""

from collections import deque
from collections.abc import Mapping
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from mppsim.fleet.progress import Phase, Progress
from mppsim.results.figures import Figures
from mppsim.results.words import show_bytes, show_seconds

__all__ = ["LiveView", "PlainView", "RunView", "SilentView"]

_RATE_SPAN = 5.0
"""Real seconds over which a rate is taken."""
_MOST_REASONS = 6
_NOT_FAILED = "none"


class RunView(Protocol):
    """Whoever is shown how a run goes."""

    def show(self, progress: Progress) -> None:
        """Show this moment; called a few times a second."""

    def close(self) -> None:
        """Show nothing any more."""


class SilentView:
    """Shows nothing: nobody is looking."""

    def show(self, progress: Progress) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Do nothing."""


class _Rate:
    """Events a second, over the last few seconds of real time."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def take(self, elapsed: float, count: int) -> float:
        self._seen.append((elapsed, count))
        while len(self._seen) > 2 and elapsed - self._seen[0][0] > _RATE_SPAN:
            self._seen.popleft()
        began, before = self._seen[0]
        return (count - before) / (elapsed - began) if elapsed > began else 0.0


class PlainView:
    """Writes a line every so many seconds of real time, and one for each new phase."""

    def __init__(self, console: Console, *, every: float = 5.0) -> None:
        self._console = console
        self._every = every
        self._next = 0.0
        self._phase: Phase | None = None
        self._rate = _Rate()

    def show(self, progress: Progress) -> None:
        """Write a line, if it is time for one."""
        rate = self._rate.take(progress.elapsed, progress.figures.reports.delivered)
        if progress.phase is self._phase and progress.elapsed < self._next:
            return
        self._phase = progress.phase
        self._next = progress.elapsed + self._every
        self._console.print(_line(progress, rate), markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Do nothing: each line was whole."""


class LiveView:
    """Redraws one screenful in place."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._rate = _Rate()
        self._live.start()

    def show(self, progress: Progress) -> None:
        """Draw this moment."""
        rate = self._rate.take(progress.elapsed, progress.figures.reports.delivered)
        self._live.update(_draw(progress, rate), refresh=True)

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._live.stop()


def _draw(progress: Progress, rate: float) -> RenderableType:
    """Draw a moment of a run as a screenful."""
    figures = progress.figures
    head = Table.grid(padding=(0, 2), expand=True)
    head.add_column()
    head.add_column(ratio=1)
    head.add_column(justify="right")
    head.add_row(
        Text(progress.phase, style="bold"),
        ProgressBar(total=1.0, completed=progress.share),
        f"{show_seconds(progress.at)} of {show_seconds(progress.duration)}, "
        f"{show_seconds(progress.elapsed)} of real time",
    )
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="bold")
    facts.add_column()
    for name, value in _facts(figures, progress.states, rate):
        facts.add_row(name, Text(value))
    waits = _tell_waits(progress)
    events = [Text(line, overflow="ellipsis", no_wrap=True) for line in progress.events]
    parts: list[RenderableType] = [head, *([Text(waits)] if waits else []), Text(), facts]
    if events:
        parts += [Text(), Text("last events", style="bold"), *events]
    return Panel(Group(*parts), title="mppsim run", title_align="left")


def _tell_waits(progress: Progress) -> str:
    """Say what a run is still waiting for, though its duration is over."""
    if not progress.remaining:
        return ""
    return f"delays that were running go on for {show_seconds(progress.remaining)}; Ctrl-C ends it"


def _facts(figures: Figures, states: Mapping[str, int], rate: float) -> tuple[tuple[str, str], ...]:
    reports = figures.reports
    by_state = ", ".join(f"{count:,} {state}" for state, count in sorted(states.items()) if count)
    return (
        ("phones", f"{figures.phones:,}" + (f": {by_state}" if by_state else "")),
        (
            "reports",
            f"{rate:,.0f} a second; {reports.delivered:,} delivered of {reports.due:,} due,"
            f" {reports.unfinished:,} on the way, {show_bytes(reports.bytes)}",
        ),
        ("latency", _spread(figures, "latency")),
        ("lateness", _spread(figures, "lateness")),
        ("failed", _reasons(reports.failures)),
        ("connections", _connections(figures)),
    )


def _spread(figures: Figures, name: str) -> str:
    spread = getattr(figures, name)
    if not spread.count:
        return "nothing yet"
    return "   ".join(
        f"{label} {show_seconds(value)}"
        for label, value in (
            ("p50", spread.p50),
            ("p90", spread.p90),
            ("p99", spread.p99),
            ("max", spread.max),
        )
    )


def _reasons(failures: Mapping[str, int]) -> str:
    if not failures:
        return _NOT_FAILED
    ordered = sorted(failures.items(), key=lambda item: (-item[1], item[0]))
    shown = [f"{count:,} {reason}" for reason, count in ordered[:_MOST_REASONS]]
    rest = sum(count for _, count in ordered[_MOST_REASONS:])
    return ", ".join([*shown, *([f"{rest:,} for other reasons"] if rest else [])])


def _connections(figures: Figures) -> str:
    most = figures.generator
    queued = f", {most.queued:,} reports waited for one" if most.queued else ""
    return f"{most.connections:,} at most{queued}"


def _line(progress: Progress, rate: float) -> str:
    figures = progress.figures
    reports = figures.reports
    waits = _tell_waits(progress)
    return (
        f"{progress.phase} {progress.share:4.0%} at {show_seconds(progress.at)}:"
        f" {figures.phones:,} phones, {reports.delivered:,} delivered, {reports.failed:,} failed"
        f" ({_reasons(reports.failures)}), {rate:,.0f}/s, latency p50"
        f" {show_seconds(figures.latency.p50)} p99 {show_seconds(figures.latency.p99)},"
        f" lateness p99 {show_seconds(figures.lateness.p99)}" + (f"; {waits}" if waits else "")
    )
