"""The listener of a group: which counter each occurrence moves is seen in test_tally.py."""

from mppsim.core.events import TriggerFell, TriggerKind
from mppsim.core.resync_events import ResyncEnded
from mppsim.fleet.group_count import GroupCount
from mppsim.fleet.group_tally import GroupTally, Present
from mppsim.fleet.series import Row
from mppsim.net.event_log import NotifyAnswered, Ready, RegistrationChanged
from tests.support.occurrences import SIZE, delivered, due, failed, sent, unsent


class Bench:
    """A group's tally whose present is moved by hand."""

    def __init__(self) -> None:
        self.at = 0.0
        self.turned: list[float] = []
        self.present = Present(lambda: self.at, self._turn)
        self.group = GroupTally("lobby", self.present)

    def _turn(self, now: float) -> None:
        self.turned.append(now)
        self.present.row = Row(now)
        self.present.turn = now + 1.0
        self.group.count = GroupCount()


def test_present_is_turned_before_the_first_occurrence_and_when_it_is_over() -> None:
    bench = Bench()
    for bench.at in (5.0, 5.9, 6.0, 9.5):
        bench.group.take("a", due())

    assert bench.turned == [5.0, 6.0, 9.5]


def test_what_is_not_counted_costs_no_look_at_the_clock() -> None:
    bench = Bench()

    bench.group.take("a", Ready("h:1"))

    assert bench.turned == []


def test_row_of_the_series_counts_along() -> None:
    bench = Bench()
    bench.group.take("a", due("delta", "full", "status"))
    for what in (sent(), delivered(0.25, late=0.5), sent(), failed(late=0.5), unsent()):
        bench.group.take("a", what)

    row = bench.present.row

    assert (row.due, row.sent, row.delivered, row.failed, row.bytes) == (3, 2, 1, 2, SIZE)
    assert (row.latency.count, row.lateness.count) == (1, 2)


def test_slow_and_failed_reports_are_kept_with_their_group() -> None:
    bench = Bench()
    bench.at = 7.0
    for what in (due("delta", "delta"), delivered(0.25), failed("refused")):
        bench.group.take("a", what)

    kept = (*bench.present.kept.slowest, *bench.present.kept.failed)

    assert [(report.at, report.phone, report.group) for report in kept] == [(7.0, "a", "lobby")] * 2
    assert [report.reason for report in kept] == ["", "refused"]


def test_what_is_no_report_is_counted_by_its_kind() -> None:
    bench = Bench()
    for what in (
        TriggerFell(TriggerKind.NOTIFY),
        NotifyAnswered("report", 200),
        RegistrationChanged(1, "Registered", "", 60.0),
        ResyncEnded("u", "ok", ""),
    ):
        bench.group.take("a", what)

    count = bench.group.count

    assert (count.triggers, count.notified) == ({"notify": 1}, {200: 1})
    assert (count.registrations, count.resyncs) == ({"registered": 1}, {"ok": 1})
