"""Figures of a run, made by hand."""

from collections.abc import Mapping

from mppsim.results.figures import (
    ContentFigures,
    Figures,
    GeneratorFigures,
    GroupFigures,
    NotifyFigures,
    ReadbackFigures,
    ReportFigures,
    Spread,
)
from mppsim.results.histogram import Histogram


def spread_of(*seconds: float) -> Spread:
    histogram = Histogram()
    for time in seconds:
        histogram.record(time)
    return Spread(histogram)


def reports_of(
    delivered: int = 0,
    failed: int = 0,
    unfinished: int = 0,
    *,
    late: int = 0,
    failures: Mapping[str, int] | None = None,
) -> ReportFigures:
    number = delivered + failed + unfinished
    delta = ContentFigures(due=number, sent=number, delivered=delivered, failed=failed)
    return ReportFigures(
        due=number,
        sent=number,
        delivered=delivered,
        failed=failed,
        unfinished=unfinished,
        late=late,
        bytes=delivered * 6000,
        by_content={"delta": delta} if number else {},
        by_trigger={"local_change": number} if number else {},
        by_method={"PUT": number} if number else {},
        by_encryption={"none": number} if number else {},
        failures=failures or ({"timeout": failed} if failed else {}),
    )


LOBBY = GroupFigures(
    phones=40,
    reports=reports_of(800),
    latency=spread_of(*[0.002] * 790, *[0.3] * 10),
    latency_from_due=spread_of(*[0.003] * 800),
    lateness=spread_of(*[0.001] * 800),
)
OFFICE = GroupFigures(
    phones=60,
    reports=reports_of(199, 1),
    latency=spread_of(*[0.004] * 199),
    latency_from_due=spread_of(*[0.005] * 199),
    lateness=spread_of(*[0.001] * 200),
)
BUSY = Figures(
    phones=100,
    duration=100.0,
    elapsed=50.0,
    seed=7,
    reports=reports_of(999, 1, late=3),
    latency=spread_of(*[0.002] * 790, *[0.004] * 199, *[0.3] * 10),
    latency_from_due=spread_of(*[0.003] * 800, *[0.005] * 199),
    lateness=spread_of(*[0.001] * 1000),
    notify=NotifyFigures(received=10, accepted=6, challenged=4, sent=7, unanswered=1),
    registrations={"registered": 100},
    resyncs={"ok": 3, "status-404": 2},
    readback=ReadbackFigures(checked=100, stale=2),
    generator=GeneratorFigures(
        cpu=1.25, cpu_busiest=0.75, rss=300_000_000, connections=120, workers=2
    ),
    groups={"lobby": LOBBY, "office": OFFICE},
)
"""A run in which much happened, and almost all of it went well."""
