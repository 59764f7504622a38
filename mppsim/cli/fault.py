"""Faults as the command line writes them: `status:503=30%@10m-20m`."""

import re
from collections.abc import Callable

import typer

from mppsim.core.units import read_duration, read_rate, read_share
from mppsim.server.faults import Fault, FaultKind

__all__ = ["parse_fault"]

_SHAPE = re.compile(
    r"(?P<kind>[a-z]+)(?::(?P<value>[^=@]+))?(?:=(?P<share>[^@]+))?"
    r"(?:@(?P<begins>[^-]*)-(?P<ends>.*))?"
)
_HOW = "write KIND[:VALUE][=SHARE][@FROM-TO], for example status:503=30%@10m-20m"
_MOST_REDIRECTS = 99


def parse_fault(text: str) -> Fault:
    """Read `KIND[:VALUE][=SHARE][@FROM-TO]`; raise `typer.BadParameter` that says what is wrong."""
    matched = _SHAPE.fullmatch(text)
    if matched is None:
        raise typer.BadParameter(f"--fault {text}: {_HOW}")
    try:
        kind = _read_kind(matched["kind"])
        begins, ends = matched["begins"], matched["ends"]
        fault = Fault(
            kind=kind,
            value=_read_value(kind, matched["value"]),
            share=_read_share(kind, matched["share"]),
            begins=read_duration(begins) if begins else 0.0,
            ends=read_duration(ends) if ends else None,
        )
    except ValueError as error:
        raise typer.BadParameter(f"--fault {text}: {error}") from None
    if fault.ends is not None and fault.ends <= fault.begins:
        raise typer.BadParameter(f"--fault {text}: it ends before it begins")
    return fault


def _read_kind(text: str) -> FaultKind:
    try:
        return FaultKind(text)
    except ValueError:
        raise ValueError(f"there are {', '.join(FaultKind)}") from None


def _read_value(kind: FaultKind, text: str | None) -> float:
    if kind is FaultKind.REDIRECT and text is None:
        return 1.0
    if kind not in _VALUES:
        if text is not None:
            raise ValueError(f"{kind} takes no value")
        return 0.0
    example, read = _VALUES[kind]
    if text is None:
        raise ValueError(f"{kind} needs a value: {kind}:{example}")
    return read(text)


def _read_share(kind: FaultKind, text: str | None) -> float:
    if text is None:
        return 1.0
    if kind is FaultKind.DOWN:
        raise ValueError("a server is down for everybody: leave the share out")
    try:
        share = float(text)
    except ValueError:
        return read_share(text)
    if not 0 <= share <= 1:
        raise ValueError(f"{text!r} is no share; write 30% or 0.3")
    return share


def _read_whole(text: str, *, least: int, most: int) -> float:
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise ValueError(f"{text!r} is no number from {least} to {most}")
    return float(text)


_VALUES: dict[FaultKind, tuple[str, Callable[[str], float]]] = {
    FaultKind.STATUS: ("503", lambda text: _read_whole(text, least=200, most=599)),
    FaultKind.DELAY: ("2s", read_duration),
    FaultKind.SLOW: ("1kB/s", read_rate),
    FaultKind.REDIRECT: ("1", lambda text: _read_whole(text, least=1, most=_MOST_REDIRECTS)),
}
