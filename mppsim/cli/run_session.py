"""A run from the command line's side: the machine, the files, the terminal, and interruptions."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TextIO

import typer
from rich.console import Console

from mppsim.cli.events_out import open_events
from mppsim.cli.interrupts import hear_interrupts
from mppsim.cli.listing import print_json
from mppsim.cli.live import LiveView, PlainView, RunView, SilentView
from mppsim.cli.run_result import print_outcome
from mppsim.errors import StartError
from mppsim.fleet.fitness import Weight, check_fitness
from mppsim.fleet.fleet_run import FleetRun, RunTerms
from mppsim.fleet.plan import FleetPlan
from mppsim.fleet.scenario_as_run import render_scenario
from mppsim.net.machine import can_use_address, can_use_port, raise_descriptors, read_machine
from mppsim.results.folder import ResultFolder, open_folder, render_files
from mppsim.results.outcome import Outcome
from mppsim.results.summary import build_summary

__all__ = ["Wishes", "carry_out"]

_PIPED_WIDTH = 160
_EVENTS_FILE = "events.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is to be seen of a run, and where."""

    out: Path | None = None
    """The directory of its results."""
    events: str | None = None
    """As `--events` has it."""
    is_plain: bool = False
    is_json: bool = False

    @property
    def leaves_output_to_events(self) -> bool:
        """Whether standard output is the events'."""
        return self.events == "-"


def carry_out(terms: RunTerms, wishes: Wishes) -> Outcome:
    """Run, write what is to be kept and print what is to be read.

    Raises `ScenarioError` and `StartError` before anything has started, and `StartError` after
    the results where events could not be written to the end.
    """
    with hear_interrupts() as interrupts:
        fleet = FleetRun(terms)
        _check_events(wishes.events, terms.file.source)
        _check_machine(fleet.plan, terms.workers)
        if terms.tls.insecure:
            _warn("--insecure: no server's certificate is checked")
        folder = None if wishes.out is None else open_folder(wishes.out)
        with _open_events(wishes, folder) as events, _open_view(wishes) as view:
            show = None if isinstance(view, SilentView) else view.show
            work = partial(fleet.carry_out, show=show, events=events)
            outcome = interrupts.run(work, tell=fleet.interrupt)
        for note in fleet.notes:
            _warn(note)
        with _telling_lost_events(fleet, wishes):
            if folder is not None:
                scenario = render_scenario(terms, fleet.plan)
                files = {**render_files(outcome), "scenario.yaml": scenario}
                _write(folder, files, outcome, wishes)
            _print(outcome, wishes)
    return outcome


@contextmanager
def _telling_lost_events(fleet: FleetRun, wishes: Wishes) -> Iterator[None]:
    """Raise `StartError` in the end where events could not be written, whatever else went wrong."""
    if fleet.events_error is None:
        yield
        return
    name = "standard output" if wishes.leaves_output_to_events else wishes.events
    sentence = f"{name}: {fleet.events_error.strerror}; the events end there, and the run with them"
    try:
        yield
    except StartError:
        _warn(sentence)
        raise
    raise StartError(sentence)


def _check_events(name: str | None, scenario: Path) -> None:
    """Raise `StartError` where events would be written over the scenario."""
    if name is not None and scenario.is_file() and Path(name).exists() and scenario.samefile(name):
        raise StartError(f"{name}: is the scenario itself; name another file for the events")


def _check_machine(plan: FleetPlan, workers: int) -> None:
    raise_descriptors()
    findings = check_fitness(
        read_machine(),
        plan,
        workers=workers,
        can_use_address=can_use_address,
        can_use_port=can_use_port,
    )
    faults = [each for each in findings if each.weight is Weight.FAULT]
    if faults:
        raise StartError("; ".join(f"{each.sentence}: {each.remedy}" for each in faults))
    for each in findings:
        if each.weight is Weight.WARNING:
            _warn(f"{each.sentence}; {each.remedy}")


@contextmanager
def _open_events(wishes: Wishes, folder: ResultFolder | None) -> Iterator[TextIO | None]:
    """Open what `--events` names; in the directory of results it comes with the others."""
    name = wishes.events
    if folder is not None and _is_same_file(name, wishes.out, _EVENTS_FILE):
        name = str(folder.partial(_EVENTS_FILE))
    with open_events(name) as stream:
        yield stream


@contextmanager
def _open_view(wishes: Wishes) -> Iterator[RunView]:
    console = Console(stderr=True, highlight=False)
    view: RunView = SilentView()
    if wishes.is_plain:
        view = PlainView(console)
    elif console.is_terminal and not wishes.leaves_output_to_events:
        view = LiveView(console)
    try:
        yield view
    finally:
        view.close()


def _write(
    folder: ResultFolder, files: Mapping[str, str], outcome: Outcome, wishes: Wishes
) -> None:
    """Keep the results; where that fails print them, since a long run may be behind them."""
    try:
        folder.write(files)
    except OSError as error:
        _print(outcome, replace(wishes, out=None))
        raise StartError(
            f"{wishes.out}: {error.strerror}; the results are not there, or not whole"
        ) from error


def _print(outcome: Outcome, wishes: Wishes) -> None:
    if wishes.is_json:
        print_json(build_summary(outcome))
        return
    stream = sys.stderr if wishes.leaves_output_to_events else sys.stdout
    console = Console(file=stream, width=None if stream.isatty() else _PIPED_WIDTH, highlight=False)
    print_outcome(console, outcome, results="" if wishes.out is None else str(wishes.out))


def _is_same_file(name: str | None, folder: Path | None, file: str) -> bool:
    if name is None or folder is None:
        return False
    return Path(name).resolve() == (folder / file).resolve()


def _warn(sentence: str) -> None:
    typer.echo(f"! {sentence}", err=True)
