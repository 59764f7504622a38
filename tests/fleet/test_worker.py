"""A worker's process, told what to do by hand over its channel."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mppsim.fleet.channel import Channel, open_channel
from mppsim.fleet.crew_words import (
    End,
    Ended,
    Failed,
    Finish,
    Go,
    Lines,
    News,
    Ready,
    Rested,
    ShardTerms,
    Start,
)
from mppsim.fleet.plan import FleetPlan, StartPlan
from tests.support.crews import accepting_server
from tests.support.fleets import make_group, make_plan

LIMIT = 30.0  # seconds


class Desk:
    """A worker's process, and what it said."""

    channel: Channel

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self.kept, self.handed = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mppsim.fleet.worker", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno(), self.handed.fileno()],
            )
        self.ours = ours
        self.said: asyncio.Queue[object] = asyncio.Queue()
        self.lost = asyncio.Event()
        self.lines = ""

    def start(self, plan: FleetPlan, *, tells_events: bool = False) -> None:
        terms = ShardTerms(plan=plan, tells_events=tells_events)
        self.channel.send(Start(terms, -1, -1, self.handed.fileno()))

    async def hear(self, kind: type) -> object:
        """Wait for a word of some kind; others are not what the test is about."""
        async with asyncio.timeout(LIMIT):
            while not isinstance(word := await self.said.get(), kind):
                if isinstance(word, Lines):
                    self.lines += word.text
        return word

    async def end(self) -> int:
        """Wait until the process has ended."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, self.process.wait, LIMIT)


@asynccontextmanager
async def worker() -> AsyncIterator[Desk]:
    desk = Desk()
    desk.channel = await open_channel(desk.ours, desk.said.put_nowait, desk.lost.set)
    with desk.kept, desk.handed:
        try:
            yield desk
        finally:
            desk.channel.close()
            await desk.end()


def reporting_plan(url: str) -> FleetPlan:
    values = {"Report_Rule": f"{url}/$MA.xml", "HTTP_Report_Method": "PUT"}
    return make_plan(make_group(values, start=StartPlan(powers_on=True)))


async def test_worker_does_what_it_is_told_from_the_start_to_the_end() -> None:
    async with accepting_server() as server, worker() as desk:
        desk.start(reporting_plan(server.url("")), tells_events=True)
        ready = await desk.hear(Ready)
        desk.channel.send(Go(0.0))
        rested = await desk.hear(Rested)
        reports = len(server.requests)
        desk.channel.send(End())
        desk.channel.send(Finish(5.0))
        while not (news := await desk.hear(News)).ledger:
            pass
        await desk.hear(Ended)

    assert ready.sip_port > 0
    assert (rested, reports) == (Rested(None), 3)
    assert news.states == {"down": 3}
    events = [json.loads(line)["event"] for line in desk.lines.splitlines()]
    assert (events[:3], events[-3:]) == (["ready"] * 3, ["stopped"] * 3)
    assert events.count("upload_finished") == 3


async def test_worker_tells_how_far_it_is_again_and_again() -> None:
    async with worker() as desk:
        desk.start(reporting_plan("http://127.0.0.1:1"))
        first = await desk.hear(News)
        second = await desk.hear(News)

    assert first.states == second.states == {"off": 3}
    assert first.ledger is None


async def test_opened_sockets_are_handed_back() -> None:
    async with worker() as desk:
        desk.start(reporting_plan("http://127.0.0.1:1"))
        ready = await desk.hear(Ready)
        _, descriptors, _, _ = socket.recv_fds(desk.kept, 1, 10)
        kept = [socket.socket(fileno=descriptor) for descriptor in descriptors]
        ports = [(sock.type, sock.getsockname()[1]) for sock in kept]
        for sock in kept:
            sock.close()

    port = ready.sip_port
    assert ports == [(socket.SOCK_DGRAM, port), (socket.SOCK_STREAM, port)]


async def test_worker_ends_with_its_coordinator() -> None:
    async with worker() as desk:
        desk.start(make_plan(make_group(), speed=1.0))
        await desk.hear(Ready)
        desk.channel.close()

        assert await desk.end() == 0


async def test_worker_ends_with_a_coordinator_that_never_spoke() -> None:
    async with worker() as desk:
        desk.channel.close()

        assert await desk.end() == 0


async def test_signals_that_are_the_coordinators_to_hear_are_not_heard() -> None:
    async with worker() as desk:
        desk.start(make_plan(make_group(), speed=1.0))
        await desk.hear(Ready)
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(desk.process.pid, number)
        desk.channel.send(Finish(0.0))
        desk.channel.send(End())

        assert await desk.hear(Ended) == Ended()


async def test_worker_that_cannot_start_says_why_and_ends() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("0.0.0.0", 0))
        async with worker() as desk:
            desk.start(make_plan(make_group(), sip_port=other.getsockname()[1]))
            failed = await desk.hear(Failed)
            await desk.lost.wait()

    assert not failed.is_bug
    assert failed.reason.startswith("cannot listen for SIP")


async def test_bug_is_told_with_its_traceback() -> None:
    async with worker() as desk:
        desk.channel.send(Go(1.0))  # before there is anything to go
        failed = await desk.hear(Failed)
        await desk.lost.wait()

    assert failed.is_bug
    assert "Traceback" in failed.reason
    assert "nothing comes before Start" in failed.reason
