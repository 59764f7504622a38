"""The words of a threshold: names, signs and quantities, each with its place in the text."""

import re
from dataclasses import dataclass
from math import isinf

from mppsim.errors import ThresholdError

__all__ = ["UNITS", "Quantity", "Reader"]

_PARTS_OF_ONE = {"": 1.0, "%": 0.01}
_SECONDS = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"B": 1.0, "KB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 2.0**10, "MiB": 2.0**20, "GiB": 2.0**30}
UNITS = {**_PARTS_OF_ONE, **_SECONDS, **_BYTES}
"""What each unit stands for, in seconds or bytes or parts of one."""

_SPACE = re.compile(r"\s*")
_NAME = re.compile(r'(?:[^\s<>=!/"]|"[^"]*")+')
_SIGN = re.compile(r"==|!=|<=|>=|<|>")
_NUMBER = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(e[+-]?\d+)?")
_WORD = re.compile(r"[%\w]*")
_PART = re.compile(r'"[^"]*"|[^."]+')
_PERCENTILE = re.compile(r"p\d+")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a unit; it prints itself as one writes it."""

    number: float
    unit: str = ""
    is_per_second: bool = False

    @property
    def value(self) -> float:
        """What it comes to, in seconds or bytes or parts of one."""
        # Dividing by a hundred is exact where multiplying by a hundredth is not.
        factor = UNITS[self.unit]
        return self.number * factor if factor >= 1 else self.number / round(1 / factor)

    def __str__(self) -> str:
        rate = "/s" if self.is_per_second else ""
        return f"{repr(self.number).removesuffix('.0')}{self.unit}{rate}"


class Reader:
    """Reads a text from its front; what it refuses, it refuses with the column."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        """Where the next word begins."""
        self._skip(0)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left."""
        return self.at == len(self.text)

    def refuse(self, reason: str, *, at: int | None = None) -> ThresholdError:
        """Return the error for what is wrong, here or at another place."""
        return ThresholdError(reason, text=self.text, at=self.at if at is None else at)

    def take(self, sign: str) -> bool:
        """Go beyond a sign or word if it comes next."""
        found = self.text.startswith(sign, self.at)
        if found:
            self._skip(self.at + len(sign))
        return found

    def take_word(self) -> str:
        """Go beyond a word, and return it; it is empty where none comes next."""
        found = _WORD.match(self.text, self.at)
        assert found is not None
        self._skip(found.end())
        return found[0]

    def take_name(self) -> tuple[str, ...]:
        """Go beyond a name and return its parts, a group's without its quotes."""
        found = _NAME.match(self.text, self.at)
        if found is None:
            raise self.refuse("the name of a figure is missing, such as reports.failed")
        parts = [part.strip('"') for part in _PART.findall(found[0])]
        if len(parts) > 1 and _PERCENTILE.fullmatch(parts[-2]) and parts[-1].isdigit():
            parts[-2:] = [f"{parts[-2]}.{parts[-1]}"]  # p99.9
        if not parts:
            raise self.refuse("the name of a figure is missing, such as reports.failed")
        self._skip(found.end())
        return tuple(parts)

    def take_sign(self) -> str:
        """Go beyond a comparison."""
        found = _SIGN.match(self.text, self.at)
        if found is None:
            single = self.text.startswith("=", self.at)
            hint = "write == for equal" if single else "give one of == != < <= > >="
            raise self.refuse(f"a comparison is missing here: {hint}")
        self._skip(found.end())
        return found[0]

    def take_quantity(self) -> Quantity:
        """Go beyond a number and its unit."""
        number = _NUMBER.match(self.text, self.at)
        if number is None:
            raise self.refuse("a number is missing here, such as 0, 250ms or 0.1%")
        if isinf(float(number[0])):
            raise self.refuse(f"{number[0]} is more than can be")
        self._skip(number.end())
        unit = _WORD.match(self.text, self.at)
        assert unit is not None
        known = unit[0] if unit[0] in UNITS else ""
        if unit[0] != known and self.at == number.end():
            raise self.refuse(f"there is no unit {unit[0]}: {' '.join(filter(None, UNITS))}")
        self._skip(self.at + len(known))
        return Quantity(float(number[0]), known, self.take("/s"))

    def _skip(self, at: int) -> None:
        found = _SPACE.match(self.text, at)
        assert found is not None
        self.at = found.end()
