"""Macros in rules and messages: `$MA`, `$(MA:6)`, `$(MA:6:2)`, `$$`.

A name is the longest run of upper-case letters and digits, so `$PN_$MA_$SN` holds three. What a
macro gives is not read again: `$$MA` gives `$MA`. A name that nobody knows stays as it is.

Source: the provisioning guides, "Macro Expansion Variables" and "Substring extraction".
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

from mppsim.core.frozen import frozen_value
from mppsim.core.identity import PhoneIdentity
from mppsim.core.line_status import LineStatus, find_seconds_unregistered
from mppsim.core.parameters import ParameterView
from mppsim.core.url import Url

__all__ = ["BORN", "SECRET_MACROS", "LiveState", "Lookup", "PhoneMacros", "expand_macros"]

Lookup = Callable[[str], str | None]
"""Gives a macro's value by its name, or None where there is no such macro."""

SECRET_MACROS = frozenset({"SA", "SB", "SC", "SD"})
"""GPP_SA to GPP_SD: expanded as the value of `--key`, `--uid` and `--pwd`, and nowhere else."""

# `GPP_A` is the one name with an underscore. Offsets of more than nine digits are no offsets.
_NAME = r"GPP_[A-P](?![A-Z0-9])|[A-Z0-9]+"
_MACRO = re.compile(rf"\$(?:(\$)|({_NAME})|\(({_NAME})(?::([0-9]{{1,9}})(?::([0-9]{{1,9}}))?)?\))")


class _Macro(NamedTuple):
    name: str
    written: str
    part: slice | None
    """Which characters of its value; None: all of them."""


def expand_macros(text: str, lookup: Lookup, *, secrets: bool = False) -> str:
    """Return `text` with its macros replaced, once; `$SA` to `$SD` only where `secrets` is true."""
    if "$" not in text:
        return text
    form, macros = _read(text)
    values = []
    for name, written, part in macros:
        value = None if name in SECRET_MACROS and not secrets else lookup(name)
        values.append(written if value is None else value if part is None else value[part])
    return form % tuple(values)


@lru_cache(maxsize=4096)
def _read(text: str) -> tuple[str, tuple[_Macro, ...]]:
    """Split a text into a form and what is put into it: once, however large the fleet."""
    form: list[str] = []
    macros: list[_Macro] = []
    start = 0
    for matched in _MACRO.finditer(text):
        form.append(text[start : matched.start()].replace("%", "%%"))
        if matched[1]:
            form.append("$")
        else:
            form.append("%s")
            macros.append(_macro(matched))
        start = matched.end()
    form.append(text[start:].replace("%", "%%"))
    return "".join(form), tuple(macros)


def _macro(matched: re.Match[str]) -> _Macro:
    name, offset, length = (matched[2] or matched[3]), int(matched[4] or 0), matched[5]
    part = slice(offset, None if length is None else offset + int(length))
    return _Macro(name.removeprefix("GPP_"), matched[0], part if offset or length else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveState:
    """What only a phone's life tells its macros. The defaults: nothing has happened yet."""

    external_ip: str = ""
    """As STUN found it; without it EXT_IP counts."""
    is_customised: bool = False
    resync_state: int = 0
    """-1: asked for, 0: at power-up, 1: periodic, 2: a retry."""
    seconds_since_resync: int = 0
    upgrade_state: int = 1
    """1: first attempt, 2: a retry."""
    seconds_since_upgrade: int = 0
    upgrade_result: str = ""
    seconds_unregistered: tuple[int, int] = (0, 0)
    """How long lines 1 and 2 have been without the registration that they had."""
    request: Url | None = None
    """Where the last resync or upgrade went."""
    request_ip: str = ""
    request_result: str = ""
    mobile_user: str = ""
    """Who is logged in by Extension Mobility."""
    mobile_password: str = field(default="", repr=False)

    def with_lines(self, lines: Mapping[int, LineStatus], now: float) -> "LiveState":
        """Return the same with what is known of the lines; `now` as their moments."""
        if not lines:
            return self
        return replace(self, seconds_unregistered=find_seconds_unregistered(lines, now))


BORN = LiveState()
"""Of a phone that nothing has happened to yet."""


@frozen_value()
class PhoneMacros:
    """The macros of one phone as it is at one moment: a `Lookup`."""

    identity: PhoneIdentity
    view: ParameterView
    live: LiveState = BORN

    def __call__(self, name: str) -> str | None:
        """Return the value of `$name`, or None where the phone knows no such macro."""
        value_of = _VALUES.get(name)
        if value_of is not None:
            return value_of(self)
        parameter = _PARAMETERS.get(name)
        if parameter is None:
            line = _LINE_MACRO.fullmatch(name)
            if line is None:
                return None
            parameter = f"{_LINE_PARAMETERS[line[1]]}_{line[2]}_"
        return self.view.get(parameter)


_PARAMETERS = {letter: f"GPP_{letter}" for letter in "ABCDEFGHIJKLMNOP"} | {
    name: f"GPP_{name}" for name in SECRET_MACROS
}
_LINE_PARAMETERS = {
    "UID": "User_ID",
    "DISPLAYNAME": "Display_Name",
    "AUTHID": "Auth_ID",
    "PROXY": "Proxy",
}
_LINE_MACRO = re.compile(rf"({'|'.join(_LINE_PARAMETERS)})([1-9][0-9]?)")


# Name by name the list of the guides' macro variables. What no resync, upgrade or login has set
# yet is empty; the names stay the phone's own all the same, so they never stand as they are.
_VALUES: Mapping[str, Callable[[PhoneMacros], str]] = {
    "MA": lambda phone: phone.identity.mac,
    "MAU": lambda phone: phone.identity.mac.upper(),
    "MAC": lambda phone: ":".join(re.findall("..", phone.identity.mac)),
    "PN": lambda phone: phone.identity.model.product_name,
    "PSN": lambda phone: phone.identity.model.psn,
    "SN": lambda phone: phone.identity.serial,
    "HWVER": lambda phone: phone.identity.model.hardware_version,
    "SWVER": lambda phone: phone.identity.model.software_version(phone.view.baseline.release),
    "VERSION": lambda phone: phone.identity.model.version(phone.view.baseline.release),
    "IP": lambda phone: phone.identity.ip,
    "EXTIP": lambda phone: phone.live.external_ip or phone.view["EXT_IP"],
    "CCERT": lambda phone: phone.identity.client_certificate,
    "ISCUST": lambda phone: str(int(phone.live.is_customised)),
    "PRVST": lambda phone: str(phone.live.resync_state),
    "PRVTMR": lambda phone: str(phone.live.seconds_since_resync),
    "UPGST": lambda phone: str(phone.live.upgrade_state),
    "UPGTMR": lambda phone: str(phone.live.seconds_since_upgrade),
    "UPGERR": lambda phone: phone.live.upgrade_result,
    "UPGCOND": lambda _: "",  # left over from older phones
    "REGTMR1": lambda phone: str(phone.live.seconds_unregistered[0]),
    "REGTMR2": lambda phone: str(phone.live.seconds_unregistered[1]),
    "SCHEME": lambda phone: phone.live.request.scheme if phone.live.request else "",
    "METH": lambda phone: phone.live.request.scheme if phone.live.request else "",
    "SERV": lambda phone: phone.live.request.host if phone.live.request else "",
    "SERVIP": lambda phone: phone.live.request_ip,
    "PORT": lambda phone: str(phone.live.request.port) if phone.live.request else "",
    "PATH": lambda phone: phone.live.request.target if phone.live.request else "",
    "ERR": lambda phone: phone.live.request_result,
    "EMS": lambda phone: "mobile" if phone.live.mobile_user else "",
    "MUID": lambda phone: phone.live.mobile_user,
    "MPWD": lambda phone: phone.live.mobile_password,
}
