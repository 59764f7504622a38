"""One run of a fleet, from its server's start to its verdict."""

import asyncio
import io
import json
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from mppsim.errors import ScenarioError, StartError
from mppsim.fleet import fleet_run
from mppsim.fleet.embedded import EmbeddedServer
from mppsim.fleet.fleet_run import FleetRun, RunTerms
from mppsim.fleet.progress import Phase, Progress
from mppsim.fleet.scenario.overrides import Overrides
from mppsim.results.figures import ReadbackFigures
from mppsim.results.outcome import Outcome, Verdict
from tests.support.http_server import Peer, SeenRequest, answering, reply, serve_script
from tests.support.report_servers import report_server
from tests.support.scenarios import read

LIMIT = 50.0
PORTS = "ports: {sip: 0, web: null}\n"
PERIODIC = """\
    set:
      Report_Rule: "[--status]${server}/$MA.xml"
      HTTP_Report_Method: PUT
      Report_To_Server: Periodically
      Periodic_Upload_To_Server: 600
"""
LOBBY = f"fleet:\n  - name: lobby\n    count: 4\n{PERIODIC}"
JUMPING = f"server: embedded\nclock: {{speed: max}}\nduration: 1h\n{PORTS}{LOBBY}"
REAL = f"server: embedded\nduration: 1h\nclock: {{speed: 600}}\n{PORTS}{LOBBY}"


def fleet_of(text: str, *, workers: int = 1, **overrides: Any) -> FleetRun:
    over = Overrides(allowed_hosts=("127.0.0.1",), **overrides)
    return FleetRun(RunTerms(file=read(text), overrides=over, seed=5, workers=workers))


async def carry_out(fleet: FleetRun, **more: Any) -> Outcome:
    async with asyncio.timeout(LIMIT):
        return await fleet.carry_out(**more)


def once(phase: Phase, do: Callable[[], object], *, delivered: int = 0) -> Any:
    """Look at a run, and do something when it is so far for the first time."""
    done: list[object] = []

    def look(progress: Progress) -> None:
        is_so_far = progress.figures.reports.delivered >= delivered
        if progress.phase is phase and is_so_far and not done:
            done.append(do())

    return look


@pytest.mark.parametrize("workers", [1, 2])
async def test_run_brings_its_server_with_it_and_reads_back(workers: int) -> None:
    fleet = fleet_of(JUMPING, workers=workers)
    events = io.StringIO()
    outcome = await carry_out(fleet, events=events)

    figures = outcome.figures
    assert (outcome.verdict, outcome.scenario, fleet.notes) == (Verdict.PASSED, "s", [])
    assert (figures.phones, figures.seed, figures.generator.workers) == (4, 5, workers)
    assert figures.reports.due == figures.reports.delivered == 24
    assert figures.readback == ReadbackFigures(checked=4)
    assert sum(row.delivered for row in outcome.series) == 24
    assert len(outcome.slowest) == 20
    told = [json.loads(line)["event"] for line in events.getvalue().splitlines()]
    assert told.count("upload_finished") == 24


async def test_run_shows_each_of_its_phases() -> None:
    phases: list[Phase] = []
    await carry_out(fleet_of(JUMPING), show=lambda progress: phases.append(progress.phase))

    assert list(dict.fromkeys(phases)) == [
        *(Phase.STARTING, Phase.RUNNING, Phase.READING_BACK, Phase.OVER)
    ]


async def test_foreign_server_is_not_read_back_unless_there_is_a_template(tmp_path: Path) -> None:
    async with report_server(tmp_path) as server:
        fleet = fleet_of(JUMPING, target=server.url)
        outcome = await carry_out(fleet)

    assert (outcome.verdict, fleet.notes) == (Verdict.PASSED, [])
    assert len(server.received) == 24
    assert outcome.figures.readback == ReadbackFigures()


async def test_foreign_server_is_read_back_by_its_template(tmp_path: Path) -> None:
    async with report_server(tmp_path) as server:
        text = JUMPING.replace("server: embedded", f"server: {server.url}")
        outcome = await carry_out(fleet_of(f'{text}readback: "${{url}}"\n'))

    assert outcome.figures.readback == ReadbackFigures(checked=4)


async def test_what_was_found_is_told_as_far_as_one_wants_to_hear_of_it() -> None:
    def answer(request: SeenRequest) -> bytes:
        return reply(204 if request.line.startswith("PUT") else 503)

    async with serve_script(answering(then=answer)) as server:
        text = JUMPING.replace("server: embedded", f"server: {server.url('')}")
        text = f'{text}readback: "${{server}}/kept/${{index}}"\n'
        fleet = fleet_of(text, phones=7, thresholds=("readback.unreadable == 0",))
        outcome = await carry_out(fleet)

    asked = {request.line for request in server.requests if request.line.startswith("GET")}
    assert asked == {f"GET /kept/{number} HTTP/1.1" for number in range(1, 8)}
    assert outcome.figures.readback == ReadbackFigures(checked=7, unreadable=7)
    assert outcome.verdict is Verdict.FAILED
    assert len(fleet.notes) == 6
    assert fleet.notes[0].startswith("read back: unreadable: 00562b")
    assert fleet.notes[0].endswith(".xml (status-503)")
    assert fleet.notes[5] == "read back: 2 more"


async def test_threshold_with_abort_ends_the_run_early() -> None:
    text = JUMPING.replace("speed: max", "speed: 600").replace(
        "embedded", "{embedded: {faults: [{status: 503}]}}"
    )
    fleet = fleet_of(f"{text}thresholds: [{{expr: reports.failed == 0, abort: true}}]\n")
    outcome = await carry_out(fleet)

    assert outcome.verdict is Verdict.FAILED
    early = outcome.ended_early
    assert early is not None
    assert early.threshold in outcome.thresholds
    assert 0.0 < early.at <= outcome.figures.duration
    assert (fleet.notes, outcome.notes) == ([str(early)], ())
    assert outcome.figures.duration < 3600.0


@pytest.mark.parametrize("workers", [1, 2])
async def test_interrupted_run_has_an_outcome_and_is_read_back(workers: int) -> None:
    fleet = fleet_of(REAL, workers=workers)
    look = once(Phase.RUNNING, fleet.interrupt, delivered=4)
    outcome = await carry_out(fleet, show=look)

    assert outcome.verdict is Verdict.INTERRUPTED
    assert outcome.figures.reports.delivered >= 4
    assert outcome.figures.readback == ReadbackFigures(checked=4)
    assert outcome.figures.duration < 3600.0


async def test_run_that_is_interrupted_beforehand_starts_nothing() -> None:
    fleet = fleet_of(REAL)
    fleet.interrupt()
    phases: list[Phase] = []
    outcome = await carry_out(fleet, show=lambda progress: phases.append(progress.phase))

    assert (outcome.verdict, outcome.figures.reports.due) == (Verdict.INTERRUPTED, 0)
    assert phases == [Phase.OVER]


@pytest.mark.parametrize("workers", [1, 2])
async def test_run_that_is_interrupted_while_it_starts_has_an_outcome(workers: int) -> None:
    fleet = fleet_of(REAL, workers=workers)
    outcome = await carry_out(fleet, show=once(Phase.STARTING, fleet.interrupt))

    assert (outcome.verdict, outcome.figures.phones) == (Verdict.INTERRUPTED, 4)
    assert fleet.notes == ["nothing was read back from the server"]


async def test_reading_back_can_be_interrupted() -> None:
    asked = asyncio.Event()

    async def keep_waiting(peer: Peer) -> None:
        while request := await peer.read_request():
            if request.line.startswith("GET"):
                asked.set()
                fleet.interrupt()
            else:
                await peer.send(reply(204))

    async with serve_script(keep_waiting) as server:
        text = JUMPING.replace("server: embedded", f"server: {server.url('')}")
        fleet = fleet_of(f'{text}readback: "${{url}}"\n')
        outcome = await carry_out(fleet)

    assert asked.is_set()
    assert (outcome.verdict, outcome.figures.reports.delivered) == (Verdict.INTERRUPTED, 24)
    assert fleet.notes == ["nothing was read back from the server"]


async def test_interrupted_run_asks_nothing_of_a_foreign_server_any_more() -> None:
    async with serve_script(answering(then=reply(204))) as server:
        text = REAL.replace("server: embedded", f"server: {server.url('')}")
        fleet = fleet_of(f'{text}readback: "${{url}}"\n')
        await carry_out(fleet, show=once(Phase.RUNNING, fleet.interrupt, delivered=4))

    assert {request.line[:3] for request in server.requests} == {"PUT"}
    assert fleet.notes == ["nothing was read back from the server"]


async def test_run_goes_on_without_a_server_that_has_died_and_fails() -> None:
    fleet = fleet_of(REAL.replace("1h", "20m"))

    def kill_server() -> None:
        server = fleet._lookout._server
        assert server is not None
        os.kill(server._process.pid, signal.SIGKILL)

    outcome = await carry_out(fleet, show=once(Phase.RUNNING, kill_server))

    assert outcome.verdict is Verdict.FAILED
    assert outcome.figures.reports.failures == {"refused": outcome.figures.reports.due}
    assert outcome.figures.duration >= 1200.0
    generator = outcome.figures.generator
    assert (generator.server_lost, generator.workers_lost) == (True, 0)
    assert fleet.notes == [
        "the embedded server ended though nobody told it to",
        "nothing was read back from the server",
    ]


async def test_phones_of_a_worker_that_has_died_are_not_read_back_and_it_is_said() -> None:
    fleet = fleet_of(REAL.replace("1h", "20m"), workers=2)

    def kill_worker() -> None:
        assert fleet._crew is not None
        os.kill(fleet._crew.pids[1], signal.SIGKILL)

    outcome = await carry_out(fleet, show=once(Phase.RUNNING, kill_worker, delivered=4))

    assert outcome.figures.readback == ReadbackFigures(checked=2)
    assert outcome.figures.generator.workers_lost == 1
    assert fleet.notes == [
        "worker 2 of 2 was ended by signal 9",
        "2 phones of worker 2 were not read back: it is lost",
    ]
    assert outcome.notes == tuple(fleet.notes)
    assert outcome.verdict is Verdict.FAILED


async def test_view_goes_on_while_it_is_read_back() -> None:
    shown: list[Phase] = []
    looked = asyncio.Event()

    def look(progress: Progress) -> None:
        shown.append(progress.phase)
        if shown.count(Phase.READING_BACK) == 2:
            looked.set()

    async def keep_waiting(peer: Peer) -> None:
        while request := await peer.read_request():
            if request.line.startswith("GET"):
                await looked.wait()
            await peer.send(reply(204))

    async with serve_script(keep_waiting) as server:
        text = JUMPING.replace("server: embedded", f"server: {server.url('')}")
        await carry_out(fleet_of(f'{text}readback: "${{url}}"\n'), show=look)

    assert looked.is_set()


WAITING = (
    REAL.replace("1h", "1s")
    .replace("speed: 600", "speed: 1")
    .replace("count: 4", "count: 1\n    changes: {every: 200ms, of: [GPP_A]}")
    .replace("Periodically", "On Local Change")
)


@pytest.mark.parametrize("workers", [1, 2])
async def test_delays_that_run_at_the_end_are_waited_for_and_it_is_shown_how_long(
    workers: int,
) -> None:
    remaining: list[float] = []

    def look(progress: Progress) -> None:
        if progress.remaining is not None:
            assert progress.phase is Phase.ENDING
            remaining.append(progress.remaining)
            fleet.interrupt()

    fleet = fleet_of(WAITING, workers=workers, phones=2)
    outcome = await carry_out(fleet, show=look)

    assert 0.0 < remaining[0] <= 60.0
    assert outcome.verdict is Verdict.INTERRUPTED
    assert (outcome.figures.reports.due, outcome.figures.elapsed < 60.0) == (0, True)
    assert fleet.notes == []


async def test_run_that_went_on_for_its_delays_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet_run, "LAST_UPLOADS", 0.5)
    fleet = fleet_of(WAITING.replace("speed: 1", "speed: 60"))
    outcome = await carry_out(fleet)

    assert outcome.figures.reports.due == outcome.figures.reports.delivered == 1
    (note,) = fleet.notes
    assert re.fullmatch(r"delays that were running at the end went on for [\d.]+ m?s", note)


@pytest.mark.parametrize(("full", "said"), [(1, "once"), (2000, "2,000 times")])
async def test_server_that_had_too_many_connections_is_told(
    monkeypatch: pytest.MonkeyPatch, full: int, said: str
) -> None:
    take = EmbeddedServer._take_counts

    def take_counts(server: EmbeddedServer, told: dict[str, Any]) -> None:
        server.connections = 1000
        take(server, {**told, "full": full})

    monkeypatch.setattr(EmbeddedServer, "_take_counts", take_counts)
    fleet = fleet_of(JUMPING)
    await carry_out(fleet)

    assert fleet.notes == [
        "the embedded server had all the 1,000 connections that it takes,"
        f" {said}: more had to wait for it"
    ]


async def test_bug_of_whoever_looks_ends_the_run_with_it() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await carry_out(fleet_of(REAL), show=once(Phase.RUNNING, fail, delivered=1))


async def test_run_whose_caller_is_cancelled_leaves_no_server_behind() -> None:
    fleet = fleet_of(REAL)
    is_running = asyncio.Event()
    running = asyncio.create_task(
        carry_out(fleet, show=once(Phase.RUNNING, is_running.set, delivered=1))
    )
    await is_running.wait()
    server = fleet._lookout._server
    assert server is not None
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert server._process.returncode is not None


KILLED = """
import asyncio, os, signal
from tests.fleet.test_fleet_run import REAL, Phase, fleet_of, once

fleet = fleet_of(REAL)

def kill():
    print(fleet._lookout._server._process.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(fleet.carry_out(show=once(Phase.RUNNING, kill, delivered=1)))
"""


def test_run_that_is_killed_leaves_no_report_behind(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    program = (sys.executable, "-c", KILLED)
    with subprocess.Popen(program, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        with suppress(ProcessLookupError):  # it has ended already
            server = os.pidfd_open(int(process.stdout.readline()))
            assert select.select([server], [], [], LIMIT)[0]
            os.close(server)

    assert process.returncode == -signal.SIGKILL
    assert list(tmp_path.iterdir()) == []


async def test_what_cannot_start_is_said() -> None:
    text = REAL.replace("sip: 0", "sip: 1").replace("count: 4", "addresses: 192.0.2.1")
    with pytest.raises(StartError):
        await carry_out(fleet_of(text))


def test_scenario_with_faults_is_refused_at_once() -> None:
    with pytest.raises(ScenarioError):
        fleet_of(REAL.replace("${server}/$MA.xml", "http://192.0.2.1/"))


async def test_workers_share_the_places_of_their_server() -> None:
    shares: list[int | None] = []

    def look() -> None:
        assert fleet._crew is not None
        assert fleet._lookout._server is not None
        assert fleet._crew._terms.connections == fleet._lookout._server.connections // 2
        shares.append(fleet._crew._terms.connections)

    fleet = fleet_of(JUMPING, workers=2)
    await carry_out(fleet, show=once(Phase.READING_BACK, look))

    assert shares
