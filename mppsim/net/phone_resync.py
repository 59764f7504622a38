"""The resync side of one phone's shell: it feeds the resync agent, and does what that says.

A phone has one only if it has a rule to obey, or was asked to resync. It is a sleeper of its own
among the timers; idle, it owns no task, no socket and no timer object.
"""

from functools import lru_cache, partial
from typing import Protocol

from mppsim.core.events import (
    ComeUp,
    DeadlineReached,
    GoDown,
    Notice,
    NotifyReceived,
    ParametersChanged,
    PhoneStarted,
    ResyncFinished,
    Tell,
)
from mppsim.core.identity import PhoneIdentity
from mppsim.core.macros import LiveState, PhoneMacros
from mppsim.core.notices import PROFILE_RULES
from mppsim.core.parameters import Baseline, ParameterStore, ParameterView
from mppsim.core.phone_status import PhoneStatus
from mppsim.core.profile import Profile
from mppsim.core.resync import RESYNC_EVENTS, ResyncAgent, ResyncEvent
from mppsim.core.resync_errand import is_fetched
from mppsim.core.resync_events import (
    Apply,
    Fetch,
    FetchFinished,
    FetchJob,
    Install,
    Log,
    RestartPhone,
    ResyncEnded,
    ResyncRequested,
    UpgradeEnded,
)
from mppsim.core.resync_settings import UPGRADE_RULE
from mppsim.core.resync_work import ResyncAction
from mppsim.core.upgrade import upgraded
from mppsim.http import HttpOutcome
from mppsim.net.fetching import build_fetch
from mppsim.net.surroundings import Surroundings, UploadLine

__all__ = [
    "SHARED_EVENTS",
    "PhoneResync",
    "ResyncPhone",
    "is_resync_wish",
    "make_resync",
    "needs_resync",
    "read_rules",
]

_RULES = (*PROFILE_RULES, UPGRADE_RULE)

SHARED_EVENTS = (PhoneStarted, NotifyReceived, ParametersChanged, ResyncFinished)
"""The events of a phone that its resync side is told, once its reporting agent has had them."""


class ResyncPhone(Protocol):
    """The phone, as its resync side sees it."""

    @property
    def identity(self) -> PhoneIdentity:
        """Who it is."""

    @property
    def is_up(self) -> bool:
        """Whether it is running."""

    def random_bytes(self, count: int) -> bytes:
        """Roll its dice."""

    def open_line(self) -> UploadLine:
        """Begin requests that come from it."""

    def keep(self) -> None:
        """Remember what the phone holds now."""

    def provision(self, profile: Profile) -> None:
        """Apply a profile."""

    def restart(self, reason: str) -> None:
        """Restart for that reason."""


def needs_resync(event: ResyncEvent | None, view: ParameterView) -> bool:
    """Say whether a phone that is up needs a resync side, for this event or for its rules."""
    if is_resync_wish(event):
        return True
    places, asks = read_rules(view.baseline)
    return asks if places.isdisjoint(view.overlay) else _has_rule(view)


def is_resync_wish(event: ResyncEvent | None) -> bool:
    """Say whether an event asks for a resync, whatever the phone's rules are."""
    if isinstance(event, NotifyReceived):
        return event.event in RESYNC_EVENTS
    return isinstance(event, ResyncRequested)


@lru_cache(maxsize=128)
def read_rules(baseline: Baseline) -> tuple[frozenset[int], bool]:
    """Return which parameters are a group's rules, and whether one of them asks for anything."""
    places = frozenset(baseline.parameters[name].index for name in _RULES)
    return places, _has_rule(baseline.view)


def _has_rule(view: ParameterView) -> bool:
    return any(is_fetched(view, name) for name in _RULES)


class PhoneResync:
    """Made for a phone that is up, in the course of the event that needs it."""

    __slots__ = ("_agent", "_line", "_phone", "_status", "_store", "_surroundings")

    def __init__(
        self,
        phone: ResyncPhone,
        store: ParameterStore,
        status: PhoneStatus,
        surroundings: Surroundings,
        *,
        running_since: float | None = None,
    ) -> None:
        """Make it, of a phone that has come up just now or has been running since a moment."""
        self._phone = phone
        self._store = store
        self._status = status
        self._surroundings = surroundings
        self._line: UploadLine | None = None  # of the fetch in hand
        self._agent = ResyncAgent(
            store,
            self._make_macros,
            random_bytes=phone.random_bytes,
            epoch=surroundings.epoch,
            running_since=running_since,
        )
        surroundings.timers.watch(self)

    def _make_macros(self, live: LiveState) -> PhoneMacros:
        now = self._surroundings.timers.clock.now()
        view = self._store.view
        return PhoneMacros(self._phone.identity, view, live.with_lines(self._status.lines, now))

    @property
    def deadline(self) -> float | None:
        """When it wants to be woken, in seconds on the run's clock."""
        return self._agent.deadline

    @property
    def live(self) -> LiveState:
        """What the phone's macros say of its resyncs and upgrades, as of now."""
        return self._agent.live(self._surroundings.timers.clock.now())

    def wake(self, now: float) -> None:
        """Take in that the deadline has come."""
        self._handle(DeadlineReached(), now)

    def feed(self, event: ResyncEvent) -> None:
        """Take in what happened now, and do what follows from it."""
        if isinstance(event, GoDown):
            self.cut()
        self._handle(event, self._surroundings.timers.clock.now())

    def cut(self) -> None:
        """Give up the fetch in hand; the agent is not told."""
        line, self._line = self._line, None
        if line is not None:
            line.close()
            self._surroundings.timers.release()

    def _handle(self, event: ResyncEvent, now: float) -> None:
        before = self._agent.deadline
        actions = self._agent.handle(event, now=now)
        if self._agent.deadline != before:
            self._surroundings.timers.watch(self)
        for action in actions:
            self._do(action, now)

    def _do(self, action: ResyncAction, now: float) -> None:
        match action:
            case Tell(notice):
                self._record(notice, now)
                self._surroundings.tell(self._phone.identity.mac, notice)
            case Log(host=host, port=port, line=line):
                self._surroundings.send_log(host, port, line)
            case Apply(profile):
                self._phone.provision(profile)
            case Install(release):
                self._store.move_to(upgraded(self._store.view.baseline, release))
                self._phone.keep()
            case RestartPhone(reason):
                self._phone.restart(reason)
            case Fetch(job):
                self._fetch(job)

    def _record(self, notice: Notice, now: float) -> None:
        match notice:
            case ResyncEnded():
                self._status.record_resync(str(notice).lstrip("=! "), now)
                self._phone.keep()
            case UpgradeEnded():
                self._status.record_upgrade(str(notice).lstrip("=! "), now)
                self._phone.keep()

    def _fetch(self, job: FetchJob) -> None:
        request = build_fetch(job, tftp_server=self._phone.identity.tftp_server)
        if request is None:
            self.feed(FetchFinished(job=job, reason="no-tftp-server"))
            return
        self._surroundings.timers.hold()  # at `--speed max` no time passes meanwhile
        self._line = line = self._phone.open_line()
        line.send(request, partial(self._take, job, line))

    def _take(self, job: FetchJob, line: UploadLine, outcome: HttpOutcome) -> None:
        if self._line is not line:
            return  # it was cut, and another fetch may have begun
        self.cut()
        self._status.count_upload(0, len(outcome.body))
        self.feed(
            FetchFinished(
                job=job,
                reason=outcome.reason,
                is_missing=outcome.status == 404,
                detail=outcome.detail,
                body=outcome.body,
                coding=outcome.coding,
            )
        )


def make_resync(
    phone: ResyncPhone,
    store: ParameterStore,
    status: PhoneStatus,
    surroundings: Surroundings,
    cause: ResyncEvent | float,
) -> PhoneResync | None:
    """Make it for a phone that is up and needs it, for its rules or for this event; else None.

    `cause` may be since when the phone has been running, in place of an event.
    """
    event = None if isinstance(cause, (int, float)) else cause
    running_since = cause if isinstance(cause, (int, float)) else None
    if not phone.is_up or not needs_resync(event, store.view):
        return None
    made = PhoneResync(phone, store, status, surroundings, running_since=running_since)
    if event is not None and not isinstance(event, (PhoneStarted, ComeUp)):
        made.feed(ComeUp())  # it has missed that
    return made
