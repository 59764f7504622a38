"""What single values of a scenario may be: durations, shares, rates, weights, texts.

Each reads what people write, and tells JSON Schema the same.
"""

import math
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Tag, WithJsonSchema

from mppsim.core import units

__all__ = [
    "TAG",
    "Duration",
    "Part",
    "Period",
    "Positive",
    "Rate",
    "Share",
    "Speed",
    "Text",
    "Value",
    "one_or_many",
    "tag",
    "tagged",
]

TAG = "\0"
"""Begins the tags of what may be written in several ways; no key begins so."""


class Part(BaseModel):
    """A part of a scenario: every key is known, and nothing is guessed."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def _reader(read: Callable[[str], float], example: str) -> Callable[[object], object]:
    """Return what reads a text, and says how to write what is none."""

    def validate(given: object) -> object:
        if isinstance(given, str):
            return read(given)
        raise ValueError(f"{_show(given)} has no unit; write {example}")

    return validate


def _show(given: object) -> str:
    return f"{given!r}" if isinstance(given, (int, float)) else "this"


def _read_duration(given: object) -> object:
    # Nothing needs no unit.
    if isinstance(given, int | float) and not isinstance(given, bool) and given == 0:
        return 0.0
    return _DURATION(given)


def _read_period(given: object) -> object:
    period = _read_duration(given)
    if period == 0:
        raise ValueError("a period is longer than nothing; write 90s, 15m or 1h")
    return period


def _read_share(given: object) -> object:
    if isinstance(given, int | float) and not isinstance(given, bool):
        if 0 <= given <= 1:
            return float(given)
        raise ValueError(f"{given} is no share; write {given:g}%, or a number from 0 to 1")
    return _SHARE(given)


def _read_speed(given: object) -> object:
    if given == "max":
        return math.inf
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if is_number and 0.001 <= float(given) <= 1e6:  # type: ignore[arg-type]  # a number by now
        return float(given)  # type: ignore[arg-type]  # the same
    raise ValueError("a speed is a number from 0.001 to 1000000, or max")


def _read_positive(given: object) -> object:
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if is_number and 0 < float(given) < 1e9:  # type: ignore[arg-type]  # a number by now
        return float(given)  # type: ignore[arg-type]  # the same
    raise ValueError("this is a number above 0")


def _read_text(given: object) -> object:
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    return str(given) if is_number else given


_DURATION = _reader(units.read_duration, "90s, 15m or 1h")
_SHARE = _reader(units.read_share, "10%")
_TIME = {"type": "string", "pattern": units.DURATION_PATTERN}
_PERCENT = {"type": "string", "pattern": units.SHARE_PATTERN}

Duration = Annotated[
    float, BeforeValidator(_read_duration), WithJsonSchema({"anyOf": [_TIME, {"const": 0}]})
]
"""Seconds, written 90s, 15m, 1h, 20ms, 1d; or 0."""
Period = Annotated[float, BeforeValidator(_read_period), WithJsonSchema(_TIME)]
"""Seconds, more than none."""
Share = Annotated[
    float,
    BeforeValidator(_read_share),
    WithJsonSchema({"anyOf": [_PERCENT, {"type": "number", "minimum": 0, "maximum": 1}]}),
]
"""From 0 to 1, written 10% or 0.1."""
Rate = Annotated[
    float,
    BeforeValidator(_reader(units.read_rate, "64 kB/s")),
    WithJsonSchema({"type": "string", "pattern": units.RATE_PATTERN}),
]
"""Bytes a second, written 500 B/s, 64 kB/s or 1 MB/s."""
Speed = Annotated[
    float,
    BeforeValidator(_read_speed),
    WithJsonSchema(
        {"anyOf": [{"const": "max"}, {"type": "number", "minimum": 0.001, "maximum": 1e6}]}
    ),
]
"""How many seconds of the run's clock pass in a real one; infinity is `max`."""
Positive = Annotated[
    float,
    BeforeValidator(_read_positive),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 1e9}),
]
Text = Annotated[str, BeforeValidator(_read_text), WithJsonSchema({"type": ["string", "number"]})]
"""A text as it was written: 8851 needs no quotation marks."""
Value = Annotated[
    str,
    BeforeValidator(_read_text),
    WithJsonSchema({"type": ["string", "number", "boolean", "null"]}),
]
"""What a parameter may hold, as it was written: Yes, 007 and true need no quotation marks."""


def one_or_many() -> Discriminator:
    """Return what tells one value from a list of them, for errors that name no alternatives."""
    return tagged(lambda given: "many" if isinstance(given, list) else "one")


def tag(name: str) -> Tag:
    """Return the tag of one way to write something."""
    return Tag(TAG + name)


def tagged(choose: Callable[[Any], str]) -> Discriminator:
    """Return a discriminator whose tags begin with `TAG`."""
    return Discriminator(lambda given: TAG + choose(given))
