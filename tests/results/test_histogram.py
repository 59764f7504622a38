"""Times by HdrHistogram's buckets; its own library is the oracle."""

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from mppsim.results.histogram import ROUGH, Histogram

MICROS = st.integers(0, 600_000_000)
PERCENTS = (0, 1, 10, 50, 90, 99, 99.9, 100)


def histogram_of(*seconds: float, bits: int | None = None) -> Histogram:
    histogram = Histogram() if bits is None else Histogram(bits)
    for time in seconds:
        histogram.record(time)
    return histogram


def test_of_nothing_nothing_is_known() -> None:
    histogram = Histogram()

    assert (histogram.count, histogram.largest) == (0, 0.0)
    assert histogram.percentiles(PERCENTS) == (0.0,) * len(PERCENTS)
    assert histogram.count_above(0.0) == 0


@pytest.mark.parametrize(
    ("seconds", "percent", "value"),
    [
        ([0.0], 50, 0.0),
        ([0.000001], 50, 0.000001),
        ([0.25], 0, 0.25),
        ([0.25], 100, 0.25),
        ([0.001, 0.002], 50, 0.001),
        ([0.001, 0.002], 50.1, 0.002),
        ([0.001, 0.002, 0.003], 50, 0.002),
        ([0.001] * 99 + [5.0], 99, 0.001),
        ([0.001] * 99 + [5.0], 99.1, 5.0),
        ([0.001] * 999 + [5.0], 99.9, 0.001),
        ([1000.0, 1.0], 50, 1.000447),
        ([601.5, 700.0], 0, 700.0),
        ([601.5, 700.0], 100, 700.0),
    ],
    ids=str,
)
def test_percentile(seconds: list[float], percent: float, value: float) -> None:
    assert histogram_of(*seconds).percentile(percent) == value


def test_longest_time_is_exact_even_beyond_the_last_bucket() -> None:
    assert histogram_of(0.1234567, 700.0, 1.0).largest == 700.0
    assert histogram_of(123.456789).largest == 123.456789


@pytest.mark.parametrize(("limit", "above"), [(0.0, 4), (0.001, 3), (0.1, 2), (0.3, 0)])
def test_times_above_a_limit_are_counted(limit: float, above: int) -> None:
    assert histogram_of(0.001, 0.1, 0.2, 0.3).count_above(limit) == above


@given(st.lists(MICROS, min_size=1, max_size=60))
def test_percentiles_are_those_of_the_library(micros: list[int]) -> None:
    oracle = HdrHistogram(1, 600_000_000, 3)
    for value in micros:
        oracle.record_value(value)
    histogram = histogram_of(*(value / 1e6 for value in micros))

    for percent in PERCENTS[2:]:
        # The library rounds the rank where we round it up: ours is its value or the next one's.
        rank_below = max(1, int(percent / 100 * len(micros) + 0.5))
        exact = sorted(micros)[max(rank_below, _rank(percent, len(micros))) - 1]
        assert histogram.percentile(percent) * 1e6 == pytest.approx(
            min(oracle.get_highest_equivalent_value(exact), max(micros)), abs=0.01
        )


def _rank(percent: float, count: int) -> int:
    exact = percent / 100 * count
    return max(1, int(exact) + (round(exact, 6) > int(exact)))


@given(st.lists(MICROS, max_size=60))
def test_library_reads_what_is_written_for_it(micros: list[int]) -> None:
    histogram = histogram_of(*(value / 1e6 for value in micros))

    read = HdrHistogram.decode(histogram.to_hdr())

    assert read.get_total_count() == len(micros)
    for value in set(micros):
        alike = [other for other in micros if read.values_are_equivalent(value, other)]
        assert read.get_count_at_value(value) == len(alike)


@given(st.lists(st.floats(0, 700), max_size=40), st.lists(st.floats(0, 700), max_size=40))
def test_merged_histograms_are_the_histogram_of_all(a: list[float], b: list[float]) -> None:
    merged = histogram_of(*a)
    merged.merge(histogram_of(*b))

    assert merged == histogram_of(*a, *b)


@given(st.lists(st.floats(0, 700), max_size=40))
def test_packed_histogram_is_all_of_it(times: list[float]) -> None:
    unpacked = Histogram()
    unpacked.merge_packed(histogram_of(*times).pack())

    assert unpacked == histogram_of(*times)


@given(st.floats(0.000001, 500))
def test_fine_one_is_exact_to_a_thousandth_and_rough_one_to_three_hundredths(time: float) -> None:
    fine, rough = histogram_of(time, 700), histogram_of(time, 700, bits=ROUGH)

    assert time - 6e-7 <= fine.percentile(50) <= time * 1.001 + 6e-7
    assert time - 6e-7 <= rough.percentile(50) <= time * 1.032 + 6e-7


def test_histograms_of_other_buckets_do_not_merge() -> None:
    with pytest.raises(AssertionError):
        Histogram().merge(Histogram(ROUGH))


def test_histograms_are_equal_when_they_counted_the_same() -> None:
    assert histogram_of(1.0, 2.0) == histogram_of(2.0, 1.0)
    assert histogram_of(1.0) != histogram_of(1.0, 1.0)
    assert Histogram() != Histogram(ROUGH)
    assert Histogram() != 0
    assert repr(histogram_of(1.0, 2.0)) == "<Histogram of 2 times, up to 2.0 s>"
