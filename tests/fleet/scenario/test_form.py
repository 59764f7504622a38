from pathlib import Path

import pytest

from mppsim.fleet.scenario import form
from mppsim.fleet.scenario.document import Scenario
from mppsim.fleet.scenario.fault_list import FaultList
from mppsim.fleet.scenario.form import read_form
from mppsim.fleet.scenario.nodes import read_yaml

WHOLE = "duration: 1h\nfleet: [{name: a}]\n"


def read_text(text: str) -> tuple[Scenario | None, list[str]]:
    root, wrong = read_yaml(text)
    assert root is not None
    assert wrong == ()
    faults = FaultList(Path("s.yaml"), root)
    scenario = read_form(root, faults)
    return scenario, [line.removeprefix("s.yaml:") for line in faults.lines()]


def test_texts_stay_as_they_were_written() -> None:
    scenario, faults = read_text(
        "duration: 1h\nfleet:\n  - {name: 007, model: 8851,"
        " set: {GPP_A: 010, GPP_B: true, GPP_C: ~, GPP_D: }}"
    )

    assert faults == []
    assert scenario is not None
    group = scenario.fleet[0]
    assert (group.name, group.model) == ("007", "8851")
    assert group.set == {"GPP_A": "010", "GPP_B": "true", "GPP_C": "~", "GPP_D": ""}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("seeds: 1", "3:1: no key 'seeds' here; did you mean seed?"),
        ("seed: -1", "3:7: seed: -1 is not greater than or equal to 0"),
        ("seed: one", "3:7: seed: 'one' is not a whole number"),
        ("seed: true", "3:7: seed: True is not a whole number"),
        ("clock: 60", "3:8: clock: 60 is not a mapping: write KEY: VALUE"),
        (
            "clock: {speed: 0}",
            "3:16: clock.speed: a speed is a number from 0.001 to 1000000, or max",
        ),
        ("ports: {web: 70000}", "3:14: ports.web: 70000 is not less than or equal to 65535"),
        ("ports: {sip: none}", "3:14: ports.sip: 'none' is not a whole number"),
        ("notify: {at: 5}", "3:14: notify.at: 5 has no unit; write 90s, 15m or 1h"),
        ("notify: {rate: 0}", "3:16: notify.rate: this is a number above 0"),
        ("notify: [{evry: 1s}]", "3:11: notify[0]: no key 'evry' here; did you mean every?"),
        ("thresholds: latency.p99 < 1s", "3:13: thresholds: 'latency.p99 < 1s' is not a list"),
        ("thresholds: [{after: 1s}]", "3:14: thresholds[0]: the key 'expr' is missing"),
        ("server: {embeded: {}}", "3:10: server: no key 'embeded' here; did you mean embedded?"),
        (
            "server: {embedded: {password: {a: b}}}",
            "3:31: server.embedded.password: this is not a text",
        ),
        (
            "server: {embedded: {auth: ntlm, user: a, password: b}}",
            "3:27: server.embedded.auth: 'ntlm' is not one of basic or digest",
        ),
        (
            f"readback: [{'x' * 50}]",
            "3:11: readback: this is not a text",
        ),
    ],
)
def test_fault_of_form_has_its_place_and_what_would_be_right(text: str, fault: str) -> None:
    _, faults = read_text(WHOLE + text)

    assert fault in faults
    assert len(faults) == 1 or "embeded" in text


def test_what_is_missing_at_the_top_is_told_at_the_top() -> None:
    scenario, faults = read_text("seed: 1")

    assert scenario is None
    assert faults == ["1:1: the key 'duration' is missing", "1:1: the key 'fleet' is missing"]


@pytest.mark.parametrize("text", ["- a", "word", "fleet: []", "fleet: 3"])
def test_what_is_no_scenario_at_all_is_refused(text: str) -> None:
    scenario, faults = read_text(text)

    assert scenario is None
    assert faults


def test_rest_is_read_where_a_part_has_a_fault() -> None:
    scenario, faults = read_text(
        "duration: 20\nfleet:\n"
        "  - {count: many, set: {GPP_A: 1}, changes: {of: [GPP_B]}, macs: [00, {}]}\n"
        "  - {name: b, start: {as: on}}\n"
    )

    assert [fault.split(":")[:2] for fault in faults] == [
        ["1", "11"],
        ["3", "5"],
        ["3", "13"],
        ["3", "45"],
        ["3", "71"],
        ["4", "27"],
    ]
    assert scenario is not None
    assert scenario.fleet[0].set == {"GPP_A": "1"}
    assert scenario.fleet[0].changes is not None
    assert scenario.fleet[0].changes.of == ["GPP_B"]  # its names can be looked at all the same
    assert scenario.fleet[1].name == "b"


def test_secret_is_in_no_fault() -> None:
    _, faults = read_text(
        WHOLE + "server: {embedded: {keys: s3cret, key: [s3cret], ikm: {s3cret: 1}}}"
    )

    assert len(faults) == 3
    assert "s3cret" not in "\n".join(faults)


def test_reading_ends_where_leaving_out_does_not_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "_MOST_ROUNDS", 1)

    scenario, faults = read_text(WHOLE + "seed: x")

    assert (scenario, len(faults)) == (None, 1)


def test_long_value_is_shortened() -> None:
    _, faults = read_text(WHOLE + f"seed: {'x' * 100}")

    assert len(faults[0]) < 100
