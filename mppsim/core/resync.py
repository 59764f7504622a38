"""The resync agent: a table of states that decides when a phone fetches its profiles and firmware.

Rules that hold for every row:

- A run takes the four profile rules in order, each with the values that the one before has set. A
  failure ends the sequence; the upgrade rule has its turn all the same.
- What is fetched counts whole or not at all: a phone keeps what it had until a profile was read.
- One run at a time. What is asked for meanwhile makes one following run, by the latest rule.
- Only the reporting agent writes the store: a profile is handed to it, and the run goes on once
  it says that it has (`ResyncFinished`).

Source: the provisioning guides, "Profile Rules", "Upgrade Rule", "Triggers"; docs/resync.md.
"""

from collections.abc import Callable
from typing import ClassVar

from mppsim.core.encryption import RandomBytes
from mppsim.core.events import (
    ComeUp,
    DeadlineReached,
    GoDown,
    NotifyReceived,
    ParametersChanged,
    PhoneStarted,
    ResyncFinished,
    Tell,
    Warned,
)
from mppsim.core.macros import LiveState, Lookup
from mppsim.core.parameters import ParameterStore
from mppsim.core.resync_events import FetchFinished, Install, ResyncEnded, ResyncRequested
from mppsim.core.resync_run import ResyncRun, given_run, upgrade_run, whole_run
from mppsim.core.resync_schedule import ResyncReason, ResyncSchedule
from mppsim.core.resync_settings import UPGRADE_RULE, read_resync_settings
from mppsim.core.resync_states import TABLE, State, Step, Trigger
from mppsim.core.resync_work import Begun, ResyncAction, RuleWork

__all__ = ["RESYNC_EVENTS", "ResyncAgent", "ResyncEvent"]

RESYNC_EVENTS = frozenset({"resync", "check-sync"})
"""The NOTIFY packages that make a phone resync."""

ResyncEvent = (
    PhoneStarted
    | ComeUp
    | GoDown
    | NotifyReceived
    | ResyncRequested
    | ParametersChanged
    | ResyncFinished
    | DeadlineReached
    | FetchFinished
)

_Fold = Trigger | None
_Actions = list[ResyncAction]

_MOST_CHAINED = 5
"""So many resyncs in a row may follow one another because each changed the rules."""


class ResyncAgent:
    """Decides when one phone fetches its profiles and its firmware.

    The caller feeds every event in order, does every action in order, and feeds `DeadlineReached`
    once `deadline` has come, with a `now` that is no earlier.
    """

    __slots__ = (
        *("_chained", "_has_upgraded", "_is_applying", "_next", "_random_bytes", "_run"),
        *("_schedule", "_settings", "_state", "_store", "_work", "deadline"),
    )

    deadline: float | None
    """When to feed `DeadlineReached` next, in seconds on the run's clock; None: never."""

    def __init__(
        self,
        store: ParameterStore,
        macros: Callable[[LiveState], Lookup],
        *,
        random_bytes: RandomBytes,
        epoch: float,
        running_since: float | None = None,
    ) -> None:
        """Make the agent of a phone that is off, or that has been running since a moment.

        `macros` gives the phone's macros as of now, with what it is told of its life; `epoch` is
        the wall clock at the run's zero, in seconds since 1970 UTC.
        """
        self._store = store
        self._random_bytes = random_bytes
        self._settings = read_resync_settings(store.__getitem__)
        self._schedule = ResyncSchedule(epoch)
        self._work = RuleWork(store, macros, epoch=epoch, up_since=running_since or 0.0)
        self._state = State.DOWN if running_since is None else State.IDLE
        self._run: ResyncRun | None = None
        self._next: ResyncRun | None = None
        self._is_applying = False  # the run goes on when the store has the profile
        self._has_upgraded = False  # by the restart that it is just going through
        self._chained = 0
        if running_since is not None:
            self._schedule.start_period(running_since, self._throw())
        self.deadline = self._earliest()

    def live(self, now: float) -> LiveState:
        """Return what the phone's macros say of its resyncs and upgrades."""
        return self._work.history.live(now)

    def handle(self, event: ResyncEvent, *, now: float) -> list[ResyncAction]:
        """Take in what happened at `now`, in seconds on the run's clock; say what is to be done."""
        actions: _Actions = []
        trigger: _Fold = self._FOLD[type(event)](self, event, now, actions)
        while trigger is not None:
            row = TABLE.get((self._state, trigger))
            assert row is not None, f"no row for {trigger.name} in {self._state.name}"
            self._state, step = row
            trigger = self._STEP[step](self, now, actions)
        deadline = self._earliest()
        self.deadline = None if deadline is None else max(now, deadline)
        return actions

    # An event folds into a trigger, or into none.

    def _on_up(self, _: PhoneStarted | ComeUp, now: float, _actions: _Actions) -> _Fold:
        self._settings = settings = read_resync_settings(self._store.__getitem__)
        self._work.start(now)
        # Resync On Reset: "after power-up and after each upgrade attempt".
        wants = settings.on_reset or (settings.after_upgrade and self._has_upgraded)
        self._has_upgraded = False
        if wants and settings.is_enabled and self._work.has_profile_rules:
            self._schedule.start_power_up(now, self._throw())  # its upgrade rule has its turn then
            return Trigger.UP
        if settings.at is not None:
            self._schedule.start_daily(now, self._throw())
        self._next = upgrade_run()
        return Trigger.UP

    def _on_down(self, _: GoDown, _now: float, actions: _Actions) -> _Fold:
        if self._work.installing is not None:
            actions.append(Install(self._work.installing))
            self._has_upgraded = True
        return Trigger.DOWN

    def _on_notify(self, event: NotifyReceived, now: float, actions: _Actions) -> _Fold:
        if event.event not in RESYNC_EVENTS:
            return None
        if not self._settings.from_sip:
            actions.append(Tell(Warned("Resync_From_SIP", "is No: a NOTIFY makes no resync")))
            return None
        return self._on_request(ResyncRequested(event.profile), now, actions)

    def _on_request(self, event: ResyncRequested, _now: float, actions: _Actions) -> _Fold:
        if not self._settings.is_enabled:
            actions.append(Tell(Warned("Provision_Enable", "is No: there is no resync")))
            return None
        self._next = given_run(event.rule) if event.rule else whole_run(ResyncReason.ASKED)
        return Trigger.REQUEST

    def _on_values(
        self, _: ParametersChanged | ResyncFinished, now: float, _actions: _Actions
    ) -> _Fold:
        if self._state is State.DOWN:
            return None
        self._settings = read_resync_settings(self._store.__getitem__)
        if self._is_applying:
            self._is_applying = False
            return Trigger.NEXT
        if self._state is not State.IDLE:
            return None
        if self._settings.at is not None and self._schedule.is_idle:
            self._schedule.start_daily(now, self._throw())
        self._chained = 0
        if UPGRADE_RULE not in self._take_new_rules(now):
            return None
        self._next = upgrade_run()
        return Trigger.REQUEST

    def _on_deadline(self, _: DeadlineReached, now: float, actions: _Actions) -> _Fold:
        reason = self._schedule.take(now, self._settings)
        if reason is not None:
            self._work.history.reason = reason
            if not self._work.is_triggered(self._settings.triggers, now, actions):
                self._schedule.start_daily(now, self._throw())
                return None
            self._next = whole_run(reason)
            return Trigger.REQUEST
        if not self._schedule.take_upgrade(now, self._settings):
            return None
        self._work.retry_upgrade()
        self._next = upgrade_run()
        return Trigger.REQUEST

    def _on_fetched(self, event: FetchFinished, now: float, actions: _Actions) -> _Fold:
        run = self._run
        assert run is not None, "nothing was to be fetched"
        if event.job.name == UPGRADE_RULE:
            if self._work.take_loads(event, now, actions) is Begun.FAILED:
                failures = self._work.history.upgrade_failures
                self._schedule.start_upgrade(now, self._throw(), failures - 1)
            return Trigger.NEXT
        missing = self._settings.fails_when_missing
        begun = self._work.take_profile(event, now, actions, fails_when_missing=missing)
        return None if self._note(run, begun) else Trigger.NEXT

    # What the rows do; a step may come to a trigger of its own.

    def _rest(self, _now: float, _actions: _Actions) -> _Fold:
        return None

    def _settle_in(self, _now: float, _actions: _Actions) -> _Fold:
        return None if self._next is None else Trigger.REQUEST

    def _start(self, now: float, actions: _Actions) -> _Fold:
        self._run, self._next = self._next, None
        assert self._run is not None, "nothing was asked for"
        if self._run.reason is not None:
            self._work.history.reason = self._run.reason
        return self._go_on(now, actions)

    def _go_on(self, now: float, actions: _Actions) -> _Fold:
        run = self._run
        assert run is not None, "no run is in hand"
        while run.names:
            name, given = run.take()
            if name == UPGRADE_RULE:
                self._settle(run, now, actions)
                if not self._settings.is_upgrading:
                    break
            begun = self._work.begin(name, given, now, actions)
            if self._note(run, begun):
                return None
        self._run = None
        return Trigger.DONE

    def _forget(self, _now: float, _actions: _Actions) -> _Fold:
        self._schedule.stop()
        self._run = self._next = None
        self._is_applying = False
        return None

    # What the rows ask.

    def _note(self, run: ResyncRun, begun: Begun) -> bool:
        """Take note of what a rule has come to; say whether the run waits now."""
        self._is_applying = begun is Begun.APPLYING
        run.has_fetched = run.has_fetched or begun is not Begun.NOTHING
        if begun is Begun.FAILED:
            run.fail()
        return begun in {Begun.FETCHING, Begun.APPLYING}

    def _settle(self, run: ResyncRun, now: float, actions: _Actions) -> None:
        """Say when the next resync is: the profile rules are done with."""
        if run.reason is None:
            return
        self._work.history.last_resync = now
        if run.reason is ResyncReason.ASKED and not run.has_fetched:
            nothing = "no profile rule asks for anything"
            actions.append(Tell(ResyncEnded("", "nothing", nothing)))
        if run.is_whole and run.has_failed:
            self._schedule.start_retry(now, self._throw(), self._settings)
        elif run.is_whole:
            self._schedule.start_period(now, self._throw())
        self._take_new_rules(now)

    def _take_new_rules(self, now: float) -> frozenset[str]:
        """Obey other rules than before as after a restart, but not for ever; return their names."""
        new = self._work.learn_rules()
        self._chained = self._chained + 1 if new - {UPGRADE_RULE} else 0
        wants = self._settings.on_reset and self._work.has_profile_rules
        if wants and 0 < self._chained <= _MOST_CHAINED:
            self._schedule.start_power_up(now, self._throw())
        return new

    def _throw(self) -> float:
        return int.from_bytes(self._random_bytes(4)) / 2**32

    def _earliest(self) -> float | None:
        return self._schedule.earliest(self._settings) if self._state is State.IDLE else None

    _FOLD: ClassVar[dict[type, Callable[..., _Fold]]] = {
        PhoneStarted: _on_up,
        ComeUp: _on_up,
        GoDown: _on_down,
        NotifyReceived: _on_notify,
        ResyncRequested: _on_request,
        ParametersChanged: _on_values,
        ResyncFinished: _on_values,
        DeadlineReached: _on_deadline,
        FetchFinished: _on_fetched,
    }

    _STEP: ClassVar[dict[Step, Callable[..., _Fold]]] = {
        Step.REST: _rest,
        Step.SETTLE_IN: _settle_in,
        Step.START: _start,
        Step.GO_ON: _go_on,
        Step.FORGET: _forget,
    }
