"""The phones of one worker in one event loop: rows until something happens to them, then phones.

A phone that has been running and did nothing yet is its number among many. It is made when its
first moment has come, when somebody calls it, or when a deed befalls it.
"""

import asyncio
import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Protocol

from mppsim.fleet.agenda import Agenda, Duty
from mppsim.fleet.calendar import Calendar, EvenCalendar, RandomCalendar
from mppsim.fleet.collector import Sparing
from mppsim.fleet.dice import Dice
from mppsim.fleet.dormitory import Dormitory
from mppsim.fleet.duties import Changing, FindPhone, Restarting, Waking
from mppsim.fleet.fleet_phone import FleetPhone
from mppsim.fleet.heap import keep_heap
from mppsim.fleet.network import EmulatedNetwork
from mppsim.fleet.plan import ChangePlan, FleetPlan, GroupPlan, RestartPlan
from mppsim.fleet.roster import Roster
from mppsim.fleet.switchboard import Switchboard, find_line_ports
from mppsim.net.event_log import Listener, Occurrence, Ready, Stopped
from mppsim.net.sip_port import Prepare
from mppsim.net.surroundings import Surroundings
from mppsim.net.tls import TlsSettings

__all__ = ["Shard", "Teller"]

_COUNTED = 4_000
"""Phones that are looked at for `states`; of more, every so many."""


class Teller(Protocol):
    """Whoever counts what happens: `mppsim.fleet.tally.Tally`."""

    def listener(self, group: str) -> Listener:
        """Return who is to be told what happens to the phones of a group."""


class Shard:
    """Carries a plan out for those of its phones whose address leads to this worker.

    `events`, if given, is told everything that happens, `Ready` and `Stopped` of every phone
    among it. Used in the running event loop of its surroundings: `open`, `end`, `finish`,
    `close`, in this order; `close` may come at any time.
    """

    def __init__(
        self,
        plan: FleetPlan,
        surroundings: Surroundings,
        *,
        tally: Teller,
        worker: int = 0,
        workers: int = 1,
        events: Listener | None = None,
    ) -> None:
        self._plan = plan
        self._timers = surroundings.timers
        self._events = events
        self._worker = worker
        self._workers = workers
        self._dice = Dice(plan.seed)
        self.roster = Roster(plan, self._dice)
        """Which phone is which; of all workers."""
        self._surroundings = {
            group.first: _surround(
                group, surroundings, self._dice, tally.listener(group.name), events
            )
            for group in plan.groups
        }
        self._phones: list[FleetPhone | None] = [None] * plan.count
        self.made = 0
        """How many phones are objects by now, and no rows any more."""
        self._sparing = Sparing()
        self._is_open = False
        self._switchboard: Switchboard | None = None
        self._agenda: Agenda | None = None
        self._dormitory = Dormitory(self.roster, self._dice, ())
        self.settles_at: float | None = None
        """After `end`: when the last of what phones have begun falls due; None: nothing does."""
        self._owing: list[tuple[float, int, FleetPhone]] = []
        """Phones that have yet to do what they had begun when the end came, a heap by when."""
        self._is_settled = asyncio.Event()

    # From the start to the end.

    def open(
        self,
        *,
        prepare: Prepare | None = None,
        opened: Callable[[], None] | None = None,
        tls: TlsSettings | None = None,
    ) -> None:
        """Let every phone be reachable, and everything be in the calendar.

        `prepare` is given each socket before it is bound, and `opened` is called once the last
        one listens: several workers share ports so. Raises `StartError` where a port cannot be
        had.
        """
        self._switchboard = Switchboard(
            self.roster, self._plan, self._is_here, self.phone_at, tls=tls
        )
        self._switchboard.open(find_line_ports(self.roster), prepare)
        if opened is not None:
            opened()
        self._is_open = True
        self._dormitory = Dormitory(self.roster, self._dice, self._numbers())
        self._agenda = Agenda(self._timers, tuple(self._find_duties()))
        if self._events is not None:
            self._tell_ready(self._events)
        keep_heap()
        self._sparing.begin()

    def end(self) -> None:
        """Begin nothing any more; what phones have begun, a wait or a boot, still falls due."""
        if self._agenda is not None:
            self._agenda.close()
        self._timers.close()
        self._owing = [
            (at, number, phone)
            for number, phone in enumerate(self._phones)
            if phone is not None and (at := phone.settles_at) is not None
        ]
        heapq.heapify(self._owing)
        self.settles_at = max((at for at, _, _ in self._owing), default=None)
        self._await_next()

    async def finish(self, limit: float) -> None:
        """After `end`: wait until what was begun fell due, then `limit` s for uploads in hand."""
        await self._is_settled.wait()
        await self._timers.settle(limit)

    def close(self) -> None:
        """Switch every phone off, which cuts uploads in hand, and give every port back."""
        if self._agenda is not None:
            self._agenda.close()
        for phone in self._awake():
            phone.switch_off()
        if self._events is not None and self._is_open:
            for number in self._numbers():
                self._events(self.roster.identity(number).mac, Stopped())
        self._is_open = False
        self._timers.close()
        if self._switchboard is not None:
            self._switchboard.close()
        self._sparing.end()

    # What others see.

    @property
    def states(self) -> Counter[str]:
        """How many phones are `running`, `waiting`, `uploading`, `down`, or still `off`.

        Of a large shard that is reckoned up from every so many.
        """
        step = max(1, self._plan.count // _COUNTED)
        counted: Counter[str] = Counter()
        for group in self._plan.groups:
            first = -(-group.first // step) * step
            numbers = filter(self._is_here, range(first, group.first + group.count, step))
            asleep = "off" if group.start.powers_on else "running"
            phones = map(self._phones.__getitem__, numbers)
            counted.update(asleep if phone is None else phone.state for phone in phones)
        return Counter({state: count * step for state, count in counted.items()})

    @property
    def sip_port(self) -> int:
        """Where line 1 of every phone listens."""
        return self._opened.sip_port

    @property
    def web_port(self) -> int | None:
        """Where the page of every phone is; None: none has one."""
        return self._opened.web_port

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not as it should be, in sentences."""
        return tuple(self._opened.notes)

    def phone_at(self, number: int) -> FleetPhone:
        """Return one of the phones that live here, made now if it was not yet."""
        return self._phones[number] or self._make(number)

    def finder_of(self, group: GroupPlan) -> FindPhone:
        """Return what finds those phones of a group to which a deed can be done."""
        return self._phones.__getitem__ if group.start.powers_on else self.phone_at

    # What it does.

    @property
    def _opened(self) -> Switchboard:
        assert self._switchboard is not None, "the shard is not open"
        return self._switchboard

    def _make(self, number: int) -> FleetPhone:
        phone = self._phones[number] = FleetPhone(
            self.roster,
            number,
            self._surroundings[self.roster.group_of(number).first],
            running_since=self._dormitory.find_begin(number),
        )
        phone.plug_in(self._opened)
        self.made += 1
        return phone

    def _is_here(self, number: int) -> bool:
        return self._workers == 1 or self.roster.worker_of(number, self._workers) == self._worker

    def _numbers(self) -> Iterable[int]:
        everybody = range(self._plan.count)
        return everybody if self._workers == 1 else filter(self._is_here, everybody)

    def _awake(self) -> Iterator[FleetPhone]:
        return (phone for phone in self._phones if phone is not None)

    def _find_duties(self) -> Iterator[Duty]:
        yield Waking(self._dormitory, self.phone_at)
        for group in self._plan.groups:
            if group.changes is not None:
                calendar = self._plan_turns("change", group, group.changes)
                yield Changing(calendar, group.changes.names, self.finder_of(group), self._dice)
            if group.restarts is not None:
                calendar = self._plan_turns("restart", group, group.restarts)
                yield Restarting(calendar, self.finder_of(group))

    def _plan_turns(
        self, purpose: str, group: GroupPlan, plan: ChangePlan | RestartPlan
    ) -> Calendar:
        numbers = filter(self._is_here, range(group.first, group.first + group.count))
        calendar = RandomCalendar if plan.is_random else EvenCalendar
        return calendar(self._dice, purpose, numbers, every=plan.every)

    def _await_next(self) -> None:
        """Be called when what was begun first falls due, until there is nothing more."""
        if self._owing:
            self._timers.call_at(self._owing[0][0], self._settle)
        else:
            self._is_settled.set()

    def _settle(self) -> None:
        """Wake the phone whose turn it is, unless it has done meanwhile what it had begun."""
        _, number, phone = heapq.heappop(self._owing)
        now = self._timers.clock.now()
        if phone.settles_at is not None and phone.settles_at <= now:
            phone.wake(now)
        if (at := phone.settles_at) is not None:
            heapq.heappush(self._owing, (at, number, phone))
            self.settles_at = max(self.settles_at or 0.0, at)
        self._await_next()

    def _tell_ready(self, events: Listener) -> None:
        web = self.web_port
        for number in self._numbers():
            identity = self.roster.identity(number)
            page = "" if web is None else f"{identity.ip}:{web}"
            events(identity.mac, Ready(f"{identity.ip}:{self.sip_port}", page))


def _surround(
    group: GroupPlan,
    surroundings: Surroundings,
    dice: Dice,
    count: Listener,
    events: Listener | None,
) -> Surroundings:
    """Return what the phones of a group share: their network, and who is told."""

    def tell_both(mac: str, happened: Occurrence) -> None:
        count(mac, happened)
        if events is not None:
            events(mac, happened)

    uploads = surroundings.uploads
    if not group.network.is_perfect:
        uploads = EmulatedNetwork(uploads, group.network, dice, surroundings.timers.clock)
    tell = count if events is None else tell_both
    return replace(surroundings, uploads=uploads, tell=tell)
