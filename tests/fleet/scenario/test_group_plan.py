import pytest

from tests.support.scenarios import faults, plan


def group(more: str) -> str:
    return f"fleet:\n  - {{name: a, {more}}}"


def test_groups_are_numbered_one_after_the_other() -> None:
    planned = plan("fleet: [{name: a, count: 3}, {name: b}, {name: c, count: 2}]")

    assert [(each.name, each.first, each.count) for each in planned.groups] == [
        ("a", 0, 3),
        ("b", 3, 1),
        ("c", 4, 2),
    ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (
            "changes: {every: 1m, of: [Ringer_Volum]}",
            "2:41: fleet[0].changes.of[0]: Ringer_Volum: no such parameter on a CP-8851-3PCC at"
            " mpp-12.0; did you mean Ringer_Volume?",
        ),
        (
            "changes: {every: 1m, of: [GPP_SA]}",
            "2:41: fleet[0].changes.of[0]: GPP_SA: only a profile sets it: put it into set",
        ),
        (
            "changes: {every: 1m, of: [GPP_A, proxy_1_]}",
            "2:48: fleet[0].changes.of[1]: Proxy_1_: says where traffic goes, so it is not"
            " changed at random: put it into set",
        ),
        (
            "changes: {every: 1m, of: [Report_Rule]}",
            "2:41: fleet[0].changes.of[0]: Report_Rule: says where traffic goes, so it is not"
            " changed at random: put it into set",
        ),
        (
            "tftp: 'a b'",
            "2:21: fleet[0].tftp: a server name has letters, digits, hyphens, underscores and"
            " dots; write HOST or HOST:PORT",
        ),
        (
            "tftp: '${tft}'",
            "2:22: fleet[0].tftp: ${tft} stands for nothing; did you mean tftp?",
        ),
    ],
)
def test_what_cannot_be_done_to_phones_is_refused(more: str, expected: str) -> None:
    assert faults(group(more)) == [f"s.yaml:{expected}"]


def test_changes_name_each_parameter_once() -> None:
    (planned,) = plan(
        group("models: {8851: 1, 7841: 1}, changes: {every: 1m, of: [GPP_A, gpp_a, GPP_B]}")
    ).groups

    assert planned.changes is not None
    assert planned.changes.names == ("GPP_A", "GPP_B")


def test_two_groups_of_one_name_are_refused() -> None:
    assert faults("fleet:\n  - {name: a}\n  - {name: a}") == [
        "s.yaml:3:12: fleet[1].name: another group is called 'a'"
    ]


def test_tftp_is_the_embedded_servers_or_any_other() -> None:
    assert plan(group("tftp: 10.0.0.1")).groups[0].tftp_server == "10.0.0.1"
    assert faults("server: http://127.0.0.1\n" + group("tftp: '${tftp}'")) == [
        "s.yaml:3:22: fleet[0].tftp: ${tftp} stands for nothing: the server is not the embedded one"
    ]
