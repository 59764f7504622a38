"""Which phone is which, worked out from its number alone."""

from collections import Counter

import pytest

from mppsim.core.profile import Profile
from mppsim.fleet.dice import Dice
from mppsim.fleet.plan import FleetPlan, GivenPhone
from mppsim.fleet.roster import Roster
from tests.support.fleets import kind_of, make_group, make_plan, range_from


def roster_of(plan: FleetPlan) -> Roster:
    return Roster(plan, Dice(plan.seed))


LOBBY = make_group(count=300)
OFFICE = make_group(
    name="office",
    first=300,
    macs=[0xF4DBE6000001, 0xF4DBE6000007],
    addresses=[0x0A140001, 0x7F140500],
    kinds=(kind_of(model="8865"), kind_of({"GPP_A": "x"}, model="6841")),
    settings=(("GPP_B", "desk ${index} of ${mac}"), ("GPP_C", "cost ${index}"), ("GPP_D", "=")),
    given=(GivenPhone(), GivenPhone(kind=1, serial="FCH2243DVK1", settings=(("GPP_C", "7"),))),
    tftp_server="127.0.0.1:69",
)
ROSTER = roster_of(make_plan(LOBBY, OFFICE))


@pytest.mark.parametrize(
    ("number", "group", "mac", "ip", "model"),
    [
        (0, "lobby", "00562b000000", "127.20.0.1", "8851"),
        (299, "lobby", "00562b00012b", "127.20.1.44", "8851"),
        (300, "office", "f4dbe6000001", "10.20.0.1", "8865"),
        (301, "office", "f4dbe6000007", "127.20.5.0", "6841"),
    ],
)
def test_phone_follows_from_its_number(
    number: int, group: str, mac: str, ip: str, model: str
) -> None:
    identity = ROSTER.identity(number)

    assert ROSTER.group_of(number).name == group
    assert (identity.mac, identity.ip, identity.model.model) == (mac, ip, model)
    assert ROSTER.find(ip) == ROSTER.find_mac(mac) == number


@pytest.mark.parametrize(
    ("mac", "index"),
    [("00562b000000", 1), ("00562b00012b", 300), ("f4dbe6000007", 2), ("ffffffffffff", None)],
)
def test_index_counts_the_phones_of_a_group_from_1(mac: str, index: int | None) -> None:
    assert ROSTER.find_index(mac) == index


def test_serial_number_is_the_given_one_or_follows_from_the_mac() -> None:
    assert ROSTER.identity(301).serial == "FCH2243DVK1"
    assert len({ROSTER.identity(number).serial for number in range(302)}) == 302


def test_phone_of_a_group_is_told_the_groups_tftp_server() -> None:
    assert [ROSTER.identity(number).tftp_server for number in (0, 300)] == ["", "127.0.0.1:69"]


@pytest.mark.parametrize("number", [-1, 302])
def test_number_beyond_the_fleet_is_nobody(number: int) -> None:
    with pytest.raises(IndexError):
        ROSTER.identity(number)


@pytest.mark.parametrize(
    "ip", ["127.20.0.0", "127.20.1.45", "10.20.0.2", "", "1.2.3", "1.2.3.4.5", "::1", "a.b.c.d"]
)
def test_address_of_nobody_finds_nobody(ip: str) -> None:
    assert (ROSTER.find(ip), ROSTER.has(ip)) == (None, False)


@pytest.mark.parametrize("mac", ["00562b00012c", "562b000000", "", "00562b00000g", "1001"])
def test_mac_address_of_nobody_finds_nobody(mac: str) -> None:
    assert ROSTER.find_mac(mac) is None


def test_settings_of_a_phone_hold_its_own_words_and_what_was_given_last() -> None:
    profile = ROSTER.settings(301)
    view = ROSTER.view(301)

    assert [setting.value for setting in profile.settings] == [
        "desk 2 of f4dbe6000007",
        "cost 2",
        "=",
        "7",
    ]
    assert [view[name] for name in ("GPP_A", "GPP_B", "GPP_C")] == [
        "x",
        "desk 2 of f4dbe6000007",
        "7",
    ]


def test_phone_without_settings_shares_the_view_of_its_kind() -> None:
    assert ROSTER.settings(5) == Profile(())
    assert ROSTER.view(5) is LOBBY.kinds[0].baseline.view


def test_kinds_are_drawn_by_weight_and_the_same_for_each_seed() -> None:
    kinds = (kind_of(weight=3), kind_of(model="6841"), kind_of(model="7821", weight=0))
    plan = make_plan(make_group(kinds=kinds, count=2000))
    drawn = Counter(roster_of(plan).kind(number).model.model for number in range(2000))

    assert drawn.keys() == {"8851", "6841"}
    assert 1400 < drawn["8851"] < 1600
    assert [roster_of(plan).kind(n) for n in range(20)] == [
        roster_of(plan).kind(n) for n in range(20)
    ]


def test_phone_lives_in_the_worker_that_its_address_leads_to() -> None:
    assert [ROSTER.worker_of(number, 4) for number in (0, 1, 2, 3, 300, 301)] == [1, 2, 3, 0, 1, 0]


def test_phones_of_one_address_are_told_apart_by_number_and_mac_only() -> None:
    roster = roster_of(make_plan(make_group(count=3, addresses=[0x7F000001] * 3)))

    assert roster.has_one_address
    assert (roster.find("127.0.0.1"), roster.has("127.0.0.1")) == (None, True)
    assert [roster.worker_of(number, 2) for number in range(3)] == [0, 1, 0]
    assert roster.find_mac("00562B000002") == 2


def test_fleet_of_one_phone_has_an_address_of_its_own() -> None:
    roster = roster_of(make_plan(make_group(count=1, addresses=range_from("127.0.0.1", 1))))

    assert not roster.has_one_address
    assert roster.find("127.0.0.1") == 0


def test_empty_group_hides_nobody() -> None:
    empty = make_group(count=0)
    roster = roster_of(make_plan(empty, make_group(name="full", count=2)))

    assert [roster.group_of(number).name for number in range(2)] == ["full", "full"]
