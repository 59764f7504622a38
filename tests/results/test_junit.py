"""junit.xml, against a grammar of what CI servers read."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mppsim.results.figures import Figures, GeneratorFigures, GroupFigures
from mppsim.results.junit import render_junit
from mppsim.results.outcome import Outcome, Verdict
from mppsim.results.thresholds import Judged
from tests.support.figures import BUSY
from tests.support.outcomes import ABORTED, BROKEN, INTERRUPTED, PASSED, TOLD_EARLY, outcome_of

# What Jenkins' xunit plugin, GitLab and pytest's own reader agree upon.
GRAMMAR = etree.RelaxNG(
    etree.fromstring("""
<grammar xmlns="http://relaxng.org/ns/structure/1.0"
    datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
  <start><element name="testsuites">
    <ref name="counts"/><attribute name="name"/>
    <oneOrMore><element name="testsuite">
      <ref name="counts"/><attribute name="name"/>
      <attribute name="skipped"><data type="nonNegativeInteger"/></attribute>
      <optional><attribute name="timestamp"><data type="dateTime"/></attribute></optional>
      <zeroOrMore><element name="testcase">
        <attribute name="classname"/><attribute name="name"/>
        <attribute name="time"><data type="decimal"/></attribute>
        <optional><choice>
          <element name="failure"><ref name="said"/></element>
          <element name="error"><ref name="said"/></element>
        </choice></optional>
        <optional><element name="system-out"><text/></element></optional>
      </element></zeroOrMore>
    </element></oneOrMore>
  </element></start>
  <define name="counts">
    <attribute name="tests"><data type="nonNegativeInteger"/></attribute>
    <attribute name="failures"><data type="nonNegativeInteger"/></attribute>
    <attribute name="errors"><data type="nonNegativeInteger"/></attribute>
    <attribute name="time"><data type="decimal"/></attribute>
  </define>
  <define name="said"><attribute name="message"/><attribute name="type"/><text/></define>
</grammar>""")
)


def read(outcome: Outcome) -> etree._Element:
    root = etree.fromstring(render_junit(outcome).encode())
    GRAMMAR.assertValid(root)
    return root


def cases(outcome: Outcome, kind: str) -> dict[str | None, str | None]:
    """Return the message of each failed case of a kind by its name; None of one that passed."""
    found = read(outcome).iterfind(f".//testcase[@classname='mppsim.{kind}']")
    return {
        case.get("name"): next((bad.get("message") for bad in case if bad.get("message")), None)
        for case in found
    }


def test_each_threshold_is_a_case() -> None:
    assert cases(BROKEN, "thresholds") == {
        "reports.delivered > 0": None,
        "generator.saturated == false": None,
        "generator.workers_lost == 0": None,
        "generator.server_lost == false": None,
        "reports.failed == 0": "reports.failed == 0 does not hold: 1",
        "latency.p99 < 250ms after 60s": "latency.p99 < 250ms after 60s does not hold: 0.3",
        "groups.office.reports.failed/groups.office.reports.due < 0.1%": (
            "groups.office.reports.failed/groups.office.reports.due < 0.1% does not hold: 0.005"
        ),
    }


def test_group_fails_with_the_thresholds_that_name_it() -> None:
    assert cases(BROKEN, "groups") == {
        "lobby": None,
        "office": "groups.office.reports.failed/groups.office.reports.due < 0.1%: 0.005",
    }


def test_group_with_a_quoted_name_fails_with_its_thresholds() -> None:
    figures = replace(BUSY, groups={"2nd floor": GroupFigures(), "floor": GroupFigures()})
    outcome = outcome_of(figures, 'groups."2nd floor".phones > 5')

    assert [name for name, said in cases(outcome, "groups").items() if said] == ["2nd floor"]


def test_group_tells_its_figures() -> None:
    out = read(PASSED).findtext(".//testcase[@name='office']/system-out")

    assert out == ("60 phones: 200 reports due, 199 delivered, 1 failed, latency p99 4 ms")


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        (PASSED, None),
        (BROKEN, None),
        (INTERRUPTED, "it was interrupted: the figures are those so far"),
        (
            outcome_of(replace(BUSY, generator=GeneratorFigures(saturated=True, limit="cpu"))),
            "mppsim could not keep its schedule (cpu)",
        ),
    ],
)
def test_run_that_tested_nothing_is_an_error(outcome: Outcome, message: str | None) -> None:
    assert cases(outcome, "run") == {"the run tested the server to its end": message}
    assert read(outcome).get("errors") == str(int(message is not None))


def test_run_that_was_ended_early_has_failed_to_test_to_its_end() -> None:
    assert cases(ABORTED, "run") == {
        "the run tested the server to its end": f"it was {TOLD_EARLY}",
    }
    assert (read(ABORTED).get("errors"), read(ABORTED).get("failures")) == ("0", "2")


def test_run_that_was_saturated_says_what_ended_it_besides() -> None:
    figures = replace(BUSY, generator=GeneratorFigures(saturated=True, limit="cpu"))
    outcome = outcome_of(figures, "reports.failed == 0 abort", ended_at=5.0)

    assert cases(outcome, "run")["the run tested the server to its end"] == (
        "mppsim could not keep its schedule (cpu);"
        " it was ended early, at 5 s: reports.failed == 0 did not hold (1)"
    )


def test_cases_are_counted() -> None:
    root = read(BROKEN)
    suite = root.find("testsuite")
    assert suite is not None

    for element in (root, suite):
        assert element.get("tests") == str(len(list(root.iter("testcase")))) == "10"
        assert element.get("failures") == str(len(list(root.iter("failure")))) == "4"
        assert element.get("time") == "50.000"
    assert suite.get("timestamp") == "2026-01-01T00:00:00"
    assert suite.get("name") == "change-storm"


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_name_makes_good_xml(name: str, expr: str) -> None:
    outcome = Outcome(
        scenario=name,
        figures=Figures(groups={name: GroupFigures()}),
        thresholds=(Judged(expr=expr, value=None, passed=False),),
        verdict=Verdict.FAILED,
    )

    assert len(list(read(outcome).iter("testcase"))) == 3
