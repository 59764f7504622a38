import re
from contextlib import suppress
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mppsim.errors import ScenarioError
from mppsim.fleet.plan import EmbeddedPlan
from mppsim.fleet.scenario.file import parse_scenario
from mppsim.fleet.scenario.overrides import Overrides
from mppsim.fleet.scenario.planning import build_plan, check_scenario
from tests.support.scenarios import SERVER, faults, plan, read

ROOT = Path(__file__).parents[3]
MILLION = """
fleet:
  - name: everybody
    count: 1000000
    models: {8851: 3, 7841: 1}
    set:
      Report_Rule: "[--delta]${server}/$MA.xml"
      User_ID_1_: "1${index}"
"""


def test_plan_says_what_the_scenario_says() -> None:
    planned = plan("clock: {speed: 60}\nduration: 2h\nports: {sip: 5070, web: ~}")

    assert (planned.speed, planned.duration, planned.seed) == (60.0, 7200.0, 7)
    assert (planned.server, planned.embedded) == (SERVER, EmbeddedPlan())
    assert (planned.sip_port, planned.web_port) == (5070, None)
    assert planned.allowed_hosts == ()


def test_command_line_is_over_the_scenario() -> None:
    overrides = Overrides(
        duration=5.0,
        speed=float("inf"),
        allowed_hosts=("example.com",),
        target="http://example.com",
    )
    planned = plan("clock: {speed: 60}\nduration: 2h", overrides=overrides)

    assert (planned.speed, planned.duration) == (None, 5.0)
    assert (planned.server, planned.embedded) == ("http://example.com", None)
    assert planned.allowed_hosts == ("example.com",)


def test_same_scenario_gives_the_same_plan() -> None:
    file = read("fleet: [{name: a, count: 3}]")

    first, second = (build_plan(file, server_url=SERVER, seed=1) for _ in range(2))

    assert first.groups[0].macs == second.groups[0].macs
    assert first.notifies == second.notifies


def test_plan_of_a_million_phones_takes_no_longer_than_that_of_one() -> None:
    plan(MILLION)  # the catalogue is read once

    began = process_time()
    planned = plan(MILLION)
    taken = process_time() - began

    assert planned.count == 1_000_000
    assert isinstance(planned.groups[0].macs, range)
    assert taken < 0.5


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("mac\nxx\n")
    text = """
server: embeded
clok: {speed: max}
duration: 20
fleet:
  - name: a
    count: many
    set: {Report_To_Servr: x, Report_Rule: "[--delta"}
  - {name: a, macs: p.csv, profile: none.xml}
thresholds: [reports.faild == 0]
"""

    found = faults(text, tmp_path, Overrides(settings=(("Nothing", "x"),)))

    assert [fault.partition(": ")[0] for fault in found] == [
        "s.yaml:2:16",
        "s.yaml:3:1",
        "s.yaml:4:11",
        "s.yaml:7:12",
        "s.yaml:8:11",
        "s.yaml:8:45",
        "s.yaml:9:12",
        "s.yaml:9:37",
        "s.yaml:10:14",
        "p.csv:2",
        "--set",
    ]


PIECES = [
    *("null", "true", "0", "-1", "1e400", "[]", "{}", "[a]", "{a: b}", "''", "x", "90s", "10%"),
    *("00:56:2B:00:00:01", "10.0.0.1", "10.0.0.0/30", "9" * 20, "&a", "*a", "<<", "${mac}"),
    *("'${server}'", "http://x/", "p.csv", "'[--delta'", "8851", "- ", ": ", "\n", "\t", '"\\0"'),
]


@given(
    example=st.sampled_from(sorted((ROOT / "examples").glob("*.yaml"))),
    damage=st.lists(
        st.tuples(st.integers(0, 10_000), st.sampled_from(["", *PIECES])), min_size=1, max_size=4
    ),
)
@settings(max_examples=60, deadline=None)
def test_scenario_that_was_damaged_gives_a_plan_or_faults(
    example: Path, damage: list[tuple[int, str]]
) -> None:
    text = re.sub(r"count: \d+", "count: 3", example.read_text())
    for place, piece in damage:
        parts = re.split(r"(\s+|[:,\[\]{}])", text)
        parts[place % len(parts)] = piece
        text = "".join(parts)

    with suppress(ScenarioError):
        check_scenario(parse_scenario(text.encode(), source=example))


def test_what_cannot_be_read_at_all_is_refused() -> None:
    assert faults("a: b: c\nfleet\nduration")[0].startswith("s.yaml:1:5: a colon too many")


def test_check_needs_no_server_and_starts_none() -> None:
    planned = check_scenario(read("fleet: [{name: a, set: {GPP_A: '${server} ${tftp}'}}]"))

    assert planned.embedded is not None


def test_check_refuses_what_nobody_allowed() -> None:
    file = read("server: http://example.com")

    with pytest.raises(ScenarioError, match=r"--yes-load example\.com allows it"):
        check_scenario(file)
    assert check_scenario(file, Overrides(allowed_hosts=("example.com",))).server


def test_group_without_phones_is_left_out() -> None:
    planned = plan(
        "fleet: [{name: a, count: 10}, {name: b}, {name: c, count: 10}]",
        overrides=Overrides(phones=4),
    )

    assert [(each.name, each.first) for each in planned.groups] == [("a", 0), ("c", 2)]
