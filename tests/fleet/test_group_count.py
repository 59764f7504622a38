"""The counters of a group, and their merging."""

import pickle

from mppsim.fleet.group_count import GroupCount, merge_counts
from mppsim.results.figures import GroupFigures


def count_of(due: int = 0, delivered: int = 0, failed: int = 0) -> GroupCount:
    count = GroupCount()
    count.due["full"] += due
    count.delivered["full"] += delivered
    count.failed["full"] += failed
    count.notified[200] += 1
    count.lateness.record(0.5)
    count.bytes += 10
    return count


def figures_of(count: GroupCount) -> GroupFigures:
    return count.figures(phones=0, carried=0, unfinished=count.unended)


def test_packed_count_is_all_of_it() -> None:
    count = count_of(3, 1, 1)
    unpacked = GroupCount()

    unpacked.merge_packed(pickle.loads(pickle.dumps(count.pack())))

    assert figures_of(unpacked) == figures_of(count)


def test_unended_reports_are_those_due_that_have_not_ended() -> None:
    assert count_of(5, 2, 1).unended == 2
    assert count_of(0, 2, 1).unended == -3


def test_counts_merge() -> None:
    counts = [count_of(2, 1), count_of(3, 1, 1)]

    figures = figures_of(merge_counts(counts))

    assert (figures.reports.due, figures.reports.delivered, figures.reports.bytes) == (5, 2, 20)
    assert (figures.notify.accepted, figures.lateness.count, figures.reports.late) == (2, 2, 2)
    assert counts[0].due["full"] == 2


def test_carried_reports_are_due_too() -> None:
    figures = count_of(0, 2).figures(phones=7, carried=3, unfinished=1)

    assert (figures.phones, figures.reports.due, figures.reports.unfinished) == (7, 3, 1)
    assert figures.reports.by_content["full"].due == 0
