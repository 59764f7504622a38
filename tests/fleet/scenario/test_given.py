from pathlib import Path

import pytest

from mppsim.fleet.scenario.overrides import NO_OVERRIDES, Overrides
from tests.support.scenarios import SERVER, faults, plan

TEXT = "fleet: [{name: a, macs: p.csv}]"


def settings(
    directory: Path, table: str, overrides: Overrides = NO_OVERRIDES
) -> list[dict[str, str]]:
    (directory / "p.csv").write_text(table)
    (group,) = plan(TEXT, directory, overrides).groups
    return [dict(given.settings) for given in group.given]


def test_cells_are_each_phones_own(tmp_path: Path) -> None:
    table = "mac,serial,gpp_a,User_ID_1_\n00562b000001,FCH1,x,100\n00562b000002,,,\n"

    assert settings(tmp_path, table) == [{"GPP_A": "x", "User_ID_1_": "100"}, {}]
    (group,) = plan(TEXT, tmp_path).groups
    assert [given.serial for given in group.given] == ["FCH1", ""]


def test_words_are_filled_in(tmp_path: Path) -> None:
    table = "mac,GPP_A\n00562b000001,${server}/${index}/${mac}\n00562b000002,${index}\n"

    assert settings(tmp_path, table) == [
        {"GPP_A": f"{SERVER}/1/00562b000001"},
        {"GPP_A": "2"},
    ]


@pytest.mark.parametrize("name", ["GPP_A", "gpp_a"])
def test_option_of_the_command_line_wins(tmp_path: Path, name: str) -> None:
    table = "mac,gpp_a,GPP_B\n00562b000001,x,y\n"
    overrides = Overrides(settings=((name, "z"),))

    assert settings(tmp_path, table, overrides) == [{"GPP_B": "y"}]


def test_option_that_is_no_parameter_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("mac\n00562b000001\n")

    (fault,) = faults(TEXT, tmp_path, Overrides(settings=(("GPP_Z", "x"),)))

    assert fault.startswith("--set: GPP_Z: no such parameter")


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            "mac,serail\n00562b000001,x\n",
            "p.csv:1: serail: no such parameter on a CP-8851-3PCC at mpp-12.0;"
            " did you mean serial?",
        ),
        (
            "mac,Report_To_Servr\n00562b000001,x\n",
            "p.csv:1: Report_To_Servr: no such parameter on a CP-8851-3PCC at mpp-12.0;"
            " did you mean Report_To_Server?",
        ),
        (
            "mac,Ringer_Volume\n00562b000001,1\n00562b000002,loud\n",
            "p.csv:3: Ringer_Volume: 'loud' is not allowed: a whole number from 0 to 15",
        ),
        (
            "mac,Report_Rule\n00562b000001,[--delta\n",
            "p.csv:2: Report_Rule: column 1 of the rule: this bracket is never closed",
        ),
        (
            "mac,GPP_A\n00562b000001,${x}\n",
            "p.csv:2: GPP_A: ${x} stands for nothing;"
            " there are ${server}, ${tftp}, ${index}, ${mac}",
        ),
    ],
)
def test_cell_that_a_phone_would_refuse_has_its_line(
    tmp_path: Path, table: str, expected: str
) -> None:
    (tmp_path / "p.csv").write_text(table)

    assert faults(TEXT, tmp_path) == [expected]


def test_value_that_many_rows_share_is_told_once(tmp_path: Path) -> None:
    rows = "".join(f"00562b0000{number:02x},loud\n" for number in range(20))
    (tmp_path / "p.csv").write_text(f"mac,Ringer_Volume\n{rows}")

    assert len(faults(TEXT, tmp_path)) == 1
