"""What a person sees of a run while it goes on."""

import io
from dataclasses import replace

from rich.console import Console

from mppsim.cli.live import LiveView, PlainView, SilentView
from mppsim.fleet.progress import Phase, Progress
from mppsim.results.figures import Figures, GeneratorFigures, ReportFigures, Spread
from mppsim.results.histogram import Histogram


def spread(*seconds: float) -> Spread:
    histogram = Histogram()
    for each in seconds:
        histogram.record(each)
    return Spread(histogram)


def moment(*, delivered: int = 0, elapsed: float = 1.0, phase: Phase = Phase.RUNNING) -> Progress:
    return Progress(
        phase=phase,
        at=900.0,
        duration=3600.0,
        elapsed=elapsed,
        states={"running": 4_990, "uploading": 10, "down": 0},
        events=("< 201 for delta in 1.2 ms", "! PUT [odd] failed: timeout"),
        figures=Figures(
            phones=5000,
            reports=ReportFigures(
                due=delivered + 5,
                sent=delivered + 5,
                delivered=delivered,
                failed=5,
                bytes=123_456,
                failures={"timeout": 3, "status-503": 2},
            ),
            latency=spread(0.001, 0.002, 0.25),
            generator=GeneratorFigures(connections=17),
        ),
    )


def plain(*moments: Progress) -> list[str]:
    out = io.StringIO()
    view = PlainView(Console(file=out, width=80))
    for each in moments:
        view.show(each)
    view.close()
    return out.getvalue().splitlines()


def test_a_plain_line_says_all_that_matters_without_a_break() -> None:
    assert plain(moment(delivered=1_200)) == [
        "running  25% at 15 min: 5,000 phones, 1,200 delivered, 5 failed (3 timeout, 2"
        " status-503), 0/s, latency p50 2 ms p99 250 ms, lateness p99 0"
    ]


def test_what_is_still_waited_for_is_said() -> None:
    waits = replace(moment(phase=Phase.ENDING), remaining=840.0)

    (line,) = plain(waits)
    assert line.endswith(
        "lateness p99 0; delays that were running go on for 14 min; Ctrl-C ends it"
    )
    assert "delays that were running go on for 14 min; Ctrl-C ends it" in live(waits)


def test_plain_lines_come_every_five_seconds_and_with_each_phase() -> None:
    lines = plain(
        *(moment(elapsed=elapsed) for elapsed in (0.0, 1.0, 4.9, 5.0, 6.0)),
        moment(elapsed=6.1, phase=Phase.ENDING),
        moment(elapsed=6.2, phase=Phase.ENDING),
    )

    assert [line.split()[0] for line in lines] == ["running", "running", "ending"]


def test_the_rate_is_that_of_the_last_seconds_of_real_time() -> None:
    lines = plain(
        moment(delivered=0, elapsed=0.0),
        moment(delivered=10_000, elapsed=5.0),
        moment(delivered=10_500, elapsed=10.0),
    )

    rates = [line.partition("), ")[2].partition(", latency")[0] for line in lines]
    assert rates == ["0/s", "2,000/s", "100/s"]


def live(*moments: Progress) -> str:
    console = Console(file=io.StringIO(), width=110, height=40, force_terminal=True, record=True)
    view = LiveView(console)
    for each in moments:
        view.show(each)
    shown = console.export_text()
    view.close()
    return shown


def test_the_live_view_shows_phones_reports_times_failures_and_the_last_events() -> None:
    shown = live(moment(delivered=1_200))

    assert "15 min of 60 min" in shown
    assert "5,000: 4,990 running, 10 uploading" in shown
    assert "1,200 delivered of 1,205 due" in shown
    assert "p50 2 ms" in shown
    assert "3 timeout, 2 status-503" in shown
    assert "17 at most" in shown
    assert "PUT [odd] failed" in shown, "markup in an event is text"


def test_the_live_view_says_when_there_is_nothing_yet() -> None:
    shown = live(replace(moment(), figures=Figures(phones=1), states={}, events=()))

    assert "nothing yet" in shown
    assert "none" in shown


def test_the_live_view_leaves_the_terminal_as_it_was() -> None:
    out = io.StringIO()
    view = LiveView(Console(file=out, width=80, force_terminal=True))
    view.show(moment())
    view.close()

    shown = out.getvalue()
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1, "the cursor is back"


def test_most_reasons_are_named_and_the_rest_counted() -> None:
    failures = {f"status-{500 + n}": 10 - n for n in range(9)}
    reports = ReportFigures(due=54, failed=54, failures=failures)
    (line,) = plain(replace(moment(), figures=Figures(reports=reports)))

    assert "10 status-500, 9 status-501" in line
    assert "9 for other reasons" in line


def test_nobody_is_shown_nothing() -> None:
    view = SilentView()
    view.show(moment())
    view.close()
