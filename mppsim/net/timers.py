"""All deadlines of one event loop: one heap, and at most one armed timer.

A sleeper is woken once its deadline has come. Its place in the heap is a plain row, so that an
idle phone owns no task and no timer object; a row whose deadline has moved meanwhile is skipped.

A clock that jumps does so by itself, unless it is on a leash: then somebody else decides when
and where to, so that the clocks of several event loops move as one.
"""

import asyncio
import heapq
from collections.abc import Callable
from math import inf
from typing import Protocol

from mppsim.net.clock import RunClock

__all__ = ["Leash", "Sleeper", "Timers"]

_LAST = 1 << 62  # sorts an alarm behind every sleeper of the same moment
_BATCH = 64  # sleepers a turn, before the loop looks at its sockets

Leash = Callable[[float | None], None]
"""Is told that a clock which jumps has come to where it may go and that nothing is in hand there,
and when something is due next; None: never."""


class Sleeper(Protocol):
    """Something that wants to be woken."""

    @property
    def deadline(self) -> float | None:
        """When, in seconds on the run's clock; None: not at all."""

    def wake(self, now: float) -> None:
        """Do what is due first; it is woken again, in its turn, while `deadline` has come."""


class Timers:
    """Wakes sleepers in the order of their deadlines, and moves a clock that jumps.

    Such a clock jumps to the next deadline only while nothing real is held: an upload, a
    datagram, whatever takes real time calls `hold` when it begins and `release` when it ends.
    What a sleeper raises goes to the loop's exception handler; the others are woken all the same.
    """

    def __init__(self, clock: RunClock, leash: Leash | None = None) -> None:
        """Keep the deadlines of the running event loop on this clock.

        With a `leash` nobody is woken before `go_until` says how far the clock may go.
        """
        self.clock = clock
        self._loop = asyncio.get_running_loop()
        self._rows: list[tuple[float, int, Sleeper]] = []
        self._count = 0
        self._armed: asyncio.Handle | None = None
        self._armed_for = 0.0
        self._held = 0
        self._is_closed = False
        self._released = asyncio.Event()
        self._leash = leash or _tell_nobody
        self._until = inf if leash is None else -inf
        self._is_asked = False

    def watch(self, sleeper: Sleeper) -> None:
        """Take note of a sleeper's new deadline; call it whenever that has changed."""
        if sleeper.deadline is None or self._is_closed:
            return
        self._count += 1
        heapq.heappush(self._rows, (sleeper.deadline, self._count, sleeper))
        self._arm()

    def go_until(self, moment: float) -> None:
        """Lengthen the leash: wake who is due by then, and jump no further.

        On a clock that jumps the leash is told once all that is done, each time this is called.
        A leash without an end, `inf`, is none.
        """
        self._until = moment
        self._is_asked = self.clock.speed is None and moment < inf
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
        """Wake nobody any more; the clock jumps no further by itself."""
        self._is_closed = True
        self._rows.clear()
        if self._armed is not None:
            self._armed.cancel()
            self._armed = None
        self._arm()  # whoever holds the leash still waits for an answer

    def _arm(self) -> None:
        is_still = self._held > 0 and self.clock.speed is None
        due = self._rows[0][0] if self._rows else None
        if due is None or due > self._until or (is_still and due > self.clock.now()):
            if is_still or not self._is_asked:
                return
            due = self._until
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
        try:
            if self.clock.speed is None and not self._held:
                self._jump()
            self._wake_batch()
        finally:
            self._arm()

    def _jump(self) -> None:
        rows = self._rows
        while rows and rows[0][2].deadline != rows[0][0]:
            heapq.heappop(rows)  # its deadline has moved: nothing is due then
        due = rows[0][0] if rows else None
        if due is not None and due <= self._until:
            self.clock.jump_to(due)
        elif self._is_asked:
            self._is_asked = False
            self.clock.jump_to(self._until)
            self._leash(due)

    def _wake_batch(self) -> None:
        now, rows = self.clock.now(), self._rows
        last = min(now, self._until)
        for _ in range(_BATCH):
            if not rows or rows[0][0] > last:
                return
            due, _, sleeper = heapq.heappop(rows)
            if sleeper.deadline == due:
                sleeper.wake(max(due, now))


def _tell_nobody(_due: float | None) -> None:
    """Be on no leash."""


class _Alarm:
    """Wakes whoever set it, once."""

    __slots__ = ("_action", "deadline")

    def __init__(self, deadline: float, action: Callable[[], object]) -> None:
        self.deadline: float | None = deadline
        self._action = action

    def wake(self, _now: float) -> None:
        self.deadline = None
        self._action()
