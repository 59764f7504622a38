"""Whole runs, by one process and by several: real processes, sockets and signals."""

import asyncio
import os
import signal
import sys
from dataclasses import replace
from errno import ENOSPC, EPIPE

import pytest

from mppsim.errors import StartError
from mppsim.fleet import crew, worker_process
from mppsim.fleet.plan import (
    ChangePlan,
    EmbeddedPlan,
    FaultPlan,
    FleetPlan,
    NotifyPlan,
    RestartPlan,
    StartPlan,
)
from mppsim.net.reuseport import find_free_port
from tests.support.crews import CrewDesk, accepting_server, crew_of
from tests.support.fleets import make_group, make_plan
from tests.support.http_server import Peer, ScriptedServer, answering, reply, serve_script
from tests.support.turns import turns

LIMIT = 50.0  # seconds


def busy_plan(server: ScriptedServer, *, count: int = 12, every: float = 900.0) -> FleetPlan:
    """Changes, restarts and NOTIFYs for two simulated hours."""
    rule = f"[--delta]{server.url('/$MA-delta.xml')} [--status]{server.url('/$MA-status.xml')}"
    group = make_group(
        {
            "Report_Rule": rule,
            "HTTP_Report_Method": "PUT",
            "Report_To_Server": "On Local Change",
            "Upload_Delay_On_Local_Change": "60",
        },
        count=count,
        changes=ChangePlan(every=every, names=("Station_Display_Name",)),
        restarts=RestartPlan(every=3000.0, is_random=True),
    )
    notify = NotifyPlan(at=600.0, every=1800.0, share=0.5)
    return make_plan(group, duration=7200.0, notifies=(notify,), server=server.url(""))


async def run(desk: CrewDesk) -> None:
    async with asyncio.timeout(LIMIT):
        await desk.crew.run_to_end()


async def test_same_seed_gives_each_phone_the_same_events_with_any_number_of_workers() -> None:
    told = []
    async with accepting_server() as server:
        for workers in (1, 2, 4):
            async with crew_of(busy_plan(server), workers) as desk:
                await run(desk)
            told.append(desk.events)
            figures = desk.figures

            assert figures.reports.due == figures.reports.delivered > 150
            assert desk.crew.notified.accepted == figures.reports.by_trigger["notify"] > 10

    assert told[1] == told[0]
    assert told[2] == told[0]


async def test_ten_thousand_notifies_from_one_port_trigger_each_phone_once() -> None:
    plan = make_plan(make_group({"Report_Rule": ""}, count=10_000), notifies=(NotifyPlan(at=10.0),))
    async with crew_of(plan, workers=4) as desk:
        await run(desk)
        counts = desk.crew.notified

    assert (counts.sent, counts.accepted, counts.unanswered) == (10_000, 10_000, 0)
    answers = [
        [event["event"] for event in events].count("notify") for events in desk.events.values()
    ]
    assert answers == [1] * 10_000
    assert desk.figures.notify.accepted == 10_000


@pytest.mark.parametrize("workers", [1, 2])
async def test_phones_finish_at_the_end_what_they_have_begun(workers: int) -> None:
    async with accepting_server() as server:
        plan = busy_plan(server, count=4, every=100.0)
        plan = replace(plan, duration=1000.0, notifies=())
        async with crew_of(plan, workers) as desk:
            await run(desk)

    waits = [
        event["at"]
        for events in desk.events.values()
        for event in events
        if event["event"] == "trigger"
    ]
    assert max(waits) > 1000.0
    assert desk.figures.reports.unfinished == 0
    assert desk.crew.states.keys() <= {"down"}
    assert len(desk.crew.ledgers()) == workers


@pytest.mark.parametrize("workers", [1, 2])
async def test_clock_in_real_time_is_the_same_for_everybody(workers: int) -> None:
    async with accepting_server() as server:
        plan = replace(busy_plan(server), duration=3600.0, speed=7200.0, notifies=())
        calm = replace(plan.groups[0], restarts=None)  # which would cut uploads in hand
        async with crew_of(replace(plan, groups=(calm,)), workers) as desk:
            await run(desk)
            figures = desk.figures

    assert figures.reports.due == figures.reports.delivered > 20
    assert 3600.0 <= figures.duration < 7200.0
    assert 0.4 < figures.elapsed < LIMIT


@pytest.mark.parametrize("workers", [1, 2])
async def test_interrupted_run_has_results(workers: int) -> None:
    came = asyncio.Event()

    async def hold(peer: Peer) -> None:
        await peer.read_request()
        came.set()
        await peer.read_head()

    async with (
        serve_script(hold) as server,
        crew_of(replace(busy_plan(server), speed=3600.0), workers) as desk,
    ):
        running = asyncio.create_task(run(desk))
        await came.wait()
        desk.crew.interrupt()
        await running
        reports = desk.figures.reports

    assert desk.crew.is_interrupted
    assert reports.due == reports.failed > 0
    assert reports.failures == {"cut": reports.failed}


async def test_worker_that_is_killed_is_told_and_the_others_go_on() -> None:
    came = asyncio.Event()

    async def accept(peer: Peer) -> None:
        while await peer.read_request() is not None:
            came.set()
            await peer.send(reply(204))

    async with (
        serve_script(accept) as server,
        crew_of(replace(busy_plan(server), notifies=()), workers=3) as desk,
    ):
        running = asyncio.create_task(run(desk))
        await came.wait()
        os.kill(desk.crew.pids[1], signal.SIGKILL)
        await running
        figures = desk.figures

    assert desk.crew.losses == ["worker 2 of 3 was ended by signal 9"]
    assert desk.crew.lost == [1]
    assert len(desk.crew.snapshots()) == 3
    assert len(desk.crew.ledgers()) == 2
    assert figures.reports.due == figures.reports.delivered + figures.reports.unfinished > 50


async def test_phones_of_the_other_workers_are_reached_after_one_has_died() -> None:
    # Who waits for those of the one has to do so for longer than the run may take.
    plan = replace(
        make_plan(make_group(count=12), duration=20.0, notifies=(NotifyPlan(at=10.0),)), speed=60.0
    )
    async with crew_of(plan, workers=3) as desk, asyncio.timeout(20.0):
        ended = process_end(desk.crew.pids[0])
        os.kill(desk.crew.pids[0], signal.SIGKILL)
        await ended
        await run(desk)
        counts = desk.crew.notified

    assert desk.crew.losses == ["worker 1 of 3 was ended by signal 9"]
    assert (counts.sent, counts.accepted, counts.unanswered) == (12, 8, 4)


async def test_run_ends_when_its_last_worker_has_died() -> None:
    async with accepting_server() as server:
        plan = replace(busy_plan(server), speed=1.0)
        async with crew_of(plan, workers=2) as desk:
            running = asyncio.create_task(run(desk))
            for pid in desk.crew.pids:
                os.kill(pid, signal.SIGKILL)
            await running

    assert len(desk.crew.losses) == 2
    assert sorted(desk.crew.lost) == [0, 1]


async def test_worker_that_cannot_start_says_why_and_leaves_nobody_behind() -> None:
    plan = make_plan(make_group(count=4), sip_port=find_free_port("0.0.0.0"))
    async with crew_of(plan, workers=2) as first:
        second = CrewDesk(plan, 2, None)
        with pytest.raises(StartError, match="worker 1 of 2: cannot listen for SIP on "):
            await second.crew.start()

    assert first.crew.losses == []
    for pid in second.crew.pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_worker_that_never_gets_ready_is_waited_for_so_long_and_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(crew, "_READY_WITHIN", 0.6)
    monkeypatch.setattr(worker_process, "_PATIENCE", 0.05)
    desk = CrewDesk(make_plan(make_group(count=4)), 2, None)
    starting = asyncio.create_task(desk.crew.start())
    while not all(desk.crew.pids) or not desk.crew.pids:
        await turns()
    os.kill(desk.crew.pids[0], signal.SIGSTOP)

    with pytest.raises(StartError, match=r"^worker 1 of 2 was not ready after 1 s$"):
        await starting
    for pid in desk.crew.pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_workers_that_share_one_address_are_refused() -> None:
    group = make_group(count=4)
    plan = make_plan(replace(group, addresses=[group.addresses[0]] * 4))
    desk = CrewDesk(plan, 2, None)

    with pytest.raises(StartError, match="--workers 1"):
        await desk.crew.start()


@pytest.mark.parametrize("workers", [1, 2])
async def test_faults_are_in_force_for_every_worker_between_their_moments(workers: int) -> None:
    statuses = [204]
    async with serve_script(answering(then=lambda _: reply(statuses[-1]))) as server:
        fault = FaultPlan(kind="status", value=503, begins=1200.0, ends=2400.0)
        plan = busy_plan(server, count=6)
        plan = replace(plan, embedded=EmbeddedPlan(faults=(fault,)), notifies=())

        async def set_faults(faults) -> None:
            await asyncio.sleep(0)
            statuses.append(503 if faults else 204)

        async with crew_of(plan, workers, set_faults=set_faults) as desk:
            await run(desk)

    ended = [
        (event["event"], 1200.0 <= event["at"] < 2400.0)
        for events in desk.events.values()
        for event in events
        if event["event"] in {"upload_finished", "upload_failed"}
    ]
    assert set(ended) == {("upload_finished", False), ("upload_failed", True)}
    assert statuses == [204, 204, 503, 204]


@pytest.mark.parametrize("workers", [1, 2])
async def test_reader_of_events_who_is_gone_ends_the_run(workers: int) -> None:
    async with accepting_server() as server, crew_of(busy_plan(server), workers) as desk:

        def refuse(_: str) -> int:
            raise BrokenPipeError

        desk.written.write = refuse  # type: ignore[method-assign]
        with pytest.raises(BrokenPipeError):
            await run(desk)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("error", [OSError(ENOSPC, "no room"), OSError(EPIPE, "gone", "a fifo")])
async def test_events_that_find_no_room_or_whose_fifo_nobody_reads_interrupt_the_run(
    error: OSError, workers: int
) -> None:
    async with accepting_server() as server, crew_of(busy_plan(server), workers) as desk:

        def refuse(_: str) -> int:
            raise error

        desk.written.write = refuse  # type: ignore[method-assign]
        await run(desk)

    assert desk.crew.is_interrupted
    assert desk.crew.events_error is not None
    assert len(desk.crew.ledgers()) == workers


async def test_events_that_find_no_room_once_the_run_is_over_take_nothing_away() -> None:
    async with accepting_server() as server, crew_of(busy_plan(server)) as desk:
        write = desk.written.write

        def refuse(text: str) -> int:
            if '"stopped"' in text:
                raise OSError(ENOSPC, "no room")
            return write(text)

        desk.written.write = refuse  # type: ignore[method-assign]
        await run(desk)

    assert desk.crew.events_error is not None
    assert not desk.crew.is_interrupted


@pytest.mark.parametrize("workers", [1, 2])
async def test_bug_ends_the_run(workers: int) -> None:
    start = StartPlan(powers_on=True)
    group = make_group(count=4, start=start, settings=(("Report_Rule", "http://h/"),))
    plan = make_plan(replace(group, changes=ChangePlan(every=1.0, names=("No_Such_Name",))))
    async with crew_of(plan, workers) as desk:
        with pytest.raises(Exception, match="No_Such_Name"):
            await run(desk)


PROGRAM = """
import asyncio
from mppsim.fleet.crew import Crew
from mppsim.fleet.crew_words import ShardTerms
from mppsim.fleet.embedded import embedded_server
from mppsim.fleet.plan import EmbeddedPlan
from tests.support.fleets import make_group, make_plan

async def main():
    plan = make_plan(make_group(count=4), duration=3600.0, speed=1.0)
    async with embedded_server(EmbeddedPlan(), seed=7) as server:
        crew = Crew(ShardTerms(plan=plan, workers=2))
        await crew.start()
        print(*crew.pids, server._process.pid, flush=True)
        await crew.run_to_end()

asyncio.run(main())
"""


async def test_run_that_is_killed_leaves_no_worker_and_no_server_behind() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    pids = [int(word) for word in (await process.stdout.readline()).split()]
    ends = [process_end(pid) for pid in pids]
    process.kill()
    await process.wait()

    assert len(pids) == 3
    async with asyncio.timeout(LIMIT):
        await asyncio.gather(*ends)


def process_end(pid: int) -> asyncio.Future[None]:
    """What is done once a process, which need not be a child, has ended."""
    loop = asyncio.get_running_loop()
    descriptor = os.pidfd_open(pid)
    ended = loop.create_future()

    def end() -> None:
        loop.remove_reader(descriptor)
        os.close(descriptor)
        ended.set_result(None)

    loop.add_reader(descriptor, end)
    return ended
