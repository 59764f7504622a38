"""What is expected of figures: read, judged, printed back."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.errors import ThresholdError
from mppsim.results.figures import Figures, GeneratorFigures, GroupFigures, ReadbackFigures
from mppsim.results.thresholds import DEFAULTS, Threshold, parse_threshold, with_defaults
from tests.support.figures import BUSY

GROUPS = ("lobby", "office", "2nd floor")


@pytest.mark.parametrize(
    ("text", "value", "passed"),
    [
        ("reports.failed == 0", 1, False),
        ("reports.failed == 1", 1, True),
        ("reports.failed != 1", 1, False),
        ("reports.failed < 1", 1, False),
        ("reports.failed <= 1", 1, True),
        ("reports.failed > 0", 1, True),
        ("reports.failed >= 2", 1, False),
        ("latency.p99 < 250ms", 0.3, False),
        ("latency.p90 < 250ms", 0.004, True),
        ("latency.p99.9 <= 300ms", 0.3, True),
        ("latency.max < 1s", 0.3, True),
        ("reports.failed/reports.due < 0.1%", 0.001, False),
        ("reports.failed/reports.due <= 0.1%", 0.001, True),
        ("reports.failed / reports.due < 0.01", 0.001, True),
        ("reports.delivered/s > 9", 9.99, True),
        ("reports.delivered/s > 900/s", 9.99, False),
        ("reports.delivered/elapsed > 19", 19.98, True),
        ("reports.bytes/s > 50 KB/s", 59940.0, True),
        ("reports.bytes < 6MB", 5994000, True),
        ("elapsed/duration == 50%", 0.5, True),
        ("generator.saturated == false", False, True),
        ("generator.saturated != false", False, False),
        ("generator.saturated == true", False, False),
        ("generator.cpu_busiest < 90%", 0.75, True),
        ("generator.cpu < 2", 1.25, True),
        ("generator.rss < 1GiB", 300_000_000, True),
        ("groups.lobby.reports.failed == 0", 0, True),
        ("groups.office.reports.failed == 0", 1, False),
        ("groups.lobby.latency.p99 > groups", None, None),
        ("readback.stale == 0", 2, False),
        ("resyncs.status-404 <= 2", 2, True),
    ],
)
def test_threshold_is_judged(text: str, value: float | None, passed: bool | None) -> None:
    if passed is None:
        with pytest.raises(ThresholdError):
            parse_threshold(text)
        return
    judged = parse_threshold(text).judge(BUSY)

    assert judged.value == pytest.approx(value, rel=0.001)
    assert (judged.passed, judged.after, judged.abort) == (passed, 0.0, False)


@pytest.mark.parametrize(
    "text",
    [
        *("reports.failed == 0", "latency.p99 < 1s", "readback.missing == 0"),
        *("reports.delivered/s < 5", "reports.failed/reports.due < 1%", "latency.max >= 0s"),
        *("reports.sent/notify.sent < 5", "groups.attic.phones < 5"),
    ],
)
def test_threshold_over_nothing_does_not_hold(text: str) -> None:
    judged = parse_threshold(text).judge(Figures())

    assert (judged.value, judged.passed) == (None, False)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("reports.failed==0", "reports.failed == 0"),
        ("  latency.p99<250 ms ", "latency.p99 < 250ms"),
        ("latency.p99 < 250ms after 60s abort", "latency.p99 < 250ms after 60s abort"),
        ("latency.p99 < 250ms after 5m", "latency.p99 < 250ms after 300s"),
        ("reports.failed / reports.due < .1 %", "reports.failed/reports.due < 0.1%"),
        ("reports.delivered /s > 900 /s", "reports.delivered/s > 900/s"),
        ("reports.delivered / s > 1e3", "reports.delivered/s > 1000"),
        ("generator.saturated==false", "generator.saturated == false"),
        ('groups."2nd floor".phones > 5', 'groups."2nd floor".phones > 5'),
        ('groups."lobby".phones > 5', "groups.lobby.phones > 5"),
        ("reports.sent/reports.due == 1", "reports.sent/reports.due == 1"),
    ],
)
def test_threshold_prints_itself(text: str, printed: str) -> None:
    threshold = parse_threshold(text, groups=GROUPS)

    assert str(threshold) == printed
    assert parse_threshold(str(threshold)) == threshold


def test_moment_and_abort_may_stand_beside_it() -> None:
    beside = parse_threshold("latency.p99 < 250ms", after=60.0, abort=True)

    assert beside == parse_threshold("latency.p99 < 250ms after 60s abort")
    assert (beside.expr, beside.after, beside.abort) == ("latency.p99 < 250ms", 60.0, True)
    assert parse_threshold("latency.p99 < 1s after 60s", after=5.0, abort=False).after == 5.0


@pytest.mark.parametrize(
    ("text", "column", "sentence"),
    [
        ("", 1, "the name of a figure is missing"),
        ("reports.faild == 0", 1, "there is no figure reports.faild; did you mean reports.failed?"),
        ("reports.failed / reports.do < 1", 18, "did you mean reports.due?"),
        ("reports.failed = 0", 16, "write == for equal"),
        ("reports.failed", 15, "a comparison is missing here"),
        ("reports.failed ==", 18, "a number is missing here"),
        ("reports.failed == none", 19, "a number is missing here"),
        ("reports.failed < 0.1%", 18, "a share is reports.failed/reports.due 0.1%"),
        ("reports.failed < 5ms", 18, "5ms does not go with a count"),
        ("reports.failed < 5/s", 18, "5/s does not go with a count"),
        ("latency.p99 < 250", 15, "a time needs a unit: 250ms or 250s"),
        ("latency.p99 < 250parsecs", 18, "there is no unit parsecs"),
        ("latency.p99 < 5MB", 15, "5MB does not go with a time"),
        ("latency.p99/s < 5", 12, "latency.p99 is a time and cannot be divided"),
        ("latency.p99/phones < 5", 13, "divide what is alike"),
        ("generator.saturated/s == 1", 20, "true or false and cannot be divided"),
        ("generator.saturated == 0", 24, "generator.saturated is true or false"),
        ("generator.saturated < true", 21, "compared with == or !="),
        ("groups.loby.phones > 5", 1, "did you mean groups.lobby.phones?"),
        ("reports.failed == 0 reports.due", 21, "a threshold ends here"),
        ("reports.failed == 0 and more", 21, "only `after 60s` and `abort` can follow"),
        ("reports.failed == 0 after", 26, "a number is missing here"),
        ("reports.failed == 0 after 60", 27, "such as 60s or 5m"),
        ("reports.failed == 0 after 60%", 27, "such as 60s or 5m"),
        ("reports.delivered > 5 abort", 23, "can come true until the end"),
        ("reports.delivered == 5 abort", 24, "can come true until the end"),
        ("readback.missing == 0 abort", 23, "known at the end only"),
    ],
)
def test_what_is_no_threshold_is_refused(text: str, column: int, sentence: str) -> None:
    with pytest.raises(ThresholdError) as caught:
        parse_threshold(text, groups=GROUPS)

    assert str(caught.value).startswith(f"column {column}: ")
    assert sentence in str(caught.value)
    assert caught.value.text == text


def test_abort_beside_a_threshold_that_has_to_wait_is_refused_too() -> None:
    with pytest.raises(ThresholdError, match="column 1: abort: "):
        parse_threshold("reports.delivered > 5", abort=True)


@pytest.mark.parametrize(
    "text",
    [
        *("reports.failed == 0", "reports.delivered/s > 900", "reports.failed/reports.due < 1%"),
        *(
            "reports.delivered/reports.due > 99%",
            "latency.p50 > 1ms",
            "generator.saturated == false",
        ),
    ],
)
def test_what_may_fail_early_may_abort(text: str) -> None:
    assert parse_threshold(f"{text} abort").abort


@given(st.text(max_size=40))
def test_any_text_gives_a_threshold_or_its_error(text: str) -> None:
    with suppress(ThresholdError):
        threshold = parse_threshold(text)

        assert parse_threshold(str(threshold)) == threshold


FIGURES = st.sampled_from(
    ["reports.failed", "latency.p99", "lateness.p99.9", "generator.rss", 'groups."a b".phones']
)
SIGNS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])


@given(FIGURES, SIGNS, st.floats(0, 1e12), st.floats(0, 1e6), st.sampled_from(["ms", "s", "h"]))
def test_printed_threshold_is_the_same(
    name: str, sign: str, number: float, after: float, unit: str
) -> None:
    unit = unit if "late" in name else ""
    threshold = parse_threshold(f"{name} {sign} {number!r}{unit}", after=after)

    assert parse_threshold(str(threshold)) == threshold


# What is expected of every run.


def names_of(*given_texts: str) -> list[str]:
    return [str(t) for t in with_defaults(parse_threshold(text) for text in given_texts)]


@pytest.mark.parametrize(
    ("given_texts", "names"),
    [
        ([], list(DEFAULTS)),
        (["reports.failed == 0"], [*DEFAULTS, "reports.failed == 0"]),
        (["reports.delivered == 0"], [*DEFAULTS[1:], "reports.delivered == 0"]),
        (
            ["generator.saturated == true"],
            [DEFAULTS[0], *DEFAULTS[2:], "generator.saturated == true"],
        ),
        (["lateness.p99 < 5s"], [DEFAULTS[0], *DEFAULTS[2:], "lateness.p99 < 5s"]),
        (["groups.lobby.lateness.p99 < 5s"], [*DEFAULTS, "groups.lobby.lateness.p99 < 5s"]),
        (
            ["generator.workers_lost <= 1"],
            [*DEFAULTS[:2], DEFAULTS[3], "generator.workers_lost <= 1"],
        ),
    ],
)
def test_defaults_are_judged_unless_they_are_replaced(
    given_texts: list[str], names: list[str]
) -> None:
    assert names_of(*given_texts) == names


@pytest.mark.parametrize(
    ("figures", "passed"),
    [
        (BUSY, [True, True, True, True]),
        (Figures(), [False, True, True, True]),
        (Figures(generator=GeneratorFigures(saturated=True)), [False, False, True, True]),
        (Figures(generator=GeneratorFigures(workers_lost=1)), [False, True, False, True]),
        (Figures(generator=GeneratorFigures(server_lost=True)), [False, True, True, False]),
    ],
)
def test_run_that_delivered_nothing_or_was_too_slow_or_lost_a_process_has_failed(
    figures: Figures, passed: list[bool]
) -> None:
    assert [threshold.judge(figures).passed for threshold in with_defaults(())] == passed


def test_group_that_delivered_nothing_has_no_figures_to_hold() -> None:
    threshold: Threshold = parse_threshold("groups.attic.latency.p99 < 1s")

    assert not threshold.judge(Figures(groups={"attic": GroupFigures()})).passed
    assert (
        parse_threshold("readback.checked == 0").judge(Figures(readback=ReadbackFigures())).passed
    )
