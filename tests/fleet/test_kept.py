"""A few reports of a run: the slowest, and the first that failed."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.fleet.kept import MOST_FAILED, MOST_LAST, MOST_SLOW, KeptReports
from tests.support.occurrences import delivered, failed

EVENTS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(0, 50),
        st.sampled_from(["", "timeout", "refused", "status-503"]),
        st.sampled_from([0.1, 0.2, 0.3]),
    ),
    max_size=400,
).map(lambda rows: sorted(set(rows)))


def kept_of(rows: list[tuple[int, int, str, float]]) -> KeptReports:
    kept = KeptReports()
    for at, phone, reason, seconds in rows:
        if reason:
            kept.keep_failed(float(at), f"{phone:012x}", "lobby", failed(reason))
        elif seconds >= kept.bar:
            kept.keep_slow(float(at), f"{phone:012x}", "lobby", delivered(seconds))
    return kept


def test_nothing_is_kept_of_nothing() -> None:
    kept = KeptReports()

    assert (kept.slowest, kept.failed, kept.bar) == ((), (), 0.0)


def test_slowest_come_first_and_only_so_many() -> None:
    kept = kept_of([(0, n, "", n / 100) for n in range(60)])

    assert [report.seconds for report in kept.slowest] == [n / 100 for n in range(59, 39, -1)]
    assert (len(kept.slowest), kept.bar) == (MOST_SLOW, 0.4)


def test_first_failures_are_kept() -> None:
    kept = kept_of([(n, 1, "timeout", 0.0) for n in range(MOST_FAILED + 50)])

    assert [report.at for report in kept.failed] == [float(n) for n in range(MOST_FAILED)]


def test_last_failures_are_those_of_all_shards() -> None:
    rows = [(n, 1, "timeout", 0.0) for n in range(MOST_FAILED + 50)]
    merged = KeptReports()
    for part in (kept_of(rows[0::2]), kept_of(rows[1::2]), kept_of([(3, 1, "", 0.1)])):
        merged.merge_packed(part.pack(), last=part.last)

    last = [float(n) for n in range(MOST_FAILED + 50 - MOST_LAST, MOST_FAILED + 50)]
    assert [report.at for report in merged.last] == last
    assert [report.at for report in kept_of(rows).last] == last


def test_rare_reason_has_its_place_beside_a_frequent_one() -> None:
    kept = kept_of([(n, 1, "refused", 0.0) for n in range(500)] + [(600, 1, "tls", 0.0)])

    assert len(kept.failed) == MOST_FAILED
    assert [report.reason for report in kept.failed].count("tls") == 1


def test_kept_report_says_what_happened() -> None:
    kept = KeptReports()
    kept.keep_failed(3.0, "a", "lobby", failed("timeout", late=0.5))

    (report,) = kept.failed

    assert (report.content, report.method, report.url) == ("delta", "PUT", "http://h/a")
    assert (report.status, report.bytes, report.seconds, report.late) == (None, 6000, 1.0, 0.5)


@given(EVENTS, st.integers(1, 4))
def test_merged_parts_keep_what_the_whole_keeps(
    rows: list[tuple[int, int, str, float]], workers: int
) -> None:
    merged = KeptReports()
    for worker in range(workers):
        part = kept_of([row for row in rows if row[1] % workers == worker])
        merged.merge_packed(pickle.loads(pickle.dumps(part.pack())))
    whole = kept_of(rows)

    assert merged.slowest == whole.slowest
    assert merged.failed == whole.failed
    assert merged.bar == pytest.approx(whole.bar)


@given(st.permutations(range(MOST_FAILED + 20)))
def test_of_failures_at_one_moment_it_is_the_same_ones_in_whatever_order(
    order: list[int],
) -> None:
    kept = kept_of([(0, phone, "refused", 0.0) for phone in order])

    phones = [f"{phone:012x}" for phone in range(MOST_FAILED)]
    assert [report.phone for report in kept.failed] == phones
