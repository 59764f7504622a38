"""`mppsim compare`: what changed from one run to another."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from mppsim.cli.listing import print_json, print_table
from mppsim.results.comparison import Change, compare_summaries
from mppsim.results.folder import read_folder
from mppsim.results.words import show_bytes, show_seconds, show_value

__all__ = ["compare"]

_TIMES = ("latency", "latency_from_due", "lateness")


def compare(
    first: Annotated[
        Path, typer.Argument(metavar="RUN", help="A directory of `run --out`, or a summary.json.")
    ],
    second: Annotated[Path, typer.Argument(metavar="RUN", help="Another one.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the changes as JSON.")] = False,
) -> None:
    """Compare two runs: what changed, and which side is better.

    Times within a twentieth of each other are the same; counts of reports are weighed by how many
    were due. Exit code 0 whatever changed.
    """
    changes = compare_summaries(read_folder(first), read_folder(second))
    if as_json:
        print_json([asdict(change) | {"ratio": change.ratio} for change in changes])
    elif changes:
        columns = ("figure", "#first", "#second", "#change", "better")
        print_table(f"{first} and {second}", columns, map(_row, changes))
    else:
        typer.echo("nothing changed")


def _row(change: Change) -> tuple[str, ...]:
    return (
        change.name,
        _show(change.name, change.first),
        _show(change.name, change.second),
        "" if change.ratio is None else f"{100 * (change.ratio - 1):+.3g} %",
        change.better,
    )


def _show(name: str, value: float | bool | str | None) -> str:
    if value is None or isinstance(value, str):
        return value or "–"
    *_, holder, last = ("", *name.split("."))
    if holder in _TIMES and last != "count":
        return show_seconds(value)
    return show_bytes(value) if last in {"bytes", "rss"} else show_value(value)
