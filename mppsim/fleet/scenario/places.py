"""Find the hosts that the values of a group's phones name.

What all phones share is read once. A host that differs from phone to phone is looked for phone by
phone: its place is found by a mark, which stands for whatever is a phone's own.

Source: docs/scenario.md, "Where traffic may go"; docs/resync.md and docs/registration.md.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mppsim.core.identity import PhoneIdentity, make_serial
from mppsim.core.macros import Lookup, PhoneMacros, expand_macros
from mppsim.core.notices import PROFILE_RULES
from mppsim.core.parameters import ParameterView
from mppsim.core.profile_rule import parse_profile_rule
from mppsim.core.report_rule import read_report_rule
from mppsim.core.resync_errand import is_fetched
from mppsim.core.resync_settings import UPGRADE_RULE
from mppsim.core.settings import REPORT_RULE
from mppsim.core.syslog import parse_syslog_server
from mppsim.core.url import Url, parse_url
from mppsim.errors import ReportRuleError
from mppsim.fleet.plan import GroupPlan
from mppsim.fleet.scenario.placeholders import (
    MARK,
    MARKS,
    fill,
    is_marked,
    phone_words,
    without_marks,
)
from mppsim.fleet.scenario.ranges import show_address
from mppsim.net.lines import read_lines

__all__ = ["IPV4_ONLY", "Destination", "PhonePlaces", "is_directing", "is_ipv6", "read_url"]

IPV4_ONLY = "the phones have IPv4 addresses: give the server's IPv4 address, or its name"
"""Why none of them reaches an IPv6 address, and what instead."""

_CUSTOM_CA_RULE = "Custom_CA_Rule"
_SYSLOG = "Syslog_Server"
_FETCHED = (*PROFILE_RULES, UPGRADE_RULE, _CUSTOM_CA_RULE)
_PROXY = re.compile(r"(?:Outbound_)?Proxy_[0-9]+_")
_LINE_USE = re.compile(r"(?:User_ID|Line_Enable|Register)_[0-9]+_")
_GENERAL_PURPOSE = re.compile(r"GPP_(?:[A-P]|S[A-D])")
_AUTHORITY = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://)?([^/?#]*)")
_PROFILE_OF_EVENT = re.compile(r";\s*profile\s*=\s*(.*)", re.IGNORECASE | re.DOTALL)
_OF_PHONE = frozenset({"MA", "MAU", "MAC", "SN", "IP"})
_MOST_PHONES = 10_000
"""As many are looked at one by one, where each names a host of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A place that something in a plan names."""

    host: str
    """Empty: each phone has its own."""
    authority: str = ""
    """With the port, of what is reached by HTTP or TFTP; empty for SIP and syslog."""
    is_tftp: bool = False
    is_from_phone: bool = True
    """Whether it is reached from a phone's own address, or from any that mppsim has."""
    named: str = ""
    """The parameter and its group, or the key of the scenario."""

    @staticmethod
    def of_url(url: Url, named: str = "") -> "Destination":
        """Return where a URL leads."""
        return Destination(
            host=url.host, authority=url.authority, is_tftp=url.scheme == "tftp", named=named
        )

    def named_by(self, named: str) -> "Destination":
        """Return the same with the name of who names it."""
        return replace(self, named=named)


def is_directing(name: str) -> bool:
    """Say whether a parameter says where traffic goes."""
    return name in {REPORT_RULE, _SYSLOG, *_FETCHED} or _PROXY.fullmatch(name) is not None


def is_ipv6(url: str) -> bool:
    """Say whether a URL's server is an IPv6 address; what a macro or a word holds is not seen."""
    try:
        return ":" in parse_url(url).host
    except ReportRuleError:
        return False


def read_url(text: str, lookup: Lookup) -> Destination | None:
    """Return where a URL leads once its macros are expanded; None: nowhere by its own.

    The host is empty where a mark stands in it: each phone has its own.
    """
    expanded = expand_macros(text, lookup)
    authority = _AUTHORITY.match(expanded)
    if authority is not None and is_marked(authority[1]):
        return Destination(host="", authority="?")
    try:
        url = parse_url(without_marks(expanded))
    except ReportRuleError:
        return None  # a phone cannot send it either
    return Destination.of_url(url) if url.host else None


class PhonePlaces:
    """Finds the hosts of one group."""

    def __init__(self, group: GroupPlan, events: Sequence[str]) -> None:
        """`events` are those of the NOTIFYs that the group gets: one may name a profile."""
        self._group = group
        self._events = events

    def find(self) -> Iterator[Destination]:
        """Give every destination, each once."""
        found: dict[Destination, None] = {}
        if self._group.tftp_server:
            url = f"tftp://{self._group.tftp_server}/"
            found |= dict.fromkeys(self._named("tftp", read_url(url, lambda _: None)))
        for view, lookup in self._sorts():
            found |= dict.fromkeys(self._of_view(view, lookup))
        if any(not each.host for each in found) and self._group.count <= _MOST_PHONES:
            found = {each: None for each in found if each.host}
            for view, lookup in self._phones():
                found |= dict.fromkeys(self._of_view(view, lookup))
        return iter(found)

    def _named(self, parameter: str, found: Destination | None) -> Iterator[Destination]:
        if found is not None:
            yield found.named_by(f"{parameter} of {self._group.name}")

    def _sorts(self) -> Iterator[tuple[ParameterView, Lookup]]:
        """Give what each kind holds, and what a CSV makes of it, with marks for phones' own."""
        group = self._group
        own = {name: fill(value, MARKS) for name, value in group.settings}
        rows = {(each.kind, _essence(each.settings)): None for each in group.given}
        rows = rows or {(kind, ()): None for kind in range(len(group.kinds))}
        for kind, settings in rows:
            view = _lay(group.kinds[kind].baseline.view, own | dict(settings))
            yield view, self._lookup(view, 0, marked=True)

    def _phones(self) -> Iterator[tuple[ParameterView, Lookup]]:
        """Give what each phone holds, as each of the kinds that it may be."""
        group = self._group
        for place, mac in enumerate(group.macs):
            words = phone_words(place + 1, mac)
            own = {name: fill(value, words) for name, value in group.settings}
            given = group.given[place] if group.given else None
            kinds = group.kinds if given is None else (group.kinds[given.kind],)
            own |= dict(given.settings) if given else {}
            for kind in kinds:
                view = _lay(kind.baseline.view, own)
                yield view, self._lookup(view, place, marked=False)

    def _lookup(self, view: ParameterView, place: int, *, marked: bool) -> Lookup:
        mac = f"{self._group.macs[place]:012x}"
        identity = PhoneIdentity(
            model=view.baseline.parameters.model,
            mac=mac,
            serial=make_serial(mac),
            ip=show_address(self._group.addresses[place]),
        )
        macros = PhoneMacros(identity, view)
        return lambda name: MARK if marked and name in _OF_PHONE else macros(name)

    def _of_view(self, view: ParameterView, lookup: Lookup) -> Iterator[Destination]:
        for name in (REPORT_RULE, *_FETCHED):
            if name in {REPORT_RULE, _CUSTOM_CA_RULE} or is_fetched(view, name):
                yield from self._of_rule(name, view.get(name) or "", lookup)
        for event in self._events:
            profile = _PROFILE_OF_EVENT.search(event)
            if profile is not None:
                yield from self._of_rule("notify", profile[1], lookup)
        yield from self._of_lines(view)
        syslog = view.get(_SYSLOG) or ""
        server = parse_syslog_server(without_marks(syslog))
        if server is not None:
            host = "" if is_marked(syslog) else server[0]
            yield from self._named(_SYSLOG, Destination(host=host, is_from_phone=False))

    def _of_rule(self, name: str, text: str, lookup: Lookup) -> Iterator[Destination]:
        if name == REPORT_RULE:
            rules = (rule for rule in read_report_rule(text).rules if rule is not None)
            for rule in rules:
                yield from self._named(name, read_url(rule.target, lookup))
            return
        try:
            alternatives = parse_profile_rule(_held(text, lookup)).alternatives
        except ReportRuleError:
            return  # a phone cannot obey it either
        for alternative in alternatives:
            if alternative.target:
                yield from self._named(name, read_url(alternative.target, lookup))
            for each in alternative.assignments:
                if is_directing(each.name) and each.name != name:
                    yield from self._of_rule(each.name, expand_macros(each.value, lookup), lookup)

    def _of_lines(self, view: ParameterView) -> Iterator[Destination]:
        for line in read_lines(view):
            parameter = (
                f"Outbound_Proxy_{line.number}_" if line.outbound_proxy else f"Proxy_{line.number}_"
            )
            if line.is_registering and is_marked(line.outbound_proxy or line.proxy):
                yield from self._named(parameter, Destination(host=""))
            elif line.can_register and line.target is not None:
                yield from self._named(parameter, Destination(host=line.target.host))


def _held(text: str, lookup: Lookup) -> str:
    """Return a profile rule, or what the one macro holds that it consists of."""
    return expand_macros(text, lookup) if _ONE_MACRO.fullmatch(text) else text


_ONE_MACRO = re.compile(r"\s*\$\(?[A-Z0-9_]+\)?\s*")


def _essence(settings: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return what of a phone's own settings has to do with hosts; whose line it is does not."""
    return tuple(
        (name, MARK if value and name.startswith("User_ID") else value)
        for name, value in settings
        if is_directing(name) or _LINE_USE.fullmatch(name) or _GENERAL_PURPOSE.fullmatch(name)
    )


def _lay(view: ParameterView, settings: Mapping[str, str]) -> ParameterView:
    """Return a view with values over it, marks among them, which no store would take."""
    parameters = view.baseline.parameters
    known = ((parameters.get(name), value) for name, value in settings.items())
    overlay = {parameter.index: value for parameter, value in known if parameter is not None}
    return ParameterView(view.baseline, overlay, {}) if overlay else view
