"""What a run came to, on the terminal: what each group did, what was expected, and the verdict."""

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mppsim.results.figures import Figures, GeneratorFigures, GroupFigures
from mppsim.results.outcome import Outcome, Verdict
from mppsim.results.thresholds import Judged
from mppsim.results.words import show_bytes, show_count, show_judged, show_seconds

__all__ = ["print_outcome"]

_MOST_GROUPS = 40
_STYLES = {
    Verdict.PASSED: "bold green",
    Verdict.FAILED: "bold red",
    Verdict.SATURATED: "bold yellow",
    Verdict.INTERRUPTED: "bold yellow",
}
_WORDS = {
    Verdict.PASSED: "passed",
    Verdict.FAILED: "FAILED",
    Verdict.SATURATED: "SATURATED",
    Verdict.INTERRUPTED: "interrupted",
}


def print_outcome(console: Console, outcome: Outcome, *, results: str = "") -> None:
    """Print a run; `results` is the directory that has more of it."""
    figures = outcome.figures
    console.print(_groups(figures))
    for line in _sentences(figures):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for judged in outcome.thresholds:
        console.print(_threshold(judged), highlight=False, soft_wrap=True)
    if outcome.ended_early is not None:
        console.print(
            f"it was {outcome.ended_early}", highlight=False, markup=False, soft_wrap=True
        )
    if results:
        console.print(f"results: {results}", markup=False, highlight=False, soft_wrap=True)
    console.print(_WORDS[outcome.verdict], style=_STYLES[outcome.verdict])


def _groups(figures: Figures) -> Table:
    table = Table(title="What each group did", title_justify="left")
    for heading in ("group", "reports", "sent by", "triggers"):
        table.add_column(heading, overflow="fold")
    for heading in ("phones", "due", "delivered", "failed", "p50", "p99"):
        table.add_column(heading, justify="right")
    shown = list(figures.groups.items())[:_MOST_GROUPS]
    for name, group in shown:
        table.add_row(*map(Text, _row(name, group)))
    rest = len(figures.groups) - len(shown)
    if rest:
        table.add_row(Text(f"and {rest:,} more groups"))
    if len(figures.groups) > 1:
        table.add_section()
        table.add_row(*map(Text, _row("all", figures)))
    return table


def _row(name: str, group: GroupFigures) -> Iterable[str]:
    reports = group.reports
    contents = {content: each.due for content, each in reports.by_content.items()}
    ways = {**reports.by_method, **_encrypted(reports.by_encryption)}
    yield name
    yield _count(contents)
    yield _count(ways)
    yield _count(reports.by_trigger)
    for number in (group.phones, reports.due, reports.delivered, reports.failed):
        yield show_count(number)
    for time in (group.latency.p50, group.latency.p99):
        yield show_seconds(time) if group.latency.count else "–"


def _encrypted(by_encryption: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in by_encryption.items() if name != "none"}


def _count(counts: Mapping[str, int]) -> str:
    said = (
        f"{show_count(count)} {name.replace('_', ' ')}"
        for name, count in sorted(counts.items())
        if count
    )
    return ", ".join(said) or "–"


def _sentences(figures: Figures) -> Iterable[str]:
    reports, notify, back = figures.reports, figures.notify, figures.readback
    phones = "phone" if figures.phones == 1 else "phones"
    yield (
        f"{show_count(figures.phones)} {phones}, {show_seconds(figures.duration)} of their time in"
        f" {show_seconds(figures.elapsed)}; seed {figures.seed}"
    )
    yield (
        f"reports: {show_count(reports.due)} due, {show_count(reports.delivered)} delivered"
        f" ({show_bytes(reports.bytes)}), {show_count(reports.failed)} failed,"
        f" {show_count(reports.unfinished)} unfinished"
    )
    if reports.failures:
        yield f"failed: {_count(reports.failures)}"
    if figures.latency.count:
        yield (
            f"latency p50 {show_seconds(figures.latency.p50)}, p99"
            f" {show_seconds(figures.latency.p99)}; mppsim itself was"
            f" {show_seconds(figures.lateness.p99)} late at p99"
        )
    if notify.received or notify.sent:
        yield (
            f"NOTIFY: {show_count(notify.accepted)} accepted, {show_count(notify.challenged)}"
            f" challenged first, {show_count(notify.refused)} refused,"
            f" {show_count(notify.unanswered)} unanswered"
        )
    if back.checked:
        yield (
            f"read back {show_count(back.checked)} places: {back.missing} missing,"
            f" {back.different} different, {back.stale} stale, {back.duplicate} duplicate,"
            f" {back.unopened} that no key opened, {back.unreadable} unreadable"
        )
    yield from _tell_generator(figures.generator)


def _tell_generator(generator: GeneratorFigures) -> Iterable[str]:
    if generator.saturated:
        yield (
            f"mppsim could not keep its schedule ({generator.limit or 'machine'}): the figures say"
            " what it can do here, not what the server can"
        )
    if generator.workers_lost:
        yield _tell_lost(generator.workers_lost)
    if generator.server_lost:
        yield "the embedded server was lost on the way"


def _tell_lost(count: int) -> str:
    one, them = ("worker", "it") if count == 1 else ("workers", "them")
    return f"{count} {one} ended though nobody told {them} to"


def _threshold(judged: Judged) -> Text:
    after = f" after {show_seconds(judged.after)}" if judged.after else ""
    sign, style = ("✓", "green") if judged.passed else ("✗", "bold red")
    line = Text()
    line.append(f"{sign} ", style=style)
    line.append(f"{judged.expr}{after}")
    line.append(f"  ({show_judged(judged)})", style="dim")
    return line
