"""When phones that have done nothing yet first do something."""

import pytest

from mppsim.fleet.dice import Dice
from mppsim.fleet.dormitory import Dormitory
from mppsim.fleet.plan import FleetPlan, GivenPhone, StartPlan
from mppsim.fleet.roster import Roster
from tests.support.fleets import kind_of, make_group, make_plan
from tests.support.timelines import FULL

PERIODIC = {
    "Report_Rule": FULL,
    "Report_To_Server": "Periodically",
    "Periodic_Upload_To_Server": "600",
}
ON_REQUEST = {"Report_Rule": FULL}
REGISTERING = {"User_ID_1_": "1001", "Proxy_1_": "127.0.0.1:5070"}


def dormitory_of(plan: FleetPlan) -> Dormitory:
    dice = Dice(plan.seed)
    return Dormitory(Roster(plan, dice), dice, range(plan.count))


def rows_of(dormitory: Dormitory) -> list[tuple[float, int]]:
    rows = []
    while dormitory.next_at is not None:
        rows.append((dormitory.next_at, dormitory.take()))
    return rows


def test_rows_come_in_the_order_of_their_moments() -> None:
    rows = rows_of(dormitory_of(make_plan(make_group(PERIODIC, count=500))))

    assert rows == sorted(rows)
    assert {number for _, number in rows} == set(range(500))
    assert all(0.0 < at <= 600.0 for at, _ in rows)


@pytest.mark.parametrize(
    ("values", "moments"),
    [
        (ON_REQUEST, []),
        ({**ON_REQUEST, "User_ID_1_": "1001"}, []),
        ({**PERIODIC, "Report_Rule": ""}, []),
        ({**ON_REQUEST, **REGISTERING}, [0.0, 0.002, 0.004]),
        ({**PERIODIC, **REGISTERING}, [0.0, 0.002, 0.004]),
        ({"Profile_Rule": "http://127.0.0.1:1/x"}, [0.0, 0.002, 0.004]),
    ],
)
def test_phone_gets_up_for_what_it_has_to_do(values: dict[str, str], moments: list[float]) -> None:
    dormitory = dormitory_of(make_plan(make_group(values)))

    assert [at for at, _ in rows_of(dormitory)] == moments


def test_phone_that_has_been_running_did_so_for_less_than_its_period() -> None:
    dormitory = dormitory_of(make_plan(make_group(PERIODIC, count=100)))
    moments = {number: at for at, number in rows_of(dormitory)}

    for number in range(100):
        begin = dormitory.find_begin(number)
        assert begin is not None
        assert -600.0 < begin <= 0.0
        assert begin + 600.0 == moments[number]


def test_phone_that_is_switched_on_has_not_been_running() -> None:
    start = StartPlan(powers_on=True, spread=60.0)
    dormitory = dormitory_of(make_plan(make_group(PERIODIC, count=100, start=start)))

    assert dormitory.find_begin(5) is None
    assert all(0.0 <= at < 60.0 for at, _ in rows_of(dormitory))


def test_phones_of_one_group_may_have_other_habits() -> None:
    given = (
        GivenPhone(),
        GivenPhone(settings=(("Report_To_Server", "On Request"),)),
        GivenPhone(kind=1),
        GivenPhone(kind=1, settings=(("Report_To_Server", "Periodically"),)),
    )
    group = make_group(kinds=(kind_of(PERIODIC), kind_of(ON_REQUEST)), count=4, given=given)

    assert {number for _, number in rows_of(dormitory_of(make_plan(group)))} == {0, 3}


def test_period_may_be_each_phones_own() -> None:
    settings = (("Periodic_Upload_To_Server", "${index}000"),)
    dormitory = dormitory_of(make_plan(make_group(PERIODIC, count=3, settings=settings)))
    moments = {number: at for at, number in rows_of(dormitory)}
    begins = [dormitory.find_begin(number) for number in range(3)]

    assert [moments[n] - (begins[n] or 0.0) for n in range(3)] == pytest.approx([1e3, 2e3, 3e3])
