"""Turn the catalogue's rows into those of one phone: which it has, how often, in which order.

A row with an index stands for several. Each run of neighbouring rows with the same tab (for
status fields: group) and the same numbers is repeated as a block, the first number outermost: all
of Ext 1, then all of Ext 2. Walked so, names and order equal the configuration files that real
phones gave out.

Source: configuration files of 8865, 7841, 8832 and 7832, compared name by name.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby, product

from mppsim.core.phone_model import PhoneModel

__all__ = ["PHONEOS_LEVEL", "expand", "fill", "fits", "lives"]

PHONEOS_LEVEL = (12, 0, 7)
"""Where PhoneOS stands on the scale of MPP releases: 12.0(7)'s list has its parameters."""


def fits(row: Mapping[str, str], model: PhoneModel) -> bool:
    """Say whether the model has this row's parameter or field."""
    return not {"*", model.family, model.model}.isdisjoint(row["models"].split("|"))


def lives(row: Mapping[str, str], level: tuple[int, int, int]) -> bool:
    """Say whether firmware of that level has this row's parameter."""
    since, until = row["since"], row["until"]
    return (not since or _level(since) <= level) and (not until or level < _level(until))


def expand(
    rows: Sequence[Mapping[str, str]], model: PhoneModel
) -> Iterator[tuple[Mapping[str, str], tuple[int, ...]]]:
    """Yield each row with its numbers, in configuration order; unnumbered rows with ()."""
    for (_, numbers), run in groupby(rows, key=lambda row: (_place(row), _numbers(row, model))):
        block = tuple(run)
        for each in numbers:
            for row in block:
                yield row, each


def fill(text: str, numbers: tuple[int, ...]) -> str:
    """Put the numbers in place of `{n}` and `{m}`; `{n+5059}` adds."""
    if not numbers or "{" not in text:
        return text
    values = dict(zip("nm", numbers, strict=False))
    return _SLOT.sub(lambda slot: str(values[slot[1]] + int(slot[2] or 0)), text)


_SLOT = re.compile(r"\{([nm])(\+[0-9]+)?\}")


def _place(row: Mapping[str, str]) -> str:
    return row["group"] if "group" in row else row["tab"]


def _numbers(row: Mapping[str, str], model: PhoneModel) -> tuple[tuple[int, ...], ...]:
    return _resolve(row["index"], model) if row["index"] else ((),)


@cache
def _resolve(index: str, model: PhoneModel) -> tuple[tuple[int, ...], ...]:
    """Return every combination of an index's numbers: "unit:1-3;key:1-28" has two of them."""
    counts = {
        "ext": model.lines,
        "linekey": model.line_keys,
        "unit": model.kem_units,
        "key": model.kem_keys,
    }
    ranges: list[range] = []
    for part in index.split(";"):
        kind, _, bounds = part.rpartition(":")
        if kind.isdigit():  # a family's own range in place of the others': "1-4;9800:1-1"
            ranges = [_range(bounds)] if kind == model.family else ranges
        elif (kind or bounds) in counts:
            ranges.append(range(1, counts[kind or bounds] + 1))
        else:
            ranges.append(_range(bounds))
    return tuple(product(*ranges))


def _range(bounds: str) -> range:
    low, high = map(int, bounds.split("-"))
    return range(low, high + 1)


def _level(text: str) -> tuple[int, int, int]:
    """Read "12.0(4)+", "<=12.0(1)", "11.3" or "PhoneOS 3" as a level of MPP firmware."""
    if text.startswith("PhoneOS"):
        return PHONEOS_LEVEL
    major, minor, micro = re.findall(r"\d+", f"{text}(1)")[:3]
    return int(major), int(minor), int(micro)
