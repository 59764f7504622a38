"""`summary.md`: a run on one screen, as a comment on a pull request."""

from collections.abc import Iterable, Sequence

from mppsim.core.secrets import hide_secrets
from mppsim.results.figures import Figures, GroupFigures
from mppsim.results.outcome import Outcome, Verdict
from mppsim.results.thresholds import Judged
from mppsim.results.words import show_bytes, show_count, show_seconds, show_share, show_value

__all__ = ["render_markdown"]

_SIGNS = {
    Verdict.PASSED: "✅",
    Verdict.FAILED: "❌",
    Verdict.SATURATED: "⚠️",
    Verdict.INTERRUPTED: "⏹️",
}


def render_markdown(outcome: Outcome) -> str:
    """Return the summary as Markdown of the kind that code hosts show."""
    figures = outcome.figures
    name = f" – {_text(outcome.scenario)}" if outcome.scenario else ""
    parts = [
        f"## {_SIGNS[outcome.verdict]} mppsim: {outcome.verdict}{name}",
        _sentence(figures),
        "" if outcome.ended_early is None else f"It was {_text(str(outcome.ended_early))}.",
        _explain(outcome),
        _table(("", "due", "delivered", "failed", "p50", "p99", "max"), _group_rows(figures)),
        _table(("failures", "reports"), _failure_rows(figures)),
        _table(("", "expected", "value"), map(_threshold_row, outcome.thresholds), numbers=False),
        _close(figures),
        "\n".join(f"- {_text(hide_secrets(note))}" for note in outcome.notes),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _sentence(figures: Figures) -> str:
    return (
        f"{show_count(figures.phones)} phones, {show_seconds(figures.duration)} of their time in"
        f" {show_seconds(figures.elapsed)}; {show_bytes(figures.reports.bytes)} delivered;"
        f" seed {figures.seed}"
    )


def _explain(outcome: Outcome) -> str:
    if outcome.verdict is Verdict.SATURATED:
        return (
            "mppsim could not keep its schedule"
            f" ({outcome.figures.generator.limit or 'machine'}): the figures say what it can do"
            " on this machine, not what the server can."
        )
    if outcome.verdict is Verdict.INTERRUPTED:
        return "It did not come to its end; these are the figures so far."
    return ""


def _group_rows(figures: Figures) -> Iterable[Sequence[str]]:
    yield _group_row("**all**", figures)
    if len(figures.groups) > 1:
        for name, group in figures.groups.items():
            yield _group_row(_text(name), group)


def _group_row(name: str, group: GroupFigures) -> Sequence[str]:
    reports = group.reports
    failed = show_count(reports.failed)
    if reports.failed:
        failed += f" ({show_share(reports.failed, reports.due)})"
    times = (group.latency.p50, group.latency.p99, group.latency.max)
    return (
        name,
        show_count(reports.due),
        show_count(reports.delivered),
        failed,
        *(show_seconds(time) if group.latency.count else "–" for time in times),
    )


def _failure_rows(figures: Figures) -> Iterable[Sequence[str]]:
    failures = figures.reports.failures.items()
    return ((reason, show_count(n)) for reason, n in sorted(failures, key=lambda item: -item[1]))


def _threshold_row(judged: Judged) -> Sequence[str]:
    after = f" after {show_seconds(judged.after)}" if judged.after else ""
    sign = "✅" if judged.passed else "❌"
    return sign, f"`{judged.expr}`{after}", show_value(judged.value)


def _close(figures: Figures) -> str:
    back, lateness = figures.readback, figures.lateness
    sentences = []
    if back.checked:
        sentences.append(
            f"Read back {show_count(back.checked)} places: {back.missing} missing,"
            f" {back.different} different, {back.stale} stale, {back.duplicate} duplicate."
        )
    if lateness.count:
        sentences.append(f"mppsim was {show_seconds(lateness.p99)} late at p99.")
    return " ".join(sentences)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = True) -> str:
    lines = [_row(row) for row in rows]
    column = "--:" if numbers else "---"
    return (
        "\n".join([_row(head), _row(["---", *[column] * (len(head) - 1)]), *lines]) if lines else ""
    )


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(name: str) -> str:
    """Return a name that is no markup."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|#" else sign for sign in name)
