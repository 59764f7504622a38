"""Decide when a phone fetches the CA that its Custom_CA_Rule names, and which one it trusts.

- It fetches when it comes up, when the rule has become another one, and with the next resync if
  the last attempt failed. One fetch at a time.
- It goes on trusting what it has until another CA has come; an empty rule takes that away.

Source: the provisioning guides, "CA Settings": Custom CA Rule; the status page's Custom CA Status.
"""

from collections.abc import Callable
from dataclasses import replace

from mppsim.core.custom_ca_events import CustomCa, CustomCaEnded, CustomCaFetched
from mppsim.core.events import (
    ComeUp,
    GoDown,
    ParametersChanged,
    ResyncFinished,
    Tell,
    Warned,
)
from mppsim.core.macros import Lookup
from mppsim.core.parameters import ParameterView
from mppsim.core.resync_errand import plan_errand
from mppsim.core.resync_events import OK, Fetch
from mppsim.core.resync_log import describe_failure

__all__ = ["CUSTOM_CA_RULE", "CustomCaAgent", "CustomCaEvent"]

CUSTOM_CA_RULE = "Custom_CA_Rule"

_CA_LIMIT = 256 * 1024
"""The longest file of CA certificates that is taken, in bytes; all public ones together fit."""


CustomCaEvent = ComeUp | GoDown | ParametersChanged | ResyncFinished | CustomCaFetched

_Actions = list[Fetch | Tell]


class CustomCaAgent:
    """Decides for one phone. Feed it every event in order, and do every action in order."""

    __slots__ = ("_has_failed", "_is_up", "_lookup", "_rule", "_view", "ca", "is_fetching")

    def __init__(
        self, view: Callable[[], ParameterView], lookup: Lookup, *, is_up: bool = False
    ) -> None:
        """Make the agent of a phone that is off, or up; `view` gives what it holds now."""
        self._view = view
        self._lookup = lookup
        self._is_up = is_up
        self._rule = ""  # the last that was obeyed
        self._has_failed = False
        self.ca: CustomCa | None = None
        """What the phone trusts besides what all trust."""
        self.is_fetching = False
        """Whether it is about to trust something else."""

    def handle(self, event: CustomCaEvent) -> list[Fetch | Tell]:
        """Take in what happened, and say what is to be done."""
        if isinstance(event, CustomCaFetched):
            return self._take(event)
        if isinstance(event, GoDown):
            self._is_up = self.is_fetching = False
            return []
        if isinstance(event, ComeUp):
            self._is_up = True
            return self._obey()
        return self._look_again(is_retry=self._has_failed and isinstance(event, ResyncFinished))

    def _look_again(self, *, is_retry: bool = False) -> _Actions:
        """Obey the rule where that is another one by now; what is on its way comes first."""
        is_other = self._view()[CUSTOM_CA_RULE] != self._rule
        if not self._is_up or self.is_fetching or not (is_other or is_retry):
            return []
        return self._obey()

    def _obey(self) -> _Actions:
        view = self._view()
        self._rule = rule = view[CUSTOM_CA_RULE]
        self._has_failed = False
        if not rule:
            self.ca = None
            return []
        errand = plan_errand(CUSTOM_CA_RULE, rule, view, self._lookup)
        if errand.fault:
            return [self._fail("", "rule", errand.fault)]
        warnings: _Actions = [
            Tell(Warned(CUSTOM_CA_RULE, f"{option} means nothing to mppsim: ignored"))
            for option in errand.ignored
        ]
        if errand.job is None:
            return warnings  # none of its conditions holds
        self.is_fetching = True
        return [*warnings, Fetch(replace(errand.job, limit=_CA_LIMIT))]

    def _take(self, fetched: CustomCaFetched) -> _Actions:
        assert self.is_fetching, "nothing was to be fetched"
        self.is_fetching = False
        url = str(fetched.job.url)
        if fetched.reason is not None:
            detail = describe_failure(
                fetched.reason, is_missing=fetched.is_missing, detail=fetched.detail
            )
            ended = self._fail(url, fetched.reason, detail)
        elif fetched.ca is None:
            ended = self._fail(url, "certificate", "there is no certificate in it")
        else:
            self.ca = fetched.ca
            ended = Tell(CustomCaEnded(url, OK, fetched.ca.name))
        return [ended, *self._look_again()]

    def _fail(self, url: str, result: str, detail: str) -> Tell:
        self._has_failed = True
        return Tell(CustomCaEnded(url, result, detail))
