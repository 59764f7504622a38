from pathlib import Path

import pytest

from mppsim.errors import ScenarioError
from mppsim.fleet.scenario.fault_list import FaultList, find_node, near, show_path
from mppsim.fleet.scenario.nodes import Place, YamlScalar, read_yaml

ROOT, _ = read_yaml("a: 1\nfleet:\n  - {name: lobby, set: {GPP_A: 'x y'}}\n")
SET = ("fleet", 0, "set", "GPP_A")


def lines(note) -> list[str]:
    faults = FaultList(Path("s.yaml"), ROOT)
    note(faults)
    return list(faults.lines())


@pytest.mark.parametrize(
    ("note", "line"),
    [
        (lambda f: f.add(SET, "is wrong"), "s.yaml:3:32: fleet[0].set.GPP_A: is wrong"),
        (lambda f: f.add(SET, "is wrong", at=2), "s.yaml:3:35: fleet[0].set.GPP_A: is wrong"),
        (lambda f: f.add(("fleet", 0, "set"), "x", at=2), "s.yaml:3:24: fleet[0].set: x"),
        (lambda f: f.add(("fleet", 7, "x"), "x"), "s.yaml:3:3: fleet[7].x: x"),
        (lambda f: f.add((), "x"), "s.yaml:1:1: x"),
        (lambda f: f.add_key(SET, "no key"), "s.yaml:3:25: fleet[0].set: no key"),
        (lambda f: f.add_key(("b",), "no key"), "s.yaml:1:1: no key"),
        (lambda f: f.add_key(("a", "b"), "no key"), "s.yaml:1:1: a: no key"),
        (lambda f: f.add_at(Place(2, 3), "x"), "s.yaml:2:3: x"),
        (lambda f: f.add_elsewhere("phones.csv", 7, "x"), "phones.csv:7: x"),
        (lambda f: f.add_elsewhere("--set", 0, "x"), "--set: x"),
    ],
)
def test_fault_says_where_and_what(note, line: str) -> None:
    assert lines(note) == [line]


def test_faults_are_told_in_the_files_order_and_once() -> None:
    def note(faults: FaultList) -> None:
        faults.add_elsewhere("--set", 0, "z")
        faults.add(SET, "is wrong")
        faults.add(SET, "is wrong")
        faults.add(("a",), "is wrong")

    assert [line.partition(": ")[0] for line in lines(note)] == [
        "s.yaml:1:4",
        "s.yaml:3:32",
        "--set",
    ]


def test_fault_is_one_line_that_any_terminal_can_show() -> None:
    assert lines(lambda faults: faults.add(("a",), "red \x1b[31m\n")) == [
        "s.yaml:1:4: a: red \ufffd[31m\ufffd"
    ]


def test_nothing_is_raised_where_nothing_is_wrong() -> None:
    faults = FaultList(Path("s.yaml"), ROOT)

    assert not faults
    faults.raise_any()


def test_everything_is_raised_together() -> None:
    faults = FaultList(Path("s.yaml"), None)
    faults.add(("a",), "one")
    faults.add(("b",), "two")

    with pytest.raises(ScenarioError) as raised:
        faults.raise_any()

    assert raised.value.faults == ("s.yaml:1:1: a: one", "s.yaml:1:1: b: two")


def test_copy_goes_its_own_way() -> None:
    faults = FaultList(Path("s.yaml"), ROOT)
    faults.add(("a",), "one")
    copied = faults.copy()
    copied.add(("a",), "two")

    assert (len(faults.lines()), len(copied.lines())) == (1, 2)


def test_deepest_node_that_there_is_stands_for_what_is_missing() -> None:
    found = find_node(ROOT, (*SET, "more"))

    assert isinstance(found, YamlScalar)
    assert found.text == "x y"
    assert find_node(None, ("a",)) is None


@pytest.mark.parametrize(
    ("path", "shown"), [(SET, "fleet[0].set.GPP_A"), ((), ""), (("a", "b"), "a.b")]
)
def test_path_reads_as_people_write_it(path, shown: str) -> None:
    assert show_path(path) == shown


@pytest.mark.parametrize(
    ("word", "hint"),
    [("Lobbi", "; did you mean lobby?"), ("zzz", ""), ("off", "; did you mean office?")],
)
def test_near_name_is_suggested(word: str, hint: str) -> None:
    assert near(word, ["lobby", "office"]) == hint
