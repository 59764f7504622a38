"""report.html."""

import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from lxml import html

import mppsim.results
from mppsim import __version__
from mppsim.results.figures import Figures, GeneratorFigures
from mppsim.results.html import render_html
from mppsim.results.outcome import Outcome, Verdict
from mppsim.results.thresholds import Judged
from tests.support.figures import BUSY, LOBBY
from tests.support.long_runs import LONG_RUN
from tests.support.outcomes import (
    ABORTED,
    BROKEN,
    FAILED,
    INTERRUPTED,
    NOTED,
    PASSED,
    TOLD_EARLY,
    outcome_of,
)

ASSETS = Path(mppsim.results.__path__[0]) / "assets"
MARKUP = "</script><script>alert(1)</script><b a='\"&"
SATURATED = {
    limit: outcome_of(replace(BUSY, generator=GeneratorFigures(saturated=True, limit=limit)))
    for limit in ("connections", "cpu", "machine", "")
}


def page_of(outcome: Outcome) -> html.HtmlElement:
    return html.document_fromstring(render_html(outcome))


def find(page: html.HtmlElement, path: str) -> list[html.HtmlElement]:
    """Return elements by XPath, in which `.x` is a class."""
    classes = r"contains(concat(' ', @class, ' '), ' \1 ')"
    return page.xpath("//" + re.sub(r"\.([a-z]+)", classes, path))


def words_of(element: html.HtmlElement) -> str:
    return " ".join(" ".join(element.itertext()).split())


def text_of(outcome: Outcome) -> str:
    """Return what a reader sees, without scripts and styles."""
    page = page_of(outcome)
    for element in find(page, "*[self::script or self::style]"):
        element.drop_tree()
    return words_of(page)


@pytest.mark.parametrize(
    ("outcome", "title", "sentence"),
    [
        (PASSED, "change-storm: passed", "All 4 thresholds hold."),
        (BROKEN, "change-storm: failed", "3 of 7 thresholds do not hold."),
        (outcome_of(BUSY, "reports.failed == 0"), "failed", "1 of 5 thresholds does not hold."),
        (ABORTED, "change-storm: failed", f"It was {TOLD_EARLY}. 1 of 5 thresholds"),
        (INTERRUPTED, "interrupted", "It did not come to its end; these are the figures so far."),
        (SATURATED["cpu"], "saturated", "could not keep its schedule: a worker used a whole core."),
        (SATURATED["connections"], "saturated", "no more connections may be open at once"),
        (SATURATED["machine"], "saturated", "something else kept the processor from it"),
        (SATURATED[""], "saturated", "could not keep its schedule: it was too slow."),
        (SATURATED["cpu"], "saturated", "and nothing about the server."),
        (Outcome(figures=BUSY, verdict=Verdict.PASSED), "A run: passed", "Nothing was expected"),
    ],
)
def test_verdict_is_said_in_a_sentence(outcome: Outcome, title: str, sentence: str) -> None:
    [verdict] = find(page_of(outcome), "section[.verdict]")

    assert title in words_of(verdict)
    assert sentence in words_of(verdict)


def test_notes_are_on_the_page_as_text() -> None:
    [notes] = find(page_of(NOTED), "ul[.notes]")

    assert [words_of(note) for note in notes] == [
        *("2 phones are <lost>", "http://me:***@h/ was refused"),
    ]
    assert find(page_of(PASSED), "ul[.notes]") == []


def test_run_is_named_with_its_time_and_seed() -> None:
    facts = find(page_of(PASSED), "dl[.facts]")[0]

    assert words_of(facts) == (
        "began 1 January 2026, 00:00:00 UTC phones 100 their time 0:01:40 real time 50 s seed 7"
    )


@pytest.mark.parametrize(
    ("started", "shown"),
    [
        ("2026-11-22T18:03:11+00:00", "22 November 2026, 18:03:11 UTC"),
        ("2026-11-22T18:03:11+02:00", "22 November 2026, 18:03:11 UTC+0200"),
        ("2026-11-22T18:03:11", "22 November 2026, 18:03:11"),
        ("this morning", "this morning"),
        ("", "not known"),
    ],
)
def test_beginning_is_written_for_people(started: str, shown: str) -> None:
    assert words_of(find(page_of(replace(PASSED, started=started)), "dl//dd")[0]) == shown


def test_thresholds_are_shown_with_what_they_were_judged_by() -> None:
    judged = (
        Judged(expr="latency.p99 < 250ms", value=0.3, passed=False, after=60.0),
        Judged(expr="reports.bytes < 1GB", value=5_994_000.0, passed=True),
        Judged(expr="reports.failed/reports.due < 1%", value=0.005, passed=True, abort=True),
        Judged(expr="reports.delivered/s > 5", value=9.99, passed=True),
        Judged(expr="generator.saturated == false", value=False, passed=True),
        Judged(expr="readback.missing == 0", value=None, passed=False),
    )
    rows = find(page_of(replace(PASSED, thresholds=judged)), "tr[.good or .bad]")

    assert [words_of(row) for row in rows] == [
        "✗ does not hold latency.p99 < 250ms after 60 s 300 ms",
        "✓ holds reports.bytes < 1GB 5.99 MB",
        "✓ holds reports.failed/reports.due < 1% or the run ends 0.5 %",
        "✓ holds reports.delivered/s > 5 9.99",
        "✓ holds generator.saturated == false false",
        "✗ does not hold readback.missing == 0 nothing to measure it by",
    ]


@pytest.mark.parametrize(
    "figure",
    [
        *("1,000 (100 %)", "999 (99.9 %)", "5.99 MB", "0.75 of a core", "300 MB"),
        *("latency from due due to done 999 3 ms 5 ms 5 ms 5 ms", "unanswered 1", "stale 2"),
        *("delta 1,000 1,000 999 1", "local change 1,000", "registered 100", "status-404 2"),
        "lobby 40 800 800 0 2 ms 300 ms 300 ms 3 ms 1 ms",
        "timeout 1 0.1 %",
        "0:00:05 00562B000001 office delta, 6 KB PUT http://h/a none timeout 30 s 0 0",
        "due: 0.1 on average, 10 at most (at 0:00:00)",
        f"Written by mppsim {__version__}.",
    ],
)
def test_figure_is_on_the_page(figure: str) -> None:
    assert figure in text_of(BROKEN)


def test_failures_have_the_most_frequent_first() -> None:
    counts = {"timeout": 3, "reset": 40, "dns": 3}
    figures = replace(BUSY, reports=replace(BUSY.reports, failures=counts))
    cells = find(page_of(outcome_of(figures)), "*[@aria-label='Failures by reason']//tbody//th")

    assert [words_of(cell) for cell in cells] == ["reset", "dns", "timeout"]


def test_list_says_how_many_it_leaves_out() -> None:
    reports = replace(BUSY.reports, delivered=900, failed=100, failures={"timeout": 100})

    assert "The first 1 of 100, of every reason some." in text_of(
        outcome_of(replace(BUSY, reports=reports))
    )
    assert "The first" not in text_of(BROKEN)


def test_run_in_which_nothing_happened_has_sentences_and_no_empty_tables() -> None:
    page = page_of(Outcome(figures=Figures(), verdict=Verdict.FAILED))

    assert [words_of(element) for element in find(page, "main/p[.nothing]")] == [
        "Nothing was expected of this run.",
        "Nothing happened that could be drawn.",
        "There are no groups.",
        "No report has failed.",
        "No report was delivered.",
    ]
    assert find(page, "tbody[not(tr)]") == []
    assert find(page, "div[.plot]") == []


def test_markup_in_a_value_is_text() -> None:
    figures = replace(
        BUSY,
        groups={MARKUP: LOBBY},
        reports=replace(BUSY.reports, failures={MARKUP: 1}, by_trigger={MARKUP: 2}),
    )
    report = replace(FAILED, group=MARKUP, url=MARKUP, reason=MARKUP, detail=MARKUP, phone=MARKUP)
    outcome = replace(
        outcome_of(figures, scenario=MARKUP),
        failed=(report,),
        slowest=(report,),
        started=MARKUP,
    )
    text, page = render_html(outcome), page_of(outcome)

    assert MARKUP not in text
    assert len(find(page, "script")) == 2
    assert find(page, "b") == []
    assert MARKUP in map(words_of, find(page, "table[.sortable]/tbody//th"))
    assert text_of(outcome).count("<script>alert(1)") >= 10


def test_page_holds_what_is_drawn() -> None:
    [data] = re.findall(r'<script type="application/json".*?>(.*?)</script>', render_html(LONG_RUN))

    assert len(json.loads(data)["charts"]) == 5


def test_secrets_are_not_shown() -> None:
    report = replace(
        FAILED, url="http://user:hunter2@h/a", detail="sent with --key hunter2", reason="auth"
    )
    text = render_html(replace(PASSED, failed=(report,), slowest=(report,)))

    assert "hunter2" not in text
    assert text.count("http://user:***@h/a") == 2


def test_page_needs_nothing_from_anywhere() -> None:
    page = page_of(LONG_RUN)

    assert find(page, "link")[0].get("href") == "data:,"
    assert page.xpath("//@src | //link[not(@rel='icon')] | //iframe | //object") == []
    assert {link.get("href")[0] for link in find(page, "a")} == {"#"}
    assert "@import" not in render_html(LONG_RUN)


def test_policy_names_the_pages_own_script_and_style_and_nothing_else() -> None:
    page = page_of(LONG_RUN)
    policy = find(page, "meta[@http-equiv='Content-Security-Policy']")[0].get("content")
    own = {
        f"{kind}-src 'sha256-{b64encode(sha256(element.text.encode()).digest()).decode()}'"
        for kind, element in (
            ("style", find(page, "style")[0]),
            ("script", find(page, "script[not(@type)]")[0]),
        )
    }

    assert set(policy.split("; ")) == {
        *own,
        *("default-src 'none'", "img-src data:", "base-uri 'none'", "form-action 'none'"),
    }
    assert page.xpath("//@style | //@*[starts-with(name(), 'on')]") == []


def test_licence_of_uplot_is_in_the_page_and_beside_it() -> None:
    licence = (ASSETS / "uPlot-LICENSE.txt").read_text()

    assert licence.startswith("The MIT License (MIT)\n\nCopyright (c) 2022 Leon Sorokin")
    assert licence.strip() in render_html(PASSED)
    assert "uPlot (v1.6.32)" in render_html(PASSED)


def test_long_run_stays_small() -> None:
    assert len(LONG_RUN.series) == 1800
    assert len(LONG_RUN.failed) + len(LONG_RUN.slowest) == 120
    assert len(render_html(LONG_RUN).encode()) < 500_000


def test_every_id_is_there_once_and_every_link_leads_somewhere() -> None:
    page = page_of(LONG_RUN)
    ids = page.xpath("//@id")
    named = {name for text in page.xpath("//@aria-labelledby") for name in text.split()}

    assert len(ids) == len(set(ids))
    assert {link.get("href")[1:] for link in find(page, "a")} | named <= set(ids)
