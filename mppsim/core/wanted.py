"""Find the parameters that somebody wants set, by whatever names, and say what became of them.

Source: docs/decisions.md, "names read".
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from mppsim.core.catalogue import Parameter, ParameterSet
from mppsim.core.frozen import frozen_value
from mppsim.core.profile import Remark

__all__ = ["Checked", "ParameterChange", "Wanted", "find_wanted"]

_HINTS = 5
"""Near names are looked for this often in one go: each time takes milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What names and texts come to; of two texts for one parameter the last."""

    texts: tuple[tuple[Parameter, str], ...]
    unknown: tuple[Remark, ...]
    """Why names mean nothing, each name once."""
    warnings: tuple[Remark, ...]
    """Names that were read leniently."""


@frozen_value()
class ParameterChange:
    """A checked new value under the parameter's real name."""

    name: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What became of values that somebody wants set: ready changes, refusals, warnings."""

    changes: tuple[ParameterChange, ...] = ()
    refused: tuple[Remark, ...] = ()
    warnings: tuple[Remark, ...] = ()


def find_wanted(parameters: ParameterSet, pairs: Iterable[tuple[str, str]]) -> Wanted:
    """Return the wanted text of each known parameter, and remarks on the names."""
    texts: dict[int, tuple[Parameter, str]] = {}
    unknown: dict[str, Remark] = {}
    warnings: dict[str, Remark] = {}
    for name, text in pairs:
        found = parameters.look_up(name)
        if found is None:
            reason = parameters.why_unknown(name, hint=len(unknown) < _HINTS)
            unknown.setdefault(name, Remark(name, reason))
            continue
        parameter = found.parameter
        texts[parameter.index] = (parameter, text)
        if found.spelling_differs:
            warnings[name] = Remark(name, f"read as {parameter.name}, as phones write it")
    return Wanted(
        texts=tuple(texts.values()),
        unknown=tuple(unknown.values()),
        warnings=tuple(warnings.values()),
    )
