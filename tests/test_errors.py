import inspect

import pytest

from mppsim import errors
from mppsim.errors import (
    CatalogueError,
    EncryptionError,
    MppSimError,
    ParameterError,
    ProfileError,
    ReportRuleError,
    ScenarioError,
    SipError,
    StartError,
    ThresholdError,
    UploadError,
)


def test_every_error_is_one_of_mppsims() -> None:
    found = [value for _, value in inspect.getmembers(errors, inspect.isclass)]
    classes = [value for value in found if value.__module__ == errors.__name__]

    assert {error.__name__ for error in classes} == set(errors.__all__)
    assert [error for error in classes if not issubclass(error, MppSimError)] == []


@pytest.mark.parametrize("error", [CatalogueError, EncryptionError, ProfileError, StartError])
def test_plain_error_is_its_sentence(error: type[MppSimError]) -> None:
    assert str(error("line 3: no such thing")) == "line 3: no such thing"


def test_parameter_error_names_its_parameter() -> None:
    error = ParameterError("Ringer_Volume", "'loud' is not allowed: a whole number from 0 to 15")

    assert str(error).startswith("Ringer_Volume: 'loud' is not allowed")
    assert (error.name, error.reason[:6]) == ("Ringer_Volume", "'loud'")


def test_rule_error_counts_columns_from_one_and_keeps_its_text_to_itself() -> None:
    error = ReportRuleError("this bracket is never closed", text="[--key s3cret", at=0)

    assert str(error) == "column 1: this bracket is never closed"
    assert (error.text, error.at) == ("[--key s3cret", 0)
    assert "s3cret" not in f"{error} {error!r}"


def test_threshold_error_counts_columns_from_one() -> None:
    error = ThresholdError("a number is missing here", text="reports.failed ==", at=17)

    assert str(error) == "column 18: a number is missing here"
    assert (error.reason, error.text, error.at) == (
        *("a number is missing here", "reports.failed =="),
        17,
    )


def test_upload_error_begins_with_its_reason() -> None:
    error = UploadError("rule", "the URL holds a space")

    assert (str(error), error.reason) == ("rule: the URL holds a space", "rule")


def test_sip_error_hints_at_the_answer_it_gets() -> None:
    assert SipError("no Call-ID").status_hint == 400
    assert SipError("too large", status_hint=413).status_hint == 413


def test_scenario_error_has_every_fault_a_line_each() -> None:
    error = ScenarioError(["s.yaml:1:1: one", "s.yaml:2:1: two"])

    assert str(error) == "s.yaml:1:1: one\ns.yaml:2:1: two"
    assert error.faults == ("s.yaml:1:1: one", "s.yaml:2:1: two")


def test_scenario_error_prints_the_first_of_a_great_many() -> None:
    error = ScenarioError([f"p.csv:{line}: x" for line in range(1101)])

    assert str(error).splitlines()[99:] == ["p.csv:99: x", "and 1,001 more faults"]
    assert len(error.faults) == 1101
