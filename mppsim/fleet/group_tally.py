"""The listener of one group of phones: each occurrence moves the counters it belongs to.

This is the hot path: some ten calls for each report.
"""

from collections.abc import Callable
from typing import Any

from mppsim.core.events import TriggerFell
from mppsim.core.resync_events import ResyncEnded
from mppsim.fleet.group_count import GroupCount
from mppsim.fleet.kept import KeptReports
from mppsim.fleet.series import Row
from mppsim.net.event_log import (
    NotifyAnswered,
    Occurrence,
    RegistrationChanged,
    ReportsDue,
    UploadFailed,
    UploadFinished,
    UploadStarted,
)

__all__ = ["GroupTally", "Present"]


class Present:
    """The moment, as all groups of a tally share it."""

    __slots__ = ("clock", "kept", "row", "turn", "turn_to")

    def __init__(self, clock: Callable[[], float], turn_to: Callable[[float], None]) -> None:
        """Have nothing counted before `turn_to` was called."""
        self.clock = clock
        """The run's."""
        self.turn_to = turn_to
        """Sets `row`, `turn`, and the count of each group."""
        self.turn = float("-inf")
        """When `turn_to` has to be called next, on the run's clock."""
        self.row: Row
        """Of the series."""
        self.kept = KeptReports()


class GroupTally:
    """Counts what happens to the phones of a group."""

    __slots__ = ("_counts", "_present", "count", "name", "on_way")

    def __init__(self, name: str, present: Present) -> None:
        self.name = name
        self.count: GroupCount
        """Of the present stretch."""
        self.on_way: dict[str, int] = {}
        """How many reports of a phone have not ended yet, by its MAC address."""
        self._present = present
        self._counts: dict[type, Callable[[str, Any, float], None]] = {
            ReportsDue: self._count_due,
            UploadStarted: self._count_sent,
            UploadFinished: self._count_delivered,
            UploadFailed: self._count_failed,
            TriggerFell: self._count_trigger,
            NotifyAnswered: self._count_notify,
            RegistrationChanged: self._count_registration,
            ResyncEnded: self._count_resync,
        }

    def take(self, mac: str, happened: Occurrence) -> None:
        """Count what happened to a phone; a `mppsim.net.event_log.Listener`."""
        count = self._counts.get(type(happened))
        if count is None:
            return
        present = self._present
        now = present.clock()
        if now >= present.turn:
            present.turn_to(now)
        count(mac, happened, now)

    def _count_due(self, mac: str, happened: ReportsDue, _now: float) -> None:
        due = self.count.due
        for content in happened.contents:
            due[content] += 1
        number = len(happened.contents)
        self._present.row.due += number
        self.on_way[mac] = self.on_way.get(mac, 0) + number

    def _count_sent(self, _mac: str, happened: UploadStarted, _now: float) -> None:
        count = self.count
        count.sent[happened.content] += 1
        count.methods[happened.method] += 1
        count.encryptions[happened.encryption] += 1
        self._present.row.sent += 1

    def _count_delivered(self, mac: str, happened: UploadFinished, now: float) -> None:
        self._arrive(mac)
        count, row = self.count, self._present.row
        seconds, late, size = happened.seconds, happened.late, happened.bytes
        count.delivered[happened.content] += 1
        count.bytes += size
        count.latency.record(seconds)
        count.from_due.record(seconds + late + happened.waited)
        count.lateness.record(late)
        row.delivered += 1
        row.bytes += size
        row.latency.record(seconds)
        row.lateness.record(late)
        if seconds >= self._present.kept.bar:
            self._present.kept.keep_slow(now, mac, self.name, happened)

    def _count_failed(self, mac: str, happened: UploadFailed, now: float) -> None:
        self._arrive(mac)
        count, row = self.count, self._present.row
        count.failed[happened.content] += 1
        count.failures[happened.reason] += 1
        row.failed += 1
        if happened.bytes:  # else it was never sent, and nothing can be said of its lateness
            count.lateness.record(happened.late)
            row.lateness.record(happened.late)
        self._present.kept.keep_failed(now, mac, self.name, happened)

    def _arrive(self, mac: str) -> None:
        left = self.on_way.pop(mac, 0) - 1
        assert left >= 0, f"a report of {mac} ended that was not due"
        if left:
            self.on_way[mac] = left

    def _count_trigger(self, _mac: str, happened: TriggerFell, _now: float) -> None:
        self.count.triggers[happened.kind] += 1

    def _count_notify(self, _mac: str, happened: NotifyAnswered, _now: float) -> None:
        self.count.notified[happened.code] += 1

    def _count_registration(self, _mac: str, happened: RegistrationChanged, _now: float) -> None:
        self.count.registrations[happened.state.lower().replace(" ", "_")] += 1

    def _count_resync(self, _mac: str, happened: ResyncEnded, _now: float) -> None:
        self.count.resyncs[happened.result] += 1
