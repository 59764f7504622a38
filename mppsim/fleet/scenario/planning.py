"""Make a plan of a scenario: everything that is wrong with it is told at once, before any start.

Nothing here waits, looks at a clock or rolls dice: the same scenario, seed and options give the
same plan. A million phones in a range cost what one does.

Source: docs/scenario.md.
"""

import math
from collections.abc import Mapping
from dataclasses import replace

from mppsim.fleet.plan import FleetPlan, GroupPlan
from mppsim.fleet.scenario.document import Scenario
from mppsim.fleet.scenario.fault_list import FaultList
from mppsim.fleet.scenario.file import ScenarioFile
from mppsim.fleet.scenario.group_plan import plan_group
from mppsim.fleet.scenario.overrides import NO_OVERRIDES, Overrides
from mppsim.fleet.scenario.phones import find_phones
from mppsim.fleet.scenario.rest import (
    plan_embedded,
    plan_notifies,
    plan_readback,
    plan_thresholds,
    read_server,
)
from mppsim.fleet.scenario.traffic import check_traffic

__all__ = ["build_plan", "check_scenario"]

_SOME_SERVER, _SOME_TFTP = "http://127.0.0.1:8000", "127.0.0.1:69"
"""Stand for the embedded server before it is up, since it takes free ports, and for one that could
not be read."""


def check_scenario(file: ScenarioFile, overrides: Overrides = NO_OVERRIDES) -> FleetPlan:
    """Return what the plan would be, but for the server's address; start nothing.

    Raises `ScenarioError` with every fault of the scenario and of the options over it; and if
    there is none, with every host that phones would reach and nobody allowed.
    """
    plan = build_plan(file, server_url=_SOME_SERVER, tftp=_SOME_TFTP, seed=0, overrides=overrides)
    check_traffic(plan)
    return plan


def build_plan(
    file: ScenarioFile,
    *,
    server_url: str,
    seed: int,
    tftp: str = "",
    overrides: Overrides = NO_OVERRIDES,
) -> FleetPlan:
    """Return the plan of a run.

    `server_url` and `tftp`, HOST:PORT, are the embedded server's once it is up; they count only
    where the scenario's server is the embedded one. Raises `ScenarioError` with every fault.
    """
    faults = file.faults.copy()
    if file.scenario is None:
        faults.raise_any()
    scenario = file.scenario
    assert scenario is not None, "what cannot be read has a fault"
    planner = _Planner(file, scenario, faults, overrides)
    plan = planner.plan(server_url, tftp, seed)
    faults.raise_any()
    return plan


class _Planner:
    """Makes one plan, and notes every fault on the way."""

    def __init__(
        self, file: ScenarioFile, scenario: Scenario, faults: FaultList, overrides: Overrides
    ) -> None:
        self._file = file
        self._scenario = scenario
        self._faults = faults
        self._overrides = overrides

    def plan(self, server_url: str, tftp: str, seed: int) -> FleetPlan:
        scenario, overrides, faults = self._scenario, self._overrides, self._faults
        embedded = None if overrides.target else plan_embedded(scenario, faults)
        words = {"server": server_url, "tftp": tftp}
        is_read_back = True
        if embedded is None:
            server = read_server(scenario, overrides.target, faults)
            words = {"server": server or _SOME_SERVER}
            is_read_back = server is None or bool(scenario.readback)  # told once is enough
        groups = self._groups(words)
        speed = scenario.clock.speed if overrides.speed is None else overrides.speed
        duration = overrides.duration
        return FleetPlan(
            groups=groups,
            duration=scenario.duration if duration is None else duration,
            seed=seed,
            speed=None if math.isinf(speed) else speed,
            server=words["server"],
            embedded=embedded,
            notifies=plan_notifies(scenario, words, {group.name for group in groups}, faults),
            thresholds=plan_thresholds(
                scenario, overrides.thresholds, faults, is_read_back=is_read_back
            ),
            readback=plan_readback(scenario, words, faults),
            sip_port=scenario.ports.sip,
            web_port=scenario.ports.web,
            allowed_hosts=overrides.allowed_hosts,
        )

    def _groups(self, words: Mapping[str, str]) -> tuple[GroupPlan, ...]:
        phones = find_phones(self._file, self._overrides.phones, self._faults)
        first = 0
        groups: list[GroupPlan] = []
        for place, who in enumerate(phones):
            planned = plan_group(place, who, self._file, words, self._overrides, self._faults)
            groups.append(replace(planned, first=first))
            first += planned.count
        self._check_names()
        return tuple(group for group in groups if group.count)

    def _check_names(self) -> None:
        names: set[str] = set()
        for place, group in enumerate(self._scenario.fleet):
            if group.name in names:
                self._faults.add(
                    ("fleet", place, "name"), f"another group is called {group.name!r}"
                )
            names.add(group.name)
