"""What is drawn over time, and the same in words."""

import json
from dataclasses import replace

import pytest

from mppsim.results.charts import Chart, ChartKind, Line, Timeline, build_timeline
from mppsim.results.history import SeriesRow
from tests.support.outcomes import ROW


def row(at: float, due: int = 10, *, failed: int = 0, **values: float) -> SeriesRow:
    return replace(  # type: ignore[type-var]
        ROW, at=at, due=due, sent=due, delivered=due - failed, failed=failed, **values
    )


def charts_of(*rows: SeriesRow, duration: float = 10.0) -> dict[str, Chart]:
    return {chart.title: chart for chart in build_timeline(rows, duration).charts}


def values_of(chart: Chart) -> dict[str, tuple[float | None, ...]]:
    return {line.label: line.values for line in chart.lines}


def test_values_last_until_the_next_and_nothing_lasts_beyond_the_end() -> None:
    timeline = build_timeline((row(0.0, 10, failed=1), row(1.0, 20)), 2.0)

    assert timeline.at == (0.0, 1.0, 2.0)
    assert values_of(timeline.charts[0]) == {
        "due": (10.0, 20.0, None),
        "delivered": (9.0, 20.0, None),
    }
    assert values_of(timeline.charts[1]) == {"failed": (1.0, 0.0, None)}


def test_time_without_rows_counts_nothing_and_measures_nothing() -> None:
    rows = (row(2.0, latency_p50=0.5), row(5.0, latency_p50=0.25))

    timeline = build_timeline(rows, 8.0)

    assert timeline.at == (0.0, 2.0, 3.0, 5.0, 6.0, 8.0)
    assert values_of(timeline.charts[0])["due"] == (0.0, 10.0, 0.0, 10.0, 0.0, None)
    assert values_of(timeline.charts[2])["p50"] == (None, 0.5, None, 0.25, None, None)
    assert values_of(timeline.charts[4])["connections open"] == (None, 4, None, 4, None, None)


@pytest.mark.parametrize("name", ["Latency", "Lateness of mppsim"])
def test_row_in_which_nothing_ended_measures_nothing(name: str) -> None:
    silent = replace(row(1.0), delivered=0, failed=0)

    for values in values_of(charts_of(row(0.0), silent)[name]).values():
        assert values[0] is not None
        assert values[1] is None


def test_lateness_of_what_failed_is_drawn() -> None:
    charts = charts_of(row(0.0, 10, failed=10))

    assert values_of(charts["Lateness of mppsim"])["p99"][0] == 0.001
    assert charts["Latency"].lines == ()


@pytest.mark.parametrize(
    ("due", "seconds", "title", "value"),
    [
        (10, 1.0, "Reports per second", 10.0),
        (10, 60.0, "Reports per minute", 10.0),
        (600, 60.0, "Reports per second", 10.0),
        (5, 1800.0, "Reports per hour", 10.0),
        (1, 7200.0, "Reports per hour", 0.5),
    ],
)
def test_rates_are_by_the_span_in_which_something_happens(
    due: int, seconds: float, title: str, value: float
) -> None:
    charts = charts_of(row(0.0, due, seconds=seconds), duration=seconds)

    assert values_of(charts[title])["due"][0] == value


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        (
            "Reports per second",
            "due: 6 on average, 20 at most (at 0:00:04);"
            " delivered: 5.8 on average, 20 at most (at 0:00:04).",
        ),
        ("Failures per second", "failed: 0.2 on average, 1 at most (at 0:00:00)."),
        (
            "Latency",
            "p50: 2 ms at least, 2 ms at most (at 0:00:00);"
            " p99: 100 ms at least, 300 ms at most (at 0:00:00).",
        ),
        ("Lateness of mppsim", "p99: 1 ms at least, 1 ms at most (at 0:00:00)."),
        (
            "Connections and queue",
            "connections open: 4 at most (at 0:00:00); reports queued: never any.",
        ),
    ],
)
def test_chart_is_told_in_words(title: str, summary: str) -> None:
    charts = charts_of(row(0.0, 10, failed=1), row(4.0, 20, latency_p99=0.1), duration=5.0)

    assert charts[title].summary == summary


def test_chart_of_nothing_has_words_and_no_lines() -> None:
    chart = charts_of(row(0.0))["Failures per second"]

    assert (chart.lines, chart.summary) == ((), "Nothing of this happened.")


def test_data_holds_the_charts_that_are_drawn() -> None:
    timeline = build_timeline((row(0.0),), 1.0)

    assert json.loads(timeline.render_data()) == {
        "at": [0.0, 1.0],
        "charts": [
            {
                "kind": "rate",
                "lines": [
                    {"label": "due", "values": [10.0, None]},
                    {"label": "delivered", "values": [10.0, None]},
                ],
            },
            {
                "kind": "time",
                "lines": [
                    {"label": "p50", "values": [0.002, None]},
                    {"label": "p99", "values": [0.3, None]},
                ],
            },
            {"kind": "time", "lines": [{"label": "p99", "values": [0.001, None]}]},
            {
                "kind": "count",
                "lines": [
                    {"label": "connections open", "values": [4, None]},
                    {"label": "reports queued", "values": [0, None]},
                ],
            },
        ],
    }


def test_run_without_a_series_has_no_moments() -> None:
    timeline = build_timeline((), 10.0)

    assert timeline.at == ()
    assert json.loads(timeline.render_data()) == {"at": [], "charts": []}


def test_data_ends_no_element_that_it_stands_in() -> None:
    line = Line("</script><!--", (1.0, None))
    chart = Chart(title="", kind=ChartKind.COUNT, lines=(line,), summary="")

    data = Timeline(at=(0.0, 1.0), charts=(chart,)).render_data()

    assert "<" not in data
    assert json.loads(data)["charts"][0]["lines"][0]["label"] == "</script><!--"
