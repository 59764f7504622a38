"""Conditions of rules: `$PRVTMR ge 600 and "$CCERT" eq "Installed"`.

Numbers and versions are compared by order, text in quotation marks for being equal. A version is
`sip88xx.11-3-1MPP-678`, whose name before the dot does not count, or `2.0.1`: part by part, in
each part first the digits, then the letters. The two forms are not compared with each other.

Source: the provisioning guides, "Conditional Expressions"; docs/resync.md.
"""

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from mppsim.core.macros import Lookup, expand_macros
from mppsim.errors import ReportRuleError

__all__ = ["Comparator", "Comparison", "Operand", "holds", "parse_condition"]


class Comparator(StrEnum):
    """How two operands are compared, as words."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"


@dataclass(frozen=True, slots=True)
class Operand:
    """One side of a comparison; its macros are not yet expanded. Prints itself."""

    text: str
    is_quoted: bool = False
    at: int = field(default=0, compare=False, repr=False)
    """0-based offset into the rule."""

    def __str__(self) -> str:
        return f'"{self.text}"' if self.is_quoted else self.text


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two operands and what has to hold of them. Prints itself."""

    left: Operand
    comparator: Comparator
    right: Operand

    def __str__(self) -> str:
        return f"{self.left} {self.comparator} {self.right}"


def parse_condition(text: str, start: int = 0, end: int | None = None) -> tuple[Comparison, ...]:
    """Read the comparisons of `text[start:end]`; raise `ReportRuleError` at the first fault.

    Text without any, which the trigger parameters hold by default, gives none.
    """
    last = len(text) if end is None else end
    words = list(_split(text, start, last))
    comparisons: list[Comparison] = []
    at = 0
    while at < len(words):
        if comparisons:
            _expect_and(text, words[at])
            at += 1
        comparisons.append(_read_comparison(text, words[at : at + 3], last))
        at += 3
    return tuple(comparisons)


def holds(condition: tuple[Comparison, ...], lookup: Lookup) -> bool:
    """Say whether all comparisons are true for the phone whose macros these are.

    Raises `ReportRuleError` for operands that cannot be compared, left of the first false one.
    """
    return all(_is_true(comparison, lookup) for comparison in condition)


_Key = tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class _Value:
    form: str
    """What it is, in the plural; only values of one form are compared."""
    key: _Key
    """What they are compared by."""


# One word of a condition: in quotation marks, a symbol, or bare. A bare one may be a macro in
# parentheses, which holds colons: `$(A:2:3)`. Anything else is a word too, and a fault.
_WORD = re.compile(
    r"""\s*+(?:["“”](?P<quoted>[^"“”]*+)["“”]|(?P<symbol>!=|<=|>=|[=<>])"""
    r"""|(?P<bare>(?:\$\([^()\s]*+\)|[^\s()"“”=<>!|;])++)|(?P<other>\S))"""
)
_COMPARATORS = {
    "=": Comparator.EQ,
    "!=": Comparator.NE,
    "<": Comparator.LT,
    "<=": Comparator.LE,
    ">": Comparator.GT,
    ">=": Comparator.GE,
} | {str(comparator): comparator for comparator in Comparator}
_ORDERS: dict[Comparator, Callable[[_Key, _Key], bool]] = {
    Comparator.EQ: operator.eq,
    Comparator.NE: operator.ne,
    Comparator.LT: operator.lt,
    Comparator.LE: operator.le,
    Comparator.GT: operator.gt,
    Comparator.GE: operator.ge,
}
_TEXT = "texts"
_EQUALITIES = (Comparator.EQ, Comparator.NE)

_NUMBER = re.compile(r"-?[0-9]{1,18}")
_VERSIONS = {
    "versions like 11-3-1MPP-678": re.compile(
        r"(?:[A-Za-z][A-Za-z0-9_]*\.)?([0-9][A-Za-z0-9]*(?:-[0-9][A-Za-z0-9]*)+)"
    ),
    "versions like 2.0.1": re.compile(r"([0-9][A-Za-z0-9]*(?:\.[0-9][A-Za-z0-9]*)+)"),
}
_PART = re.compile(r"([0-9]+)([A-Za-z0-9]*)")
_LONGEST_VERSION = 100


def _split(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    at = start
    while word := _WORD.match(text, at, end):
        yield word
        at = word.end()


def _place(word: re.Match[str]) -> int:
    assert word.lastgroup is not None
    quotation_mark = 1 if word.lastgroup == "quoted" else 0
    return word.start(word.lastgroup) - quotation_mark


def _expect_and(text: str, word: re.Match[str]) -> None:
    if word["bare"] != "and":
        reason = "comparisons are joined with: and"
        raise ReportRuleError(reason, text=text, at=_place(word))


def _read_comparison(text: str, words: list[re.Match[str]], end: int) -> Comparison:
    """Read operand, comparator, operand; `words` may be fewer."""
    if len(words) < 3:
        reason = "a comparison has two sides: $PRVTMR ge 600"
        raise ReportRuleError(reason, text=text, at=_place(words[-1]) if words else end)
    left, middle, right = words
    comparator = _COMPARATORS.get(middle["symbol"] or middle["bare"] or "")
    if comparator is None:
        reason = "a comparison has one of = != < <= > >= eq ne lt le gt ge"
        raise ReportRuleError(reason, text=text, at=_place(middle))
    return Comparison(_read_operand(text, left), comparator, _read_operand(text, right))


def _read_operand(text: str, word: re.Match[str]) -> Operand:
    if word["quoted"] is not None:
        return Operand(word["quoted"], is_quoted=True, at=_place(word))
    if word["bare"] is None:
        reason = "expected a number, a version, a macro, or text in quotation marks"
        raise ReportRuleError(reason, text=text, at=_place(word))
    return Operand(word["bare"], at=_place(word))


def _is_true(comparison: Comparison, lookup: Lookup) -> bool:
    left, right = (_evaluate(side, lookup) for side in (comparison.left, comparison.right))
    reason = None
    if left.form != right.form:
        reason = f"{left.form} are not compared with {right.form}"
    elif left.form == _TEXT and comparison.comparator not in _EQUALITIES:
        reason = "text is only equal or not: eq or ne"
    if reason is not None:
        raise ReportRuleError(reason, text=str(comparison), at=comparison.left.at)
    return _ORDERS[comparison.comparator](left.key, right.key)


def _evaluate(operand: Operand, lookup: Lookup) -> _Value:
    text = expand_macros(operand.text, lookup)
    if operand.is_quoted:
        return _Value(_TEXT, ((0, text),))
    if _NUMBER.fullmatch(text):
        return _Value("numbers", ((int(text), ""),))
    for form, pattern in _VERSIONS.items():
        version = pattern.fullmatch(text[:_LONGEST_VERSION])
        if version is not None:
            parts = _PART.findall(version[1])
            return _Value(form, tuple((int(digits), letters) for digits, letters in parts))
    reason = "neither a number nor a version: text needs quotation marks"
    raise ReportRuleError(reason, text=operand.text, at=operand.at)
