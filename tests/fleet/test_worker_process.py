"""The coordinator's side of a worker: real processes, ended in every way."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from mppsim.errors import StartError
from mppsim.fleet import worker_process
from mppsim.fleet.crew_words import ShardTerms, Start
from mppsim.fleet.worker_process import WorkerProcess
from mppsim.net.reuseport import find_free_port
from tests.support.fleets import make_group, make_plan
from tests.support.turns import turns

LIMIT = 30.0  # seconds


class Desk:
    """Whoever has the worker, and what was told of it."""

    def __init__(self, **plan: object) -> None:
        self.told: asyncio.Queue[tuple[str, object]] = asyncio.Queue()
        plan["sip_port"] = find_free_port("0.0.0.0")  # workers that take turns have the same
        terms = ShardTerms(plan=make_plan(make_group(), **plan), worker=1, workers=3)
        self.worker = WorkerProcess(terms, self)

    def worker_rested(self, worker: int, due: float | None) -> None:
        self.told.put_nowait((f"{worker} rests", due))

    def worker_wrote(self, text: str) -> None:
        self.told.put_nowait(("wrote", text))

    def worker_failed(self, error: Exception) -> None:
        self.told.put_nowait(("failed", error))

    def worker_died(self, worker: int, how: str) -> None:
        self.told.put_nowait((f"{worker} died", how))

    async def hear(self) -> tuple[str, object]:
        async with asyncio.timeout(LIMIT):
            return await self.told.get()


@asynccontextmanager
async def started(**plan: object) -> AsyncIterator[Desk]:
    """A worker whose turn it is already, since nobody comes before it."""
    desk = Desk(**plan)
    before, turn = os.pipe()
    os.write(turn, b"..")
    try:
        await desk.worker.start(before=before)
        yield desk
    finally:
        os.close(turn)
        await desk.worker.stop()


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_worker_rests_where_it_is_told_to_go_and_has_last_news() -> None:
    async with started() as desk:
        desk.worker.go(5.0)
        rested = await desk.hear()
        desk.worker.end()
        await desk.worker.finish(1.0)

    assert rested == ("1 rests", None)
    assert desk.worker.news is not None
    assert desk.worker.news.ledger is not None
    assert not desk.worker.is_lost
    assert not is_running(desk.worker.pid)


async def test_worker_that_is_killed_is_told_once_and_has_nothing_in_hand() -> None:
    async with started(speed=1.0) as desk:
        assert os.getsid(desk.worker.pid) != os.getsid(0)  # Ctrl-C is not for it

        desk.worker.begin(0.0)
        os.kill(desk.worker.pid, signal.SIGKILL)

        assert await desk.hear() == ("1 died", "was ended by signal 9")

        desk.worker.end()
        await desk.worker.finish(30.0)

    assert desk.worker.is_lost
    assert desk.told.empty()


async def test_worker_that_ends_before_it_is_ready_cannot_be_started() -> None:
    desk = Desk()
    starting = asyncio.create_task(desk.worker.start())
    while not desk.worker.pid:
        await turns()
    os.kill(desk.worker.pid, signal.SIGKILL)

    with pytest.raises(StartError, match="worker 2 of 3 was ended by signal 9 before it was ready"):
        await starting
    await desk.worker.stop()


async def test_worker_after_one_that_failed_cannot_be_started() -> None:
    before, turn = os.pipe()
    os.close(turn)
    desk = Desk()

    with pytest.raises(StartError, match="worker 2 of 3: the worker before could not"):
        await desk.worker.start(before=before)
    await desk.worker.stop()

    assert not is_running(desk.worker.pid)


async def test_bug_of_a_worker_is_told_with_its_traceback() -> None:
    async with started() as desk:
        desk.worker._send(Start(None, -1, -1, -1))  # type: ignore[arg-type]
        word, error = await desk.hear()

    assert word == "failed"
    assert "worker 2 of 3: Traceback" in str(error)


async def test_worker_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_process, "_PATIENCE", 0.05)
    async with started(speed=1.0) as desk:
        os.kill(desk.worker.pid, signal.SIGSTOP)

    assert not is_running(desk.worker.pid)


async def test_worker_that_was_never_started_has_nothing_to_stop() -> None:
    desk = Desk()
    await desk.worker.stop()

    assert desk.worker.pid == 0
