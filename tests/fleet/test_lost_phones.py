"""The phones of workers that have died."""

from dataclasses import replace

import pytest

from mppsim.fleet.dice import Dice
from mppsim.fleet.lost_phones import LostPhones
from mppsim.fleet.roster import Roster
from tests.support.fleets import make_group, make_plan

GROUP = make_group(count=5)
MACS = [f"{mac:012x}" for mac in GROUP.macs]
STRANGER = "ffffffffffff"


def lost_of(*workers: int, of: int = 2) -> tuple[LostPhones, list[int]]:
    """The phones that are lost with these workers, and in which worker each lives."""
    roster = Roster(make_plan(replace(GROUP)), Dice(1))
    return LostPhones(roster, workers, of), [roster.worker_of(n, of) for n in range(5)]


def test_phones_are_lost_with_their_worker() -> None:
    phones, homes = lost_of(1)

    assert [phones.has(mac) for mac in MACS] == [home == 1 for home in homes]
    assert [phones.has_number(number) for number in range(5)] == [home == 1 for home in homes]
    assert not phones.has(STRANGER)


def test_nobody_is_lost_while_all_workers_live() -> None:
    phones, _ = lost_of()

    assert not any(map(phones.has, [*MACS, STRANGER, ""]))
    assert list(phones.tell()) == []


def test_what_phones_have_in_common_is_lost_with_any_of_them() -> None:
    assert lost_of(0)[0].has("")


@pytest.mark.parametrize(
    ("lost", "of", "said"),
    [
        ((1,), 2, {2: "2 phones of worker 2 were", 3: "3 phones of worker 2 were"}),
        ((3,), 5, {1: "1 phone of worker 4 was"}),
    ],
)
def test_they_are_counted(lost: tuple[int, ...], of: int, said: dict[int, str]) -> None:
    phones, homes = lost_of(*lost, of=of)

    assert list(phones.tell()) == [f"{said[homes.count(*lost)]} not read back: it is lost"]


def test_each_worker_is_told_in_its_order() -> None:
    phones, homes = lost_of(1, 0)

    assert [line.partition(" not")[0] for line in phones.tell()] == [
        f"{homes.count(worker)} phones of worker {worker + 1} were" for worker in (0, 1)
    ]
