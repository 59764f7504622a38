"""A run of an hour, made by hand, as a server's worst day would look: for what is drawn of it."""

from math import exp, sin

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
from mppsim.results.history import KeptReport, SeriesRow
from mppsim.results.outcome import Outcome, decide
from mppsim.results.thresholds import parse_threshold, with_defaults

HOUR = 3600.0
ROWS = 1800
STEP = HOUR / ROWS
DOWN = range(600, 660)
"""The rows in which the server answers 503 to a third."""

PHONES = {"head office": 12_000, "branches": 6_500, "home workers": 1_500}
SHARES = {"head office": 0.62, "branches": 0.3, "home workers": 0.08}
EXPECTED = (
    "reports.failed/reports.due < 0.5%",
    "latency.p99 < 250ms after 60s",
    "latency_from_due.p99 < 1m",
    "reports.delivered/s > 50",
    'groups."home workers".latency.p99 < 2s',
    "readback.missing == 0",
)


def wave(row: int) -> float:
    """Something that goes up and down, by no clock and no dice."""
    return sin(row / 7) * sin(row / 3.1 + 2) * sin(row * 1.7)


def series_row(row: int) -> SeriesRow:
    due = round(150 + 60 * sin(row / 260) + 25 * wave(row) + 400 * exp(-(((row - 1300) / 18) ** 2)))
    failed = round(due / 3) if row in DOWN else int(wave(row) > 0.97)
    slow = 6.0 if row in DOWN else 1.0 + 5 * exp(-(((row - 1310) / 25) ** 2))
    return SeriesRow(
        at=row * STEP,
        elapsed=row * STEP,
        seconds=STEP,
        due=due,
        sent=due,
        delivered=due - failed,
        failed=failed,
        bytes=(due - failed) * 5200,
        latency_p50=0.0042 * slow * (1 + 0.12 * wave(row)),
        latency_p99=0.031 * slow * (1 + 0.35 * abs(wave(row))),
        lateness_p99=0.0011 * (1 + abs(wave(row)) + 6 * exp(-(((row - 1300) / 12) ** 2))),
        connections=round(4 + due / 20 * slow),
        queued=max(0, round(due / 4 - 100)),
    )


SERIES = tuple(map(series_row, range(ROWS)))


def spread(count: int, half: float, tail: float) -> Spread:
    shape, histogram = Histogram(), Histogram()
    for place in range(200):
        part = place / 199
        shape.record(half * (0.4 + 1.2 * part) + tail * part**40)
    for _ in range(count % 200):
        histogram.record(half)
    add_often(histogram, shape, count // 200)
    return Spread(histogram)


def add_often(histogram: Histogram, shape: Histogram, times: int) -> None:
    while times:
        if times & 1:
            histogram.merge(shape)
        twice = Histogram()
        twice.merge(shape)
        twice.merge(shape)
        shape, times = twice, times >> 1


def group(share: float, phones: int, pace: float) -> GroupFigures:
    due = round(sum(row.due for row in SERIES) * share)
    failed = round(sum(row.failed for row in SERIES) * share)
    return GroupFigures(
        phones=phones,
        reports=ReportFigures(due=due, sent=due, delivered=due - failed, failed=failed),
        latency=spread(due - failed, 0.0042 * pace, 0.25 * pace),
        latency_from_due=spread(due - failed, 0.005 * pace, 1.2 * pace),
        lateness=spread(due, 0.0006, 0.004),
    )


def kept(place: int, reason: str = "") -> KeptReport:
    mac = f"00562b{place * 7919 % 0xFFFFFF:06x}"
    name = list(PHONES)[place % 3]
    return KeptReport(
        at=DOWN[0] * STEP + place * 3.1,
        phone=mac,
        group=name,
        content=("delta", "status", "full")[place % 3],
        method=("PUT", "POST")[place % 2],
        url=f"http://provisioning.example.net:8080/mpp/reports/{name.replace(' ', '-')}/"
        f"{mac}/report-after-a-local-change.enc.xml?firmware=12.0.7&serial=FCH{place:08}",
        status=503 if reason.startswith("status") else None if reason else 201,
        bytes=1400 + 4000 * (place % 3),
        seconds=30.0 if reason == "timeout" else 1.42 - place / 100,
        late=0.0011,
        waited=4.5 if reason else 0.0,
        reason=reason,
    )


GROUPS = {
    name: group(SHARES[name], phones, pace)
    for (name, phones), pace in zip(PHONES.items(), (1.0, 1.6, 4.0), strict=True)
}


def total(name: str) -> int:
    return sum(getattr(group.reports, name) for group in GROUPS.values())


def content(share: float) -> ContentFigures:
    due, failed = round(total("due") * share), round(total("failed") * share)
    return ContentFigures(due=due, sent=due, delivered=due - failed, failed=failed)


FIGURES = Figures(
    phones=sum(PHONES.values()),
    duration=HOUR,
    elapsed=HOUR + 1.7,
    seed=20_260,
    reports=ReportFigures(
        due=total("due"),
        sent=total("due"),
        delivered=total("delivered"),
        failed=total("failed"),
        late=214,
        bytes=total("delivered") * 5200,
        by_content={"delta": content(0.7), "full": content(0.1), "status": content(0.2)},
        by_trigger={"local_change": 251_034, "periodic": 9_018, "notify": 7_777, "restart": 1_203},
        by_method={"PUT": total("due") - 50_123, "POST": 50_123},
        by_encryption={"none": total("due") - 90_456, "aes-256-cbc": 80_123, "aes128gcm": 10_333},
        failures={"status-503": total("failed") - 45, "timeout": 42, "reset": 3},
    ),
    latency=spread(total("delivered"), 0.0044, 0.31),
    latency_from_due=spread(total("delivered"), 0.0052, 1.4),
    lateness=spread(total("due"), 0.0006, 0.0042),
    notify=NotifyFigures(received=7_801, accepted=7_777, challenged=24, sent=7_803, unanswered=2),
    registrations={"registered": 20_000, "failed": 3},
    resyncs={"ok": 20_000, "status-503": 17},
    readback=ReadbackFigures(checked=20_000, stale=3, unopened=1),
    generator=GeneratorFigures(
        cpu=0.87, cpu_busiest=0.47, rss=243_000_000, connections=214, queued=37, workers=2
    ),
    groups=GROUPS,
)

_JUDGED = tuple(
    threshold.judge(FIGURES) for threshold in with_defaults(map(parse_threshold, EXPECTED))
)
LONG_RUN = Outcome(
    scenario="change-storm",
    started="2026-11-22T18:03:11+00:00",
    figures=FIGURES,
    thresholds=_JUDGED,
    verdict=decide(_JUDGED),
    series=SERIES,
    slowest=tuple(kept(place) for place in range(20)),
    failed=tuple(
        kept(place, ("status-503", "status-503", "timeout", "reset")[place % 4])
        for place in range(100)
    ),
)
"""Twenty thousand phones; for two minutes the server was not there for a third of them."""
