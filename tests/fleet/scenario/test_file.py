from pathlib import Path

import pytest

from mppsim.errors import StartError
from mppsim.fleet.scenario.file import is_table, listed, parse_scenario, read_scenario

FLEET = "duration: 1h\nfleet:\n  - {name: a, profile: %s, macs: %s}\n"
PROFILE = "<flat-profile><GPP_A>x</GPP_A></flat-profile>"


def write(directory: Path, profile: str = "a.xml", macs: str = "p.csv") -> Path:
    (directory / "a.xml").write_text(PROFILE)
    (directory / "p.csv").write_text("mac\n00562b000001\n")
    file = directory / "s.yaml"
    file.write_text(FLEET % (profile, macs))
    return file


def lines(file: Path) -> list[str]:
    read = read_scenario(file)
    return [line.replace(f"{file.parent}/", "") for line in read.faults.lines()]


def test_files_are_found_from_the_scenarios_directory(tmp_path: Path) -> None:
    read = read_scenario(write(tmp_path))

    assert read.faults.lines() == ()
    assert [setting.value for setting in read.profiles["a.xml"].settings] == ["x"]
    assert read.phones["p.csv"].rows[0].mac == 0x00562B000001


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (
            "b.xml",
            "s.yaml:3:24: fleet[0].profile: b.xml: No such file or directory; paths start at",
        ),
        ("[a.xml, p.csv]", "s.yaml:3:32: fleet[0].profile[1]: p.csv, line 1: is not XML"),
        ('"a\\0b"', "s.yaml:3:24: fleet[0].profile: a"),
        (".", "s.yaml:3:24: fleet[0].profile: "),
    ],
)
def test_profile_that_cannot_be_read_is_a_fault(
    tmp_path: Path, profile: str, expected: str
) -> None:
    (fault,) = lines(write(tmp_path, profile))

    assert fault.startswith(expected)


def test_table_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    (fault,) = lines(write(tmp_path, macs="q.csv"))

    assert fault.startswith("s.yaml:3:37: fleet[0].macs: q.csv: No such file or directory")


def test_fault_of_a_table_has_its_own_line(tmp_path: Path) -> None:
    file = write(tmp_path)
    (tmp_path / "p.csv").write_text("mac\nxx\n")

    assert lines(file)[0].startswith("p.csv:2: 'xx' is no MAC address")


def test_file_that_two_groups_name_is_read_once(tmp_path: Path) -> None:
    file = write(tmp_path, profile="[b.xml, b.xml]")

    assert len(lines(file)) == 1


def test_scenario_that_is_not_there_is_no_fault_of_it(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="No such file"):
        read_scenario(tmp_path / "s.yaml")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"a: b\n\xff", "s.yaml:2:1: octets that are not UTF-8: save the file as UTF-8"),
        (b"a: b: c", "s.yaml:1:5: a colon too many: put a value that holds one in quotes"),
        (b"[]", "s.yaml:1:1: this is not a mapping: write KEY: VALUE"),
    ],
)
def test_text_that_is_no_scenario_gives_none(body: bytes, expected: str) -> None:
    file = parse_scenario(body, source=Path("s.yaml"))

    assert file.scenario is None
    assert file.faults.lines() == (expected,)


def test_byte_order_mark_is_no_fault() -> None:
    body = b"\xef\xbb\xbfduration: 1h\nfleet: [{name: a}]"

    assert parse_scenario(body, source=Path("s.yaml")).faults.lines() == ()


def test_one_or_many_is_a_list() -> None:
    assert (listed(None), listed("a"), listed(["a", "b"])) == ([], ["a"], ["a", "b"])
    assert is_table("phones.CSV")
    assert not is_table("00:56:2B:00:00:00")
