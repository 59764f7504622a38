"""Everybody who carries a run out: the phones' workers, the sender of NOTIFYs, the server's faults.

With one worker the phones live here, in this event loop; with more, each has a process. Nothing
else differs: a clock that jumps moves by the same barrier, one that does not has the same zero.
"""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, TextIO

from mppsim.errors import StartError
from mppsim.fleet.crew_words import News, Ready, ShardTerms
from mppsim.fleet.dice import Dice
from mppsim.fleet.fault_windows import FaultWindows, SetFaults
from mppsim.fleet.local_worker import LocalWorker
from mppsim.fleet.lost_phones import LostPhones
from mppsim.fleet.notifier import Notifier
from mppsim.fleet.pacemaker import Pacemaker
from mppsim.fleet.plan import FleetPlan
from mppsim.fleet.roster import Roster
from mppsim.fleet.worker_process import WorkerProcess
from mppsim.net.clock import RunClock
from mppsim.net.reuseport import find_free_port, has_groups
from mppsim.sip.notify_burst import BurstCounts

__all__ = ["LAST_UPLOADS", "Crew"]

LAST_UPLOADS = 30.0
"""Seconds of real time that uploads in hand get at the end."""
_READY_WITHIN = 60.0
"""Seconds of real time that workers have to get ready, and `_PER_PHONE` more for each phone of the
fleet: dozens of times what it takes, so that who is later will never be."""
_PER_PHONE = 0.0002
_EVERYWHERE = "0.0.0.0"


class Crew:
    """Carries a plan out: `start`, `run_to_end`, `stop`; what came of it can be read at any time.

    `set_faults` puts faults of the embedded server in force. `events`, if given, is written each
    event as a line of JSON, and flushed. Made in the running event loop.
    """

    def __init__(
        self,
        terms: ShardTerms,
        *,
        set_faults: SetFaults | None = None,
        events: TextIO | None = None,
    ) -> None:
        plan = terms.plan
        self.clock = RunClock(plan.speed, is_begun=False)
        """The run's; one that jumps stands where the barrier is."""
        self.losses: list[str] = []
        """Workers whose process ended though nobody told it to, and how, in words."""
        self.lost: list[int] = []
        """Their numbers, from 0."""
        self.notes: tuple[str, ...] = ()
        """What is not as it should be, in sentences; known once the crew has started."""
        self.events_error: OSError | None = None
        """Why events could not be written any more, if so: the run was interrupted for it."""
        self.is_interrupted = False
        self._terms = replace(terms, tells_events=events is not None)
        self._events = events
        self._failure: BaseException | None = None
        self._over = asyncio.Event()
        self._hurry = asyncio.Event()
        self._workers: Sequence[LocalWorker | WorkerProcess] = ()
        self._pace = Pacemaker(self.clock, terms.workers, lambda n, u: self._workers[n].go(u))
        self._roster = Roster(plan, Dice(plan.seed))
        self.lost_phones = LostPhones(self._roster, self.lost, terms.workers)
        """Whom nobody waits for, and nobody judges."""
        self._notifier = Notifier(plan, self._roster, Dice(plan.seed), self._pace.sender)
        faults = () if plan.embedded is None else plan.embedded.faults
        self._faults = FaultWindows(faults, self._pace.server, set_faults)

    # From the start to the end.

    async def start(self) -> None:
        """Return once every phone can be reached; raises `StartError`, and nobody is left then."""
        try:
            ready = await self._start_workers()
            await self._faults.open()
            self._notifier.open(ready.sip_port)
        except BaseException:
            await self.stop()
            raise
        self.notes = ready.notes
        self._pace.sender.call_at(self._terms.plan.duration, self._end)

    async def run_to_end(self) -> None:
        """Let the run begin, and return once it is over; raises what broke it.

        A worker that dies is told in `losses`, and the others go on.
        """
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._catch)
        try:
            self._begin()
            await self._over.wait()
            await self._finish()
        finally:
            loop.set_exception_handler(None)
        if self._failure is not None:
            raise self._failure

    def interrupt(self) -> None:
        """End the run now; uploads in hand are cut, and what there is can be read as ever."""
        self.is_interrupted = True
        self._over.set()
        self._hurry.set()

    async def stop(self) -> None:
        """End every worker; closing twice is no mistake."""
        self._pace.stop()
        self._notifier.close()
        await asyncio.gather(*(worker.stop() for worker in self._workers))

    # What came of it so far.

    def snapshots(self) -> list[bytes]:
        """Return each worker's last snapshot of its `Tally`."""
        return [news.tally for news in self._news]

    def ledgers(self) -> list[bytes]:
        """Return each worker's snapshot of its `Ledger`, once the run is over."""
        return [news.ledger for news in self._news if news.ledger is not None]

    @property
    def states(self) -> Counter[str]:
        """Phones by what they do."""
        total: Counter[str] = Counter()
        for worker in self._workers:
            total.update(worker.states)
        return total

    @property
    def settles_at(self) -> float | None:
        """At the end: when the last of what phones have begun falls due; None: there is nothing."""
        moments = [each.settles_at for each in self._workers]
        return max((moment for moment in moments if moment is not None), default=None)

    @property
    def notified(self) -> BurstCounts:
        """What became of the NOTIFYs that were sent."""
        return self._notifier.counts

    @property
    def pids(self) -> tuple[int, ...]:
        """Numbers of the workers' processes, where they have their own."""
        return tuple(each.pid for each in self._workers if isinstance(each, WorkerProcess))

    # What workers tell (`Keeper`).

    def worker_rested(self, worker: int, due: float | None) -> None:
        """Take in that nothing is in hand at a worker, and what is due next."""
        self._pace.rested(worker, due)

    def worker_wrote(self, text: str) -> None:
        """Take events, as lines of JSON; a reader of standard output who is gone ends the run.

        Where a file, or a pipe with a name, takes no more, it has results all the same.
        """
        if self._events is None:
            return
        try:
            self._events.write(text)
            self._events.flush()
        except OSError as error:
            self._events = None
            if isinstance(error, BrokenPipeError) and not error.filename:
                self.worker_failed(error)
                return
            self.events_error = error
            if not self._over.is_set():  # else it has come to its end
                self.interrupt()

    def worker_failed(self, error: BaseException) -> None:
        """Take what no run goes on after."""
        self._failure = self._failure or error
        self._over.set()
        self._hurry.set()

    def worker_died(self, worker: int, how: str) -> None:
        """Take in that a worker's process has ended though nobody told it to."""
        workers = self._terms.workers
        self.losses.append(f"worker {worker + 1} of {workers} {how}")
        self.lost.append(worker)
        self._pace.drop(worker)
        self._notifier.lose(self.lost_phones.has_number)
        if len(self.losses) == workers:
            self._over.set()

    # How it is done.

    async def _start_workers(self) -> Ready:
        if self._terms.workers == 1:
            alone = LocalWorker(self._terms, self.clock, self)
            self._workers = (alone,)
            return await alone.start()
        self._check_addresses()
        terms = replace(self._terms, plan=_choose_ports(self._terms.plan))
        workers = range(terms.workers)
        processes = [WorkerProcess(replace(terms, worker=n), self) for n in workers]
        self._workers = processes
        pipes = [os.pipe() for _ in workers[1:]]
        befores, afters = [-1, *(p[0] for p in pipes)], [*(p[1] for p in pipes), -1]
        limit = _READY_WITHIN + _PER_PHONE * self._roster.count
        try:
            async with asyncio.timeout(limit):
                came = await asyncio.gather(
                    *map(WorkerProcess.start, processes, befores, afters), return_exceptions=True
                )
        except TimeoutError:
            late = next(n for n, each in enumerate(processes, start=1) if not each.is_ready)
            raise StartError(
                f"worker {late} of {len(processes)} was not ready after {limit:.0f} s"
            ) from None
        # Who comes after one that failed fails for that reason alone.
        for each in came:
            if isinstance(each, BaseException):
                raise each
        return next(each for each in came if isinstance(each, Ready))

    def _check_addresses(self) -> None:
        if not has_groups():
            raise StartError("several workers cannot share a port on this system: --workers 1")
        if self._roster.has_one_address:
            raise StartError(
                "several workers need phones at addresses of their own, by which the kernel knows"
                " whose they are: give the fleet more than one address, or --workers 1"
            )

    def _begin(self) -> None:
        zero = time.monotonic()
        if self.clock.speed is not None:
            for worker in self._workers:
                worker.begin(zero)
        self._pace.begin(zero)

    def _end(self) -> None:
        """End the run in order: its duration is over."""
        self._pace.end()
        self._end_workers()
        self._over.set()

    def _end_workers(self) -> None:
        for worker in self._workers:
            worker.end()

    async def _finish(self) -> None:
        settling = asyncio.create_task(self._settle())
        hurrying = asyncio.create_task(self._hurry.wait())
        await asyncio.wait((settling, hurrying), return_when=asyncio.FIRST_COMPLETED)
        hurrying.cancel()
        if settling.done():
            return
        settling.cancel()
        with suppress(asyncio.CancelledError):
            await settling
        if self._failure is None:
            await self._cut()

    async def _settle(self) -> None:
        """Wait for what is in hand."""
        await self._notifier.finish(LAST_UPLOADS)
        is_done = await self._pace.settle(LAST_UPLOADS)
        await self._finish_workers(LAST_UPLOADS if is_done else 0.0)

    async def _cut(self) -> None:
        """Wait for nothing."""
        self._pace.stop()
        self._notifier.close()
        self._end_workers()
        await self._finish_workers(0.0)

    async def _finish_workers(self, limit: float) -> None:
        await asyncio.gather(*(worker.finish(limit) for worker in self._workers))

    @property
    def _news(self) -> list[News]:
        return [news for news in (worker.news for worker in self._workers) if news is not None]

    def _catch(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Take what a callback raised, which nobody awaits: a bug, and no run goes on after it."""
        self.worker_failed(context.get("exception") or RuntimeError(context["message"]))


def _choose_ports(plan: FleetPlan) -> FleetPlan:
    """Return the plan with any free port chosen: it is to be the same for every worker."""
    return replace(
        plan,
        sip_port=plan.sip_port or find_free_port(_EVERYWHERE),
        web_port=find_free_port(_EVERYWHERE) if plan.web_port == 0 else plan.web_port,
    )
