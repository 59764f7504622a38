"""`mppsim doctor`: what this machine can carry, and whether a scenario fits on it."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from mppsim.cli.listing import print_json, print_table
from mppsim.fleet.fitness import Finding, Weight, check_fitness
from mppsim.fleet.plan import FleetPlan
from mppsim.fleet.scenario.file import read_scenario
from mppsim.fleet.scenario.overrides import Overrides
from mppsim.fleet.scenario.planning import check_scenario
from mppsim.net.machine import can_use_address, can_use_port, read_machine

__all__ = ["doctor"]

_UNFIT = 3


def doctor(
    scenario: Annotated[
        Path | None, typer.Argument(metavar="[SCENARIO]", help="A scenario that is to fit.")
    ] = None,
    *,
    phones: Annotated[
        int | None,
        typer.Option(metavar="N", help="How many phones in all, as `mppsim run` has it.", min=1),
    ] = None,
    workers: Annotated[
        int, typer.Option(metavar="N", help="Processes that share the fleet.", min=1, max=64)
    ] = 1,
    yes_load: Annotated[
        list[str] | None,
        typer.Option("--yes-load", metavar="HOST", help="Allow traffic to a host. Repeatable."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check descriptors, ports, memory, cores, addresses; exit code 3 where a run cannot begin."""
    if scenario is None and phones is not None:
        raise typer.BadParameter("--phones needs a scenario whose phones are counted")
    overrides = Overrides(phones=phones, allowed_hosts=tuple(yes_load or ()))
    plan = None if scenario is None else check_scenario(read_scenario(scenario), overrides)
    findings = _check(plan, workers)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        _print(findings, "this machine" if scenario is None else f"{scenario} on this machine")
    if any(finding.weight is Weight.FAULT for finding in findings):
        raise typer.Exit(_UNFIT)


def _check(plan: FleetPlan | None, workers: int) -> tuple[Finding, ...]:
    return check_fitness(
        read_machine(),
        plan,
        workers=workers,
        can_use_address=can_use_address,
        can_use_port=can_use_port,
    )


def _print(findings: tuple[Finding, ...], what: str) -> None:
    print_table(
        f"mppsim doctor: {what}",
        ("", "topic", "finding", "what to do"),
        ((finding.weight, finding.topic, finding.sentence, finding.remedy) for finding in findings),
    )
