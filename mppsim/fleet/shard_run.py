"""One shard of phones with all that it needs, in this event loop, from its start to its end."""

import asyncio
import resource
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from math import inf

from mppsim.core.host_guard import HostGuard
from mppsim.fleet.bookkeeper import Bookkeeper
from mppsim.fleet.crew_words import News, Ready, ShardTerms
from mppsim.fleet.dice import Dice
from mppsim.fleet.ledger import Ledger
from mppsim.fleet.shard import Shard
from mppsim.fleet.tally import Tally
from mppsim.net.clock import RunClock
from mppsim.net.event_log import Listener
from mppsim.net.reuseport import PortGroups
from mppsim.net.surroundings import Surroundings
from mppsim.net.syslog_sender import SyslogSender
from mppsim.net.tftp import TftpClient
from mppsim.net.timers import Leash, Timers
from mppsim.net.upload_routes import UploadRoutes
from mppsim.net.uploader import UploadEngine, UploadLimits
from mppsim.results.figures import WorkerUsage

__all__ = ["ShardRun"]

_FIRST_BOOT_DATE = 1_767_225_600  # 2026-01-01 00:00 UTC
_YEAR = 365 * 86400
_MOST_ROWS = 2000  # of a series whose clock jumps: a real second is nothing there
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # getrusage(2)


class ShardRun:
    """The phones of one worker: `open`, then `begin` or `go`, `end`, `finish`, `close`."""

    def __init__(
        self,
        terms: ShardTerms,
        clock: RunClock,
        rested: Leash,
        events: Listener | None = None,
    ) -> None:
        """Begin nothing yet; `rested` is told as the leash of `Timers` is."""
        self._terms = terms
        self._clock = clock
        self._rested = rested
        self._events = events
        self._resources = ExitStack()
        self._ledger = Ledger()
        self._zero = inf  # of `time.monotonic`
        self._cpu = 0.0
        self._tally = self._make_tally()

    def open(self, ports: PortGroups | None = None) -> Ready:
        """Get every phone ready; several workers share `ports`.

        Raises `StartError`, with nothing left open.
        """
        with ExitStack() as resources:
            surroundings = self._enter(resources)
            self._shard = Shard(
                self._terms.plan,
                surroundings,
                tally=self._tally,
                worker=self._terms.worker,
                workers=self._terms.workers,
                events=self._events,
            )
            resources.callback(self._shard.close)
            if ports is None:
                self._shard.open(tls=self._terms.tls)
            else:
                self._shard.open(prepare=ports.prepare, opened=ports.finish, tls=self._terms.tls)
            self._resources = resources.pop_all()
        shard = self._shard
        return Ready(shard.sip_port, shard.web_port, shard.notes)

    def begin(self, zero: float) -> None:
        """Let the clock pass from that moment of `time.monotonic` on."""
        self._start_counting(zero)
        self._clock.begin(zero)
        self._timers.go_until(inf)

    def go(self, until: float) -> None:
        """Let a clock that jumps go so far; `rested` is told when it is there."""
        if self._zero == inf:
            self._start_counting(time.monotonic())
        self._timers.go_until(until)

    def end(self) -> None:
        """Let nothing new begin; what phones have begun still falls due."""
        self._shard.end()

    async def finish(self, limit: float) -> None:
        """After `end`: wait so many real seconds for uploads in hand, then switch all off.

        What phones have begun besides is waited for as long as it takes in real time; a clock
        that jumps has come to its end before this is called.
        """
        wait = None if self._clock.speed is not None and limit else limit
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._shard.finish(limit)
        self._shard.close()
        # What that has cut is told in the loop's next turn, and the ledger has to know of it.
        await asyncio.sleep(0)

    @property
    def states(self) -> Mapping[str, int]:
        """Its phones by what they do."""
        return dict(self._shard.states)

    @property
    def settles_at(self) -> float | None:
        """After `end`: when the last of what phones have begun falls due; None: nothing does."""
        return self._shard.settles_at

    def news(self, *, is_last: bool = False) -> News:
        """Say how far it is; the last news hold the ledger, too."""
        self._tally.note_usage(self._usage())
        ledger = self._ledger.snapshot() if is_last else None
        tally = self._tally.snapshot(with_series=is_last)
        return News(tally, self.states, self.settles_at, ledger)

    def close(self) -> None:
        """Switch every phone off; closing twice is no mistake."""
        self._resources.close()

    def _enter(self, resources: ExitStack) -> Surroundings:
        plan, dice = self._terms.plan, Dice(self._terms.plan.seed)
        self._timers = Timers(self._clock, self._rested)
        resources.callback(self._timers.close)
        random_bytes = dice.source("worker", self._terms.worker)
        # Looked at again here: a profile that a phone has fetched may say anything.
        may_reach = HostGuard.of(plan.allowed_hosts).is_allowed
        self._http = resources.enter_context(
            UploadEngine(
                limits=UploadLimits(connections=self._terms.connections),
                tls=self._terms.tls,
                random_bytes=random_bytes,
                may_go=lambda url: may_reach(url.host),
                may_reach=may_reach,
            )
        )
        routes = UploadRoutes(self._http, resources.enter_context(TftpClient(may_reach=may_reach)))
        return Surroundings(
            timers=self._timers,
            uploads=Bookkeeper(routes, self._ledger),
            random_bytes=random_bytes,
            tell=_tell_nobody,  # the shard says who is told
            epoch=_FIRST_BOOT_DATE + dice.below(_YEAR, "epoch"),
            send_log=resources.enter_context(SyslogSender(may_reach)).send,
        )

    def _start_counting(self, zero: float) -> None:
        self._zero = zero
        self._cpu = time.process_time()

    def _elapsed(self) -> float:
        """Real seconds since the run began."""
        return max(0.0, time.monotonic() - self._zero)

    def _usage(self) -> WorkerUsage:
        elapsed = self._elapsed()
        return WorkerUsage(
            cpu=(time.process_time() - self._cpu) / elapsed if elapsed else 0.0,
            rss=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT,
            connections=len(self._http.sockets),
            queued=len(self._http.queue),
        )

    def _make_tally(self) -> Tally:
        plan = self._terms.plan
        jumps = max(1.0, plan.duration / _MOST_ROWS)
        return Tally(
            [group.name for group in plan.groups],
            self._clock.now,
            real=self._elapsed,
            after=self._terms.after,
            row=jumps if plan.speed is None else plan.speed,
        )


def _tell_nobody(_mac: str, _happened: object) -> None:
    """Tell nobody."""
