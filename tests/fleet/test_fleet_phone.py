"""One phone among many, and what it weighs."""

import gc
import tracemalloc

from mppsim.fleet.dice import Dice
from mppsim.fleet.fleet_phone import FleetPhone
from mppsim.fleet.roster import Roster
from tests.support.fleets import make_group, make_plan
from tests.support.scripted_uploads import HELD
from tests.support.shards import ShardDesk, shard_of
from tests.support.timelines import DELTA, FULL
from tests.support.turns import turns

OWN = (("Station_Display_Name", "Phone ${index}"), ("GPP_A", "${mac}"), ("GPP_B", "room ${index}"))
PERIODIC = {
    "Report_Rule": f"{DELTA} {FULL}",
    "HTTP_Report_Method": "PUT",
    "Report_To_Server": "Periodically",
    "Periodic_Upload_To_Server": "3600",
}


def phone_of(desk: ShardDesk, number: int = 0) -> FleetPhone:
    return desk.shard.phone_at(number)


async def test_phone_holds_its_own_values_from_the_first_moment() -> None:
    with shard_of(make_plan(make_group(settings=OWN))) as desk:
        view = phone_of(desk, 2).parameters

        assert [view[name] for name, _ in OWN] == ["Phone 3", "00562b000002", "room 3"]
        assert phone_of(desk, 2).identity == desk.shard.roster.identity(2)
        assert desk.words(2)[1:] == []


async def test_dice_of_a_phone_show_the_same_whatever_others_do() -> None:
    with shard_of(make_plan(make_group())) as desk, shard_of(make_plan(make_group())) as other:
        drawn = [phone_of(desk, 1).random_bytes(16) for _ in range(3)]
        phone_of(other, 0).random_bytes(16)

        assert len(set(drawn)) == 3
        assert drawn == [phone_of(other, 1).random_bytes(16) for _ in range(3)]
        assert phone_of(other, 2).random_bytes(16) not in drawn


async def test_state_is_a_word_for_what_the_phone_is_about() -> None:
    values = {"Report_Rule": FULL, "Report_To_Server": "On Local Change"}
    with shard_of(make_plan(make_group(values)), script=[HELD]) as desk:
        phone = phone_of(desk)
        states = [phone.state]
        phone.submit_changes({"GPP_A": "1"})
        states.append(phone.state)
        phone.obey("report")
        states.append(phone.state)
        phone.switch_off()
        states.append(phone.state)

        assert states == ["running", "waiting", "uploading", "down"]
        assert phone.settles_at is None


async def test_report_leaves_no_run_behind() -> None:
    with shard_of(make_plan(make_group({"Report_Rule": FULL}))) as desk:
        phone = phone_of(desk)
        phone.obey("report")
        await turns(5)

        assert desk.words()[-1] == "full 201"
        assert (phone.state, phone._runs) == ("running", None)


def traced() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


async def test_sleeping_phone_weighs_next_to_nothing() -> None:
    count = 50_000
    plan = make_plan(make_group(PERIODIC, count=count, settings=OWN))
    with shard_of(make_plan(make_group(PERIODIC, settings=OWN)), is_heard=False):
        tracemalloc.start()
        before = traced()
        with shard_of(plan, is_heard=False):
            weight = (traced() - before) / count
        tracemalloc.stop()

    assert weight <= 200, weight


async def test_phone_with_values_of_its_own_that_has_reported_weighs_little() -> None:
    count = 1000
    plan = make_plan(make_group(PERIODIC, count=count, settings=OWN))
    with shard_of(plan, is_heard=False) as desk:
        phone_of(desk).obey("report")
        await turns(5)
        tracemalloc.start()
        before = traced()
        for number in range(1, count):
            phone_of(desk, number).obey("report")
            await turns(3)
        desk.uploads.sent.clear()
        desk.uploads.lines.clear()
        desk.counted.clear()
        desk.shard.roster.identity.cache_clear()
        weight = (traced() - before) / (count - 1)
        tracemalloc.stop()

    assert weight <= 1500, weight


def test_identity_is_made_anew_and_not_kept() -> None:
    plan = make_plan(make_group(count=5000))
    roster = Roster(plan, Dice(plan.seed))
    first = roster.identity(0)
    for number in range(5000):
        roster.identity(number)

    assert roster.identity(0) is not first
    assert roster.identity(0) == first
