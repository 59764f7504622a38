"""All deadlines of one event loop: one heap, and at most one armed timer.

A sleeper is woken once its deadline has come. Its place in the heap is a plain row, so that an
idle phone owns no task and no timer object; a row whose deadline has moved meanwhile is skipped.
"""

import asyncio
import heapq
from collections.abc import Callable
from typing import Protocol

from mppsim.net.clock import RunClock

__all__ = ["Sleeper", "Timers"]

_LAST = 1 << 62  # sorts an alarm behind every sleeper of the same moment


class Sleeper(Protocol):
    """Something that wants to be woken."""

    @property
    def deadline(self) -> float | None:
        """When, in seconds on the run's clock; None: not at all."""

    def wake(self, now: float) -> None:
        """Do what is due; afterwards `deadline` is None or later than `now`."""


class Timers:
    """Wakes sleepers in the order of their deadlines, and moves a clock that jumps.

    Such a clock jumps to the next deadline only while nothing real is held: an upload, a
    datagram, whatever takes real time calls `hold` when it begins and `release` when it ends.
    """

    def __init__(self, clock: RunClock) -> None:
        """Keep the deadlines of the running event loop on this clock."""
        self.clock = clock
        self._loop = asyncio.get_running_loop()
        self._rows: list[tuple[float, int, Sleeper]] = []
        self._count = 0
        self._armed: asyncio.Handle | None = None
        self._armed_for = 0.0
        self._held = 0
        self._is_closed = False
        self._released = asyncio.Event()

    def watch(self, sleeper: Sleeper) -> None:
        """Take note of a sleeper's new deadline; call it whenever that has changed."""
        if sleeper.deadline is None or self._is_closed:
            return
        self._count += 1
        heapq.heappush(self._rows, (sleeper.deadline, self._count, sleeper))
        self._arm()

    def hold(self) -> None:
        """Keep a clock that jumps where it is until `release`."""
        self._held += 1

    def release(self) -> None:
        """End one `hold`."""
        assert self._held > 0, "released more often than held"
        self._held -= 1
        self._released.set()
        self._arm()

    def call_at(self, moment: float, action: Callable[[], object]) -> None:
        """Call `action` when the clock has come to `moment`, after whatever else was due then."""
        self._count += 1
        heapq.heappush(self._rows, (moment, _LAST + self._count, _Alarm(moment, action)))
        self._arm()

    async def run_until(self, moment: float) -> None:
        """Wake sleepers until the clock has come to `moment`, and nobody afterwards."""
        is_over = asyncio.Event()

        def end() -> None:
            self.close()
            is_over.set()

        self.call_at(moment, end)
        await is_over.wait()

    async def settle(self, limit: float) -> bool:
        """Wait until nothing real is held; False when that takes longer than `limit` seconds."""
        try:
            async with asyncio.timeout(limit):
                while self._held:
                    self._released.clear()
                    await self._released.wait()
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """Wake nobody any more, and let the clock jump no further."""
        self._is_closed = True
        self._rows.clear()
        if self._armed is not None:
            self._armed.cancel()
            self._armed = None

    def _arm(self) -> None:
        if not self._rows or (self.clock.speed is None and self._held):
            return
        due = self._rows[0][0]
        if self._armed is not None:
            if self._armed_for <= due:
                return
            self._armed.cancel()
        wait = self.clock.real_seconds(due - self.clock.now())
        self._armed_for = due
        # A clock that jumps still lets the loop look at its sockets once between two jumps.
        self._armed = (
            self._loop.call_later(wait, self._fire)
            if wait > 0
            else self._loop.call_soon(self._fire)
        )

    def _fire(self) -> None:
        self._armed = None
        if self.clock.speed is None:
            self._jump()
        now = self.clock.now()
        rows = self._rows
        while rows and rows[0][0] <= now:
            due, _, sleeper = heapq.heappop(rows)
            if sleeper.deadline == due:
                sleeper.wake(max(due, now))
        self._arm()

    def _jump(self) -> None:
        if self._rows and not self._held:
            self.clock.jump_to(self._rows[0][0])


class _Alarm:
    """Wakes whoever set it, once."""

    __slots__ = ("_action", "deadline")

    def __init__(self, deadline: float, action: Callable[[], object]) -> None:
        self.deadline: float | None = deadline
        self._action = action

    def wake(self, _now: float) -> None:
        self.deadline = None
        self._action()
