"""Send reports by HTTP: the engine that all phones of a loop share.

Nothing here makes a task, a future or a timer for an upload. Sockets are served in batches
(`socket_watch`), each by its `upload_connection`; an outcome is a callback; one sweep looks after
all time limits. Names become addresses in `resolver`, errors become reasons in `failures`.
"""

import asyncio
import os
import resource
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Self

from mppsim.core.encryption import RandomBytes
from mppsim.errors import UploadError
from mppsim.http.exchange import HttpOutcome, MayGo
from mppsim.http.request import HttpRequest
from mppsim.net.failures import name_failure
from mppsim.net.flight import Flight
from mppsim.net.resolver import Address, MayReach, Resolver, reach_all
from mppsim.net.socket_watch import SocketWatch
from mppsim.net.tls import BRINGS_NOTHING, PhoneTls, TlsClient, TlsSettings
from mppsim.net.upload_connection import Connection
from mppsim.net.upload_session import UploadSession

__all__ = ["UploadCounters", "UploadEngine", "UploadLimits", "UploadSession", "count_places"]

_SPARE_DESCRIPTORS = 2048  # for who calls the phones, by SIP and for their pages, and the rest
_SWEEPS_PER_LIMIT = 10
_LONGEST_PAUSE = 1.0
_MOST_CONNECTIONS = 100_000
_NEVER = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLimits:
    """How long a step may take, in seconds of real time, and how much may go on at once.

    No source tells a phone's own time limits; 30 s are docs/decisions.md's.
    """

    connect: float = 30.0
    """For each address: TCP and, with https, the TLS handshake; and for looking up a name."""
    send: float = 30.0
    """Without the server taking any more of the request."""
    answer: float = 30.0
    """From the last byte sent to the last byte of the reply."""
    connections: int | None = None
    """Connections at once; further uploads wait in order. Never more than the descriptors allow."""


@dataclass(slots=True)
class UploadCounters:
    """What the engine has done so far."""

    connections: int = 0
    """Connections begun."""
    waited: int = 0
    """Uploads that had to wait for a place among the connections."""


class UploadEngine:
    """Sends requests over its own sockets in the running asyncio loop.

    `random_bytes` feeds the answers to Digest challenges; `may_reach` judges hosts, `may_go` where
    a redirect may lead; `monotonic` is the clock of all limits and durations. Make it where a
    loop runs; raises `StartError` where the CA file of `tls` cannot be used. Leave it, or `close`
    it, to end everything.
    """

    def __init__(
        self,
        *,
        limits: UploadLimits | None = None,
        tls: TlsSettings | None = None,
        random_bytes: RandomBytes = os.urandom,
        may_go: MayGo | None = None,
        may_reach: MayReach = reach_all,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limits = limits or UploadLimits()
        self.tls = TlsClient(tls or TlsSettings())
        self.random_bytes = random_bytes
        self.may_go = may_go
        self.monotonic = monotonic
        self.counters = UploadCounters()
        self.sessions: set[UploadSession] = set()
        self._loop = asyncio.get_running_loop()
        self.sockets = SocketWatch(self._loop)
        self._resolver = Resolver(monotonic, may_reach)
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = count_places(soft)
        self._places = min(self.limits.connections or most, most)
        self.idle_count = 0
        self.queue: deque[Flight] = deque()
        self._failed: list[tuple[Flight, str]] = []
        self._sweep_timer: asyncio.TimerHandle | None = None
        self._is_settling = self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open_session(
        self, source: str | None = None, tls: PhoneTls = BRINGS_NOTHING, rate: int | None = None
    ) -> UploadSession:
        """Begin the uploads of one run of one phone, as `Uploads` says."""
        session = UploadSession(self, source, tls, rate)
        if self._is_closed:
            session.is_open = False
        else:
            self.sessions.add(session)
        return session

    async def request(
        self,
        request: HttpRequest,
        source: str | None = None,
        tls: PhoneTls = BRINGS_NOTHING,
    ) -> HttpOutcome:
        """Send one request in a session of its own and wait for its outcome."""
        session = self.open_session(source, tls)
        try:
            return await session.request(request)
        finally:
            session.close()

    def close(self) -> None:
        """End everything; before it returns, every upload in hand has ended with `cut`."""
        if self._is_closed:
            return
        self._is_closed = True
        for session in tuple(self.sessions):
            session.close()
        self._settle()
        if self._sweep_timer is not None:
            self._sweep_timer.cancel()
        self.sockets.close()

    def check_limits(self) -> None:
        """End every step that has taken longer than its limit; the engine's sweep calls this."""
        now = self.monotonic()
        for session in tuple(self.sessions):
            session.check_limits(now)

    # What sessions, flights and connections call.

    def launch(self, flight: Flight) -> None:
        """Send what a flight now asks for: on a kept connection, a new one, or in its turn."""
        try:
            flight.head = flight.request.head
        except UploadError as error:
            self.fail(flight, error.reason)
            return
        if self._sweep_timer is None:
            self._arm_sweep()
        # A flight whose kept connection had died gets a new one, not the next that may be dead.
        kept = None if flight.is_retried else flight.session.find_idle(flight.request.url)
        if kept is not None:
            now = self.monotonic()
            flight.started = flight.started or now
            kept.carry(flight, now)
        elif self.queue or not self._has_place():
            self._wait(flight)
        else:
            self._depart(flight)

    def fail(self, flight: Flight, reason: str) -> None:
        """End a flight that got no reply; it is told soon, since its sender may be our caller."""
        self._failed.append((flight, reason))
        self._settle_soon()

    def tell_bug(self, error: Exception) -> None:
        """Tell the loop's exception handler what an upload's callback raised."""
        context = {"message": "an upload's callback failed", "exception": error}
        self._loop.call_exception_handler(context)

    def release(self) -> None:
        """Somebody may have the place of a connection that has closed."""
        if self.queue:
            self._settle_soon()

    # Waiting for a place.

    def _has_place(self) -> bool:
        """Tell whether one more connection may be made; an idle one gives its place up."""
        if len(self.sockets) < self._places:
            return True
        if not self.idle_count:
            return False
        next(idle for session in self.sessions for idle in session.idle).close()
        return True

    def _wait(self, flight: Flight) -> None:
        self.counters.waited += 1
        flight.deadline = _NEVER
        flight.session.waiting.add(flight)
        self.queue.append(flight)

    def _depart(self, flight: Flight) -> None:
        """Find the address to connect to."""
        if not flight.started:
            flight.started = self.monotonic()
        url = flight.request.url
        if url.scheme == "tftp":
            self.fail(flight, "tftp")
            return
        addresses = self._resolver.get(url.host, url.port)
        if addresses is None:
            flight.step(self.limits.connect)
            flight.session.waiting.add(flight)
            self._resolver.ask(url.host, url.port, partial(self._resolved, flight))
        else:
            self._connect(flight, addresses)

    def _resolved(self, flight: Flight, found: tuple[Address, ...] | Exception) -> None:
        if not _call_up(flight):
            return  # it was cut, or took too long
        if isinstance(found, Exception):
            self.fail(flight, name_failure(found))
        elif self._has_place():
            self._connect(flight, found)
        else:
            self._wait(flight)

    def _connect(self, flight: Flight, addresses: tuple[Address, ...]) -> None:
        self.counters.connections += 1
        Connection(flight).connect(addresses)

    # What is done soon.

    def _settle_soon(self) -> None:
        if not self._is_settling:
            self._is_settling = True
            self._loop.call_soon(self._settle)

    def _settle(self) -> None:
        """Tell what ended, and let those go that waited for a place."""
        self._is_settling = False
        failed, self._failed = self._failed, []
        for flight, reason in failed:
            flight.land(None, reason)
        while self.queue and self._has_place():
            flight = self.queue.popleft()
            if _call_up(flight):
                self._depart(flight)

    # Time limits.

    def _arm_sweep(self) -> None:
        limits = self.limits
        shortest = min(limits.connect, limits.send, limits.answer)
        pause = min(shortest / _SWEEPS_PER_LIMIT, _LONGEST_PAUSE)
        self._sweep_timer = self._loop.call_later(pause, self._sweep)

    def _sweep(self) -> None:
        self._sweep_timer = None
        self.check_limits()
        if any(session.is_busy for session in self.sessions):
            self._arm_sweep()


def count_places(descriptors: int) -> int:
    """Leave enough of a process's descriptors to everybody else; a negative number: no limit."""
    if descriptors < 0:
        return _MOST_CONNECTIONS
    return max(descriptors - _SPARE_DESCRIPTORS, descriptors // 2, 1)


def _call_up(flight: Flight) -> bool:
    """Take a flight out of those that wait; False: it has ended meanwhile."""
    waiting = flight.session.waiting
    is_waiting = flight in waiting
    if is_waiting:
        waiting.remove(flight)
    return is_waiting
