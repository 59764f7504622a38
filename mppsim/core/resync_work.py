"""How one phone obeys a rule: it plans, says what it fetches, judges what came, tells and logs it.

When that happens, and what follows, is `mppsim.core.resync`'s to decide.

Source: the provisioning guides, "Profile Rules" and "Upgrade Rule".
"""

from collections.abc import Callable
from enum import Enum, auto

from mppsim.core.conditions import holds, parse_condition
from mppsim.core.events import Tell, Warned
from mppsim.core.firmware import FirmwareRelease
from mppsim.core.local_time import show_time
from mppsim.core.macros import LiveState, Lookup
from mppsim.core.notices import PROFILE_RULES
from mppsim.core.parameters import ParameterStore
from mppsim.core.resync_errand import (
    Verdict,
    is_fetched,
    judge_loads,
    judge_profile,
    plan_errand,
)
from mppsim.core.resync_events import (
    OK,
    Apply,
    Fetch,
    FetchFinished,
    FetchJob,
    Install,
    Log,
    RestartPhone,
    ResyncEnded,
    UpgradeEnded,
)
from mppsim.core.resync_history import ResyncHistory
from mppsim.core.resync_log import build_log
from mppsim.core.resync_settings import UPGRADE_RULE
from mppsim.core.upgrade import load_name, release_of
from mppsim.core.url import Url
from mppsim.errors import ReportRuleError

__all__ = ["Begun", "ResyncAction", "RuleWork"]

ResyncAction = Fetch | Apply | Log | Install | RestartPhone | Tell
_Actions = list[ResyncAction]

_RULES = (*PROFILE_RULES, UPGRADE_RULE)


class Begun(Enum):
    """What a rule has come to so far."""

    NOTHING = auto()
    """It asks for nothing."""
    FETCHING = auto()
    """A file is on its way."""
    APPLYING = auto()
    """What the rule itself sets is on its way into the store, and that is all."""
    FAILED = auto()
    """It cannot be obeyed; that has been told."""


class RuleWork:
    """Obeys the rules of one phone. Its methods add to `actions` what is to be done."""

    __slots__ = ("_epoch", "_known", "_macros", "_store", "_tried", "history", "installing")

    def __init__(
        self,
        store: ParameterStore,
        macros: Callable[[LiveState], Lookup],
        *,
        epoch: float,
        up_since: float,
    ) -> None:
        """Work for a phone that came up at a moment; the rest is as `ResyncAgent` has it."""
        self._store = store
        self._macros = macros
        self._epoch = epoch
        self._tried = ""  # the load that was fetched last, or the rule that could not be read
        self.history = ResyncHistory(up_since)
        self.installing: FirmwareRelease | None = None
        """What the phone comes up with, once it has restarted."""
        self._known: dict[str, str] = {}
        self.learn_rules()

    @property
    def has_profile_rules(self) -> bool:
        """Whether there is a profile rule that asks for anything."""
        return any(is_fetched(self._store.view, name) for name in PROFILE_RULES)

    def start(self, now: float) -> None:
        """Begin anew: the phone has come up."""
        self.history = ResyncHistory(now)
        self.installing = None
        self._tried = ""
        self.learn_rules()

    def is_triggered(self, triggers: tuple[str, ...], now: float, actions: _Actions) -> bool:
        """Say whether a resync that is due may take place: without triggers, or if one is true.

        "If the logical equation in these parameters evaluates to FALSE, resync is not triggered."
        """
        lookup = self._macros(self.history.live(now))
        verdicts = []
        for trigger in triggers:
            try:
                verdicts.append(holds(parse_condition(trigger), lookup))
            except ReportRuleError as fault:
                reason = f"column {fault.at + 1}: {fault.reason}; it counts as false"
                actions.append(Tell(Warned("Resync_Trigger", reason)))
        return any(verdicts) or not triggers

    def learn_rules(self) -> frozenset[str]:
        """Take the rules as they are now for known; return the names of those that were not."""
        view = self._store.view
        new = {name: view[name] for name in _RULES if self._known.get(name) != view[name]}
        self._known |= new
        return frozenset(new)

    def begin(self, name: str, given: str | None, now: float, actions: _Actions) -> Begun:
        """Obey the rule of the parameter `name`, or the one that was given in its place."""
        view = self._store.view
        rule = view[name] if given is None else given
        if given is None:
            self._known[name] = rule
            if not is_fetched(view, name):
                return Begun.NOTHING
        errand = plan_errand(name, rule, view, self._macros(self.history.live(now)))
        if name == UPGRADE_RULE and not self._is_new(rule, errand.job):
            return Begun.NOTHING
        if errand.fault:
            self._end(name, None, Verdict(result="rule", detail=errand.fault), now, actions)
            return Begun.FAILED
        for option in errand.ignored:
            actions.append(Tell(Warned(name, f"{option} means nothing to mppsim: ignored")))
        if errand.assigned is not None:
            actions.append(Apply(errand.assigned))
        if errand.job is not None:
            self._fetch(errand.job, now, actions)
            return Begun.FETCHING
        return Begun.NOTHING if errand.assigned is None else Begun.APPLYING

    def take_profile(
        self, fetched: FetchFinished, now: float, actions: _Actions, *, fails_when_missing: bool
    ) -> Begun:
        """Judge what a profile rule fetched, and apply it."""
        verdict = judge_profile(fetched, self._store.view, fails_when_missing=fails_when_missing)
        self._end(fetched.job.name, fetched.job.url, verdict, now, actions)
        if verdict.profile is None:
            return Begun.NOTHING if verdict.result == OK else Begun.FAILED
        actions.append(Apply(verdict.profile))
        return Begun.APPLYING

    def take_loads(self, fetched: FetchFinished, now: float, actions: _Actions) -> Begun:
        """Judge what the upgrade rule fetched; if it is a load, the phone restarts with it."""
        view, history = self._store.view, self.history
        verdict = judge_loads(fetched, view)
        history.upgrade_result = verdict.detail
        self._end(UPGRADE_RULE, fetched.job.url, verdict, now, actions)
        if verdict.result != OK:
            history.upgrade_failures += 1
            return Begun.FAILED
        history.upgrade_failures = 0
        baseline = view.baseline
        self.installing = release_of(verdict.detail, baseline.parameters.model, baseline.release)
        actions.append(RestartPhone("Upgrade"))
        return Begun.NOTHING

    def retry_upgrade(self) -> None:
        """Let the load that failed count as a new one."""
        self._tried = ""

    def _is_new(self, rule: str, job: FetchJob | None) -> bool:
        """Say whether an upgrade is worth an attempt.

        "If the load is already on the device, it will not try to get the load", and "the device
        does not reattempt to upgrade until the rule is modified" or what it comes to is changed.
        """
        wanted = rule if job is None else str(job.url)
        baseline = self._store.view.baseline
        current = baseline.parameters.model.software_version(baseline.release)
        if wanted == self._tried or (job is not None and load_name(job.url) == current):
            return False
        self._tried = wanted
        return True

    def _fetch(self, job: FetchJob, now: float, actions: _Actions) -> None:
        is_upgrade = job.name == UPGRADE_RULE
        self.history.request, self.history.result = job.url, ""
        if is_upgrade:
            self.history.last_upgrade = now
        self._log("Log_Upgrade_Request_Msg" if is_upgrade else "Log_Request_Msg", now, actions)
        actions.append(Fetch(job))

    def _end(
        self, name: str, url: Url | None, verdict: Verdict, now: float, actions: _Actions
    ) -> None:
        """Tell and log how a rule ended."""
        is_upgrade = name == UPGRADE_RULE
        self.history.result = verdict.detail
        ended = UpgradeEnded if is_upgrade else ResyncEnded
        actions.append(Tell(ended("" if url is None else str(url), verdict.result, verdict.detail)))
        outcome = "Success" if verdict.result == OK else "Failure"
        message = f"Log_{'Upgrade_' if is_upgrade else ''}{outcome}_Msg"
        # A failure's message has its reason in $ERR; a success's has no place for one.
        left_out = "" if verdict.profile is None else verdict.detail
        self._log(message, now, actions, note=left_out)

    def _log(self, message: str, now: float, actions: _Actions, *, note: str = "") -> None:
        view = self._store.view
        time = show_time(self._epoch + now, view["Time_Zone"])
        line = build_log(view, self._macros(self.history.live(now)), message, time, note=note)
        if line is not None:
            actions.append(line)
