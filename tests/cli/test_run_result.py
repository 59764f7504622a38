"""What is printed of a run when it is over."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from mppsim.cli.run_result import print_outcome
from mppsim.results.figures import (
    Figures,
    GeneratorFigures,
    GroupFigures,
    ReadbackFigures,
    ReportFigures,
)
from mppsim.results.outcome import Outcome
from tests.support.figures import BUSY
from tests.support.outcomes import ABORTED, EXPECTED, INTERRUPTED, PASSED, TOLD_EARLY, outcome_of

QUIET = Figures(phones=1, duration=60.0, elapsed=0.5, seed=3, groups={"lobby": GroupFigures()})


def printed(outcome: Outcome, results: str = "") -> list[str]:
    out = io.StringIO()
    print_outcome(Console(file=out, width=160, highlight=False), outcome, results=results)
    return out.getvalue().splitlines()


def rows_of(lines: list[str]) -> list[list[str]]:
    return [re.split(r"\s*│\s*", line)[1:-1] for line in lines if line.startswith("│")]


def test_table_has_a_row_for_each_group_and_one_for_all() -> None:
    rows = rows_of(printed(PASSED))

    assert [row[0] for row in rows] == ["lobby", "office", "all"]
    assert rows[1] == [
        *("office", "200 delta", "200 PUT", "200 local change"),
        *("60", "200", "199", "1", "4 ms", "4 ms"),
    ]


def test_one_group_alone_is_all() -> None:
    assert [row[0] for row in rows_of(printed(outcome_of(QUIET)))] == ["lobby"]


def test_group_that_did_nothing_has_dashes_for_what_it_did() -> None:
    (row,) = rows_of(printed(outcome_of(QUIET)))

    assert row == ["lobby", "–", "–", "–", "0", "0", "0", "0", "–", "–"]


def test_of_very_many_groups_the_rest_are_counted() -> None:
    groups = {f"group {n}": GroupFigures() for n in range(1234)}
    rows = rows_of(printed(outcome_of(replace(QUIET, groups=groups))))

    assert len(rows) == 42
    assert rows[40][0] == "and 1,194 more groups"


def test_sealed_reports_are_counted_and_plain_ones_are_not() -> None:
    reports = ReportFigures(
        by_method={"PUT": 7}, by_encryption={"none": 4, "aes128gcm": 2, "aes-256-cbc": 1}
    )
    groups = {"lobby": GroupFigures(reports=reports)}
    (row,) = rows_of(printed(outcome_of(replace(QUIET, groups=groups))))

    assert row[2] == "7 PUT, 1 aes-256-cbc, 2 aes128gcm"


def test_figures_are_told_in_sentences() -> None:
    lines = printed(outcome_of(BUSY, *EXPECTED), results="results/today")
    start = next(n for n, line in enumerate(lines) if line.startswith("100 phones"))

    assert lines[start:] == [
        "100 phones, 100 s of their time in 50 s; seed 7",
        "reports: 1,000 due, 999 delivered (5.99 MB), 1 failed, 0 unfinished",
        "failed: 1 timeout",
        "latency p50 2 ms, p99 300 ms; mppsim itself was 1 ms late at p99",
        "NOTIFY: 6 accepted, 4 challenged first, 0 refused, 1 unanswered",
        "read back 100 places: 0 missing, 0 different, 2 stale, 0 duplicate,"
        " 0 that no key opened, 0 unreadable",
        "✓ reports.delivered > 0  (999)",
        "✓ generator.saturated == false  (false)",
        "✓ generator.workers_lost == 0  (0)",
        "✓ generator.server_lost == false  (false)",
        "✗ reports.failed == 0  (1)",
        "✗ latency.p99 < 250ms after 60 s  (300 ms)",
        "✗ groups.office.reports.failed/groups.office.reports.due < 0.1%  (0.5 %)",
        "results: results/today",
        "FAILED",
    ]


def test_threshold_that_ended_the_run_is_told_with_its_moment() -> None:
    lines = printed(ABORTED)

    assert lines[-2:] == [f"it was {TOLD_EARLY}", "FAILED"]


def test_what_did_not_happen_is_not_told() -> None:
    lines = printed(outcome_of(QUIET))
    start = next(n for n, line in enumerate(lines) if line.startswith("1 phone,"))

    assert [line.partition(":")[0] for line in lines[start + 1 :] if line[0] not in "✓✗"] == [
        "reports",
        "FAILED",
    ]


@pytest.mark.parametrize(
    ("generator", "said"),
    [
        (GeneratorFigures(saturated=True, limit="cpu"), "could not keep its schedule (cpu)"),
        (GeneratorFigures(workers_lost=1), "1 worker ended though nobody told it to"),
        (GeneratorFigures(workers_lost=2), "2 workers ended though nobody told them to"),
        (GeneratorFigures(server_lost=True), "the embedded server was lost on the way"),
    ],
)
def test_what_mppsim_itself_did_wrong_is_told(generator: GeneratorFigures, said: str) -> None:
    figures = replace(BUSY, generator=generator, readback=ReadbackFigures())

    assert said in "\n".join(printed(outcome_of(figures)))


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        (PASSED, "passed"),
        (outcome_of(BUSY, *EXPECTED), "FAILED"),
        (INTERRUPTED, "interrupted"),
        (outcome_of(replace(BUSY, generator=GeneratorFigures(saturated=True))), "SATURATED"),
    ],
)
def test_last_line_is_the_verdict(outcome: Outcome, word: str) -> None:
    assert printed(outcome)[-1] == word
