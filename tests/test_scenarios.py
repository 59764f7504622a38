"""Every scenario that comes with mppsim can be planned, and editors are told the truth of it."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from mppsim.core.report_rule import read_report_rule
from mppsim.errors import ScenarioError
from mppsim.fleet.plan import FleetPlan
from mppsim.fleet.scenario.document import make_schema
from mppsim.fleet.scenario.file import parse_scenario, read_scenario
from mppsim.fleet.scenario.nodes import YamlList, YamlMapping, YamlNode, YamlScalar, read_yaml
from mppsim.fleet.scenario.overrides import Overrides
from mppsim.fleet.scenario.planning import check_scenario

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
DEMONSTRATION = Path(str(files("mppsim"))) / "data" / "demonstration.yaml"
SCHEMA = json.loads((ROOT / "docs" / "scenario.schema.json").read_text())
MANUAL = (ROOT / "docs" / "scenario.md").read_text()
MOST_LINES = 50


def plan(file: Path) -> FleetPlan:
    return check_scenario(read_scenario(file))


def unfold(node: YamlNode | None) -> Any:
    """Return what an editor makes of a text: plain data by YAML 1.2."""
    if isinstance(node, YamlScalar):
        return node.value()
    if isinstance(node, YamlList):
        return [unfold(item) for item in node.items]
    assert isinstance(node, YamlMapping)
    return {key.text: unfold(value) for key, value in node.items}


def data_of(text: str) -> Any:
    root, faults = read_yaml(text)
    assert faults == ()
    return unfold(root)


def test_manual_has_the_schema_that_the_program_prints() -> None:
    assert make_schema() == SCHEMA


def test_examples_are_these() -> None:
    assert {file.stem for file in EXAMPLES} == {
        *("quickstart", "power-returns", "change-storm", "mass-notify", "encrypted-mix"),
        *("server-down-and-back", "one-day"),
    }


@pytest.mark.parametrize("file", [*EXAMPLES, DEMONSTRATION], ids=lambda file: file.stem)
def test_scenario_has_no_fault_and_loads_nobody_elses_server(file: Path) -> None:
    planned = plan(file)

    assert planned.embedded is not None
    assert all(each.kinds for each in planned.groups)
    assert planned.thresholds


@pytest.mark.parametrize("file", [*EXAMPLES, DEMONSTRATION], ids=lambda file: file.stem)
def test_scenario_is_what_the_schema_allows(file: Path) -> None:
    Draft202012Validator(SCHEMA).validate(data_of(file.read_text()))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_example_takes_a_server_of_yours_once_it_has_the_line_that_its_refusal_names(
    file: Path,
) -> None:
    text = file.read_text()
    theirs = Overrides(target="http://127.0.0.1:9", allowed_hosts=("127.0.0.1",))
    if "readback." in text:
        with pytest.raises(ScenarioError, match=r"or take this threshold out") as refused:
            check_scenario(parse_scenario(text.encode(), source=file), theirs)
        found = re.search(r"add the line (readback: \S+) ", str(refused.value))
        assert found is not None
        text += f"{found[1]}\n"
    planned = check_scenario(parse_scenario(text.encode(), source=file), theirs)

    assert (planned.embedded, planned.server) == (None, theirs.target)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_example_is_short_commented_and_listed(file: Path) -> None:
    text = file.read_text()
    schema, comment, *_ = text.splitlines()

    assert schema == "# yaml-language-server: $schema=../docs/scenario.schema.json"
    assert comment.startswith("# ")
    assert len(text.splitlines()) <= MOST_LINES
    assert f"]({file.name})" in (ROOT / "examples" / "README.md").read_text()


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_example_means_the_same_to_another_reader_of_yaml(file: Path) -> None:
    """PyYAML reads YAML 1.1, so nothing in an example may be a number to the base of 60."""
    assert yaml.safe_load(file.read_text()).keys() == data_of(file.read_text()).keys()


def test_demonstration_uses_everything() -> None:
    planned = plan(DEMONSTRATION)
    views = [group.kinds[0].baseline.view for group in planned.groups]
    rules = [rule for view in views for rule in read_report_rule(view["Report_Rule"]).rules if rule]

    assert [group.count for group in planned.groups] == [1] * 9
    assert {rule.content for rule in rules} == {"full", "delta", "status"}
    assert any(rule.key for rule in rules)
    assert any(rule.target.startswith("/") for rule in rules)
    assert any(view["IKM_HTTP_Encrypt_Content"] for view in views)
    assert {view["HTTP_Report_Method"] for view in views} == {"PUT", "POST"}
    assert {view["Report_To_Server"] for view in views} == {
        *("On Request", "On Local Change", "Periodically"),
    }
    assert any(group.changes for group in planned.groups)
    assert any(group.restarts for group in planned.groups)
    assert {notify.event for notify in planned.notifies} == {"report", "reboot_now"}
    assert {group.start.powers_on for group in planned.groups} == {True, False}
    assert len({view.baseline.release.name for view in views}) == 3


def keys_of(part: dict[str, Any]) -> list[str]:
    return [*part.get("properties", {})]


@pytest.mark.parametrize(
    ("part", "key"),
    [
        (name, key)
        for name, part in {"Scenario": SCHEMA, **SCHEMA["$defs"]}.items()
        for key in keys_of(part)
    ],
)
def test_manual_explains_every_key(part: str, key: str) -> None:
    sections = re.split(r"^#+ ", MANUAL, flags=re.MULTILINE)

    assert any(re.search(rf"^\| `{key}`", section, re.MULTILINE) for section in sections), part


@pytest.mark.parametrize("number", range(len(re.findall(r"^```yaml", MANUAL, re.MULTILINE))))
def test_manuals_scenarios_can_be_planned(number: int, tmp_path: Path) -> None:
    block = re.findall(r"^```yaml\n(.*?)^```", MANUAL, re.MULTILINE | re.DOTALL)[number]
    (tmp_path / "phones.csv").write_text(
        re.findall(r"^```csv\n(.*?)^```", MANUAL, re.MULTILINE | re.DOTALL)[0]
    )
    (tmp_path / "lobby.xml").write_text("<flat-profile></flat-profile>")
    whole = block if "duration:" in block else f"duration: 1h\n{block}"
    whole = whole if "fleet:" in whole else f"{whole}\nfleet: [{{name: lobby}}]\n"
    (tmp_path / "s.yaml").write_text(whole)
    read = read_scenario(tmp_path / "s.yaml")

    assert read.faults.lines() == ()
    if "example.com" not in block:
        check_scenario(read)


FAULTY = """\
duration: 1h
fleet:
  - name: lobby
    macs: 00:56:2B:00:00:00
    count: many
    set:
      Report_To_Servr: On Request
      Report_Rule: "[--delta --key]${server}/$MA.xml"
  - name: office
    count: 10
    macs: 00:56:2B:00:00:00
  - name: real-ones
    macs: phones.csv
"""


def test_faults_look_as_the_manual_shows_them(tmp_path: Path) -> None:
    (tmp_path / "storm.yaml").write_text(FAULTY)
    (tmp_path / "phones.csv").write_text("mac\nxx\n")
    section = MANUAL.partition("## What a fault looks like")[2]
    *shown, last = section.split("```")[1].strip().splitlines()

    with pytest.raises(ScenarioError) as raised:
        check_scenario(read_scenario(tmp_path / "storm.yaml"))

    assert [fault.replace(f"{tmp_path}/", "") for fault in raised.value.faults] == shown
    assert last == f"mppsim: {len(shown)} faults; nothing was started"
