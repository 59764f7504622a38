from pathlib import Path

import pytest

from mppsim.fleet.scenario.overrides import Overrides
from tests.support.scenarios import faults, plan


def kinds(group: str, **more: object) -> list[tuple[str, str, float]]:
    (planned,) = plan(f"fleet: [{{name: a, {group}}}]", **more).groups  # type: ignore[arg-type]
    return [(kind.model.model, kind.baseline.release.name, kind.weight) for kind in planned.kinds]


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("model: CP-7841", [("7841", "mpp-12.0", 1.0)]),
        ("models: {8851: 3, 7841: 1}", [("8851", "mpp-12.0", 3.0), ("7841", "mpp-12.0", 1.0)]),
        (
            "models: {8851: 3, 7841: 1}, releases: {mpp-12.0: 2, mpp-11.2: 0.5}",
            [
                ("8851", "mpp-12.0", 6.0),
                ("8851", "mpp-11.2", 1.5),
                ("7841", "mpp-12.0", 2.0),
                ("7841", "mpp-11.2", 0.5),
            ],
        ),
        ("firmware: spa-7", [("8851", "spa-7", 1.0)]),
    ],
)
def test_models_and_releases_are_mixed_by_weight(group: str, expected: object) -> None:
    assert kinds(group) == expected


def test_quirks_change_the_release_and_the_command_lines_win() -> None:
    text = "fleet: [{name: a, quirks: {boot_seconds: 30, change_cap: 5, retry_delays: '1,2'}}]"
    (group,) = plan(text, overrides=Overrides(quirks=("change_cap=7",))).groups
    release = group.kinds[0].baseline.release

    assert (release.boot_seconds, release.change_cap) == (30.0, 7)
    assert release.retry_delays == (1.0, 2.0)


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("model: 8852", "1:26: fleet[0].model: no phone model '8852': try 8865, 8851,"),
        (
            "models: {8851: 1, 8852: 2}",
            "1:37: fleet[0].models: no phone model '8852': try 8865, 8851,",
        ),
        (
            "firmware: mpp-12",
            "1:29: fleet[0].firmware: no firmware release 'mpp-12': try mpp-12.0",
        ),
        ("releases: {x: 1}", "1:30: fleet[0].releases: no firmware release 'x': try mpp-12.0"),
        (
            "model: 8851, models: {8851: 1}",
            "1:19: fleet[0]: model and models exclude each other",
        ),
        (
            "quirks: {boot: 3}",
            "1:34: fleet[0].quirks.boot: no quirk 'boot': try boot_seconds",
        ),
        (
            "quirks: {boot_seconds: long}",
            "1:42: fleet[0].quirks.boot_seconds: quirk boot_seconds cannot be 'long': seconds,",
        ),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(group: str, expected: str) -> None:
    (fault,) = faults(f"fleet: [{{name: a, {group}}}]")

    assert fault.startswith(f"s.yaml:{expected}")


def test_quirk_of_the_command_line_is_checked_too() -> None:
    assert faults("", overrides=Overrides(quirks=("boot=3",))) == [
        "--quirk: no quirk 'boot': try boot_seconds"
    ]


def test_row_of_a_table_names_its_model_and_release(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(
        "mac,model,firmware\n00562b000001,7841,\n00562b000002,,mpp-11.2\n00562b000003,7841,\n"
    )
    (group,) = plan("fleet: [{name: a, macs: p.csv}]", tmp_path).groups

    assert [
        (group.kinds[each.kind].model.model, group.kinds[each.kind].baseline.release.name)
        for each in group.given
    ] == [("7841", "mpp-12.0"), ("8851", "mpp-11.2"), ("7841", "mpp-12.0")]
    assert len(group.kinds) == 2


@pytest.mark.parametrize(
    ("group", "row", "expected"),
    [
        ("", "8852,", "p.csv:2: no phone model '8852': try 8865, 8851,"),
        ("", "8851,mpp", "p.csv:2: no firmware release 'mpp': try mpp-12.0"),
        (", models: {8851: 1, 7841: 1}", ",", "p.csv:2: which model? The group mixes several"),
        (
            ", releases: {mpp-12.0: 1, mpp-11.2: 1}",
            ",",
            "p.csv:2: which firmware? The group mixes several",
        ),
    ],
)
def test_row_that_names_none_that_there_is_has_its_line(
    tmp_path: Path, group: str, row: str, expected: str
) -> None:
    (tmp_path / "p.csv").write_text(f"mac,model,firmware\n00562b000001,{row}\n")

    (fault,) = faults(f"fleet: [{{name: a, macs: p.csv{group}}}]", tmp_path)

    assert fault.startswith(expected)
