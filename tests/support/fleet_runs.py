"""Whole runs of fleets, from the scenario's text to the verdict, and what came of them."""

import asyncio
import io
import json
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from mppsim.fleet.fleet_run import FleetRun, RunTerms
from mppsim.fleet.progress import Phase, Progress
from mppsim.fleet.scenario.file import parse_scenario
from mppsim.fleet.scenario.overrides import NO_OVERRIDES, Overrides
from mppsim.results.figures import Figures
from mppsim.results.outcome import Outcome

__all__ = ["LIMIT", "FleetDone", "run_fleet"]

LIMIT = 50.0
"""Seconds that a run of a test may take."""
ANY_PORTS = "\nports: {sip: 0, web: null}\n"
REAL_TIME = {"time", "seconds", "late", "waited"}
"""What no seed promises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetDone:
    """What a run came to."""

    outcome: Outcome
    notes: list[str]
    lines: list[dict[str, Any]]
    """Its events."""
    files: Mapping[str, bytes]
    """What its server kept, by path below the server's directory."""

    @property
    def figures(self) -> Figures:
        return self.outcome.figures

    @property
    def by_phone(self) -> dict[str, list[dict[str, Any]]]:
        """What each phone told, in its order."""
        told: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for line in self.lines:
            told[line["phone"]].append(line)
        return told

    @property
    def promised(self) -> dict[str, list[dict[str, Any]]]:
        """What each phone told, but for real time, and for ports that were any free ones."""
        server = {line["url"].split("/")[2] for line in self.lines if "url" in line}
        return {
            phone: [_without_luck(line, server) for line in lines]
            for phone, lines in self.by_phone.items()
        }

    def of(self, event: str) -> list[dict[str, Any]]:
        """The events of one kind."""
        return [line for line in self.lines if line["event"] == event]


def _without_luck(line: dict[str, Any], server: set[str]) -> dict[str, Any]:
    kept = {key: value for key, value in line.items() if key not in {*REAL_TIME, "sip", "phone"}}
    if "url" in kept:
        kept["url"] = "/".join(part for part in kept["url"].split("/") if part not in server)
    return kept


async def run_fleet(
    scenario: str,
    *,
    folder: Path,
    workers: int = 1,
    seed: int = 4711,
    overrides: Overrides = NO_OVERRIDES,
) -> FleetDone:
    """Carry out a scenario that says nothing of ports; the server's files are below `folder`."""
    file = parse_scenario((scenario + ANY_PORTS).encode(), source=folder / "scenario.yaml")
    written, kept = io.StringIO(), {}

    def look(progress: Progress) -> None:
        if progress.phase is Phase.READING_BACK:  # the last moment at which the files are there
            kept.update(_read_below(folder))

    fleet = FleetRun(RunTerms(file=file, overrides=overrides, seed=seed, workers=workers))
    with patch.object(tempfile, "tempdir", str(folder)):
        async with asyncio.timeout(LIMIT):
            outcome = await fleet.carry_out(show=look, events=written)
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    return FleetDone(outcome=outcome, notes=fleet.notes, lines=lines, files=kept)


def _read_below(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for root in folder.glob("mppsim-*")
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink()
    }
