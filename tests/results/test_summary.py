"""summary.json, written and read."""

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hdrh.histogram import HdrHistogram

from mppsim import __version__
from mppsim.errors import ResultsError
from mppsim.results.figures import Figures
from mppsim.results.outcome import Outcome, Verdict
from mppsim.results.summary import build_summary, read_summary, render_summary
from tests.support.outcomes import ABORTED, BROKEN, NOTED, PASSED, TOLD_EARLY

MANUAL = (Path(__file__).parents[2] / "docs" / "results.md").read_text()


def test_summary_has_the_figures_under_their_names() -> None:
    summary = build_summary(BROKEN)

    assert {name: summary[name] for name in ("phones", "duration", "elapsed", "seed")} == {
        "phones": 100,
        "duration": 100.0,
        "elapsed": 50.0,
        "seed": 7,
    }
    assert summary["reports"] == {
        "due": 1000,
        "sent": 1000,
        "delivered": 999,
        "failed": 1,
        "unfinished": 0,
        "late": 3,
        "bytes": 5_994_000,
        "by_content": {"delta": {"due": 1000, "sent": 1000, "delivered": 999, "failed": 1}},
        "by_trigger": {"local_change": 1000},
        "by_method": {"PUT": 1000},
        "by_encryption": {"none": 1000},
        "failures": {"timeout": 1},
    }
    assert summary["latency"].keys() == {"count", "p50", "p90", "p99", "max"}
    assert (summary["latency"]["count"], summary["latency"]["max"]) == (999, 0.3)
    assert (summary["readback"]["stale"], summary["generator"]["cpu"]) == (2, 1.25)
    assert list(summary["groups"]) == ["lobby", "office"]
    assert summary["groups"]["office"]["reports"]["failed"] == 1
    assert (summary["verdict"], summary["mppsim"], summary["format"]) == ("failed", __version__, 1)


def test_summary_has_the_notes_of_the_run_without_secrets() -> None:
    assert build_summary(NOTED)["notes"] == ["2 phones are <lost>", "http://me:***@h/ was refused"]
    assert build_summary(PASSED)["notes"] == []


def test_summary_says_what_ended_the_run_early() -> None:
    assert build_summary(BROKEN)["ended_early"] is None

    early = build_summary(ABORTED)["ended_early"]
    assert (early["at"], early["why"]) == (754.0, TOLD_EARLY)
    assert early["threshold"] in build_summary(ABORTED)["thresholds"]
    assert read_summary(render_summary(ABORTED), source="s")["ended_early"] == early


def test_summary_has_the_thresholds_as_they_were_judged() -> None:
    row = build_summary(BROKEN)["thresholds"][5]

    assert row == {
        "expr": "latency.p99 < 250ms",
        "value": BROKEN.figures.latency.p99,
        "passed": False,
        "after": 60.0,
        "abort": False,
    }


def test_histograms_are_there_for_other_tools() -> None:
    latency = HdrHistogram.decode(build_summary(PASSED)["histograms"]["latency"])

    assert latency.get_total_count() == 999
    assert latency.get_value_at_percentile(50) == 2000


def test_same_run_gives_the_same_text_in_order() -> None:
    text = render_summary(PASSED)

    assert text == render_summary(PASSED)
    assert list(json.loads(text)) == sorted(json.loads(text))
    assert text.endswith("}\n")


def keys_of(node: object, prefix: str = "") -> list[str]:
    if not isinstance(node, dict):
        return [prefix]
    return [key for name, item in node.items() for key in keys_of(item, f"{prefix}.{name}")]


def test_schema_does_not_depend_on_what_happened() -> None:
    nothing = build_summary(Outcome(figures=Figures(), verdict=Verdict.FAILED))
    open_ended = re.compile(r"\.(by_\w+|failures|registrations|resyncs|groups)(\.|$)")

    assert {key for key in keys_of(nothing) if not open_ended.search(key)} == {
        key for key in keys_of(build_summary(BROKEN)) if not open_ended.search(key)
    }


def test_manual_lists_every_key() -> None:
    names = {part for key in keys_of(build_summary(PASSED)) for part in key.split(".")[1:]}
    values = {
        "lobby",
        "office",
        "delta",
        "local_change",
        "PUT",
        "none",
        "timeout",
        "registered",
        "status-404",
    }

    assert [name for name in sorted(names - values) if f"`{name}`" not in MANUAL] == []


@pytest.mark.parametrize(
    "outcome", [PASSED, BROKEN, Outcome(figures=Figures(), verdict=Verdict.FAILED)]
)
def test_what_was_written_is_read(outcome: Outcome) -> None:
    read = read_summary(render_summary(outcome), source="a")

    assert read == json.loads(json.dumps(build_summary(outcome)))


def damaged(path: str, value: object = None) -> str:
    summary: dict[str, Any] = deepcopy(build_summary(BROKEN))
    *heads, last = path.split(".")
    node: Any = summary
    for head in heads:
        node = node[int(head)] if head.isdigit() else node[head]
    if value is None:
        del node[last]
    else:
        node[int(last) if last.isdigit() else last] = value
    return json.dumps(summary)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "a/summary.json: is no summary.json of a run: no JSON"),
        ("{", "is no summary.json of a run: no JSON"),
        pytest.param("[" * 100_000, "is no summary.json of a run: no JSON", id="deep"),
        ("[]", "is no summary.json of a run: it has no format"),
        ('{"verdict": "passed"}', "is no summary.json of a run: it has no format"),
        (damaged("format", 2), f"has format 2, of mppsim {__version__}; this is mppsim"),
        (damaged("reports.delivered"), "is damaged: reports.delivered is missing"),
        (damaged("reports.delivered", "many"), "is damaged: reports.delivered is 'many'"),
        (damaged("latency", 5), "is damaged: latency is 5"),
        (damaged("generator.saturated", 1), "is damaged: generator.saturated is 1"),
        (damaged("phones", True), "is damaged: phones is True"),
        (damaged("groups.lobby.reports.due"), "is damaged: groups.lobby.reports.due is missing"),
        (damaged("groups.lobby", "x"), "is damaged: groups.lobby is 'x'"),
        (damaged("thresholds", 5), "is damaged: thresholds is 5"),
        (damaged("thresholds.0", 5), "is damaged: thresholds.0 is 5"),
        (damaged("thresholds.1.passed"), "is damaged: thresholds.1.passed is missing"),
        (damaged("verdict", 5), "is damaged: verdict is 5"),
    ],
)
def test_what_is_no_summary_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ResultsError) as caught:
        read_summary(text, source="a/summary.json")

    assert str(caught.value).startswith("a/summary.json: ")
    assert sentence in str(caught.value)


def test_keys_that_later_versions_add_do_no_harm() -> None:
    text = json.dumps(build_summary(PASSED) | {"weather": "fine"})

    assert read_summary(text, source="a")["weather"] == "fine"
