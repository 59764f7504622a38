"""Scenarios as tests write them: the text, its plan, its faults."""

from pathlib import Path

from mppsim.errors import ScenarioError
from mppsim.fleet.plan import FleetPlan
from mppsim.fleet.scenario.file import ScenarioFile, parse_scenario
from mppsim.fleet.scenario.overrides import NO_OVERRIDES, Overrides
from mppsim.fleet.scenario.planning import build_plan

SERVER, TFTP = "http://127.0.0.1:4711", "127.0.0.1:6969"


def read(text: str, directory: Path = Path("/nowhere")) -> ScenarioFile:
    """Read a scenario that stands in `directory`; a text without a fleet gets a small one."""
    if "fleet" not in text:
        text += "\nfleet: [{name: lobby}]"
    if "duration" not in text:
        text += "\nduration: 1h"
    return parse_scenario(text.encode(), source=directory / "s.yaml")


def plan(
    text: str, directory: Path = Path("/nowhere"), overrides: Overrides = NO_OVERRIDES
) -> FleetPlan:
    """Return the plan of a scenario that has no fault."""
    file = read(text, directory)
    return build_plan(file, server_url=SERVER, tftp=TFTP, seed=7, overrides=overrides)


def faults(
    text: str, directory: Path = Path("/nowhere"), overrides: Overrides = NO_OVERRIDES
) -> list[str]:
    """Return the faults of a scenario, without the directory that it stands in."""
    try:
        plan(text, directory, overrides)
    except ScenarioError as error:
        return [line.replace(f"{directory.as_posix()}/", "") for line in error.faults]
    return []
