"""`mppsim run`: a fleet against a server, and a verdict."""

import math
from importlib.resources import files
from pathlib import Path
from random import SystemRandom
from typing import Annotated

import typer

from mppsim.cli.duration import read_duration
from mppsim.cli.options import (
    CaOption,
    EventsOption,
    InsecureOption,
    QuirkOption,
    SetOption,
    read_settings_option,
)
from mppsim.cli.run_session import Wishes, carry_out
from mppsim.fleet.fleet_run import RunTerms
from mppsim.fleet.scenario.file import ScenarioFile, parse_scenario, read_scenario
from mppsim.fleet.scenario.overrides import Overrides
from mppsim.net.tls import TlsSettings
from mppsim.results.outcome import Verdict

__all__ = ["run"]

_NOT_HELD = 3
_INTERRUPTED = 130
_DEMONSTRATION = "demonstration.yaml"


def run(  # noqa: PLR0913 - an option each
    scenario: Annotated[
        Path | None,
        typer.Argument(
            metavar="[SCENARIO]",
            help="What to run. Without it: a few phones that use everything.",
        ),
    ] = None,
    *,
    phones: Annotated[
        int | None, typer.Option(metavar="N", help="How many phones in all.", min=1)
    ] = None,
    duration: Annotated[
        str | None,
        typer.Option(metavar="DURATION", help="How long, on the run's clock: 90s, 15m, 1h."),
    ] = None,
    speed: Annotated[
        str | None,
        typer.Option(
            metavar="X|max",
            help="How fast the clock runs: 1, 60, or max, which jumps to what is due.",
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option(metavar="N", help="Processes that share the fleet.", min=1, max=64)
    ] = 1,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Repeat the run that told this seed.", min=0)
    ] = None,
    target: Annotated[
        str, typer.Option(metavar="URL", help="Send every report to this server instead.")
    ] = "",
    settings: SetOption = None,
    quirk: QuirkOption = None,
    threshold: Annotated[
        list[str] | None,
        typer.Option(metavar="EXPR", help="Expect this, too: 'latency.p99 < 250ms'. Repeatable."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the results to this directory.")
    ] = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="Say how it goes in lines, as for a log.")
    ] = False,
    events: EventsOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    yes_load: Annotated[
        list[str] | None,
        typer.Option(
            "--yes-load", metavar="HOST", help="Allow traffic to a host not loopback. Repeatable."
        ),
    ] = None,
    ca: CaOption = None,
    insecure: InsecureOption = False,
) -> None:
    """Run a fleet of phones against a server, and say whether the server passed.

    Exit code 0 when everything held that was expected, 3 when not, 130 when interrupted.
    """
    if as_json and events == "-":
        raise typer.BadParameter("--json and --events - cannot both have standard output")
    overrides = Overrides(
        phones=phones,
        duration=None if duration is None else read_duration(duration),
        speed=None if speed is None else _read_speed(speed),
        settings=_read_settings(settings or []),
        quirks=tuple(quirk or ()),
        thresholds=tuple(threshold or ()),
        target=target,
        allowed_hosts=tuple(yes_load or ()),
    )
    file = _read_demonstration() if scenario is None else read_scenario(scenario)
    terms = RunTerms(
        file=file,
        overrides=overrides,
        seed=_choose_seed(seed, file),
        workers=workers,
        tls=TlsSettings(ca_file=ca, insecure=insecure),
    )
    outcome = carry_out(terms, Wishes(out=out, events=events, is_plain=plain, is_json=as_json))
    raise typer.Exit(_exit_code(outcome.verdict))


def _exit_code(verdict: Verdict) -> int:
    if verdict is Verdict.INTERRUPTED:
        return _INTERRUPTED
    return 0 if verdict is Verdict.PASSED else _NOT_HELD


def _choose_seed(given: int | None, file: ScenarioFile) -> int:
    if given is not None:
        return given
    if file.scenario is not None and file.scenario.seed is not None:
        return file.scenario.seed
    return SystemRandom().randrange(1_000_000)


def _read_settings(given: list[str]) -> tuple[tuple[str, str], ...]:
    return tuple((each.name, each.value) for each in read_settings_option(given).settings)


def _read_demonstration() -> ScenarioFile:
    body = files("mppsim.data").joinpath(_DEMONSTRATION).read_bytes()
    return parse_scenario(body, source=Path(_DEMONSTRATION))


def _read_speed(text: str) -> float:
    if text == "max":
        return math.inf
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.001 <= speed <= 1e6:
        raise typer.BadParameter(f"--speed {text}: give a number from 0.001 to 1000000, or max")
    return speed
