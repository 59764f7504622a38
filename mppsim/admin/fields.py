"""Give each parameter its control: a list of options, a number with its range, a password box.

What never changes of a control is made once for a model; a page adds values, access and errors.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import groupby

from mppsim.admin.address import Account
from mppsim.admin.labels import label_of
from mppsim.admin.layout import Access, Section, access_to
from mppsim.core.allowed import describe_allowed
from mppsim.core.catalogue import Parameter, ParameterSet
from mppsim.core.parameters import ParameterView

__all__ = ["Control", "ControlKind", "Field", "FieldGroup", "build_field", "build_groups"]


class ControlKind(StrEnum):
    """How a value is entered."""

    SELECT = "select"
    CHECKBOXES = "checkboxes"
    NUMBER = "number"
    PASSWORD = "password"
    TEXTAREA = "textarea"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What is the same of a parameter's control on every page."""

    name: str
    label: str
    kind: ControlKind
    options: tuple[str, ...]
    low: str
    high: str
    step: str
    max_length: str
    allowed: str
    """What it may hold, in words; empty where the control shows that by itself."""
    default: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A control and what it shows now."""

    control: Control
    value: str = field(repr=False)
    """Never that of a secret."""
    is_set: bool
    """Whether the phone holds a value; for a secret that is all that is shown."""
    is_read_only: bool
    error: str

    @property
    def options(self) -> tuple[str, ...]:
        """Return the options, and first the value if it is none of them."""
        listed = self.control.options
        return listed if self.value in listed else (self.value, *listed)

    @property
    def chosen(self) -> tuple[str, ...]:
        """Return the options of a multiple choice that are ticked."""
        return tuple(self.value.split("|"))

    @property
    def is_own(self) -> bool:
        """Say whether it shows something else than the factory's value."""
        return self.control.kind is not ControlKind.PASSWORD and self.value != self.control.default


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldGroup:
    """Fields that belong together: of one key of a key module, or all of a section."""

    title: str
    fields: tuple[Field, ...]


def build_groups(
    view: ParameterView,
    section: Section,
    account: Account,
    *,
    given: Mapping[str, str],
    errors: Mapping[str, str],
) -> Iterator[FieldGroup]:
    """Yield a section's fields as an account sees them, the keys of a module each by itself.

    `given` holds values that were refused: they are shown in place of the phone's, for correction.
    """
    for title, parameters in groupby(section.parameters, key=_group_of):
        fields = (build_field(view, p, account, given=given, errors=errors) for p in parameters)
        yield FieldGroup(title=title, fields=tuple(fields))


def build_field(
    view: ParameterView,
    parameter: Parameter,
    account: Account,
    *,
    given: Mapping[str, str],
    errors: Mapping[str, str],
) -> Field:
    """Return a parameter's field as an account sees it. No secret is in it."""
    held = view.value(parameter.index)
    shown = "" if parameter.is_secret else given.get(parameter.name, held)
    return Field(
        control=_controls(view.baseline.parameters)[parameter.index],
        value=shown,
        is_set=bool(held),
        is_read_only=access_to(view, parameter, account) is not Access.WRITE,
        error=errors.get(parameter.name, ""),
    )


_LONG_KINDS = frozenset({"rule", "dialplan", "script", "dstrule"})
_NUMBERS = frozenset({"int", "float"})
_KEY = re.compile(r"Unit_\d+_[A-Za-z_]+_(\d+)_")


def _group_of(parameter: Parameter) -> str:
    key = _KEY.fullmatch(parameter.name)
    return f"Key {key[1]}" if key else ""


@lru_cache(maxsize=64)
def _controls(parameters: ParameterSet) -> tuple[Control, ...]:
    return tuple(_control(parameter) for parameter in parameters)


def _control(parameter: Parameter) -> Control:
    kind = _kind_of(parameter)
    is_number = kind is ControlKind.NUMBER
    low, _, high = parameter.allowed.partition("-") if is_number else ("", "", "")
    return Control(
        name=parameter.name,
        label=label_of(parameter.name),
        kind=kind,
        options=parameter.options,
        low=low,
        high=high,
        step="any" if parameter.kind == "float" else "1",
        max_length=_max_length(parameter.allowed),
        allowed=f"{low} to {high}" if is_number else _in_words(parameter),
        default=parameter.default,
    )


def _kind_of(parameter: Parameter) -> ControlKind:
    if parameter.is_secret:
        return ControlKind.PASSWORD
    if parameter.kind == "multi":
        return ControlKind.CHECKBOXES
    if parameter.options:
        return ControlKind.SELECT
    if parameter.kind in _NUMBERS and parameter.allowed:
        return ControlKind.NUMBER
    return ControlKind.TEXTAREA if parameter.kind in _LONG_KINDS else ControlKind.TEXT


def _in_words(parameter: Parameter) -> str:
    says_itself = bool(parameter.options) or not parameter.allowed
    return "" if says_itself else describe_allowed(parameter)


def _max_length(allowed: str) -> str:
    return allowed.removeprefix("len<=") if allowed.startswith("len<=") else ""
