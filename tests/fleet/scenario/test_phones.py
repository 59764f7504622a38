from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.core.phone_model import models
from mppsim.fleet.scenario.overrides import Overrides
from mppsim.fleet.scenario.phones import scale
from mppsim.fleet.scenario.ranges import Repeated, show_address, show_mac
from tests.support.scenarios import faults, plan

CSV = "mac,ip\n00562b000101,10.0.0.1\n00562b000102,10.0.0.2\n00562b000103,10.0.0.3\n"


def fleet(*groups: str) -> str:
    return "fleet:\n" + "".join(
        f"  - {{name: g{number}, {group}}}\n" for number, group in enumerate(groups)
    )


def phones(text: str, directory: Path = Path("/nowhere"), phones: int | None = None) -> list[str]:
    planned = plan(text, directory, Overrides(phones=phones))
    return [
        f"{group.name} {show_mac(mac)[9:]} {show_address(address)}"
        for group in planned.groups
        for mac, address in zip(group.macs, group.addresses, strict=True)
    ]


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        (
            ["count: 2, macs: 00:56:2B:00:00:FF, addresses: 127.20.0.255"],
            ["g0 00:00:FF 127.20.0.255", "g0 00:01:00 127.20.1.0"],
        ),
        (
            ["macs: [00562b000005, 00562b000003], addresses: [10.0.0.9, 10.0.0.7]"],
            ["g0 00:00:05 10.0.0.9", "g0 00:00:03 10.0.0.7"],
        ),
        (
            ["count: 2", "count: 1"],
            ["g0 00:00:01 127.1.0.1", "g0 00:00:02 127.1.0.2", "g1 00:00:03 127.1.0.3"],
        ),
        # Free ones stay clear of those that another group has.
        (
            ["count: 2", "macs: 00:56:2B:00:00:02, addresses: 127.1.0.2"],
            ["g0 00:00:03 127.1.0.3", "g0 00:00:04 127.1.0.4", "g1 00:00:02 127.1.0.2"],
        ),
        (["count: 1, macs: [00562b000005, 00562b000003]"], ["g0 00:00:05 127.1.0.1"]),
        (
            ["addresses: 10.0.0.5/32", "count: 2, addresses: 10.0.0.5/32"],
            ["g0 00:00:01 10.0.0.5", "g1 00:00:02 10.0.0.5", "g1 00:00:03 10.0.0.5"],
        ),
    ],
)
def test_phones_have_the_addresses_that_were_given(groups, expected) -> None:
    assert phones(fleet(*groups)) == expected


def test_phones_of_a_table_have_its_addresses(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(CSV)

    assert phones(fleet("macs: p.csv, count: 2"), tmp_path) == [
        "g0 00:01:01 10.0.0.1",
        "g0 00:01:02 10.0.0.2",
    ]
    assert len(phones(fleet("macs: p.csv"), tmp_path)) == 3


def test_default_mac_addresses_are_the_models() -> None:
    for model in models():
        (group,) = plan(fleet(f"models: {{{model.model}: 1, CP-8851: 2}}")).groups

        assert f"{group.macs[0]:012X}" == f"{model.mac_ouis[0]}000001"


def test_last_mac_address_of_all_may_be_used() -> None:
    assert phones(fleet("count: 2, macs: FF:FF:FF:FF:FF:FE"))[1].startswith("g0 FF:FF:FF")


def test_million_phones_are_a_range() -> None:
    (group,) = plan(fleet("count: 1000000")).groups

    assert isinstance(group.macs, range)
    assert isinstance(group.addresses, range)
    assert group.count == 1_000_000


def test_shared_address_costs_nothing() -> None:
    (group,) = plan(fleet("count: 1000000, addresses: 10.0.0.5/32")).groups

    assert isinstance(group.addresses, Repeated)


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        (
            ["count: 9, macs: 00:56:2B:00:00:00", "macs: 00:56:2B:00:00:08"],
            "3:22: fleet[1].macs: 00:56:2B:00:00:08 is a phone's of group 'g0' already;"
            " 00:56:2B:00:00:09 is the next one",
        ),
        (
            ["macs: 00:56:2B:00:00:08", "count: 9, macs: 00:56:2B:00:00:00"],
            "3:32: fleet[1].macs: 00:56:2B:00:00:08 is a phone's of group 'g0' already;"
            " 00:56:2B:00:00:09 is the next one",
        ),
        (
            ["macs: [00562b000001, 00562b000001]"],
            "2:37: fleet[0].macs[1]: 00:56:2B:00:00:01 is a phone's of group 'g0' already",
        ),
        (
            ["count: 3, addresses: 10.0.0.0/29", "count: 2, addresses: 10.0.0.0/28"],
            "3:37: fleet[1].addresses: 10.0.0.1 is a phone's of group 'g0' already;"
            " 10.0.0.4 is the next one",
        ),
        (
            ["count: 3, macs: [00562b000001]"],
            "2:23: fleet[0].count: 3 phones, but macs lists 1; leave count out, or list more",
        ),
        (
            ["count: 3, addresses: [10.0.0.1]"],
            "2:23: fleet[0].count: 3 phones, but addresses lists 1; leave count out, or list more",
        ),
        (
            ["macs: 00562b0000"],
            "2:22: fleet[0].macs: '00562b0000' is no MAC address; write it like"
            " 00:56:2B:0A:FF:43, or name a .csv file",
        ),
        (
            ["macs: [00562b000001, x]"],
            "2:37: fleet[0].macs[1]: 'x' is no MAC address; write it like"
            " 00:56:2B:0A:FF:43, or name a .csv file",
        ),
        (
            ["addresses: [10.0.0.1, x]"],
            "2:38: fleet[0].addresses[1]: 'x' is no IPv4 address; write it like 127.20.0.1",
        ),
        (
            ["addresses: 10.0.0"],
            "2:27: fleet[0].addresses: '10.0.0' is no IPv4 address; write it like 127.20.0.1",
        ),
        (
            ["count: 3, macs: FF:FF:FF:FF:FF:FE"],
            "2:32: fleet[0].macs: 3 phones from FF:FF:FF:FF:FF:FE on are too many",
        ),
        (
            ["count: 2, addresses: 10.0.0.5/32", "count: 1"],
            "2:37: fleet[0].addresses: one address is shared by the whole fleet or by nobody:"
            " give it to all groups, or take a larger network",
        ),
        (
            ["count: 2, addresses: 10.0.0.5/32", "count: 2, addresses: 10.0.0.6/32"],
            "3:37: fleet[1].addresses: one address is shared by the whole fleet or by nobody:"
            " give it to all groups, or take a larger network",
        ),
        (
            ["count: 16777216", "count: 1"],
            "2:5: fleet[0]: no macs are free for 16,777,216 phones",
        ),
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(groups: list[str], expected: str) -> None:
    assert f"s.yaml:{expected}" in faults(fleet(*groups))


def test_overlap_in_a_table_has_its_line(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(CSV + "00562b000101,10.0.0.2\n")

    assert faults(fleet("macs: p.csv"), tmp_path) == [
        "p.csv:5: 00:56:2B:00:01:01 is a phone's of group 'g0' already",
        "p.csv:5: 10.0.0.2 is a phone's of group 'g0' already",
    ]


def test_table_and_key_do_not_both_give_addresses(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(CSV)

    assert faults(fleet("macs: p.csv, addresses: 10.0.0.1"), tmp_path) == [
        "s.yaml:2:40: fleet[0].addresses: the CSV file has them: leave one of both out"
    ]


@pytest.mark.parametrize(
    ("total", "counts"), [(3, [2, 1]), (30, [20, 10]), (1, [1]), (4, [3, 1]), (2, [1, 1])]
)
def test_phones_in_all_are_shared_out_as_the_counts_are(total: int, counts: list[int]) -> None:
    planned = plan(fleet("count: 200", "count: 100"), overrides=Overrides(phones=total))

    assert [group.count for group in planned.groups] == counts
    assert [group.first for group in planned.groups] == [0, *([counts[0]] if counts[1:] else [])]


def test_list_cannot_be_scaled_beyond_its_end() -> None:
    text = fleet("macs: [00562b000001]")

    assert faults(text, overrides=Overrides(phones=2)) == [
        "--phones: group g0: 2 phones, but macs lists 1"
    ]


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=6), st.integers(1, 5000))
def test_scaling_loses_nobody_and_is_fair(counts: list[int], total: int) -> None:
    scaled = scale(counts, total)

    assert sum(scaled) == total
    exact = [count * total / sum(counts) for count in counts]
    assert all(abs(got - wanted) < 1 for got, wanted in zip(scaled, exact, strict=True))
