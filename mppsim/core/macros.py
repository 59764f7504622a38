"""Macros in rules and messages: `$MA`, `$(MA:6)`, `$(MA:6:2)`, `$$`.

A name is the longest run of upper-case letters and digits, so `$PN_$MA_$SN` holds three. What a
macro gives is not read again: `$$MA` gives `$MA`. A name that nobody knows stays as it is.

Source: the provisioning guides, "Macro Expansion Variables" and "Substring extraction".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Lookup", "expand_macros"]

Lookup = Callable[[str], str | None]
"""Gives a macro's value by its name, or None where there is no such macro."""

SECRET_MACROS = frozenset({"SA", "SB", "SC", "SD"})
"""GPP_SA to GPP_SD: expanded as the value of `--key`, `--uid` and `--pwd`, and nowhere else."""

# `GPP_A` is the one name with an underscore. Offsets of more than nine digits are no offsets.
_NAME = r"GPP_[A-P](?![A-Z0-9])|[A-Z0-9]+"
_MACRO = re.compile(rf"\$(?:(\$)|({_NAME})|\(({_NAME})(?::([0-9]{{1,9}})(?::([0-9]{{1,9}}))?)?\))")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Macro:
    name: str
    written: str
    offset: int
    end: int | None


def expand_macros(text: str, lookup: Lookup, *, secrets: bool = False) -> str:
    """Return `text` with its macros replaced, once; `$SA` to `$SD` only where `secrets` is true."""
    if "$" not in text:
        return text
    return "".join(
        [part if isinstance(part, str) else _expand(part, lookup, secrets) for part in _read(text)]
    )


def _expand(macro: _Macro, lookup: Lookup, secrets: bool) -> str:
    if macro.name in SECRET_MACROS and not secrets:
        return macro.written
    value = lookup(macro.name)
    return macro.written if value is None else value[macro.offset : macro.end]


@lru_cache(maxsize=4096)
def _read(text: str) -> tuple[str | _Macro, ...]:
    """Split a text into what stays and what is looked up: once, however large the fleet."""
    parts: list[str | _Macro] = []
    start = 0
    for matched in _MACRO.finditer(text):
        parts.append(text[start : matched.start()])
        parts.append("$" if matched[1] else _macro(matched))
        start = matched.end()
    parts.append(text[start:])
    return tuple(part for part in parts if part)


def _macro(matched: re.Match[str]) -> _Macro:
    offset, length = int(matched[4] or 0), matched[5]
    return _Macro(
        name=(matched[2] or matched[3]).removeprefix("GPP_"),
        written=matched[0],
        offset=offset,
        end=None if length is None else offset + int(length),
    )
