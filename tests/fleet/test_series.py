"""How a run goes over time."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.fleet.series import MOST_ROWS, Series


class Bench:
    """A series, and real time in hand."""

    def __init__(self, seconds: float = 1.0) -> None:
        self.real = 100.0
        self.series = Series(seconds, lambda: self.real)

    def happen(self, at: float, *, sent: int = 1, latency: float = 0.01) -> "Bench":
        self.real = 100.0 + at
        row, _ = self.series.row_at(at)
        row.sent += sent
        row.latency.record(latency)
        return self

    def table(self) -> list[tuple[float, int]]:
        return [(row.at, row.sent) for row in self.series.rows()]


def test_series_of_nothing_is_empty() -> None:
    series = Series(1.0, lambda: 0.0)

    assert series.rows() == ()
    assert (series.most().connections, series.most().queued) == (0, 0)


@pytest.mark.parametrize(
    ("seconds", "moments", "table"),
    [
        (1.0, [0.0, 0.9, 1.0, 5.5], [(0.0, 2), (1.0, 1), (5.0, 1)]),
        (60.0, [0.0, 59.9, 60.0], [(0.0, 2), (60.0, 1)]),
        (1.0, [5.0, 0.0], [(0.0, 1), (5.0, 1)]),
    ],
)
def test_rows_are_on_a_grid(
    seconds: float, moments: list[float], table: list[tuple[float, int]]
) -> None:
    bench = Bench(seconds)
    for at in moments:
        bench.happen(at)

    assert bench.table() == table


def test_row_says_when_it_ends() -> None:
    assert Bench(60.0).series.row_at(119.0)[1] == 120.0


def test_row_has_percentiles_of_what_ended_in_it() -> None:
    bench = Bench()
    for _ in range(99):
        bench.happen(3.0, latency=0.01)
    bench.happen(3.0, latency=0.5)

    (row,) = bench.series.rows()

    assert row.latency_p50 == pytest.approx(0.01, rel=0.04)
    assert row.latency_p99 == pytest.approx(0.01, rel=0.04)
    assert row.lateness_p99 == 0.0


def test_real_time_counts_from_the_first_row() -> None:
    bench = Bench().happen(2.0).happen(4.25)

    assert [(row.at, row.elapsed, row.seconds) for row in bench.series.rows()] == [
        (2.0, 0.0, 1.0),
        (4.0, 2.25, 1.0),
    ]


def test_long_run_has_wider_rows_and_loses_nothing() -> None:
    bench = Bench()
    for at in range(MOST_ROWS + 1):
        bench.happen(float(at))

    assert (bench.series.seconds, len(bench.series.rows())) == (2.0, MOST_ROWS // 2 + 1)
    assert sum(row.sent for row in bench.series.rows()) == MOST_ROWS + 1
    assert bench.series.row_at(float(MOST_ROWS))[1] == MOST_ROWS + 2


def test_neighbours_that_become_one_had_the_most_of_either() -> None:
    series = Series(1.0, lambda: 0.0)
    for at, connections in enumerate((5, 7)):
        series.row_at(at)[0].connections = connections
    for at in range(2, MOST_ROWS + 1):
        series.row_at(at)

    assert series.rows()[0].connections == 7


def test_shards_had_theirs_at_once() -> None:
    benches = [Bench().happen(1.0), Bench().happen(1.5)]
    for bench in benches:
        bench.series.row_at(1.0)[0].connections = 5
        bench.series.row_at(1.0)[0].queued = 3
    benches[0].series.merge_packed(benches[1].series.pack())

    (row,) = benches[0].series.rows()
    assert (row.sent, row.connections, row.queued) == (2, 10, 6)
    assert (benches[0].series.most().connections, benches[0].series.most().queued) == (10, 6)


def test_shard_without_its_rows_tells_what_it_had_most_of() -> None:
    bench, other = Bench().happen(1.0), Bench().happen(1.5)
    for busy in (bench, other):
        busy.series.row_at(1.0)[0].connections = 5
        busy.series.row_at(3.0)[0].queued = 3
    bench.series.merge_packed(other.series.pack(with_rows=False))

    assert (bench.series.most().connections, bench.series.most().queued) == (10, 6)
    assert [row.sent for row in bench.series.rows()] == [1, 0]

    merged = Bench()
    merged.series.merge_packed(bench.series.pack())
    assert merged.series.most() == bench.series.most()


@pytest.mark.parametrize("is_wider", [True, False])
def test_series_of_another_width_merges(is_wider: bool) -> None:
    short, long = Bench().happen(1.0).happen(2.0).happen(3.0), Bench()
    for at in range(MOST_ROWS + 1):
        long.happen(float(at))
    one, other = (long, short) if is_wider else (short, long)

    one.series.merge_packed(pickle.loads(pickle.dumps(other.series.pack())))

    assert one.series.seconds == 2.0
    assert one.table()[:3] == [(0.0, 3), (2.0, 4), (4.0, 2)]


def test_merging_widens_where_there_are_too_many_rows_together() -> None:
    even, odd = Bench(), Bench()
    for at in range(MOST_ROWS):
        even.happen(at * 2.0)
        odd.happen(at * 2.0 + 1.0)

    even.series.merge_packed(odd.series.pack())

    assert len(even.series.rows()) == MOST_ROWS
    assert {row.sent for row in even.series.rows()} == {2}


MOMENTS = st.lists(st.floats(0, 5000), max_size=50)


@given(MOMENTS, MOMENTS)
def test_merged_series_is_the_series_of_all(a: list[float], b: list[float]) -> None:
    whole, one, other = Bench(), Bench(), Bench()
    for at in a:
        one.happen(at)
        whole.happen(at)
    for at in b:
        other.happen(at)
        whole.happen(at)
    one.series.merge_packed(other.series.pack())

    assert one.table() == whole.table()
