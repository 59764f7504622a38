"""Write a phone's status report: the groups of its page Info > Status under `<flat-status>`.

No status file of an MPP phone is public: the layout is that of the guide's Reboot History sample.
A group's report is prepared once; a phone's own report fills some thirty places of it, or some
ninety where it has parameters of its own that the rest of them shows.

Source: `mppsim/data/status.csv`; docs/decisions.md.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby

from mppsim.core.catalogue import ParameterSet, PhoneModel, StatusField, status_fields
from mppsim.core.identity import PhoneIdentity
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
    template = _prepare_group(view.baseline, has_lines=bool(status.lines), has_past=status.has_past)
    if not template.shown.isdisjoint(view.overlay):
        template = _prepare(view.baseline.parameters)
    values = [read(facts, number) for read, number in template.reads]
    everything = "".join(values)
    if escape_text(everything) != everything:  # hardly ever: to look at each takes its time
        values = [escape_text(value) for value in values]
    pieces = list(template.pieces)
    pieces[1::2] = values
    if not all(values):
        for place, (value, name) in enumerate(zip(values, template.names, strict=True)):
            if not value:
                _close_empty(pieces, 2 * place + 1, name)
    return "".join(pieces).encode()


def _close_empty(pieces: list[str], at: int, name: str) -> None:
    """Make of the tags around an empty value the one that phones write."""
    pieces[at - 1] = pieces[at - 1].removesuffix(f"<{name}>") + f"<{name}/>\n"
    pieces[at + 1] = pieces[at + 1].removeprefix(f"</{name}>\n")


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


@dataclass(frozen=True, slots=True)
class _Template:
    """A report but for the fields that differ from phone to phone, or from time to time."""

    pieces: tuple[str, ...]
    """Text up to a value, nothing in the value's place, text up to the next value, and so on."""
    reads: tuple[tuple[Callable[[StatusFacts, int], str], int], ...]
    """How each value is read, and the number to read it with."""
    names: tuple[str, ...]
    """The fields of the values."""
    shown: frozenset[int] = frozenset()
    """The parameters whose values are in its text, by `Parameter.index`."""


class _GroupFacts(StatusFacts):
    """What is known of all phones of a group: values of parameters; perhaps, of no line, no past.

    Whoever asks it for anything else gets an `AttributeError`.
    """

    __slots__ = ("asked",)

    def __init__(self, view: ParameterView, *, has_lines: bool, has_past: bool) -> None:
        self.view = view
        if not has_lines:
            self.lines = {}
        if not has_past:
            self.status = _NEW
        self.asked: set[int] = set()

    def __getitem__(self, name: str) -> str:
        parameter = self.view.baseline.parameters.get(name)
        if parameter is not None:
            self.asked.add(parameter.index)
        return super().__getitem__(name)


_NEW = PhoneStatus(boot_time=0.0)


@lru_cache(maxsize=256)
def _prepare_group(baseline: Baseline, *, has_lines: bool, has_past: bool) -> _Template:
    """Prepare the report of phones that hold what their baseline does."""
    shown: set[int] = set()

    def read(place: _Place) -> str | None:
        facts = _GroupFacts(baseline.view, has_lines=has_lines, has_past=has_past)
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
    pieces = [f"{declaration}<flat-status>\n"]  # text and values take turns
    reads, names = [], []
    for group, fields in _places(parameters.model):
        pieces[-1] += f"<{group}>\n"
        for field in fields:
            value = read(field)
            if value is not None:
                pieces[-1] += _render_field(field.name, value)
            else:
                assert callable(field.value), "a constant is known to all"
                reads.append((field.value, field.number))
                names.append(field.name)
                pieces[-1] += f"<{field.name}>"
                pieces += ("", f"</{field.name}>\n")
        pieces[-1] += f"</{group}>\n"
    pieces[-1] += "</flat-status>\n"
    return _Template(tuple(pieces), tuple(reads), tuple(names))


_NUMBER = re.compile(r"_(\d+)(?=_|/|$)")


def _place(field: StatusField) -> _Place:
    """Find a field's value and its number: 2 for Ext_2_Status, 3 for Reboot_Reason_3."""
    numbered = _NUMBER.search(f"{field.group}/{field.name}")
    values = STATUS_VALUES.get(_NUMBER.sub("_n", field.group), {})
    value = values.get(_NUMBER.sub("_n", field.name), "")
    return _Place(name=field.name, value=value, number=int(numbered[1]) if numbered else 0)


def _render_field(name: str, value: str) -> str:
    return f"<{name}>{escape_text(value)}</{name}>\n" if value else f"<{name}/>\n"
