"""The phones of one worker: rows until something happens to them."""

import asyncio
import gc
import time

import pytest

from mppsim.fleet.plan import (
    ChangePlan,
    FleetPlan,
    NetworkPlan,
    RestartPlan,
    StartPlan,
)
from mppsim.net.uploader import UploadEngine, UploadLimits
from tests.support.fleets import make_group, make_plan
from tests.support.http_server import OK, Peer, serve_script
from tests.support.scripted_uploads import HELD
from tests.support.shards import LIMIT, ShardDesk, shard_of
from tests.support.timelines import DELTA, FULL
from tests.support.turns import turns

PERIODIC = {
    "Report_Rule": FULL,
    "HTTP_Report_Method": "PUT",
    "Report_To_Server": "Periodically",
    "Periodic_Upload_To_Server": "600",
}
ON_CHANGE = {
    "Report_Rule": DELTA,
    "HTTP_Report_Method": "PUT",
    "Report_To_Server": "On Local Change",
    "Upload_Delay_On_Local_Change": "60",
}
ON_REQUEST = {"Report_Rule": FULL, "HTTP_Report_Method": "PUT"}
REPORT = ["PUT full", "full 201"]


def made(desk: object) -> int:
    return sum(phone is not None for phone in desk.shard._phones)  # type: ignore[attr-defined]


async def test_phone_is_no_object_before_it_does_something() -> None:
    with shard_of(make_plan(make_group(PERIODIC, count=50))) as desk:
        assert made(desk) == 0
        await desk.run(until=300.0)

        assert 10 < made(desk) < 40
        assert made(desk) == len(desk.moments("trigger periodic"))


async def test_phones_that_have_been_running_report_at_even_points_of_their_period() -> None:
    with shard_of(make_plan(make_group(PERIODIC, count=200))) as desk:
        await desk.run(until=1200.0)

        first: dict[int, list[float]] = {}
        for at, number in desk.moments("trigger periodic"):
            first.setdefault(number, []).append(at)
        assert len(first) == 200
        assert all(second - at == pytest.approx(600.0) for at, second in first.values())
        tenths = [
            sum(tenth <= at / 60.0 < tenth + 1 for at, _ in first.values()) for tenth in range(10)
        ]
        assert min(tenths) > 8


async def test_report_of_a_phone_that_was_asleep_is_not_late() -> None:
    with shard_of(make_plan(make_group(PERIODIC, count=3))) as desk:
        await desk.run(until=600.0)
        at = desk.moments("trigger periodic")
        phone = desk.shard.phone_at(at[0][1])

        assert phone.deadline == pytest.approx(at[0][0] + 600.0)


async def test_phones_are_switched_on_over_the_spread_and_report() -> None:
    start = StartPlan(powers_on=True, spread=100.0)
    with shard_of(make_plan(make_group(ON_REQUEST, count=100, start=start))) as desk:
        assert desk.shard.states == {"off": 100}
        await desk.run(until=100.0)

        moments = [at for at, _ in desk.moments("trigger restart")]
        assert len(moments) == 100
        assert sum(at < 50.0 for at in moments) in range(30, 71)
        assert desk.words(0)[1:] == ["trigger restart", *REPORT]


async def test_phones_without_a_spread_are_switched_on_at_once() -> None:
    start = StartPlan(powers_on=True)
    with shard_of(make_plan(make_group(ON_REQUEST, count=200, start=start))) as desk:
        await desk.run(until=1.0)

        assert {at for at, _ in desk.moments("trigger restart")} == {0.0}
        assert len(desk.moments("full 201")) == 200


async def test_changes_befall_each_phone_once_in_their_time() -> None:
    changes = ChangePlan(every=100.0, names=("GPP_A", "Ringer_Volume"))
    with shard_of(make_plan(make_group(ON_CHANGE, changes=changes))) as desk:
        await desk.run(until=99.9)

        changed = [number for _, number, word in desk.told if word.startswith("phone set")]
        assert sorted(changed) == [0, 1, 2]


async def test_restarts_befall_each_phone_and_are_reported() -> None:
    group = make_group(ON_REQUEST, restarts=RestartPlan(every=50.0, is_random=False))
    with shard_of(make_plan(group)) as desk:
        await desk.run(until=100.0)

        for number in range(3):
            assert desk.words(number)[1:] == ["trigger restart", *REPORT] * 2


async def test_nothing_befalls_a_phone_that_is_off_or_down() -> None:
    group = make_group(
        ON_CHANGE,
        start=StartPlan(powers_on=True, spread=1e9),
        changes=ChangePlan(every=10.0, names=("GPP_A",)),
        restarts=RestartPlan(every=10.0),
    )
    slow = make_group(
        ON_CHANGE,
        name="slow",
        first=3,
        address="127.21.0.1",
        quirks=("boot_seconds=1000",),
        start=StartPlan(powers_on=True),
        changes=ChangePlan(every=10.0, names=("GPP_A",)),
        restarts=RestartPlan(every=10.0),
    )
    with shard_of(make_plan(group, slow)) as desk:
        await desk.run(until=100.0)

        for number in range(3):
            assert len(desk.words(number)) == 1
        for number in range(3, 6):
            words = desk.words(number)
            assert words.count("trigger restart") == 2  # once switched on, once after the boot
            assert sum(word.startswith("phone set") for word in words) <= 1


def all_told(plan: FleetPlan, **more: object) -> dict[int, list[tuple[float, str]]]:
    """Run a plan in as many workers as asked for, one after the other."""

    async def run() -> dict[int, list[tuple[float, str]]]:
        told: dict[int, list[tuple[float, str]]] = {}
        workers = more.get("workers", 1)
        assert isinstance(workers, int)
        for worker in range(workers):
            with shard_of(plan, worker=worker, workers=workers) as desk:
                await desk.run(until=1000.0)
            for at, number, word in desk.told:
                if word != "stopped" and not word.startswith("= ready"):
                    told.setdefault(number, []).append((at, word))
        return told

    return asyncio.run(run())


@pytest.mark.parametrize("is_random", [False, True])
def test_what_happens_to_each_phone_does_not_depend_on_the_workers(is_random: bool) -> None:
    group = make_group(
        {**ON_CHANGE, "GPP_SA": "x", "Report_Rule": f"[--key $SA]{FULL}"},
        count=20,
        start=StartPlan(powers_on=True, spread=60.0),
        changes=ChangePlan(every=200.0, names=("GPP_A", "Ringer_Volume"), is_random=is_random),
        restarts=RestartPlan(every=400.0, is_random=is_random),
    )
    alone = all_told(make_plan(group))

    assert len(alone) == 20
    assert alone == all_told(make_plan(group))
    assert alone == all_told(make_plan(group), workers=3)
    assert alone != all_told(make_plan(group, seed=8))


async def test_end_makes_no_new_deed_and_lets_running_waits_fall_due() -> None:
    group = make_group(ON_CHANGE, changes=ChangePlan(every=100.0, names=("GPP_A", "GPP_B")))
    with shard_of(make_plan(group)) as desk:
        await desk.run(until=99.9)
        changes = {number: at for at, number, word in desk.told if word.startswith("phone set")}
        reports = {number: at for at, number in desk.moments("trigger local_change")}

        assert reports == {number: pytest.approx(at + 60.0) for number, at in changes.items()}
        assert len(desk.moments("delta 201")) == 3


async def test_end_starts_no_new_period() -> None:
    with shard_of(make_plan(make_group(PERIODIC, count=10))) as desk:
        await desk.run(until=600.0)
        told = len(desk.told)
        await turns(20)

        assert len(desk.told) == told
        assert len(desk.moments("trigger periodic")) == 10


async def test_phone_that_boots_at_the_end_still_comes_up_and_reports() -> None:
    group = make_group(ON_REQUEST, count=1, quirks=("boot_seconds=500",))
    with shard_of(make_plan(group)) as desk:
        desk.shard.phone_at(0).restart("User Triggered")
        await desk.run(until=10.0)

        assert desk.told[1:] == [(500.0, 0, word) for word in ("trigger restart", *REPORT)]


async def test_uploads_in_hand_at_the_end_are_waited_for() -> None:
    with shard_of(make_plan(make_group(ON_REQUEST, count=1)), script=[HELD]) as desk:
        desk.shard.phone_at(0).obey("report")
        desk.shard.end()
        finishing = asyncio.create_task(desk.shard.finish(20.0))
        await turns(3)
        assert not finishing.done()
        desk.uploads.answer()
        await finishing

        assert desk.words()[-1] == "full 201"


async def test_uploads_that_take_longer_are_cut_and_every_phone_is_told_as_stopped() -> None:
    with shard_of(make_plan(make_group(ON_REQUEST, count=2)), script=[HELD]) as desk:
        desk.shard.phone_at(0).obey("report")
        desk.shard.end()
        await desk.shard.finish(0.01)
    await turns(2)

    assert desk.words(0)[-2:] == ["full failed: cut", "stopped"]
    assert desk.words(1)[-1:] == ["stopped"]


async def test_every_phone_is_told_as_ready_where_somebody_listens() -> None:
    with shard_of(make_plan(make_group(count=2), web_port=0)) as desk:
        sip, web = desk.shard.sip_port, desk.shard.web_port

        assert [word for _, _, word in desk.told] == [
            f"= ready: SIP on 127.20.0.{host}:{sip}, web page at http://127.20.0.{host}:{web}/"
            for host in (1, 2)
        ]
        assert made(desk) == 0


async def test_tally_hears_of_each_group_and_of_no_phone_that_is_only_ready() -> None:
    groups = (
        make_group(PERIODIC, count=1),
        make_group(PERIODIC, name="office", first=1, count=1, address="127.21.0.1"),
    )
    with shard_of(make_plan(*groups), is_heard=False) as desk:
        await desk.run(until=599.0)

    assert sorted(desk.counted) == sorted(
        (group, word) for group in ("lobby", "office") for word in ("trigger periodic", *REPORT)
    )
    assert desk.told == []


async def test_states_say_what_the_phones_are_about() -> None:
    groups = (
        make_group(ON_CHANGE, count=4),
        make_group(
            ON_REQUEST,
            name="off",
            first=4,
            address="127.21.0.1",
            start=StartPlan(powers_on=True, spread=1e9),
        ),
    )
    with shard_of(make_plan(*groups), script=[HELD]) as desk:
        waiting, uploading, down = map(desk.shard.phone_at, range(3))
        waiting.submit_changes({"GPP_A": "1"})
        uploading.obey("report")
        down.switch_off()

        assert desk.shard.states == {
            "waiting": 1,
            "uploading": 1,
            "down": 1,
            "running": 1,
            "off": 3,
        }


async def test_groups_network_stands_before_its_uploads_alone() -> None:
    slow = NetworkPlan(latency=0.001)
    groups = (
        make_group(ON_REQUEST, count=1, network=slow),
        make_group(ON_REQUEST, name="near", first=1, count=1, address="127.21.0.1"),
    )
    with shard_of(make_plan(*groups)) as desk:
        for number in (0, 1):
            desk.shard.phone_at(number).obey("report")
        near, *_ = desk.uploads.sent

        assert (len(desk.uploads.sent), near.line.source) == (1, "127.21.0.1")
        await desk.run(until=1.0)
        assert desk.uploads.sent[1].line.source == "127.20.0.1"


async def test_closing_a_shard_that_never_opened_is_no_mistake() -> None:
    desk = ShardDesk(make_plan(make_group()))
    desk.shard.close()

    assert desk.told == []


async def test_states_of_a_large_shard_are_reckoned_up() -> None:
    with shard_of(make_plan(make_group(count=60_000)), is_heard=False) as desk:
        assert desk.shard.states == {"running": 60_000}


async def test_phones_that_are_made_are_counted() -> None:
    with shard_of(make_plan(make_group(PERIODIC, count=1500)), is_heard=False) as desk:
        for number in range(1500):
            desk.shard.phone_at(number)

        assert desk.shard.made == 1500


async def test_open_shard_spares_the_collector_what_it_holds() -> None:
    frozen = gc.get_freeze_count()
    with shard_of(make_plan(make_group(PERIODIC)), is_heard=False):
        assert gc.get_freeze_count() > frozen

    assert gc.get_freeze_count() == 0


async def test_wait_that_begins_once_more_after_the_end_falls_due_as_well() -> None:
    with shard_of(make_plan(make_group(ON_CHANGE, count=1))) as desk:
        phone = desk.shard.phone_at(0)
        phone.submit_changes({"GPP_A": "1"})
        desk.timers.call_at(30.0, lambda: None)
        desk.shard.end()
        desk.timers.call_at(40.0, lambda: phone.submit_changes({"GPP_A": "2"}))
        await desk.shard.finish(LIMIT)

        assert desk.moments("trigger local_change") == [(100.0, 0)]


async def test_workers_are_told_when_the_last_port_is_open_and_before_anything_else() -> None:
    told: list[str] = []
    desk = ShardDesk(make_plan(make_group(count=1), web_port=0))
    desk.shard.open(
        prepare=lambda _: told.append("prepared"),
        opened=lambda: told.extend(("opened", str(len(desk.told)))),
    )
    desk.shard.close()

    assert told[-4:] == ["prepared", "prepared", "opened", "0"]
    assert set(told[:-2]) == {"prepared"}


async def test_end_of_a_shard_that_never_opened_is_no_mistake() -> None:
    desk = ShardDesk(make_plan(make_group()))
    desk.shard.end()
    await desk.shard.finish(LIMIT)

    assert desk.told == []


async def test_wait_that_is_over_just_now_does_not_hide_those_that_are_not() -> None:
    with shard_of(make_plan(make_group(ON_CHANGE, count=2))) as desk:
        desk.shard.phone_at(0).submit_changes({"GPP_A": "1"})
        desk.clock.jump_to(30.0)
        desk.shard.phone_at(1).submit_changes({"GPP_A": "1"})
        desk.clock.jump_to(60.0)
        desk.shard.end()
        await desk.shard.finish(LIMIT)

        assert desk.moments("trigger local_change") == [(60.0, 0), (90.0, 1)]


async def test_reports_beyond_the_cap_queue_and_tell_how_late_that_made_them() -> None:
    async def answer_once_the_others_wait(peer: Peer) -> None:
        await peer.read_request()
        while engine.counters.waited < 3:
            await turns()
        begin = time.monotonic()
        while time.monotonic() < begin + 0.05:
            await turns()
        await peer.send(OK)

    async with serve_script(answer_once_the_others_wait) as server:
        values = {**ON_REQUEST, "Report_Rule": server.url("/$MA.xml")}
        group = make_group(values, count=4, start=StartPlan(powers_on=True))
        with (
            UploadEngine(limits=UploadLimits(connections=1)) as engine,
            shard_of(make_plan(group), way_out=engine) as desk,
        ):
            async with asyncio.timeout(LIMIT):
                while len(desk.late) < 4:
                    await turns()

        clients = [seen.client for seen in server.requests]
        assert clients == [f"127.20.0.{host}" for host in range(1, 5)]
    assert (engine.counters.waited, engine.counters.connections) == (3, 4)
    assert all(late >= 0.05 for late in desk.late[1:])


async def test_end_stops_periods_on_a_clock_that_nobody_stops() -> None:
    with shard_of(make_plan(make_group(PERIODIC))) as desk:
        desk.timers.call_at(650.0, desk.shard.end)
        await desk.shard.finish(LIMIT)
        told = len(desk.told)
        await turns(50)

        assert desk.clock.now() == 650.0
        assert len(desk.told) == told
