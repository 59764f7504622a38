"""What a fleet did, counted by group; and that no report is lost from sight."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.core.events import Origin, ParametersApplied, TriggerFell, TriggerKind
from mppsim.core.resync_events import ResyncEnded
from mppsim.fleet.series import MOST_ROWS
from mppsim.fleet.tally import Tally
from mppsim.net.event_log import NotifyAnswered, Occurrence, Ready, RegistrationChanged
from mppsim.results.figures import (
    ContentFigures,
    Figures,
    NotifyFigures,
    ReadbackFigures,
    RunFacts,
    WorkerUsage,
)
from tests.support.occurrences import SIZE, Told, delivered, due, failed, runs, sent, unsent
from tests.support.phone_desk import Desk
from tests.support.scripted_uploads import HELD
from tests.support.timelines import DELTA
from tests.support.turns import turns

GROUPS = ("lobby", "office")
AFTER = (60.0, 3600.0)


class Hall:
    """A tally, and its clock in hand."""

    def __init__(self, *, after: tuple[float, ...] = AFTER, speed: float = 1.0) -> None:
        self.at = 0.0
        self.tally = Tally(
            GROUPS, lambda: self.at, real=lambda: 1000.0 + self.at / speed, after=after
        )

    def tell(self, *told: Occurrence, group: str = "lobby", phone: str = "a") -> "Hall":
        for what in told:
            self.tally.listener(group)(phone, what)
        return self

    def hear(self, rows: list[Told]) -> "Hall":
        for row in rows:
            self.at = row.at
            self.tell(row.what, group=row.group, phone=row.phone)
        return self

    def figures(self, after: float = 0.0) -> Figures:
        return self.tally.figures(after=after)


def value_of(figures: object, name: str) -> object:
    for part in name.split("."):
        figures = figures[part] if isinstance(figures, dict) else getattr(figures, part)
    return figures


def test_nothing_happened() -> None:
    figures = Hall().figures()

    assert figures == Figures(groups={name: figures.groups[name] for name in GROUPS})
    assert figures.latency.count == 0


@pytest.mark.parametrize(
    ("told", "name", "value"),
    [
        ([due("delta", "status")], "reports.due", 2),
        ([due("delta", "status")], "reports.unfinished", 2),
        ([due(), sent()], "reports.sent", 1),
        ([due(), sent()], "reports.unfinished", 1),
        ([due(), sent(method="POST")], "reports.by_method", {"POST": 1}),
        ([due(), sent(encryption="aes128gcm")], "reports.by_encryption", {"aes128gcm": 1}),
        ([due(), sent(), delivered()], "reports.delivered", 1),
        ([due(), sent(), delivered()], "reports.unfinished", 0),
        ([due(), sent(), delivered()], "reports.bytes", SIZE),
        ([due(), sent(), failed("refused")], "reports.failed", 1),
        ([due(), sent(), failed("refused")], "reports.failures", {"refused": 1}),
        ([due(), sent(), failed("refused")], "reports.bytes", 0),
        ([due(), unsent()], "reports.sent", 0),
        ([due(), unsent()], "reports.failed", 1),
        ([due(), unsent()], "lateness.count", 0),
        ([due(), sent(), failed("cut")], "reports.failures", {"cut": 1}),
        ([due(), sent(), failed("cut", late=0.2)], "lateness.max", 0.2),
        ([due(), sent(), failed("cut")], "latency.count", 0),
        ([due(), sent(), delivered(0.25, late=0.1, waited=2.0)], "latency.max", 0.25),
        ([due(), sent(), delivered(0.25, late=0.1, waited=2.0)], "latency_from_due.max", 2.35),
        ([due(), sent(), delivered(0.25, late=0.1, waited=2.0)], "lateness.max", 0.1),
        ([due(), sent(), delivered(late=0.09)], "reports.late", 0),
        ([due(), sent(), delivered(late=0.11)], "reports.late", 1),
        ([TriggerFell(TriggerKind.PERIODIC)], "reports.by_trigger", {"periodic": 1}),
        (
            [NotifyAnswered("report", code) for code in (200, 401, 200, 489)],
            "notify",
            NotifyFigures(received=4, accepted=2, challenged=1, refused=1),
        ),
        (
            [RegistrationChanged(1, "Not Registered", "", None)],
            "registrations",
            {"not_registered": 1},
        ),
        ([ResyncEnded("u", "status-404", "")], "resyncs", {"status-404": 1}),
        ([Ready("h:1"), ParametersApplied(Origin.PHONE, ("A",))], "reports.due", 0),
    ],
    ids=str,
)
def test_occurrences_count(told: list[Occurrence], name: str, value: object) -> None:
    figures = Hall().tell(*told).figures()

    assert value_of(figures, name) == value
    assert value_of(figures.groups["lobby"], name) == value


def test_contents_are_counted_by_themselves() -> None:
    hall = Hall().tell(due("delta", "status"), sent(), delivered(), sent("status"))

    assert hall.figures().reports.by_content == {
        "delta": ContentFigures(due=1, sent=1, delivered=1),
        "status": ContentFigures(due=1, sent=1),
    }


def test_groups_are_counted_by_themselves_and_together() -> None:
    hall = Hall()
    hall.tell(due(), sent(), delivered(0.001), group="lobby")
    hall.tell(due(), sent(), delivered(0.003), due(), group="office")

    figures = hall.figures()

    assert [group.reports.due for group in figures.groups.values()] == [1, 2]
    assert [group.latency.max for group in figures.groups.values()] == [0.001, 0.003]
    assert [group.reports.unfinished for group in figures.groups.values()] == [0, 1]
    assert (figures.reports.due, figures.latency.max) == (3, 0.003)


def test_what_only_the_runner_knows_stands_with_the_rest() -> None:
    hall = Hall(speed=60.0)
    hall.at = 120.0
    facts = RunFacts(
        phones={"lobby": 3, "office": 4},
        seed=7,
        notifies_sent=5,
        notifies_unanswered=1,
        workers=2,
        workers_lost=1,
        server_lost=True,
        readback=ReadbackFigures(checked=9, stale=1),
    )

    figures = hall.tally.figures(facts)

    assert (figures.phones, figures.groups["office"].phones) == (7, 4)
    assert (figures.duration, figures.elapsed, figures.seed) == (120.0, 2.0, 7)
    assert (figures.notify.sent, figures.notify.unanswered) == (5, 1)
    assert (figures.generator.workers, figures.generator.workers_lost) == (2, 1)
    assert figures.generator.server_lost
    assert figures.readback.stale == 1


# That no report is lost from sight.


@pytest.mark.parametrize(
    "told",
    [[delivered()], [unsent()], [due(), sent(), delivered(), delivered()]],
    ids=["delivered", "failed", "delivered twice"],
)
def test_report_that_ends_without_being_due_is_a_bug(told: list[Occurrence]) -> None:
    with pytest.raises(AssertionError, match="was not due"):
        Hall().tell(*told)


def test_phones_are_held_to_their_own_reports() -> None:
    hall = Hall().tell(due("delta", "status"), phone="a")

    with pytest.raises(AssertionError, match="a report of b ended"):
        hall.tell(delivered(), phone="b")


def test_figures_that_do_not_add_up_are_a_bug() -> None:
    hall = Hall().tell(due())
    hall.tally._groups[0].on_way.clear()

    with pytest.raises(AssertionError, match="of 1 reports due, 0 were delivered"):
        hall.figures()


def test_phone_with_nothing_on_its_way_is_not_remembered() -> None:
    hall = Hall().tell(due("delta", "status"), sent(), delivered(), sent(), failed())

    assert hall.tally._groups[0].on_way == {}


# From a moment on.


def test_figures_from_a_moment_on_are_about_what_happened_since() -> None:
    hall = Hall().tell(due(), sent(), delivered(5.0))
    hall.at = 59.9
    hall.tell(due(), sent(), failed())
    hall.at = 60.0
    hall.tell(due(), sent(), delivered(0.5))
    hall.at = 100.0

    figures = hall.figures(60.0)

    assert (figures.reports.due, figures.reports.failed, figures.latency.max) == (1, 0, 0.5)
    assert (figures.duration, figures.elapsed) == (40.0, 40.0)
    assert hall.figures().reports.due == 3


def test_report_that_was_on_its_way_at_the_moment_is_due_from_then_on() -> None:
    hall = Hall().tell(due("delta", "status"), sent())
    hall.at = 61.0
    hall.tell(delivered(), phone="a")

    reports = hall.figures(60.0).reports

    assert (reports.due, reports.delivered, reports.unfinished) == (2, 1, 1)


def test_moment_that_has_not_come_has_no_figures_yet() -> None:
    hall = Hall().tell(due(), sent(), delivered())

    figures = hall.figures(3600.0)

    assert (figures.reports.due, figures.duration, figures.elapsed) == (0, 0.0, 0.0)


def test_moment_that_was_passed_over_is_not_lost() -> None:
    hall = Hall().tell(due(), sent(), delivered())
    hall.at = 4000.0
    hall.tell(due(), sent(), delivered())

    assert [hall.figures(after).reports.due for after in (0.0, *AFTER)] == [2, 1, 1]
    assert hall.figures(60.0).duration == 3940.0


# Merging.


@given(runs(GROUPS), st.integers(1, 4))
def test_merged_parts_are_the_whole(rows: list[Told], workers: int) -> None:
    whole = Hall().hear(rows)
    parts = [
        Hall().hear([row for row in rows if int(row.phone[13:]) % workers == part])
        for part in range(workers)
    ]
    merged = Tally(GROUPS, after=AFTER)
    for part in parts:
        part.at = whole.at
        merged.merge(part.tally.snapshot())

    for after in (0.0, *AFTER):
        mine, theirs = merged.figures(after=after), whole.figures(after)
        assert _without_real_time(mine) == _without_real_time(theirs)
    assert merged.kept.slowest == whole.tally.kept.slowest
    assert merged.kept.failed == whole.tally.kept.failed
    sums = [(row.at, row.due, row.delivered, row.latency_p99) for row in whole.tally.series()]
    mine_too = [(row.at, row.due, row.delivered, row.latency_p99) for row in merged.series()]
    assert mine_too == sums


def _without_real_time(figures: Figures) -> dict[str, object]:
    names = set(figures.__dataclass_fields__) | {"phones"}
    return {name: getattr(figures, name) for name in sorted(names - {"elapsed"})}


@given(runs(GROUPS))
def test_snapshot_of_a_merged_tally_is_as_good_as_its_parts(rows: list[Told]) -> None:
    hall = Hall().hear(rows)
    once, twice = Tally(GROUPS, after=AFTER), Tally(GROUPS, after=AFTER)
    once.merge(hall.tally.snapshot())
    twice.merge(once.snapshot())

    assert twice.figures() == once.figures() == hall.figures()
    assert twice.series() == once.series() == hall.tally.series()


def test_snapshot_is_small_and_without_its_series_smaller() -> None:
    hall = Hall()
    for second in range(2 * MOST_ROWS):
        hall.at = float(second)
        hall.tell(due(), sent(), delivered(0.001 + second % 97 / 1000))

    assert len(hall.tally.snapshot()) < 250_000
    assert len(hall.tally.snapshot(with_series=False)) < 10_000
    assert len(hall.tally.series()) <= MOST_ROWS


@given(runs(GROUPS))
def test_figures_need_no_series(rows: list[Told]) -> None:
    hall = Hall().hear(rows)
    hall.tally.note_usage(WorkerUsage(cpu=0.5, connections=3))
    merged = Tally(GROUPS, after=AFTER)
    merged.merge(hall.tally.snapshot(with_series=False))

    assert merged.figures() == hall.figures()
    assert merged.series() == ()


def test_snapshot_can_be_taken_while_it_goes_on() -> None:
    hall = Hall().tell(due(), sent())
    first = hall.tally.snapshot()
    hall.tell(delivered())
    merged = Tally(GROUPS, after=AFTER)
    merged.merge(first)

    assert (merged.figures().reports.unfinished, hall.figures().reports.unfinished) == (1, 0)


# The machine.


def test_what_workers_use_is_added_up() -> None:
    merged = Tally(GROUPS, after=AFTER)
    for cpu, connections in ((0.25, 10), (0.5, 30)):
        hall = Hall()
        hall.tally.note_usage(WorkerUsage(cpu=0.9, rss=1, connections=50, queued=0))
        hall.at = 5.0
        hall.tally.note_usage(WorkerUsage(cpu=cpu, rss=100, connections=connections, queued=2))
        merged.merge(hall.tally.snapshot())

    generator = merged.figures().generator

    assert (generator.cpu, generator.cpu_busiest, generator.rss) == (0.75, 0.5, 200)
    assert (generator.connections, generator.queued) == (100, 4)
    assert json.dumps([row.connections for row in merged.series()]) == "[100, 40]"


@pytest.mark.parametrize(
    ("late", "usage", "speed", "limit"),
    [
        (0.09, WorkerUsage(cpu=1.0, queued=5), 1.0, ""),
        (0.2, WorkerUsage(cpu=0.2), 1.0, "machine"),
        (0.2, WorkerUsage(cpu=0.95), 60.0, "cpu"),
        (0.2, WorkerUsage(cpu=0.95, queued=5), 1.0, "connections"),
        (0.2, WorkerUsage(cpu=1.0, queued=5), None, ""),
    ],
    ids=str,
)
def test_generator_that_keeps_reports_is_saturated(
    late: float, usage: WorkerUsage, speed: float | None, limit: str
) -> None:
    hall = Hall().tell(due(), sent(), delivered(late=late))
    hall.tally.note_usage(usage)

    generator = hall.tally.figures(RunFacts(speed=speed)).generator

    assert (generator.saturated, generator.limit) == (bool(limit), limit)


# With real phones.


class CountedDesk(Desk):
    """A phone whose every word is counted."""

    def __init__(self, values: dict[str, str], script: Sequence[str]) -> None:
        super().__init__(values, script=script, running_since=0.0)
        self.tally = Tally(GROUPS, self.clock.now)

    def _hear(self, mac: str, what: Occurrence) -> None:
        super()._hear(mac, what)
        self.tally.listener("lobby")(mac, what)


RULES = f"{DELTA} /no-server.xml"


@pytest.mark.parametrize(
    ("script", "doings", "counts"),
    [
        (["201", "201"], ["notify report", "notify report"], (4, 2, 2, 2, 0)),
        (["timeout"], ["notify report"], (2, 1, 0, 2, 0)),
        ([HELD], ["notify report"], (2, 1, 0, 0, 2)),
        ([HELD, "201"], ["notify report", "notify report"], (2, 1, 0, 0, 2)),
        ([HELD], ["notify report", "off"], (2, 1, 0, 2, 0)),
        ([HELD, "201"], ["notify report", "restart"], (4, 2, 1, 3, 0)),
        (
            [HELD, "201"],
            ["notify report", "notify report", "answer 503"],
            (4, 2, 1, 3, 0),
        ),
    ],
    ids=["twice", "fails", "unfinished", "busy", "off", "restart", "busy, then fails"],
)
async def test_reports_of_a_real_phone_add_up(
    script: list[str], doings: list[str], counts: tuple[int, ...]
) -> None:
    desk = CountedDesk({"Report_Rule": RULES, "HTTP_Report_Method": "PUT"}, script)
    for doing in doings:
        desk.do(doing)
        if HELD not in script:
            await turns(5)
    await turns(5)

    reports = desk.tally.figures().reports

    assert counts == (
        reports.due,
        reports.sent,
        reports.delivered,
        reports.failed,
        reports.unfinished,
    )
