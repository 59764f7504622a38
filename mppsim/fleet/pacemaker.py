"""Moves the clocks of a run: by the barrier where they jump, else they pass by themselves."""

import asyncio
from collections.abc import Callable
from functools import partial
from math import inf

from mppsim.fleet.barrier import SENDER, SERVER, Barrier, Order
from mppsim.net.clock import RunClock
from mppsim.net.timers import Timers

__all__ = ["Pacemaker"]


class Pacemaker:
    """Tells workers how far to go, and has the calendars of what is done to all of them.

    `go` tells a worker, by its number, to do what is due until a moment of the run's clock;
    `rested` is to be called once it has.
    """

    def __init__(self, clock: RunClock, workers: int, go: Callable[[int, float], None]) -> None:
        self.server = Timers(clock, partial(self.rested, SERVER))
        """What is done to the server, before the phones do what is due at that moment."""
        self.sender = Timers(clock, partial(self.rested, SENDER))
        """What is done to the phones from outside, after that."""
        self._clock = clock
        self._go = go
        self._barrier = Barrier(workers)
        self._moved = asyncio.Event()
        self._is_stopped = False

    def begin(self, zero: float) -> None:
        """Let the run begin: at that moment of `time.monotonic`, where its clock does not jump."""
        if self._clock.speed is None:
            self._obey(self._barrier.begin())
        else:
            self._clock.begin(zero)
            self.server.go_until(inf)
            self.sender.go_until(inf)

    def rested(self, member: int, due: float | None) -> None:
        """Take in that a worker has done what it was told, and what is due there next."""
        if not self._is_stopped:
            self._obey(self._barrier.rested(member, due))

    def drop(self, worker: int) -> None:
        """Wait for a worker no longer: it has died."""
        self._obey(self._barrier.drop(worker))

    def end(self) -> None:
        """Go on until no phone has anything to do any more; call it while the sender is at work."""
        self._barrier.end()
        self.sender.close()

    async def settle(self, patience: float) -> bool:
        """After `end`: wait until all is done; False when nothing moves for so many real seconds.

        A clock that does not jump is not waited for.
        """
        while self._clock.speed is None and not self._barrier.is_over:
            self._moved.clear()
            try:
                async with asyncio.timeout(patience):
                    await self._moved.wait()
            except TimeoutError:
                return False
        return True

    def stop(self) -> None:
        """Move no clock any more."""
        self._is_stopped = True
        self.server.close()
        self.sender.close()

    def _obey(self, orders: list[Order]) -> None:
        self._moved.set()
        for member, until in orders:
            if member == SERVER:
                self.server.go_until(until)
            elif member == SENDER:
                self.sender.go_until(until)
            else:
                self._go(member, until)
