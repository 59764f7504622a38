"""What somebody changes on a phone: one of its parameters, to another value that it may have."""

from collections.abc import Callable, Mapping, Sequence

from mppsim.core.catalogue import Parameter
from mppsim.core.parameters import ParameterChange, ParameterView

__all__ = ["draw_change"]

_STEPS = 1000  # that a range of fractions is cut into
_LARGEST_IN_LIST = 999_999_999
_TRIES = 8  # for a value that is not the present one: each fails at most every other time

Draw = Callable[[int], int]
"""Draws a whole number from 0 up to and without a limit."""


def draw_change(
    view: ParameterView, names: Sequence[str], nth: int, draw: Draw
) -> ParameterChange | None:
    """Return a change of one of the parameters; None where each has its only value already.

    `nth` numbers free text, from 0. Raises `ParameterError` for a name that no parameter has.
    """
    first = draw(len(names))
    for name in (*names[first:], *names[:first]):
        parameter, present = view.baseline.parameters[name], view[name]
        make = _MAKERS.get(parameter.kind, _make_text)
        for _ in range(_TRIES):
            value = make(parameter, nth, draw)
            if value != present:
                return ParameterChange(name, value)
    return None


def _make_option(parameter: Parameter, _nth: int, draw: Draw) -> str:
    return parameter.options[draw(len(parameter.options))]


def _make_int(parameter: Parameter, _nth: int, draw: Draw) -> str:
    low, _, high = parameter.allowed.partition("-")
    return str(int(low) + draw(int(high) - int(low) + 1))


def _make_list(parameter: Parameter, _nth: int, draw: Draw) -> str:
    low, _, high = parameter.allowed.partition("-")
    return str(int(low) + draw(min(int(high), _LARGEST_IN_LIST) - int(low) + 1))


def _make_float(parameter: Parameter, _nth: int, draw: Draw) -> str:
    low, _, high = parameter.allowed.partition("-")
    share = draw(_STEPS) / _STEPS
    return f"{float(low) + share * (float(high) - float(low)):.4f}"


def _make_hex(parameter: Parameter, _nth: int, draw: Draw) -> str:
    low, _, high = (parameter.allowed or "0-ffffffff").partition("-")
    number = int(low, 16) + draw(int(high, 16) - int(low, 16) + 1)
    return f"0x{number:02x}" if parameter.allowed else f"{number:08x}"


def _make_ip(_parameter: Parameter, _nth: int, draw: Draw) -> str:
    return f"10.{draw(256)}.{draw(256)}.{1 + draw(254)}"


def _make_ipv6(_parameter: Parameter, _nth: int, draw: Draw) -> str:
    return f"2001:db8::{1 + draw(0xFFFE):x}"  # RFC 3849: for documentation


def _make_time(_parameter: Parameter, _nth: int, draw: Draw) -> str:
    return f"{draw(24):02}:{draw(60):02}"


def _make_date(_parameter: Parameter, _nth: int, draw: Draw) -> str:
    return f"{1 + draw(12):02}/{1 + draw(28):02}/2024"


def _make_text(_parameter: Parameter, nth: int, _draw: Draw) -> str:
    return f"Change {nth + 1}"


_MAKERS: Mapping[str, Callable[[Parameter, int, Draw], str]] = {
    "bool": _make_option,
    "enum": _make_option,
    "multi": _make_option,
    "int": _make_int,
    "float": _make_float,
    "list": _make_list,
    "hex": _make_hex,
    "ip": _make_ip,
    "ipv6": _make_ipv6,
    "time": _make_time,
    "date": _make_date,
}
