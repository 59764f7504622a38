"""The figures of a run as cards, each with its figures in words: what `report.html` begins with."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields

from mppsim.results.figures import Figures, GeneratorFigures, GroupFigures, ReportFigures, Spread
from mppsim.results.words import show_bytes, show_count, show_seconds, show_share

__all__ = ["Card", "Cell", "Fact", "build_cards", "build_group_rows", "build_spread_rows"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Card:
    """Figures that belong together; where there are none, a sentence says so."""

    title: str
    facts: tuple[Fact, ...]
    nothing: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table, with what it is sorted by."""

    text: str
    value: float = -1.0
    """Less than all others where there was nothing to measure."""


def build_cards(figures: Figures) -> tuple[Card, ...]:
    """Return all figures but times, contents and groups."""
    reports, back = figures.reports, figures.readback
    return (
        Card("Reports", tuple(_report_facts(reports))),
        Card("Triggers", _counts(reports.by_trigger), "No trigger fell."),
        Card(
            "How it was sent",
            _counts({**reports.by_method, **_encryption(reports)}),
            "Nothing was sent.",
        ),
        Card("NOTIFY", _counts(_all_counts(figures.notify))),
        Card(
            "Read-back",
            _counts(_all_counts(back)) if back.checked else (),
            "What the server holds was not read back.",
        ),
        Card("Registrations", _counts(figures.registrations), "No line registered."),
        Card("Resyncs", _counts(figures.resyncs), "No phone resynced."),
        Card("mppsim itself", tuple(_generator_facts(figures.generator))),
    )


def build_spread_rows(figures: Figures) -> tuple[tuple[str, str, tuple[Cell, ...]], ...]:
    """Return the times of a run: from what to what, how many, and how they spread."""
    rows = (
        ("latency", "sent to done", figures.latency),
        ("latency from due", "due to done", figures.latency_from_due),
        ("lateness", "kept by mppsim", figures.lateness),
    )
    return tuple((name, meaning, _spread_cells(spread)) for name, meaning, spread in rows)


def build_group_rows(figures: Figures) -> tuple[tuple[str, tuple[Cell, ...]], ...]:
    """Return each group's name with its figures."""
    return tuple((name, tuple(_group_cells(group))) for name, group in figures.groups.items())


def _report_facts(reports: ReportFigures) -> Iterator[Fact]:
    for name in ("due", "sent", "delivered", "failed", "unfinished", "late"):
        number = getattr(reports, name)
        share = f" ({show_share(number, reports.due)})" if number and name != "due" else ""
        yield Fact(name, show_count(number) + share)
    yield Fact("bytes delivered", show_bytes(reports.bytes))


def _encryption(reports: ReportFigures) -> dict[str, int]:
    return {
        "not encrypted" if name == "none" else name: number
        for name, number in reports.by_encryption.items()
    }


def _generator_facts(generator: GeneratorFigures) -> Iterator[Fact]:
    yield Fact("saturated", f"yes, by {generator.limit}" if generator.saturated else "no")
    yield Fact("cores used", f"{generator.cpu:.3g}")
    yield Fact("busiest worker", f"{generator.cpu_busiest:.3g} of a core")
    yield Fact("memory", show_bytes(generator.rss))
    yield Fact("connections at once", show_count(generator.connections))
    yield Fact("reports queued at once", show_count(generator.queued))
    yield Fact("workers", show_count(generator.workers))
    yield Fact("workers lost", show_count(generator.workers_lost))
    yield Fact("embedded server lost", "yes" if generator.server_lost else "no")


def _all_counts(figures: object) -> dict[str, int]:
    # mypy cannot know that these are dataclasses of whole numbers.
    return {f.name: getattr(figures, f.name) for f in fields(figures)}  # type: ignore[arg-type]


def _counts(counts: Mapping[str, int]) -> tuple[Fact, ...]:
    return tuple(
        Fact(str(name).replace("_", " "), show_count(number)) for name, number in counts.items()
    )


def _group_cells(group: GroupFigures) -> Iterable[Cell]:
    reports = group.reports
    numbers = (group.phones, reports.due, reports.delivered, reports.failed)
    yield from (Cell(show_count(number), number) for number in numbers)
    yield from (_time(group.latency, name) for name in ("p50", "p99", "max"))
    yield _time(group.latency_from_due, "p99")
    yield _time(group.lateness, "p99")


def _spread_cells(spread: Spread) -> tuple[Cell, ...]:
    times = (_time(spread, name) for name in ("p50", "p90", "p99", "max"))
    return (Cell(show_count(spread.count), spread.count), *times)


def _time(spread: Spread, name: str) -> Cell:
    seconds: float = getattr(spread, name)
    return Cell(show_seconds(seconds), seconds) if spread.count else Cell("–")
