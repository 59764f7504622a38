"""Sends the NOTIFYs of a plan to the fleet's phones, all from one socket, as a PBX does."""

import asyncio
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import astuple
from functools import partial
from itertools import count

from mppsim.errors import StartError
from mppsim.fleet.dice import Dice
from mppsim.fleet.plan import FleetPlan, NotifyPlan
from mppsim.fleet.roster import Roster
from mppsim.net.accounts import read_accounts
from mppsim.net.timers import Timers
from mppsim.sip.client_exchange import T1, Patience
from mppsim.sip.digest_client import DigestUser
from mppsim.sip.notify_burst import (
    BurstCounts,
    BurstTarget,
    BurstTerms,
    NotifyBurst,
    Outbound,
    read_burst,
)

__all__ = ["Notifier"]

_BATCH = 64  # datagrams a wake-up, before the loop serves somebody else
_MAX_DATAGRAM = 65_535
_RECEIVE_BUFFER = 1 << 20
# Where the clock waits for us nothing is late, so that a phone which says nothing is down.
_PATIENCE_OF_JUMPS = Patience(timeout=8 * T1)


class Notifier:
    """The one sender of a run; a clock that jumps stands while it waits for an answer."""

    def __init__(self, plan: FleetPlan, roster: Roster, dice: Dice, timers: Timers) -> None:
        self._plan = plan
        self._roster = roster
        self._dice = dice
        self._timers = timers
        self._tokens = dice.source("notify")
        self._bursts: dict[bytes, NotifyBurst] = {}
        self._ended = BurstCounts()
        self._socket: socket.socket | None = None
        self._local = ("", 0)
        self._sip_port = 0
        self._armed: asyncio.TimerHandle | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._is_lost: Callable[[int], bool] | None = None

    @property
    def counts(self) -> BurstCounts:
        """What became of all NOTIFYs so far."""
        parts = (astuple(counts) for counts in (self._ended, *(b.counts for b in self._active)))
        return BurstCounts(*map(sum, zip(*parts, strict=True)))

    def open(self, sip_port: int) -> None:
        """Make ready for every round; the phones listen at this port of their addresses.

        Raises `StartError` where there is no way to the phones. Sends nothing if nothing is
        planned, and has no socket then.
        """
        if not self._plan.notifies or not self._plan.count:
            return
        self._sip_port = sip_port
        first = next(self._targets(NotifyPlan(), 0, 0)).place
        self._socket = _open_socket(first)
        self._local = self._socket.getsockname()
        asyncio.get_running_loop().add_reader(self._socket, self._receive)
        for place, notify in enumerate(self._plan.notifies):
            self._timers.call_at(notify.at, partial(self._begin, place, 0))

    def lose(self, is_lost: Callable[[int], bool]) -> None:
        """Wait for no answer of phones, by their numbers, that have gone for good.

        What they have answered by now is theirs.
        """
        self._is_lost = is_lost
        self._take_answers(count())
        for burst in self._active:
            burst.lose(is_lost)
        self._settle()

    async def finish(self, limit: float) -> None:
        """Reach nobody any more, and wait for answers that long, in seconds of real time."""
        for burst in list(self._bursts.values()):
            burst.stop()
        self._settle()
        try:
            async with asyncio.timeout(limit):
                await self._idle.wait()
        except TimeoutError:
            self.close()

    def close(self) -> None:
        """Give up what has no answer yet, and the socket; closing twice is no mistake."""
        for burst in self._active:
            burst.give_up()
        self._settle()
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    @property
    def _active(self) -> list[NotifyBurst]:
        return list(self._bursts.values())

    def _begin(self, place: int, round_: int) -> None:
        notify = self._plan.notifies[place]
        if notify.every is not None:
            # From the first one on: the sums of many small errors are none of ours.
            moment = notify.at + (round_ + 1) * notify.every
            self._timers.call_at(moment, partial(self._begin, place, round_ + 1))
        burst = NotifyBurst(
            BurstTerms(event=notify.event, rate=notify.rate, patience=self._patience),
            self._targets(notify, place, round_),
            local=self._local,
            find_user=partial(self._find_user, notify),
            make_token=lambda: self._tokens(8).hex(),
        )
        if self._is_lost is not None:
            burst.lose(self._is_lost)
        self._timers.hold()
        self._idle.clear()
        self._bursts[burst.token] = burst
        self._send(burst.start(now=asyncio.get_running_loop().time()))
        self._settle()

    @property
    def _patience(self) -> Patience:
        return Patience() if self._timers.clock.speed is not None else _PATIENCE_OF_JUMPS

    def _targets(self, notify: NotifyPlan, place: int, round_: int) -> Iterator[BurstTarget]:
        for group in self._plan.groups:
            if notify.groups and group.name not in notify.groups:
                continue
            for number, mac, ip in zip(
                range(group.first, group.first + group.count),
                *(group.macs, group.addresses),
                strict=True,
            ):
                is_drawn = (
                    notify.share >= 1.0
                    or self._dice.share("notified", place, round_, number) < notify.share
                )
                if is_drawn:
                    host = f"{ip >> 24}.{ip >> 16 & 255}.{ip >> 8 & 255}.{ip & 255}"
                    yield BurstTarget(number, f"{mac:012x}", (host, self._sip_port))

    def _find_user(self, notify: NotifyPlan, number: int) -> DigestUser:
        """Say who answers a phone's challenge: who was named, or its own first line."""
        if notify.user:
            fill = self._roster.fill
            return DigestUser(
                name=fill(notify.user, number), password=fill(notify.password, number)
            )
        accounts = read_accounts(self._roster.view(number))
        account = next((each for each in accounts if each.password), None)
        if account is None:
            return DigestUser(name="")
        return DigestUser(name=account.username, password=account.password)

    def _receive(self) -> None:
        self._take_answers(range(_BATCH))
        self._settle()

    def _take_answers(self, times: Iterable[int]) -> None:
        if self._socket is None:
            return
        now = asyncio.get_running_loop().time()
        for _ in times:
            try:
                datagram = self._socket.recv(_MAX_DATAGRAM)
            except OSError:
                break  # nothing more; or a phone's port is closed, and it has no answer
            burst = self._bursts.get(read_burst(datagram))
            if burst is not None:
                self._send(burst.receive(datagram, now=now))

    def _send(self, outbound: list[Outbound]) -> None:
        if self._socket is None:
            return
        for datagram, place in outbound:
            with suppress(OSError):  # as if it were lost on its way: it will be repeated
                self._socket.sendto(datagram, place)

    def _settle(self) -> None:
        """Count what is over, and be woken when something else is due."""
        deadlines = []
        for burst in self._active:
            if burst.is_over:
                self._end(burst)
            elif (deadline := burst.deadline) is not None:
                deadlines.append(deadline)
        self._arm(min(deadlines, default=None))
        if not self._bursts:
            self._idle.set()

    def _end(self, burst: NotifyBurst) -> None:
        del self._bursts[burst.token]
        parts = zip(astuple(self._ended), astuple(burst.counts), strict=True)
        self._ended = BurstCounts(*map(sum, parts))
        self._timers.release()

    def _arm(self, deadline: float | None) -> None:
        if self._armed is not None:
            if deadline is not None and self._armed.when() <= deadline:
                return
            self._armed.cancel()
            self._armed = None
        if deadline is not None:
            self._armed = asyncio.get_running_loop().call_at(deadline, self._wake)

    def _wake(self) -> None:
        self._armed = None
        now = asyncio.get_running_loop().time()
        for burst in self._active:
            if (deadline := burst.deadline) is not None and deadline <= now:
                self._send(burst.handle_deadline(now=now))
        self._settle()


def _open_socket(towards: tuple[str, int]) -> socket.socket:
    """Open a socket at the address of ours from which the phones are reached."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(towards)  # no datagram is sent
            host = probe.getsockname()[0]
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            sock.bind((host, 0))
        except BaseException:
            sock.close()
            raise
    except OSError as error:
        raise StartError(f"no NOTIFY can be sent to {towards[0]}: {error.strerror}") from error
    return sock
