"""Durations as people write them: `90s`, `15m`, `1h`."""

import re

import typer

__all__ = ["read_duration"]

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhd])")


def read_duration(text: str) -> float:
    """Read a duration in seconds; raise `typer.BadParameter` that says how to write one."""
    matched = _DURATION.fullmatch(text.strip())
    if matched is None:
        raise typer.BadParameter(f"{text!r} is no duration; write 90s, 15m or 1h")
    return float(matched[1]) * _UNITS[matched[2]]
