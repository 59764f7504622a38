"""Say what a value of each kind may be, and read one.

Numbers out of their range are refused or moved to the bound, as the firmware release says. Free
text is free, but for the characters that XML 1.0 cannot carry.

Source: the columns `type` and `allowed` of `mppsim/data/parameters.csv`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from mppsim.core.catalogue import Parameter
from mppsim.errors import ParameterError

__all__ = ["Reading", "describe_allowed", "read_value"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A value as the phone will hold it, and what was read leniently, if anything was."""

    value: str = field(repr=False)
    warning: str | None = None


def read_value(parameter: Parameter, text: str, *, clamp: bool = False) -> Reading:
    """Check a value and return it as the phone will hold it.

    An option in other case is taken as the listed one; with `clamp`, a number out of its range
    becomes the bound; both with a warning. Raises `ParameterError` whose reason says what is
    allowed. The refused value is shown, shortened, unless the parameter may hold a secret.
    """
    if _NOT_XML.search(text):
        raise ParameterError(parameter.name, "holds a character that XML cannot carry")
    if not text and _may_be_empty(parameter):
        return Reading(text)
    try:
        return _READERS.get(parameter.kind, _read_text)(parameter, text, clamp)
    except ValueError:
        shown = f"{_shorten(text)} is" if parameter.kind in _READERS else "is"
        allowed = describe_allowed(parameter)
        raise ParameterError(parameter.name, f"{shown} not allowed: {allowed}") from None


def describe_allowed(parameter: Parameter) -> str:
    """Return what the parameter may hold, as the end of a sentence: one of POST, PUT."""
    sentence = _SENTENCES.get(parameter.kind, "any text")
    if parameter.options:
        listed = ", ".join(parameter.options[:_LISTED])
        more = len(parameter.options) - _LISTED
        return sentence + listed + (f" and {more} more" if more > 0 else "")
    if parameter.allowed.startswith(_LENGTH):
        return f"at most {parameter.allowed.removeprefix(_LENGTH)} characters"
    if parameter.allowed:
        return f"{sentence} from {parameter.allowed.replace('-', ' to ', 1)}"
    return sentence


_LENGTH = "len<="
_LISTED = 12
"""As many options are listed in a sentence."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_UNLISTED: Mapping[str, tuple[str, ...]] = {"Report_To_Server": ("Never Report",)}
"""Set in an older dump, though no options comment lists it: no trigger makes a report."""

_FILLED = frozenset({"bool", "enum", "int", "float", "hex"})
"""Kinds that are never empty, unless their factory value is."""

_SENTENCES = {
    "bool": "one of ",
    "enum": "one of ",
    "multi": "none or some, with a bar between them, of ",
    "int": "a whole number",
    "float": "a number",
    "hex": "hexadecimal digits",
    "list": "whole numbers with commas between them, each",
    "ip": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "time": "hours and minutes: HHmm, HH:mm or HH/mm",
    "date": "a date: mm/dd/yyyy",
}

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?([0-9]{1,9}(\.[0-9]{0,9})?|\.[0-9]{1,9})")
_HEX_NUMBER = re.compile(r"(?:0[xX])?[0-9A-Fa-f]{1,8}")
_HEX_DIGITS = re.compile(r"[0-9A-Fa-f]{2}([ :]?[0-9A-Fa-f]{2})*")
_DELAY = re.compile(r"([0-9]{1,9})(\+[0-9]{1,9})?")
_TIME = re.compile(r"[+-]?(([01]?[0-9]|2[0-3])[:/]?[0-5][0-9]([:/]?[0-5][0-9])?|24[:/]?00)")
_DATE = re.compile(r"(0?[1-9]|1[0-2])/(0?[1-9]|[12][0-9]|3[01])(/([0-9]{2}|[0-9]{4}))?")


def _may_be_empty(parameter: Parameter) -> bool:
    return parameter.kind not in _FILLED or not parameter.default


def _shorten(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:37]}...")


def _as_it_is(judge: Callable[[str], object]) -> Callable[[Parameter, str, bool], Reading]:
    """Return a reader that keeps the text unless `judge` raises `ValueError`."""

    def read(parameter: Parameter, text: str, clamp: bool) -> Reading:
        judge(text)
        return Reading(text)

    return read


def _pattern(pattern: re.Pattern[str]) -> Callable[[str], None]:
    def judge(text: str) -> None:
        if not pattern.fullmatch(text):
            raise ValueError

    return judge


def _read_text(parameter: Parameter, text: str, clamp: bool) -> Reading:
    limit = parameter.allowed.removeprefix(_LENGTH)
    if limit and len(text) > int(limit):
        raise ValueError
    return Reading(text)


def _read_option(parameter: Parameter, text: str, clamp: bool) -> Reading:
    options = parameter.options + _UNLISTED.get(parameter.name, ())
    if text in options:
        return Reading(text)
    for option in options:
        if option.casefold() == text.casefold():
            return Reading(option, f"{_shorten(text)} is read as {option}")
    raise ValueError


def _read_options(parameter: Parameter, text: str, clamp: bool) -> Reading:
    read = [_read_option(parameter, part.strip(), clamp) for part in text.split("|")]
    warning = next((reading.warning for reading in read if reading.warning), None)
    return Reading("|".join(reading.value for reading in read), warning)


def _bounds(parameter: Parameter, read: Callable[[str], float]) -> tuple[str, float, str, float]:
    low, _, high = parameter.allowed.partition("-")
    return low, read(low), high, read(high)


def _in_range(
    parameter: Parameter, text: str, read: Callable[[str], float], clamp: bool
) -> Reading:
    low, lowest, high, highest = _bounds(parameter, read)
    number = read(text)
    if lowest <= number <= highest:
        return Reading(text)
    if not clamp:
        raise ValueError
    bound = low if number < lowest else high
    return Reading(bound, f"{_shorten(text)} is out of range: {bound} is taken")


def _read_int(parameter: Parameter, text: str, clamp: bool) -> Reading:
    _pattern(_INTEGER)(text)
    return _in_range(parameter, str(int(text)), int, clamp)


def _read_float(parameter: Parameter, text: str, clamp: bool) -> Reading:
    _pattern(_DECIMAL)(text)
    return _in_range(parameter, text, float, clamp)


def _read_hex(parameter: Parameter, text: str, clamp: bool) -> Reading:
    if not parameter.allowed:
        _pattern(_HEX_DIGITS)(text)
        return Reading(text)
    _pattern(_HEX_NUMBER)(text)
    return _in_range(parameter, text, lambda digits: int(digits, 16), clamp)


def _read_list(parameter: Parameter, text: str, clamp: bool) -> Reading:
    _, lowest, _, highest = _bounds(parameter, int)
    for part in text.split(","):
        # "n1,n2,n3", and for delays "n+r": up to r seconds more at random.
        delay = _DELAY.fullmatch(part.strip())
        if not delay or not lowest <= int(delay[1]) <= highest:
            raise ValueError
    return Reading(text)


_READERS: Mapping[str, Callable[[Parameter, str, bool], Reading]] = {
    "bool": _read_option,
    "enum": _read_option,
    "multi": _read_options,
    "int": _read_int,
    "float": _read_float,
    "hex": _read_hex,
    "list": _read_list,
    "ip": _as_it_is(IPv4Address),
    "ipv6": _as_it_is(IPv6Address),
    "time": _as_it_is(_pattern(_TIME)),
    "date": _as_it_is(_pattern(_DATE)),
}
