"""The reporting agent: a table of states that turns what happened into what is to be done.

Source: the guide's table "Parameters for Reporting the Phone Configuration to the Server"; what
it leaves open is a field of `FirmwareRelease` (docs/decisions.md).

Rules that hold for every row:

- An event folds into one trigger, or into none: Report to Server decides that, so the table knows
  no modes. A pair that is not in the table is a bug and an AssertionError.
- One run of uploads at a time. What is asked for meanwhile makes one following run.
- A wait and a period are times, not states: they run beside an upload, and `Schedule` has them.
- A delta's bookmark belongs to its rule's place and moves when the server has accepted the delta.
- What a power failure must not take is to be remembered before anybody is told of it.
"""

from collections.abc import Callable
from typing import ClassVar

from mppsim.core import notices
from mppsim.core.bookmarks import Bookmarks
from mppsim.core.events import (
    RESTART_EVENTS,
    Action,
    ComeUp,
    DeadlineReached,
    DeltaAccepted,
    Event,
    FactoryResetRequested,
    GoDown,
    NotifyReceived,
    Origin,
    ParametersApplied,
    ParametersChanged,
    PhoneStarted,
    Remember,
    RestartRequested,
    ResyncFinished,
    StartUploads,
    Tell,
    UploadsFinished,
)
from mppsim.core.firmware import FirmwareRelease, RestartReport
from mppsim.core.macros import Lookup
from mppsim.core.parameters import ParameterStore
from mppsim.core.schedule import Schedule
from mppsim.core.settings import REPORT_FIELDS, read_report_settings
from mppsim.core.states import TABLE, State, Step, Trigger
from mppsim.core.upload import build_jobs, has_news

__all__ = ["ReportAgent"]

_Fold = Trigger | None
_Actions = list[Action]

_READ = frozenset({*REPORT_FIELDS, *notices.NOTICED})
_NO_BOOKMARKS = Bookmarks()
_REMEMBER = Remember()
# What each report asks for. To look a member of an enum up takes 0.15 us in Python 3.11.
_DOWN, _DONE, _REQUEST = State.DOWN, Trigger.DONE, Trigger.REQUEST


class ReportAgent:
    """Decides when one phone reports, and what.

    The caller feeds every event in order, does every action in order, and feeds `DeadlineReached`
    once `deadline` has come, with a `now` that is no earlier. A run without jobs ends at once.
    """

    __slots__ = (
        *("_asked", "_boot_at", "_failed", "_macros", "_restart_reason", "_schedule"),
        *("_settings", "_state", "_store", "_tftp_server", "bookmarks", "deadline"),
    )

    bookmarks: Bookmarks
    """Where its deltas have come to; not to be set."""
    deadline: float | None
    """When to feed `DeadlineReached` next, in seconds on the run's clock; None: never."""

    def __init__(
        self,
        store: ParameterStore,
        macros: Callable[[], Lookup],
        *,
        running_since: float | None = None,
        bookmarks: Bookmarks = _NO_BOOKMARKS,
        tftp_server: str = "",
    ) -> None:
        """Make the agent of a phone that is off, or that has been running since a moment."""
        self._store = store
        self._macros = macros
        self._tftp_server = tftp_server
        self._settings = read_report_settings(store.__getitem__)
        self._schedule = Schedule(running_since or 0.0)
        self._state = State.DOWN if running_since is None else State.IDLE
        self.bookmarks = bookmarks
        self._asked = False  # for the next run, by more than a local change
        self._failed: frozenset[int] | None = None  # the places that a retry is for
        self._boot_at: float | None = None
        self._restart_reason = ""
        self.deadline = self._earliest()

    @property
    def is_up(self) -> bool:
        """Whether the phone is running; one that is down answers nothing."""
        return self._state is not _DOWN

    @property
    def settles_at(self) -> float | None:
        """When it will have done what it has begun; None: nothing, or what takes real time.

        That is a wait after a change, a pause before a retry, a boot; a period is not.
        """
        if self._state is _DOWN:
            return self._boot_at
        return self._schedule.settles_at(self._settings, self._release)

    def handle(self, event: Event, *, now: float) -> list[Action]:
        """Take in what happened at `now`, in seconds on the run's clock; say what is to be done."""
        actions: _Actions = []
        trigger = self._FOLD[type(event)](self, event, now, actions)
        if trigger is not None:
            row = TABLE.get((self._state, trigger))
            assert row is not None, f"no row for {trigger.name} in {self._state.name}"
            self._state, step = row
            self._STEP[step](self, now, actions)
        deadline = self._earliest()
        if deadline is not None and deadline < now:
            deadline = now
        if deadline != self.deadline:  # an equal one would be one more object to keep
            self.deadline = deadline
        return actions

    # An event folds into a trigger, or into none.

    def _on_start(self, _: PhoneStarted, now: float, actions: _Actions) -> _Fold:
        actions.extend(notices.settings_notices(self._settings, self._store.__getitem__))
        self._schedule.start_period(now)
        return self._request(notices.RESTARTED, actions) or Trigger.UP

    def _on_notify(self, event: NotifyReceived, _now: float, actions: _Actions) -> _Fold:
        if event.event in RESTART_EVENTS:
            return self._restart("SIP Triggered", actions)
        return self._request(notices.NOTIFIED, actions) if event.event == "report" else None

    def _on_restart(self, event: RestartRequested, _now: float, actions: _Actions) -> _Fold:
        return self._restart(event.reason, actions)

    def _on_reset(self, _: FactoryResetRequested, now: float, actions: _Actions) -> _Fold:
        names = self._store.reset()
        actions.append(_REMEMBER)
        if names:
            actions.append(Tell(ParametersApplied(Origin.FACTORY_RESET, names)))
        self._reread(names, now, actions)
        return self._restart("Factory Reset", actions)

    def _on_change(self, event: ParametersChanged, now: float, actions: _Actions) -> _Fold:
        before = self._store.revision
        names = self._store.change(event.changes)
        if not names:
            return None
        actions += (_REMEMBER, Tell(ParametersApplied(event.origin, names)))
        self._reread(names, now, actions)
        # A secret never leaves the phone: alone, it counts as nothing changed.
        is_news = self._settings.reports_changes and self._store.changed_since(before)
        return Trigger.CHANGE if is_news else None

    def _on_resync(self, event: ResyncFinished, now: float, actions: _Actions) -> _Fold:
        provisioned = self._store.provision(event.profile)
        if self.is_up:  # a phone that is off is provisioned, which is no resync
            self.bookmarks = self.bookmarks.sync(self._store.revision, self._release.delta_base)
        actions.append(_REMEMBER)
        actions.extend(notices.provisioning_notices(provisioned))
        self._reread(provisioned.names, now, actions)
        return None

    def _on_deadline(self, _: DeadlineReached, now: float, actions: _Actions) -> _Fold:
        if self._state is _DOWN:
            return self._come_up(now, actions)
        # The retry first: a trigger that falls at the same moment sends everything anyway.
        is_retry = self._schedule.take_retry(now)
        asks = is_retry
        # A NOTIFY may have carried the changes away while the wait was running.
        is_wait_over = self._schedule.take_wait(now, self._settings, self._release)
        if is_wait_over and has_news(self._settings, self._store, self.bookmarks.since):
            asks = bool(self._request(notices.CHANGED, actions)) or asks
        if self._schedule.take_period(now, self._settings):
            asks = bool(self._request(notices.PERIOD_OVER, actions)) or asks
        self._asked = self._asked or is_retry
        return Trigger.DEADLINE if asks else None

    def _on_accepted(self, event: DeltaAccepted, _now: float, actions: _Actions) -> _Fold:
        delta, base = event.job, self._release.delta_base
        self.bookmarks = self.bookmarks.accept(delta.place, delta.revision, base)
        actions.append(_REMEMBER)
        return None

    def _on_done(self, event: UploadsFinished, now: float, _: _Actions) -> _Fold:
        failed = frozenset([done.job.place for done in event.outcomes if done.reason is not None])
        if failed and self._state is State.UPLOADING:
            delays = self._release.retry_delays
            self._failed = failed if self._schedule.start_retry(now, delays) else None
        return _DONE

    # What the folds ask.

    @property
    def _release(self) -> FirmwareRelease:
        return self._store.view.baseline.release

    def _request(self, fell: Tell, actions: _Actions) -> _Fold:
        if not self._settings.is_reporting:
            return None  # "Never Report" and an empty rule: nothing, and no error
        actions.append(fell)
        self._asked = self._asked or fell is not notices.CHANGED
        self._schedule.drop_retry()
        self._failed = None
        return _REQUEST

    def _restart(self, reason: str, actions: _Actions) -> _Fold:
        self._restart_reason = reason
        if self._release.restart_report is RestartReport.AFTER:
            return Trigger.RESTART
        is_reporting = self._request(notices.RESTARTED, actions)
        return Trigger.LEAVE if is_reporting else Trigger.RESTART

    def _come_up(self, now: float, actions: _Actions) -> _Fold:
        actions.append(ComeUp())
        self._boot_at = None
        self._schedule.start_period(now)
        if self._release.restart_report is RestartReport.BEFORE:
            return Trigger.UP
        return self._request(notices.RESTARTED, actions) or Trigger.UP

    def _reread(self, names: tuple[str, ...], now: float, actions: _Actions) -> None:
        if _READ.isdisjoint(names):
            return
        old, self._settings = self._settings, read_report_settings(self._store.__getitem__)
        new = self._settings
        if self.is_up:  # what was provisioned before the start is told once, by the start
            actions.extend(notices.settings_notices(new, self._store.__getitem__, names))
        if new.to_server is not old.to_server or new.is_reporting is not old.is_reporting:
            self._schedule.start_period(now)
        if not new.reports_changes:
            self._schedule.drop_wait()
        if not new.is_reporting:
            self._schedule.drop_retry()

    # What the rows do.

    def _wait(self, now: float, _actions: _Actions) -> None:
        self._schedule.start_wait(now)

    def _report(self, _now: float, actions: _Actions) -> None:
        jobs = build_jobs(
            self._settings,
            self._store,
            self._macros(),
            bookmarks=self.bookmarks.since,
            only_news=not self._asked,
            tftp_server=self._tftp_server,
        )
        if self._failed is not None:
            jobs = tuple(job for job in jobs if job.place in self._failed)
        if not self._settings.is_reporting:
            jobs = ()  # switched off while this run waited for the one before it
        self._asked, self._failed = False, None
        actions.append(StartUploads(jobs))

    def _go_down(self, now: float, actions: _Actions) -> None:
        # The restart's own report carries what a running wait was batching.
        self._schedule.drop_all()
        self._asked, self._failed = False, None
        self.bookmarks = self.bookmarks.restart()
        self._boot_at = now + self._release.boot_seconds
        actions += (GoDown(self._restart_reason), _REMEMBER)

    def _earliest(self) -> float | None:
        if self._state is _DOWN:
            return self._boot_at
        return self._schedule.earliest(self._settings, self._store.view.baseline.release)

    _FOLD: ClassVar[dict[type, Callable[..., _Fold]]] = {
        PhoneStarted: _on_start,
        NotifyReceived: _on_notify,
        RestartRequested: _on_restart,
        FactoryResetRequested: _on_reset,
        ParametersChanged: _on_change,
        ResyncFinished: _on_resync,
        DeadlineReached: _on_deadline,
        DeltaAccepted: _on_accepted,
        UploadsFinished: _on_done,
    }

    _STEP: ClassVar[dict[Step, Callable[..., None]]] = {
        Step.REST: lambda _agent, _now, _actions: None,
        Step.WAIT: _wait,
        Step.REPORT: _report,
        Step.GO_DOWN: _go_down,
    }
