"""Which models and firmware releases a group mixes.

Source: docs/scenario.md, "Which phones".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from mppsim.core.firmware import DEFAULT_RELEASE, FirmwareRelease, load_release
from mppsim.core.phone_model import DEFAULT_MODEL, PhoneModel, find_model
from mppsim.errors import CatalogueError
from mppsim.fleet.scenario.fault_list import FaultList, KeyPath
from mppsim.fleet.scenario.group import Group
from mppsim.fleet.scenario.phone_list import PhoneTable

__all__ = ["Mix", "Sort", "find_mix"]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """A model at a release, and its weight in the group."""

    model: PhoneModel
    release: FirmwareRelease
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """The sorts of phones that a group has."""

    sorts: tuple[Sort, ...]
    of_rows: tuple[int, ...] = ()
    """Of each row of its CSV file which sort it is; empty: they follow from the seed."""


def find_mix(
    place: int,
    group: Group,
    table: PhoneTable | None,
    quirks: tuple[str, ...],
    faults: FaultList,
) -> Mix:
    """Return what a group mixes; faults are noted, and what has one is left out.

    `quirks` are the command line's, over the scenario's.
    """
    reader = _Reader(place, group, quirks, faults)
    models = reader.weighed("model", "models", reader.find_model)
    releases = reader.weighed("firmware", "releases", reader.find_release)
    # What has a fault is told; the rest is read as if the default stood there.
    models = models or [(find_model(DEFAULT_MODEL), 1.0)]
    releases = releases or [(load_release(DEFAULT_RELEASE), 1.0)]
    if table is not None:
        return _by_rows(reader, table, models, releases)
    return Mix(
        sorts=tuple(
            Sort(model=model, release=release, weight=share * part)
            for model, share in models
            for release, part in releases
        )
    )


class _Reader:
    """Reads names of models and releases for one group."""

    def __init__(
        self, place: int, group: Group, quirks: tuple[str, ...], faults: FaultList
    ) -> None:
        self._path: KeyPath = ("fleet", place)
        self.group = group
        self.faults = faults
        self._quirks = [*self._quirks_of_group(), *self._quirks_of_run(quirks)]

    def weighed(self, one: str, many: str, find: Callable[[str], _T]) -> list[tuple[_T, float]]:
        """Return what one key or the other names, with weights."""
        mixed: dict[str, float] | None = getattr(self.group, many)
        if mixed is not None and one in self.group.model_fields_set:
            self.faults.add_key((*self._path, one), f"{one} and {many} exclude each other")
        names = {getattr(self.group, one): 1.0} if mixed is None else mixed
        found: list[tuple[_T, float]] = []
        for name, weight in names.items():
            try:
                found.append((find(name), weight))
            except CatalogueError as error:
                if mixed is None:
                    self.faults.add((*self._path, one), str(error))
                else:
                    self.faults.add_key((*self._path, many, name), str(error))
        return found

    @staticmethod
    def find_model(name: str) -> PhoneModel:
        """Return the model of that name; raises `CatalogueError`."""
        return find_model(name)

    def find_release(self, name: str) -> FirmwareRelease:
        """Return the release of that name with the group's quirks; raises `CatalogueError`."""
        return load_release(name).with_quirks(self._quirks)

    def _quirks_of_group(self) -> Iterator[str]:
        for name, value in self.group.quirks.items():
            fault = _fault_of(f"{name}={value}")
            if fault:
                self.faults.add((*self._path, "quirks", name), fault)
            else:
                yield f"{name}={value}"

    def _quirks_of_run(self, quirks: tuple[str, ...]) -> Iterator[str]:
        for quirk in quirks:
            fault = _fault_of(quirk)
            if fault:
                self.faults.add_elsewhere("--quirk", 0, fault)
            else:
                yield quirk


def _fault_of(quirk: str) -> str:
    """Return what is wrong with a quirk, on every release; empty: nothing."""
    try:
        load_release(DEFAULT_RELEASE).with_quirks([quirk])
    except CatalogueError as error:
        return str(error)
    return ""


def _by_rows(
    reader: _Reader,
    table: PhoneTable,
    models: list[tuple[PhoneModel, float]],
    releases: list[tuple[FirmwareRelease, float]],
) -> Mix:
    """Read models and releases row by row; a row that names none has the group's one."""
    sorts: dict[tuple[str, str], int] = {}
    found: list[Sort] = []
    of_rows: list[int] = []
    for row in table.rows:
        key = row.model, row.firmware
        if key not in sorts:
            sorts[key] = len(found)
            try:
                model = reader.find_model(row.model) if row.model else _only(models, "model")
                release = (
                    reader.find_release(row.firmware)
                    if row.firmware
                    else _only(releases, "firmware")
                )
                found.append(Sort(model=model, release=release))
            except CatalogueError as error:
                reader.faults.add_elsewhere(table.source, row.line, str(error))
                sorts[key] = 0
        of_rows.append(sorts[key])
    return Mix(sorts=tuple(found), of_rows=tuple(of_rows))


def _only(weighed: list[tuple[_T, float]], column: str) -> _T:
    if len(weighed) != 1:
        raise CatalogueError(f"which {column}? The group mixes several, so each row names its own")
    return weighed[0][0]
