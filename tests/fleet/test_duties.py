"""What is done to phones when their turn has come."""

import pytest

from mppsim.fleet.calendar import Calendar, EvenCalendar
from mppsim.fleet.dice import Dice
from mppsim.fleet.dormitory import Dormitory
from mppsim.fleet.duties import Changing, Restarting, Waking
from mppsim.fleet.plan import ChangePlan, RestartPlan, StartPlan
from mppsim.net.clock import RunClock
from tests.support.fake_clock import FakeReal
from tests.support.fleets import make_group, make_plan
from tests.support.shards import ShardDesk, shard_of
from tests.support.timelines import FULL
from tests.support.turns import turns

ON_REQUEST = {"Report_Rule": FULL, "HTTP_Report_Method": "PUT"}
DICE = Dice(7)


def calendar() -> Calendar:
    return EvenCalendar(DICE, "test", [0], every=10.0)


def changing(desk: ShardDesk, *names: str) -> Changing:
    return Changing(calendar(), names, desk.shard.finder_of(desk.shard.roster.groups[0]), DICE)


async def test_phone_whose_turn_it_is_changes_a_value() -> None:
    with shard_of(make_plan(make_group(ON_REQUEST))) as desk:
        duty = changing(desk, "GPP_A")
        at = duty.next_at
        duty.act()

        assert desk.words()[1:] == ["phone set GPP_A"]
        assert desk.shard.phone_at(0).parameters["GPP_A"] == "Change 1"
        assert duty.next_at == pytest.approx((at or 0.0) + 10.0)


async def test_phone_that_has_no_other_value_changes_nothing() -> None:
    settings = (("GPP_A", "Change 1"),)
    with shard_of(make_plan(make_group(ON_REQUEST, settings=settings))) as desk:
        changing(desk, "GPP_A").act()

        assert desk.words()[1:] == []


async def test_phone_whose_turn_it_is_restarts() -> None:
    with shard_of(make_plan(make_group(ON_REQUEST))) as desk:
        duty = Restarting(calendar(), desk.shard.finder_of(desk.shard.roster.groups[0]))
        assert duty.next_at is not None
        duty.act()
        await desk.run(until=1.0)

        assert desk.words()[1] == "trigger restart"


async def test_nothing_is_done_to_a_phone_that_is_not_switched_on_yet() -> None:
    start = StartPlan(powers_on=True, spread=1e9)
    with shard_of(make_plan(make_group(ON_REQUEST, start=start))) as desk:
        changing(desk, "GPP_A").act()
        Restarting(calendar(), desk.shard.finder_of(desk.shard.roster.groups[0])).act()
        assert desk.shard.made == 0
        desk.shard.phone_at(0)  # somebody has called it: it is off all the same
        changing(desk, "GPP_A").act()

        assert desk.words()[1:] == []


@pytest.mark.parametrize(("powers_on", "told"), [(True, ["trigger restart"]), (False, [])])
async def test_phone_that_gets_up_is_switched_on_if_it_is_off(
    powers_on: bool, told: list[str]
) -> None:
    group = make_group(
        {**ON_REQUEST, "Report_To_Server": "Periodically"},
        count=1,
        start=StartPlan(powers_on=powers_on),
    )
    plan = make_plan(group)
    with shard_of(plan) as desk:
        roster = desk.shard.roster
        waking = Waking(Dormitory(roster, DICE, [0]), desk.shard.phone_at)
        assert waking.next_at is not None
        waking.act()

        assert desk.words()[1:2] == told
        assert waking.next_at is None


@pytest.mark.parametrize(
    ("more", "due"),
    [
        ({"start": StartPlan(powers_on=True)}, 0.0),
        ({"restarts": RestartPlan(every=1e4)}, DICE.share("restart", 0) * 1e4),
        (
            {"changes": ChangePlan(every=1e4, names=("GPP_A",))},
            DICE.share("change", 0) * 1e4 + 60.0,
        ),
    ],
)
async def test_report_that_follows_from_a_deed_done_late_is_as_late(
    more: dict[str, object], due: float
) -> None:
    real = FakeReal()
    values = {
        **ON_REQUEST,
        "Report_To_Server": "On Local Change",
        "Upload_Delay_On_Local_Change": "60",
    }
    desk = ShardDesk(make_plan(make_group(values, count=1, **more)), clock=RunClock(1.0, real=real))
    real.at += due + 5.0  # whoever runs this was busy with something else
    desk.shard.open()
    while not desk.late:
        await turns()
    desk.shard.close()

    assert desk.late[0] == pytest.approx(5.0, abs=0.001)
