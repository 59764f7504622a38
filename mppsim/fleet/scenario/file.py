"""Read a scenario and every file that it names: the one place where a scenario meets the disk.

Source: docs/scenario.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mppsim.core.profile import PROFILE_LIMIT, Profile, parse_profile
from mppsim.errors import ProfileError, StartError
from mppsim.fleet.scenario.document import Scenario
from mppsim.fleet.scenario.fault_list import FaultList, KeyPath
from mppsim.fleet.scenario.form import read_form
from mppsim.fleet.scenario.nodes import YAML_LIMIT, Place, YamlNode, read_yaml
from mppsim.fleet.scenario.phone_list import PhoneTable, read_phones

__all__ = ["ScenarioFile", "is_table", "listed", "parse_scenario", "read_scenario"]

_MOST_BYTES = 4 * YAML_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioFile:
    """A scenario as far as it could be read, with what its files hold."""

    source: Path
    scenario: Scenario | None
    """None: so little could be read that the rest means nothing."""
    faults: FaultList
    """What is wrong so far; `build_plan` raises it, together with what it finds itself."""
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    """Configuration files by the names that the scenario has for them, those that can be read."""
    phones: Mapping[str, PhoneTable] = field(default_factory=dict)
    """CSV files likewise."""
    root: YamlNode | None = field(default=None, repr=False)
    """All of it as it was written; None: it is no YAML."""


def read_scenario(file: Path) -> ScenarioFile:
    """Read a scenario's file; raises `StartError` if it cannot be had. No fault is raised yet."""
    try:
        with file.open("rb") as opened:
            body = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise StartError(f"{file}: {error.strerror}") from error
    return parse_scenario(body, source=file)


def parse_scenario(body: bytes, *, source: Path) -> ScenarioFile:
    """Read a scenario's text, and the files that it names, which are found from `source`."""
    try:
        root, wrong = read_yaml(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        faults = FaultList(source, None)
        faults.add_at(Place(line, 1), "octets that are not UTF-8: save the file as UTF-8")
        return ScenarioFile(source=source, scenario=None, faults=faults)
    faults = FaultList(source, root)
    for place, reason in wrong:
        faults.add_at(place, reason)
    scenario = None if root is None else read_form(root, faults)
    if scenario is None:
        return ScenarioFile(source=source, scenario=None, faults=faults, root=root)
    return ScenarioFile(
        source=source,
        scenario=scenario,
        faults=faults,
        profiles=dict(_read_profiles(scenario, faults)),
        phones=dict(_read_tables(scenario, faults)),
        root=root,
    )


def listed(one_or_many: str | list[str] | None) -> list[str]:
    """Return what was written as one text, as a list of them, or not at all."""
    if one_or_many is None:
        return []
    return [one_or_many] if isinstance(one_or_many, str) else one_or_many


def is_table(text: str) -> bool:
    """Say whether a text names a CSV file."""
    return text.lower().endswith(".csv")


def _read_profiles(scenario: Scenario, faults: FaultList) -> Iterator[tuple[str, Profile]]:
    seen: set[str] = set()
    for place, group in enumerate(scenario.fleet):
        for number, name in enumerate(listed(group.profile)):
            path = (
                "fleet",
                place,
                "profile",
                *((number,) if isinstance(group.profile, list) else ()),
            )
            body = None if name in seen else _read(name, path, PROFILE_LIMIT, faults)
            seen.add(name)
            if body is None:
                continue
            try:
                yield name, parse_profile(body, source=name)
            except ProfileError as error:
                faults.add(path, str(error))


def _read_tables(scenario: Scenario, faults: FaultList) -> Iterator[tuple[str, PhoneTable]]:
    seen: set[str] = set()
    for place, group in enumerate(scenario.fleet):
        name = group.macs
        if not isinstance(name, str) or not is_table(name) or name in seen:
            continue
        seen.add(name)
        body = _read(name, ("fleet", place, "macs"), -2, faults)
        if body is not None:
            shown = (faults.source.parent / name).as_posix()
            yield name, read_phones(body, shown, faults)


def _read(name: str, path: KeyPath, limit: int, faults: FaultList) -> bytes | None:
    """Return what a file holds, or its first bytes beyond the limit: too long is seen as such."""
    file = faults.source.parent / name
    try:
        with file.open("rb") as opened:
            return opened.read(limit + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no name of a file"
        faults.add(path, f"{file}: {reason}; paths start at the scenario's directory")
        return None
