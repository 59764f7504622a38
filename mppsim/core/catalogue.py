"""Know every parameter, status field and model: names, order, defaults, allowed values.

Source: the configuration files printed in the provisioning guides, as rows of
`mppsim/data/parameters.csv` and `status.csv`, which name where each one comes from.
"""

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from mppsim.core.expansion import PHONEOS_LEVEL, expand, fill, fits, lives
from mppsim.core.firmware import FirmwareRelease
from mppsim.core.phone_model import PhoneModel, find_model, models, read_rows
from mppsim.errors import ParameterError

__all__ = [
    "Found",
    "Parameter",
    "ParameterSet",
    "PhoneModel",
    "ReportForm",
    "StatusField",
    "find_model",
    "models",
    "parameter_set",
    "status_fields",
]


class ReportForm(StrEnum):
    """How a full report holds a parameter: plainly, inside a comment, or not at all."""

    ELEMENT = "element"
    COMMENT = "comment"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of one model at one release."""

    index: int
    """Its place in its `ParameterSet`, from 0, in configuration order."""
    name: str
    """The XML element's name, as phones write it."""
    tab: str
    section: str
    """The section of its tab: the comment line that precedes it in a configuration file."""
    kind: str
    """bool, enum, multi, int, float, list, secret, rule, macro, url, host, ip, string …"""
    allowed: str
    """Options joined with a bar, or "low-high", or "len<=n"; empty: free text."""
    default: str
    ua: str
    """What the user account may do with it: na (nothing), ro or rw."""
    is_secret: bool
    form: ReportForm
    is_reportable: bool = field(init=False, repr=False)
    """Whether its value may leave the phone in a delta."""

    def __post_init__(self) -> None:
        is_reportable = self.form is ReportForm.ELEMENT and not self.is_secret
        object.__setattr__(self, "is_reportable", is_reportable)

    @property
    def options(self) -> tuple[str, ...]:
        """Return the listed options of a bool, enum or multi, else nothing."""
        return tuple(self.allowed.split("|")) if self.kind in _WITH_OPTIONS else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusField:
    """One field of a phone's status."""

    group: str
    """The web page's section, spaces as underscores: the element around the field."""
    name: str
    kind: str
    example: str
    change: str
    """How the value moves over time, in words."""
    indexes: tuple[int, ...]
    """The numbers in its group or name: (2, 1) for Line_2_Call_1_Status; empty for most."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a name means; `spelling_differs` when phones write it otherwise."""

    parameter: Parameter
    spelling_differs: bool


class ParameterSet:
    """All parameters of one model at one release, in configuration order."""

    __slots__ = ("_spellings", "by_name", "model", "parameters", "release", "reported")

    def __init__(
        self,
        model: PhoneModel,
        release: FirmwareRelease,
        parameters: tuple[Parameter, ...],
        aliases: Mapping[str, str],
    ) -> None:
        self.model = model
        self.release = release
        self.parameters = parameters
        self.reported = tuple(p for p in parameters if p.form is not ReportForm.NEVER)
        """The entries of a full report, those inside a comment included."""
        self.by_name: Mapping[str, Parameter] = _ByName(self)
        """The same, for whoever asks often; raises `ParameterError` as the set does."""
        self._spellings = {
            alias.casefold(): self.by_name[name]
            for alias, name in aliases.items()
            if name in self.by_name
        } | {p.name.casefold(): p for p in parameters}

    def __reduce__(self) -> tuple[object, ...]:
        # Another process has its own, made once there as it was here.
        return parameter_set, (self.model, self.release)

    def __repr__(self) -> str:
        return f"<ParameterSet {self.model.model} {self.release.name}>"

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self.parameters)

    def __len__(self) -> int:
        return len(self.parameters)

    def __contains__(self, name: str) -> bool:
        return name in self.by_name

    def __getitem__(self, name: str) -> Parameter:
        """Return the parameter of exactly that name; raises `ParameterError`."""
        return self.by_name[name]

    def get(self, name: str) -> Parameter | None:
        """Return the parameter of exactly that name, if there is one."""
        return self.by_name.get(name)

    def find(self, name: str) -> Found:
        """Return what a name means: exactly, by an alias, or without regard to case.

        Raises `ParameterError` naming near names.
        """
        found = self.look_up(name)
        if found is None:
            raise ParameterError(name, self.why_unknown(name))
        return found

    def look_up(self, name: str) -> Found | None:
        """Do as `find` does, but return None for a name that means nothing."""
        parameter = self.by_name.get(name)
        if parameter is not None:
            return Found(parameter, spelling_differs=False)
        parameter = self._spellings.get(name.casefold())
        return Found(parameter, spelling_differs=True) if parameter else None

    def near(self, name: str) -> tuple[str, ...]:
        """Return up to three names like this one, the most like first. Takes milliseconds."""
        folded = difflib.get_close_matches(name.casefold(), self._spellings, n=3, cutoff=0.75)
        return tuple(dict.fromkeys(self._spellings[spelling].name for spelling in folded))

    def why_unknown(self, name: str, *, hint: bool = True) -> str:
        """Return the sentence for a name that means nothing, with near names if `hint`."""
        near = self.near(name) if hint else ()
        ending = f"; did you mean {' or '.join(near)}?" if near else ""
        return f"no such parameter on a {self.model.product_name} at {self.release.name}{ending}"


class _ByName(dict[str, Parameter]):
    """A set's parameters by their names. A method of the set would take three times as long."""

    def __init__(self, parameters: ParameterSet) -> None:
        super().__init__((parameter.name, parameter) for parameter in parameters.parameters)
        self._parameters = parameters

    def __missing__(self, name: str) -> Parameter:
        raise ParameterError(name, self._parameters.why_unknown(name))


@cache
def parameter_set(model: PhoneModel, release: FirmwareRelease) -> ParameterSet:
    """Return the parameters of a model at a release. Made once, then the same object."""
    level = _level(model, release)
    rows = [row for row in _rows("parameters") if fits(row, model) and lives(row, level)]
    real = [row for row in rows if row["report"] != "alias"]
    parameters = tuple(
        _parameter(index, row, numbers, model, release)
        for index, (row, numbers) in enumerate(expand(real, model))
    )
    return ParameterSet(model, release, parameters, _aliases(rows, model))


@cache
def status_fields(model: PhoneModel) -> tuple[StatusField, ...]:
    """Return every status field of a model, groups in order, each line and call by itself."""
    rows = [row for row in _rows("status") if fits(row, model)]
    return tuple(
        StatusField(
            group=fill(row["group"], numbers),
            name=fill(row["name"], numbers),
            kind=row["type"],
            example=row["example"],
            change=row["change"],
            indexes=numbers,
        )
        for row, numbers in expand(rows, model)
    )


_WITH_OPTIONS = frozenset({"bool", "enum", "multi"})
_COMMENTED_SINCE = (12, 0, 1)
"""Mute_Tone and three others are elements in older dumps, and comments from here on."""
_PERIOD = "Periodic_Upload_To_Server"
_LINES = "1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|Disabled"
"""The lines of every phone that gave out its configuration; a phone with more has more."""

_rows = cache(read_rows)


def _level(model: PhoneModel, release: FirmwareRelease) -> tuple[int, int, int]:
    # A PhoneOS phone never ran older firmware: a release lends it behaviour, not parameters.
    level = release.catalogue_level
    return max(level, PHONEOS_LEVEL) if model.is_phoneos else level


def _parameter(
    index: int,
    row: Mapping[str, str],
    numbers: tuple[int, ...],
    model: PhoneModel,
    release: FirmwareRelease,
) -> Parameter:
    name, is_secret = fill(row["name"], numbers), row["secret"] == "yes"
    form = ReportForm(row["report"])
    if form is ReportForm.COMMENT and not is_secret and _level(model, release) < _COMMENTED_SINCE:
        form = ReportForm.ELEMENT
    return Parameter(
        index=index,
        name=name,
        tab=fill(row["tab"], numbers),
        section=fill(row["section"], numbers),
        kind=row["type"],
        allowed=_allowed(row, model, release),
        default=fill(_default(row, model), numbers),
        ua=row["ua"],
        is_secret=is_secret,
        form=form,
    )


def _allowed(row: Mapping[str, str], model: PhoneModel, release: FirmwareRelease) -> str:
    if row["name"] == _PERIOD:
        return f"600-{release.periodic_max}"
    if row["allowed"] == _LINES and model.lines > 16:
        return "|".join([*map(str, range(1, model.lines + 1)), "Disabled"])
    return row["allowed"]


def _default(row: Mapping[str, str], model: PhoneModel) -> str:
    if not row["family_defaults"]:
        return row["default"]
    special: Mapping[str, str] = json.loads(row["family_defaults"])
    return special.get(model.model, special.get(model.family, row["default"]))


def _aliases(rows: list[Mapping[str, str]], model: PhoneModel) -> Mapping[str, str]:
    aliases = [row for row in rows if row["report"] == "alias"]
    return {
        # Privacy_Header_N_ stands for any line in the guide; read as it is, for the first one.
        fill(row["name"], numbers): fill(row["alias_of"], numbers or (1,))
        for row, numbers in expand(aliases, model)
    }
