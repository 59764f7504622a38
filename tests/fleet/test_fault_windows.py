"""When which faults are in force."""

import asyncio

import pytest

from mppsim.errors import MppSimError
from mppsim.fleet.fault_windows import FaultWindows, find_faults, find_turns
from mppsim.fleet.plan import FaultPlan
from mppsim.net.clock import RunClock
from mppsim.net.timers import Timers
from tests.support.turns import turns

ALWAYS = FaultPlan(kind="delay", value=0.1)
FIRST = FaultPlan(kind="status", value=503, ends=10.0)
LATER = FaultPlan(kind="down", begins=10.0, ends=20.0)


@pytest.mark.parametrize(
    ("moment", "faults"),
    [
        (0.0, (ALWAYS, FIRST)),
        (9.9, (ALWAYS, FIRST)),
        (10.0, (ALWAYS, LATER)),
        (20.0, (ALWAYS,)),
    ],
)
def test_fault_lasts_from_its_beginning_to_its_end(
    moment: float, faults: tuple[FaultPlan, ...]
) -> None:
    assert find_faults((ALWAYS, FIRST, LATER), moment) == faults


def test_each_moment_at_which_something_turns_comes_once() -> None:
    assert find_turns((ALWAYS, FIRST, LATER)) == (10.0, 20.0)


class Server:
    """Takes its time to put faults in force."""

    def __init__(self, timers: Timers) -> None:
        self.timers = timers
        self.told: list[tuple[float, list[str]]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.is_dead = False

    async def set_faults(self, faults) -> None:
        await self.may_answer.wait()
        if self.is_dead:
            raise MppSimError("the embedded server has ended")
        self.told.append((self.timers.clock.now(), [fault.kind for fault in faults]))


@pytest.fixture
async def server():
    server = Server(Timers(RunClock(None)))
    yield server
    server.timers.close()


async def test_server_is_told_at_the_start_and_at_each_turn(server) -> None:
    await FaultWindows((ALWAYS, LATER), server.timers, server.set_faults).open()
    await server.timers.run_until(30.0)

    assert server.told == [(0.0, ["delay"]), (10.0, ["delay", "down"]), (20.0, ["delay"])]


async def test_clock_stands_until_the_server_has_its_faults(server) -> None:
    await FaultWindows((LATER,), server.timers, server.set_faults).open()
    server.may_answer.clear()
    ending = asyncio.create_task(server.timers.run_until(30.0))
    await turns(20)

    assert server.timers.clock.now() == 10.0

    server.may_answer.set()
    await ending

    assert server.timers.clock.now() == 30.0


async def test_faults_of_no_server_hold_nobody_up(server) -> None:
    await FaultWindows((ALWAYS, LATER), server.timers, None).open()
    await server.timers.run_until(30.0)

    assert server.timers.clock.now() == 30.0


async def test_server_that_has_died_holds_nobody_up(server) -> None:
    await FaultWindows((LATER,), server.timers, server.set_faults).open()
    server.is_dead = True
    await server.timers.run_until(30.0)

    assert server.told == [(0.0, [])]


async def test_server_without_faults_is_told_nothing(server) -> None:
    await FaultWindows((), server.timers, server.set_faults).open()
    await server.timers.run_until(30.0)

    assert server.told == []
