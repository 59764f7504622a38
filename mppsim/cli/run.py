"""`mppsim run`: a fleet, a server, and whether all of it held."""

import asyncio
import signal
import sys
import time
from collections import Counter
from functools import partial
from random import SystemRandom
from typing import Annotated, TextIO

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mppsim.cli.events_out import open_events
from mppsim.cli.listing import print_json
from mppsim.cli.options import EventsOption
from mppsim.core.settings import ReportSettings, read_report_settings
from mppsim.fleet.demo import Demonstration, run_demo
from mppsim.fleet.demo_tally import PhoneTally
from mppsim.fleet.demo_words import PhonePlan
from mppsim.fleet.verdict import Verdict
from mppsim.net.event_log import json_lines

__all__ = ["run"]

_NOT_HELD = 3
_INTERRUPTED = 130
_PIPED_WIDTH = 160


def run(
    *,
    speed: Annotated[
        str,
        typer.Option(help="How fast the clock runs: 1, 60, or max, which jumps to what is due."),
    ] = "max",
    seed: Annotated[
        int | None, typer.Option(help="Repeat the run that told this seed.", min=0)
    ] = None,
    events: EventsOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Demonstrate: a few phones that use every trigger, content, method and encryption.

    They report to an embedded server for two hours of their own time, which takes seconds; then
    what the server holds is read back and compared. Exit code 0 when all of it held, 3 when not,
    130 when interrupted.
    """
    if as_json and events == "-":
        raise typer.BadParameter("--json and --events - cannot both have standard output")
    chosen = SystemRandom().randrange(1_000_000) if seed is None else seed
    pace = _read_speed(speed)
    began = time.monotonic()
    with open_events(events) as out:
        done = asyncio.run(_demonstrate(chosen, pace, out))
    if as_json:
        print_json(done.verdict.summary())
    else:
        _print(done, seconds=time.monotonic() - began, to_stderr=events == "-")
    raise typer.Exit(_exit_code(done))


async def _demonstrate(seed: int, speed: float | None, events: TextIO | None) -> Demonstration:
    # SIGTERM is as good as Ctrl-C: it ends the run in order, with its server and its files.
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, signal.raise_signal, signal.SIGINT)
    listen = None if events is None else partial(json_lines, events)
    return await run_demo(seed=seed, speed=speed, listen=listen)


def _exit_code(done: Demonstration) -> int:
    if done.is_interrupted:
        return _INTERRUPTED
    return 0 if done.verdict.is_passed else _NOT_HELD


def _read_speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.001 <= speed <= 1e6:
        raise typer.BadParameter(f"--speed {text}: give a number from 0.001 to 1000000, or max")
    return speed


def _print(done: Demonstration, *, seconds: float, to_stderr: bool) -> None:
    stream = sys.stderr if to_stderr else sys.stdout
    console = Console(file=stream, width=None if stream.isatty() else _PIPED_WIDTH, highlight=False)
    table = Table(title="What each phone did", title_justify="left")
    for heading in ("phone", "model", "reports", "by", "when", "triggers"):
        table.add_column(heading)
    for heading in ("delivered", "failed"):
        table.add_column(heading, justify="right")
    for phone in done.plan.phones:
        tally = done.verdict.tally.phones.get(phone.identity.mac, PhoneTally())
        table.add_row(*map(Text, _row(phone, tally)))
    console.print(table)
    for line in _sentences(done.verdict, seconds):
        console.print(line, markup=False)
    for held in done.verdict.expectations:
        if not held.passed:
            console.print(f"! {held.expr} does not hold: {held.value:g}", markup=False)
    verdict = "passed" if done.verdict.is_passed else "FAILED"
    word = "interrupted" if done.is_interrupted else verdict
    console.print(word, style="bold green" if word == "passed" else "bold red")


def _row(phone: PhonePlan, tally: PhoneTally) -> tuple[str, ...]:
    view = phone.baseline.view
    settings = read_report_settings(view.__getitem__)
    sealed = " aes128gcm" if view["IKM_HTTP_Encrypt_Content"] else ""
    reports = (
        rule.content + (" aes-256-cbc" if rule.key is not None else sealed)
        for rule in settings.reading.rules
        if rule is not None
    )
    return (
        phone.name,
        f"{phone.identity.model.model} {phone.baseline.release.name}",
        ", ".join(reports),
        "TFTP" if _goes_by_tftp(settings) else settings.method,
        settings.to_server,
        ", ".join(f"{n} {kind.replace('_', ' ')}" for kind, n in sorted(tally.triggers.items())),
        str(tally.delivered.total()),
        str(tally.failed.total()),
    )


def _goes_by_tftp(settings: ReportSettings) -> bool:
    rules = (rule for rule in settings.reading.rules if rule is not None)
    return all(rule.target.startswith("/") for rule in rules)


def _sentences(verdict: Verdict, seconds: float) -> tuple[str, ...]:
    tally, back = verdict.tally, verdict.readback
    hours = verdict.duration / 3600
    span = f"{hours:.3g} h" if hours >= 1 else f"{verdict.duration:.0f} s"
    return (
        f"{span} of the phones' time in {seconds:.1f} s; seed {verdict.seed}",
        f"delivered {tally.delivered.total()} reports, {tally.bytes:,} bytes:"
        f" {_count(tally.delivered)}",
        f"methods: {_count(tally.methods)}; encryption: {_count(tally.encryptions)}",
        f"NOTIFY: {tally.notified[200]} accepted, {tally.notified[401]} challenged first",
        f"read back {back.checked} places: {back.missing} missing, {back.different} different,"
        f" {back.stale} stale",
    )


def _count(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counter.items()))
