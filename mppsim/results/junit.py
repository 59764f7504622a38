"""`junit.xml`: a case for each threshold and for each group, for what shows the tests of a CI."""

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from mppsim.results.figures import GroupFigures
from mppsim.results.outcome import Outcome, Verdict
from mppsim.results.thresholds import Judged
from mppsim.results.words import show_count, show_seconds, show_value

__all__ = ["render_junit"]

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_junit(outcome: Outcome) -> str:
    """Return JUnit's XML. A group fails with the thresholds that name it.

    One more case is that the run tested to its end: an error where it was interrupted or saturated,
    and failed where a threshold ended it early.
    """
    cases = [_run_case(outcome)]
    cases += [_threshold_case(judged) for judged in outcome.thresholds]
    for name, group in outcome.figures.groups.items():
        broken = [j for j in outcome.thresholds if not j.passed and _names(j, name)]
        cases.append(_group_case(name, group, broken))
    failures = sum("<failure " in case for case in cases)
    errors = sum("<error " in case for case in cases)
    counts = f'tests="{len(cases)}" failures="{failures}" errors="{errors}"'
    time = f'time="{outcome.figures.elapsed:.3f}"'
    started = f" timestamp={_attribute(outcome.started[:19])}" if outcome.started else ""
    name = _attribute(outcome.scenario or "mppsim run")
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuites name="mppsim" {counts} {time}>',
            f'<testsuite name={name} {counts} skipped="0" {time}{started}>',
            *cases,
            "</testsuite>",
            "</testsuites>\n",
        ]
    )


def _run_case(outcome: Outcome) -> str:
    body = early = ""
    if outcome.ended_early is not None:
        early = f"it was {outcome.ended_early}"
        body = _said("failure", early)
    if outcome.verdict is Verdict.INTERRUPTED:
        body = _said("error", "it was interrupted: the figures are those so far")
    elif outcome.verdict is Verdict.SATURATED:
        limit = outcome.figures.generator.limit or "machine"
        said = f"mppsim could not keep its schedule ({limit})"
        body = _said("error", "; ".join(filter(None, (said, early))))
    return _case("mppsim.run", "the run tested the server to its end", body)


def _threshold_case(judged: Judged) -> str:
    after = f" after {judged.after:g}s" if judged.after else ""
    said = f"{judged.expr}{after} does not hold: {show_value(judged.value)}"
    return _case(
        "mppsim.thresholds", judged.expr + after, "" if judged.passed else _said("failure", said)
    )


def _group_case(name: str, group: GroupFigures, broken: Iterable[Judged]) -> str:
    said = "; ".join(f"{judged.expr}: {show_value(judged.value)}" for judged in broken)
    reports = group.reports
    told = (
        f"{show_count(group.phones)} phones: {show_count(reports.due)} reports due,"
        f" {show_count(reports.delivered)} delivered, {show_count(reports.failed)} failed,"
        f" latency p99 {show_seconds(group.latency.p99)}"
    )
    failure = _said("failure", said) if said else ""
    out = f"<system-out>{escape(_clean(told))}</system-out>"
    return _case("mppsim.groups", name, failure + out)


def _names(judged: Judged, group: str) -> bool:
    return any(f"groups.{name}." in judged.expr for name in (group, f'"{group}"'))


def _case(kind: str, name: str, body: str) -> str:
    head = f'<testcase classname="{kind}" name={_attribute(name)} time="0"'
    return f"{head}>{body}</testcase>" if body else f"{head}/>"


def _said(element: str, sentence: str) -> str:
    message = _attribute(sentence)
    return f'<{element} message={message} type="{element}">{escape(_clean(sentence))}</{element}>'


def _attribute(text: str) -> str:
    return quoteattr(_clean(text), {"\n": "&#10;", "\t": "&#9;", "\r": "&#13;"})


def _clean(text: str) -> str:
    """Return the text without what XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
