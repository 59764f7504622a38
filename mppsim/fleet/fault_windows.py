"""Puts the embedded server's faults in force when their time has come, and takes them back."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial

from mppsim.errors import MppSimError
from mppsim.fleet.plan import FaultPlan
from mppsim.net.timers import Timers

__all__ = ["FaultWindows", "SetFaults", "find_faults", "find_turns"]

SetFaults = Callable[[Sequence[FaultPlan]], Awaitable[None]]
"""Puts these faults in force and no others; they are once it has been waited for."""


def find_faults(faults: Sequence[FaultPlan], moment: float) -> tuple[FaultPlan, ...]:
    """Return those in force at a moment of the run's clock."""
    return tuple(
        fault
        for fault in faults
        if fault.begins <= moment and (fault.ends is None or moment < fault.ends)
    )


def find_turns(faults: Sequence[FaultPlan]) -> tuple[float, ...]:
    """Return the moments after 0 at which faults begin or end, in their order."""
    moments = {fault.begins for fault in faults} | {fault.ends for fault in faults}
    return tuple(sorted(moment for moment in moments if moment is not None and moment > 0.0))


class FaultWindows:
    """Turns a server's faults on and off; a clock that jumps stands until the server has it."""

    def __init__(
        self, faults: Sequence[FaultPlan], timers: Timers, set_faults: SetFaults | None
    ) -> None:
        """Turn none where there is no server to have them."""
        self._faults = faults
        self._timers = timers
        self._set_faults = set_faults or _set_nothing
        self._turning: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Put in force what is from the start, and the rest in the calendar."""
        if not self._faults:
            return
        await self._turn(0.0)
        for moment in find_turns(self._faults):
            self._timers.call_at(moment, partial(self._begin_turn, moment))

    def _begin_turn(self, moment: float) -> None:
        self._timers.hold()
        task = asyncio.create_task(self._turn(moment))
        self._turning.add(task)
        task.add_done_callback(self._end_turn)

    def _end_turn(self, task: asyncio.Task[None]) -> None:
        self._turning.discard(task)
        self._timers.release()

    async def _turn(self, moment: float) -> None:
        # A server that has died has faults enough; the run goes on, and its figures tell.
        with suppress(MppSimError):
            await self._set_faults(find_faults(self._faults, moment))


async def _set_nothing(_faults: Sequence[FaultPlan]) -> None:
    """Have no server that has faults."""
