"""Durations of the command line, as people write them: `90s`, `15m`, `1h`."""

import typer

from mppsim.core import units

__all__ = ["read_duration"]


def read_duration(text: str) -> float:
    """Read a duration in seconds; raise `typer.BadParameter` that says how to write one."""
    try:
        return units.read_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
