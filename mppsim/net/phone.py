"""The shell of one phone: it feeds its agent what happens, and does what the agent says.

An idle phone owns no task, no socket and no timer object; what waits is an upload in flight.
"""

from collections.abc import Mapping

from mppsim.core.agent import ReportAgent
from mppsim.core.events import (
    Action,
    ComeUp,
    DeadlineReached,
    Event,
    FactoryResetRequested,
    GoDown,
    NotifyReceived,
    Origin,
    ParametersChanged,
    PhoneStarted,
    Remember,
    RestartRequested,
    ResyncFinished,
    StartUploads,
    Tell,
    TriggerFell,
)
from mppsim.core.identity import PhoneIdentity
from mppsim.core.macros import BORN, PhoneMacros, expand_macros
from mppsim.core.parameters import Baseline, ParameterStore, ParameterView
from mppsim.core.phone_memory import recall, recall_firmware
from mppsim.core.phone_status import PhoneStatus
from mppsim.core.profile import Profile
from mppsim.core.resync import ResyncEvent
from mppsim.core.resync_events import ResyncRequested
from mppsim.core.status import StatusGroup, build_status, read_status
from mppsim.errors import ParameterError
from mppsim.net.accounts import read_accounts
from mppsim.net.event_log import NotifyAnswered, Occurrence
from mppsim.net.flash import has_kept, read_flash
from mppsim.net.line_ports import SipWay
from mppsim.net.local_changes import check_changes
from mppsim.net.phone_line import make_phone_tls, open_line
from mppsim.net.phone_resync import SHARED_EVENTS
from mppsim.net.phone_sides import PhoneSides, needs_sides
from mppsim.net.report_runs import ReportRuns
from mppsim.net.surroundings import Surroundings, UploadLine
from mppsim.net.tls import PhoneTls
from mppsim.sip import SipAccount

__all__ = ["Phone"]


class Phone:
    """One simulated phone. Everything here is synchronous; only uploads take time."""

    __slots__ = (
        *("_agent", "_flash", "_identity", "_is_off", "_runs"),
        *("_sides", "_sip", "_status", "_store", "_surroundings"),
    )

    def __init__(
        self,
        identity: PhoneIdentity,
        baseline: Baseline,
        surroundings: Surroundings,
        *,
        running_since: float | None = None,
        view: ParameterView | None = None,
    ) -> None:
        """Make a phone that is off, or that has been running since a moment of the run's clock.

        `view` is what it holds at first where that is not its baseline's, and it recalls nothing.
        Raises `StartError` where it is remembered as another phone than this.
        """
        self._identity = identity
        self._surroundings = surroundings
        self._flash, memory = read_flash(surroundings.flash_of, identity, baseline.release)
        self._store = ParameterStore(recall_firmware(memory, baseline))
        self._store.view = view or self._store.view
        self._status = PhoneStatus(boot_time=surroundings.epoch, up_since=running_since or 0.0)
        bookmarks, warnings = recall(memory, self._store, self._status)
        for warning in warnings:
            self._tell(warning)
        self._agent = ReportAgent(
            self._store,
            self._macros,
            running_since=running_since,
            bookmarks=bookmarks,
            tftp_server=identity.tftp_server,
        )
        self._runs: ReportRuns | None = None  # while there is something to report
        self._is_off = False
        self._sip: SipWay | None = None
        self._sides: PhoneSides | None = None
        if running_since is not None and (sides := self._find_sides(None)) is not None:
            sides.begin(running_since)
        surroundings.timers.watch(self)

    # What others see.

    @property
    def identity(self) -> PhoneIdentity:
        """Who it is."""
        return self._identity

    @property
    def parameters(self) -> ParameterView:
        """What the phone holds now; read only."""
        return self._store.view

    @property
    def is_up(self) -> bool:
        """Whether the phone is running; one that is off or restarting answers nothing."""
        return self._agent.is_up and not self._is_off

    @property
    def deadline(self) -> float | None:
        """When the phone wants to be woken, in seconds on the run's clock."""
        return None if self._is_off else self._agent.deadline

    @property
    def server_name(self) -> str:
        """What its SIP answers say as `Server`."""
        return expand_macros(self._store.view["SIP_Server_Name"], self._macros())

    @property
    def accounts(self) -> tuple[SipAccount, ...]:
        """The SIP accounts of its lines, in order."""
        return read_accounts(self._store.view)

    def status_report(self) -> bytes:
        """Return the phone's status as a report holds it."""
        now = self._surroundings.timers.clock.now()
        return build_status(self.identity, self._store.view, self._status, now=now)

    def status_groups(self) -> tuple[StatusGroup, ...]:
        """Return the phone's status as its page shows it, group by group."""
        now = self._surroundings.timers.clock.now()
        return read_status(self.identity, self._store.view, self._status, now=now)

    @property
    def tls(self) -> PhoneTls:
        """What it shows of itself in TLS, and whom it trusts besides the others."""
        trust = None if self._sides is None else self._sides.trust
        return make_phone_tls(self.identity) if trust is None else trust.tls

    def random_bytes(self, count: int) -> bytes:
        """Roll its dice."""
        return self._surroundings.random_bytes(count)

    def open_line(self) -> UploadLine:
        """Begin requests that come from this phone; whoever asked closes the line."""
        if self._sides is not None and self._sides.trust is not None:
            return self._sides.trust.open_line()
        return open_line(self.identity, self._surroundings, self.tls)

    # What happens to it.

    def feed(self, event: Event) -> None:
        """Take in what happened now, and do what follows from it."""
        now = self._surroundings.timers.clock.now()
        self._handle(event, now, due=now)

    def wake(self, now: float) -> None:
        """Take in that the deadline has come."""
        assert self.deadline is not None, "woken without a deadline"
        self._handle(DeadlineReached(), now, due=self.deadline)

    def switch_on(self, at: float | None = None) -> None:
        """Power on, now or `at` a moment ago: the phone starts, and reports as after a restart."""
        now = self._surroundings.timers.clock.now() if at is None else at
        self._status.record_start(now)
        if (sides := self._find_sides(None)) is not None:
            sides.entrust(ComeUp())  # before anything asks whom it trusts
        self._handle(PhoneStarted(), now, due=now)

    def plug_in(self, sip: SipWay) -> None:
        """Give its lines their way to the network; those that are to register do so from now on."""
        self._sip = sip
        if (sides := self._find_sides(None)) is not None:
            sides.register(sip)

    def switch_off(self) -> None:
        """Cut what is in hand; nothing that happens to the phone matters any more."""
        self._is_off = True
        for side in (self._runs, self._sides):
            if side is not None:
                side.cut()

    def provision(self, profile: Profile) -> None:
        """Apply a profile: its values are no local change."""
        self.feed(ResyncFinished(profile))

    def restart(self, reason: str) -> None:
        """Restart for that reason; a phone that is down has nothing to restart."""
        if self.is_up:
            self.feed(RestartRequested(reason))

    def resync(self, rule: str | None = None) -> None:
        """Resync by the phone's rules, or once by this one; a phone that is down does not."""
        if self.is_up:
            self._share(ResyncRequested(rule))

    def reset(self) -> None:
        """Take the factory's values and restart; a phone that is down is not reset."""
        if self.is_up:
            self.feed(FactoryResetRequested())

    def submit_changes(
        self, values: Mapping[str, str], *, origin: Origin = Origin.PHONE
    ) -> tuple[str, ...]:
        """Make one local change of all the values and return the names that it changed.

        Raises `ParameterError` for the first that is not known or not allowed, and while the
        phone is down; nothing is changed then, and listeners have been told of each as refused.
        Raises it, too, for a phone that could not remember the change, and is off now.
        """
        changes = check_changes(self._store, values, self._tell, is_up=self.is_up)
        before = self._store.view
        self.feed(ParametersChanged(changes, origin))
        if self._is_off:
            raise ParameterError(next(iter(values), ""), "cannot be remembered: the phone is off")
        return tuple(c.name for c in changes if before[c.name] != c.value)

    # What the SIP side asks of it.

    def obey(self, event: str) -> None:
        """Do what an accepted NOTIFY asks for; it has been answered."""
        package, _, profile = event.partition(";profile=")
        self.feed(NotifyReceived(package, profile or None))

    def notified(self, package: str, code: int) -> None:
        """Take note of the answer that a NOTIFY got."""
        self._tell(NotifyAnswered(package, code))

    def count_sip(self, received_bytes: int, sent_bytes: int) -> None:
        """Count a SIP message and its answer."""
        self._status.count_sip(received_bytes, sent_bytes)

    # What the agent has it do.

    def _handle(self, event: Event, now: float, *, due: float) -> None:
        if self._is_off:
            return
        before, actions = self._agent.deadline, self._agent.handle(event, now=now)
        if self._agent.deadline != before:
            self._surroundings.timers.watch(self)
        for action in actions:
            if not self._is_off:
                self._do(action, now, due)
        if isinstance(event, SHARED_EVENTS) and not self._is_off:
            self._share(event)
        if self._runs is not None and self._runs.is_at_rest:
            self._runs = None

    def _do(self, action: Action, now: float, due: float) -> None:
        match action:
            case Tell():
                if self._runs is not None and isinstance(action.notice, TriggerFell):
                    self._runs.note_trigger(due)
                self._tell(action.notice)
            case Remember():
                self.keep()
            case StartUploads():
                self._runs = self._runs or ReportRuns(self, self._status, self._surroundings)
                self._runs.start(action.jobs, due)
            case GoDown(reason):
                self._status.record_restart(reason, now)
                if self._runs is not None:
                    self._runs.cut()
                self._share(action)
            case ComeUp():
                self._status.record_start(now)
                self._share(action)

    def keep(self) -> None:
        """Remember what the phone holds now, if it can remember; where that fails, it is off."""
        if not has_kept(self._flash, self._store, self._agent.bookmarks, self._status):
            self.switch_off()  # nobody is told what would be forgotten

    def _share(self, event: ResyncEvent) -> None:
        """Tell its other sides, if there are any or from now on have to be."""
        if (sides := self._find_sides(event)) is not None:
            sides.share(event, self._sip)

    def _find_sides(self, event: ResyncEvent | None) -> PhoneSides | None:
        if self._sides is None and needs_sides(self, self._store, event, self._sip):
            store, status = self._store, self._status
            self._sides = PhoneSides(self, store, status, self._macro, self._surroundings)
        return self._sides

    def _macro(self, name: str) -> str | None:
        return self._macros()(name)

    def _macros(self) -> PhoneMacros:
        live = BORN if self._sides is None else self._sides.live
        return PhoneMacros(self.identity, self._store.view, live)

    def _tell(self, occurrence: Occurrence) -> None:
        self._surroundings.tell(self.identity.mac, occurrence)
