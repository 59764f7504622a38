"""The only worker of a run, in this process."""

import asyncio
import json

from mppsim.fleet.crew_words import ShardTerms
from mppsim.fleet.local_worker import LocalWorker
from mppsim.net.clock import RunClock
from tests.support.fleets import make_group, make_plan


class Keeper:
    """Whoever has the worker, and what was told of it."""

    def __init__(self) -> None:
        self.rested: asyncio.Queue[tuple[int, float | None]] = asyncio.Queue()
        self.text = ""

    def worker_rested(self, worker: int, due: float | None) -> None:
        self.rested.put_nowait((worker, due))

    def worker_wrote(self, text: str) -> None:
        self.text += text


async def test_it_does_what_a_process_would() -> None:
    keeper = Keeper()
    terms = ShardTerms(plan=make_plan(make_group()), tells_events=True)
    worker = LocalWorker(terms, RunClock(None, is_begun=False), keeper)
    before = worker.news
    ready = await worker.start()
    worker.go(5.0)
    rested = await keeper.rested.get()
    running = worker.news
    worker.end()
    await worker.finish(1.0)
    last = worker.news
    await worker.stop()
    await worker.stop()

    assert (before, rested) == (None, (0, None))
    assert ready.sip_port > 0
    assert running is not None
    assert (running.states, running.ledger) == ({"running": 3}, None)
    assert last is not None
    assert last.ledger is not None
    assert worker.news is last
    events = [json.loads(line)["event"] for line in keeper.text.splitlines()]
    assert events == ["ready"] * 3 + ["stopped"] * 3


async def test_events_that_nobody_asked_for_are_not_written() -> None:
    keeper = Keeper()
    terms = ShardTerms(plan=make_plan(make_group()))
    worker = LocalWorker(terms, RunClock(None, is_begun=False), keeper)
    await worker.start()
    await worker.stop()

    assert keeper.text == ""
    assert worker.news is None
