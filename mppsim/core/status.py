"""Write a phone's status report: the groups of its page Info > Status under `<flat-status>`.

No status file of an MPP phone is public: the layout is that of the guide's Reboot History sample.
A group's report is prepared once; a phone's own report fills some thirty places of it, or some
ninety where it has parameters of its own that the rest of them shows.

Source: `mppsim/data/status.csv`; docs/decisions.md.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from mppsim.core.catalogue import ParameterSet, PhoneModel, StatusField, status_fields
from mppsim.core.identity import PhoneIdentity
from mppsim.core.line_status import LineStatus
from mppsim.core.parameters import Baseline, ParameterView
from mppsim.core.phone_status import PhoneStatus
from mppsim.core.report import DECLARATION, escape_text
from mppsim.core.status_values import STATUS_VALUES, StatusFacts, StatusValue

__all__ = ["PhoneStatus", "StatusGroup", "StatusRow", "build_status", "read_status"]


@dataclass(frozen=True, slots=True)
class StatusRow:
    """A status field's name, as a report spells it, and what it shows now."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class StatusGroup:
    """A section of Info > Status."""

    name: str
    rows: tuple[StatusRow, ...]


def build_status(
    identity: PhoneIdentity, view: ParameterView, status: PhoneStatus, *, now: float
) -> bytes:
    """Write the status of a phone at a moment of the run's clock, in seconds.

    It shows no secret. Dates are those of the phone's Time_Zone, without summer time.
    """
    facts = StatusFacts(identity, view, status, now)
    template = _prepare_group(view.baseline, has_lines=bool(status.lines))
    if not template.shown.isdisjoint(view.overlay):
        template = _prepare(view.baseline.parameters)
    pieces = list(template.pieces)
    values = [read(facts, number) for _, _, read, number in template.slots]
    everything = "".join(values)
    if escape_text(everything) != everything:  # hardly ever: to look at each takes its time
        values = [escape_text(value) for value in values]
    for (at, name, _, _), value in zip(template.slots, values, strict=True):
        if value:  # a slot is written as an empty field already
            pieces[at] = f"<{name}>{value}</{name}>\n"
    return "".join(pieces).encode()


def read_status(
    identity: PhoneIdentity, view: ParameterView, status: PhoneStatus, *, now: float
) -> tuple[StatusGroup, ...]:
    """Read what Info > Status shows at a moment of the run's clock, in seconds: no secret."""
    facts = StatusFacts(identity, view, status, now)
    return tuple(
        StatusGroup(group, tuple(StatusRow(at.name, at.read(facts)) for at in places))
        for group, places in _places(identity.model)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A field of a model's status, and where its value comes from."""

    name: str
    value: StatusValue
    number: int
    """Of its line, unit or place in a history; 0 where it has none."""

    def read(self, facts: StatusFacts) -> str:
        """Return what it shows."""
        return self.value if isinstance(self.value, str) else self.value(facts, self.number)


@lru_cache(maxsize=64)
def _places(model: PhoneModel) -> tuple[tuple[str, tuple[_Place, ...]], ...]:
    """Return the groups of a model's status, each with its fields."""
    return tuple(
        (group, tuple(map(_place, fields)))
        for group, fields in groupby(status_fields(model), key=lambda field: field.group)
    )


class _Slot(NamedTuple):  # of all values here: each report takes forty of them apart
    """A field that differs from phone to phone, or from time to time."""

    at: int
    """Which of the template's pieces it is."""
    name: str
    read: Callable[[StatusFacts, int], str]
    number: int


@dataclass(frozen=True, slots=True)
class _Template:
    pieces: tuple[str, ...]
    slots: tuple[_Slot, ...]
    shown: frozenset[int] = frozenset()
    """The parameters whose values are in its pieces, by `Parameter.index`."""


class _GroupFacts(StatusFacts):
    """What is known of all phones of a group: values of parameters, and perhaps of no line.

    Whoever asks it for anything else gets an `AttributeError`.
    """

    __slots__ = ("asked", "has_lines")

    def __init__(self, view: ParameterView, *, has_lines: bool) -> None:
        self.view = view
        self.has_lines = has_lines
        self.asked: set[int] = set()

    def __getitem__(self, name: str) -> str:
        parameter = self.view.baseline.parameters.get(name)
        if parameter is not None:
            self.asked.add(parameter.index)
        return super().__getitem__(name)

    @property
    def lines(self) -> Mapping[int, LineStatus]:
        return super().lines if self.has_lines else {}


@lru_cache(maxsize=128)
def _prepare_group(baseline: Baseline, *, has_lines: bool) -> _Template:
    """Prepare the report of phones that hold what their baseline does."""
    shown: set[int] = set()

    def read(place: _Place) -> str | None:
        facts = _GroupFacts(baseline.view, has_lines=has_lines)
        try:
            value = place.read(facts)
        except AttributeError:
            return None
        shown.update(facts.asked)
        return value

    template = _compose(baseline.parameters, read)
    return replace(template, shown=frozenset(shown))


@lru_cache(maxsize=64)
def _prepare(parameters: ParameterSet) -> _Template:
    """Prepare the report of a model at a release: what never differs is text already."""
    return _compose(parameters, lambda place: None if callable(place.value) else place.value)


def _compose(parameters: ParameterSet, read: Callable[[_Place], str | None]) -> _Template:
    """Write a report as far as `read` can tell its values; it says None where a slot is needed."""
    declaration = DECLARATION if parameters.release.xml_declaration else ""
    pieces = [f"{declaration}<flat-status>\n"]  # text and slots take turns
    slots: list[_Slot] = []
    for group, fields in _places(parameters.model):
        pieces[-1] += f"<{group}>\n"
        for field in fields:
            value = read(field)
            if value is not None:
                pieces[-1] += _render_field(field.name, value)
            else:
                assert callable(field.value), "a constant is known to all"
                slots.append(_Slot(len(pieces), field.name, field.value, field.number))
                pieces += (_render_field(field.name, ""), "")
        pieces[-1] += f"</{group}>\n"
    pieces[-1] += "</flat-status>\n"
    return _Template(tuple(pieces), tuple(slots))


_NUMBER = re.compile(r"_(\d+)(?=_|/|$)")


def _place(field: StatusField) -> _Place:
    """Find a field's value and its number: 2 for Ext_2_Status, 3 for Reboot_Reason_3."""
    numbered = _NUMBER.search(f"{field.group}/{field.name}")
    values = STATUS_VALUES.get(_NUMBER.sub("_n", field.group), {})
    value = values.get(_NUMBER.sub("_n", field.name), "")
    return _Place(name=field.name, value=value, number=int(numbered[1]) if numbered else 0)


def _render_field(name: str, value: str) -> str:
    return f"<{name}>{escape_text(value)}</{name}>\n" if value else f"<{name}/>\n"
