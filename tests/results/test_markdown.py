"""summary.md."""

import re
from dataclasses import replace

import pytest

from mppsim.results.figures import Figures, GeneratorFigures, ReadbackFigures
from mppsim.results.markdown import render_markdown
from mppsim.results.outcome import Outcome, Verdict
from tests.support.figures import BUSY
from tests.support.outcomes import (
    ABORTED,
    BROKEN,
    INTERRUPTED,
    NOTED,
    PASSED,
    TOLD_EARLY,
    outcome_of,
)


def test_summary_tells_a_run_on_one_screen() -> None:
    text = render_markdown(BROKEN)

    assert (
        text
        == """\
## ❌ mppsim: failed – change-storm

100 phones, 100 s of their time in 50 s; 5.99 MB delivered; seed 7

|  | due | delivered | failed | p50 | p99 | max |
| --- | --: | --: | --: | --: | --: | --: |
| **all** | 1,000 | 999 | 1 (0.1 %) | 2 ms | 300 ms | 300 ms |
| lobby | 800 | 800 | 0 | 2 ms | 300 ms | 300 ms |
| office | 200 | 199 | 1 (0.5 %) | 4 ms | 4 ms | 4 ms |

| failures | reports |
| --- | --: |
| timeout | 1 |

|  | expected | value |
| --- | --- | --- |
| ✅ | `reports.delivered > 0` | 999 |
| ✅ | `generator.saturated == false` | false |
| ✅ | `generator.workers_lost == 0` | 0 |
| ✅ | `generator.server_lost == false` | false |
| ❌ | `reports.failed == 0` | 1 |
| ❌ | `latency.p99 < 250ms` after 60 s | 0.3 |
| ❌ | `groups.office.reports.failed/groups.office.reports.due < 0.1%` | 0.005 |

Read back 100 places: 0 missing, 0 different, 2 stale, 0 duplicate. mppsim was 1 ms late at p99.
"""
    )


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        (PASSED, "## ✅ mppsim: passed – change-storm"),
        (ABORTED, "It was " + TOLD_EARLY.replace("<", "\\<") + "."),
        (INTERRUPTED, "## ⏹️ mppsim: interrupted"),
        (INTERRUPTED, "these are the figures so far"),
        (
            outcome_of(replace(BUSY, generator=GeneratorFigures(saturated=True, limit="cpu"))),
            "## ⚠️ mppsim: saturated",
        ),
        (
            outcome_of(replace(BUSY, generator=GeneratorFigures(saturated=True, limit="cpu"))),
            "mppsim could not keep its schedule (cpu)",
        ),
        (outcome_of(scenario="a|b <i>"), "– a\\|b \\<i\\>"),
    ],
)
def test_verdict_is_explained(outcome: Outcome, sentence: str) -> None:
    assert sentence in render_markdown(outcome)


def test_run_in_which_nothing_happened_has_no_empty_tables() -> None:
    text = render_markdown(Outcome(figures=Figures(), verdict=Verdict.FAILED))

    assert "| **all** | 0 | 0 | 0 | – | – | – |" in text
    assert text.count("| ---") == 1
    assert "Read back" not in text
    assert text.startswith("## ❌ mppsim: failed\n")


def test_notes_come_last_and_are_no_markup() -> None:
    assert render_markdown(NOTED).endswith(
        "\n\n- 2 phones are \\<lost\\>\n- http://me:\\*\\*\\*@h/ was refused\n"
    )


def test_single_group_is_not_told_twice() -> None:
    text = render_markdown(outcome_of(replace(BUSY, groups={"lobby": BUSY.groups["lobby"]})))

    assert "| lobby |" not in text


def test_every_table_has_as_many_cells_in_each_row() -> None:
    for table in re.findall(r"(?:^\|.*\n)+", render_markdown(BROKEN), re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1


def test_readback_is_told_where_it_was_done() -> None:
    figures = replace(BUSY, readback=ReadbackFigures())

    assert "Read back" not in render_markdown(outcome_of(figures))
