"""Lay out the pages: which tabs and sections there are, and what an account may see of them.

Source: the catalogue's tabs and sections; the provisioning guides on the `ua` attribute.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from mppsim.admin.address import Account, Detail
from mppsim.admin.labels import slug_of
from mppsim.core.catalogue import Parameter, ParameterSet, ReportForm
from mppsim.core.parameters import ParameterView

__all__ = ["Access", "Section", "Tab", "access_to", "show_tabs", "voice_tabs"]


class Access(StrEnum):
    """What an account may do with a parameter: the values of `ua`."""

    NONE = "na"
    READ = "ro"
    WRITE = "rw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and what stands below it, in configuration order."""

    title: str
    parameters: tuple[Parameter, ...]

    @property
    def anchor(self) -> str:
        """Return the fragment that leads to it on its page."""
        return f"section-{slug_of(self.title)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One page below Voice."""

    title: str
    slug: str
    sections: tuple[Section, ...]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Return all that stands on it."""
        return tuple(p for section in self.sections for p in section.parameters)


def access_to(view: ParameterView, parameter: Parameter, account: Account) -> Access:
    """Return what an account may do: `ua` governs the user and never limits the administrator."""
    return Access.WRITE if account is Account.ADMIN else Access(view.ua(parameter.index))


@lru_cache(maxsize=64)
def voice_tabs(parameters: ParameterSet) -> tuple[Tab, ...]:
    """Return every tab below Voice, in the page's order.

    Hidden tabs and what only a profile can set are on no page.
    """
    tabs: dict[str, dict[str, list[Parameter]]] = {}
    for parameter in parameters:
        if parameter.tab != _HIDDEN and parameter.form is not ReportForm.NEVER:
            sections = tabs.setdefault(parameter.tab, {})
            sections.setdefault(parameter.section, []).append(parameter)
    return tuple(
        Tab(title=title, slug=slug_of(title), sections=_sections(tabs[title]))
        for title in sorted(tabs, key=_place_of)
    )


def show_tabs(view: ParameterView, account: Account, detail: Detail) -> tuple[Tab, ...]:
    """Return the tabs as an account sees them: a tab or section of which it sees nothing is not."""
    tabs = voice_tabs(view.baseline.parameters)
    if detail is Detail.BASIC:
        tabs = tuple(_only(tab, filter(_is_basic(tab), tab.sections)) for tab in tabs)
    if account is Account.USER:
        tabs = tuple(_only(tab, (_seen(view, part) for part in tab.sections)) for tab in tabs)
    return tuple(tab for tab in tabs if tab.sections)


_HIDDEN = "Hidden"
_ORDER = ("System", "SIP", "Provisioning", "Regional", "Phone", "User", "Att Console")
"""As the page has them; extensions come last, and anything else before them."""

_BASIC: Mapping[str, re.Pattern[str]] = {
    "System": re.compile(
        "System Configuration|Network Settings|IPv[46] Settings|Optional Network Configuration"
        "|VLAN Settings|Wi-Fi .*"
    ),
    "SIP": re.compile("SIP Parameters|RTP Parameters|NAT Support Parameters"),
    "Provisioning": re.compile(
        "Configuration Profile|Upload Configuration Options|Firmware Upgrade"
    ),
    "Regional": re.compile("Time|Language"),
    "Phone": re.compile("General|Line Key .*|Supplementary Services|Ringtone|LDAP|XML Service"),
    "User": re.compile(".*"),
    "Att Console": re.compile("General|Unit .*"),
    "Ext": re.compile(
        "General|SIP Settings|Call Feature Settings|Proxy and Registration"
        "|Subscriber Information|Audio Configuration|Dial Plan"
    ),
}
"""Which sections the basic view shows. No document lists them: our choice."""


def _place_of(title: str) -> tuple[int, int]:
    if title in _ORDER:
        return _ORDER.index(title), 0
    extension = re.fullmatch(r"Ext (\d+)", title)
    return (len(_ORDER) + 1, int(extension[1])) if extension else (len(_ORDER), 0)


def _sections(sections: Mapping[str, Iterable[Parameter]]) -> tuple[Section, ...]:
    return tuple(
        Section(title=title, parameters=tuple(parameters)) for title, parameters in sections.items()
    )


def _is_basic(tab: Tab) -> Callable[[Section], bool]:
    pattern = _BASIC.get(tab.title.rstrip("0123456789 "))
    return lambda section: bool(pattern and pattern.fullmatch(section.title))


def _seen(view: ParameterView, section: Section) -> Section:
    seen = (p for p in section.parameters if access_to(view, p, Account.USER) is not Access.NONE)
    return replace(section, parameters=tuple(seen))


def _only(tab: Tab, sections: Iterable[Section]) -> Tab:
    return replace(tab, sections=tuple(section for section in sections if section.parameters))
