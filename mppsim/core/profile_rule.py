r"""Reads Profile_Rule and Upgrade_Rule: on which condition what is set, and fetched from where.

    ("$A" ne "Provisioned")? (Line_Enable_1_ = "No";)! https://server/init | [--key $B]/$MA.xml

Alternatives are tried from left to right, and the first whose condition holds is taken. Every one
but the last has a condition; all parts of an alternative are optional. Macros are expanded as an
alternative is taken, part by part and once, so that what a macro holds cannot end a part.

Source: the provisioning guides, "Profile Rules", "Upgrade Rule" and "Optional Resync Arguments".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from mppsim.core.conditions import Comparison, holds, parse_condition
from mppsim.core.macros import Lookup, expand_macros
from mppsim.core.rule_lexer import Word, quote_word, read_group
from mppsim.errors import ReportRuleError

__all__ = ["Alternative", "Assignment", "Choice", "ProfileRule", "choose", "parse_profile_rule"]


@dataclass(frozen=True, slots=True)
class Assignment:
    """A parameter that the rule itself sets, its macros not yet expanded. Prints itself."""

    name: str
    value: str = field(repr=False)

    def __str__(self) -> str:
        return f'{self.name} = "{self.value}";'


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One of a rule's alternatives. Prints itself, secrets included."""

    condition: tuple[Comparison, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    target: str = field(default="", repr=False)
    """The URL, its macros not yet expanded; empty: nothing is fetched."""
    key: str | None = field(default=None, repr=False)
    """The passphrase of `--key`, macros not yet expanded; likewise the next two."""
    uid: str | None = None
    pwd: str | None = field(default=None, repr=False)
    ignored: tuple[str, ...] = field(default=(), compare=False)
    """Options that mean nothing here."""

    def __str__(self) -> str:
        parts = []
        if self.condition:
            parts.append(f"({' and '.join(map(str, self.condition))})?")
        if self.assignments:
            parts.append(f"({' '.join(map(str, self.assignments))})!")
        values = {"--key": self.key, "--uid": self.uid, "--pwd": self.pwd}
        options = [f"{name} {quote_word(v)}" for name, v in values.items() if v is not None]
        if self.target:
            parts.append((f"[{' '.join(options)}]" if options else "") + self.target)
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class ProfileRule:
    """A whole rule. Prints itself, secrets included."""

    alternatives: tuple[Alternative, ...] = ()
    """None of an empty rule, which asks for nothing."""

    def __str__(self) -> str:
        return " | ".join(map(str, self.alternatives))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What one phone is to do at one moment: an alternative with its macros expanded."""

    assignments: tuple[Assignment, ...] = ()
    target: str = field(default="", repr=False)
    key: str | None = field(default=None, repr=False)
    uid: str | None = None
    pwd: str | None = field(default=None, repr=False)
    ignored: tuple[str, ...] = ()


def choose(text: str, lookup: Lookup) -> Choice | None:
    """Return what a rule asks of the phone whose macros these are; None: nothing at all.

    A rule that is one macro by itself is what that parameter holds. Raises `ReportRuleError` for
    a rule that cannot be read, or a condition whose sides cannot be compared.
    """
    held = expand_macros(text, lookup) if _ONE_MACRO.fullmatch(text) else ""
    for alternative in parse_profile_rule(held or text).alternatives:
        if holds(alternative.condition, lookup):
            return _expand(alternative, lookup)
    return None


@lru_cache(maxsize=1024)
def parse_profile_rule(text: str) -> ProfileRule:
    """Read a rule; raise `ReportRuleError` at the first fault. A fleet's phones share it."""
    alternatives: list[Alternative] = []
    at = _skip(text, 0)
    while at < len(text) or alternatives:
        if alternatives and not alternatives[-1].condition:
            reason = "only the last alternative may be without a condition"
            raise ReportRuleError(reason, text=text, at=at)
        alternative, at = _read_alternative(text, at)
        alternatives.append(alternative)
        if at == len(text):
            break
        at = _skip(text, at + 1)
    return ProfileRule(tuple(alternatives))


_ONE_MACRO = re.compile(r"\s*\$\(?[A-Z0-9_]+\)?\s*")
_SPACE = re.compile(r"\s*")
_TARGET = re.compile(r"[^\s|]*")
# Parentheses up to the one that closes them, and the sign that says what they hold.
_PARENTHESES = re.compile(r'\(((?:["“”][^"“”]*+["“”]|\$\([^()\s]*+\)|[^()"“”])*+)\)\s*+([?!])')
_ASSIGNMENT = re.compile(
    r'\s*+(?P<name>[^\s="“”;()]++)\s*+=\s*+["“”](?P<value>[^"“”]*+)["“”]\s*+(?:;\s*+|\Z)'
)
_VALUES = ("--key", "--uid", "--pwd")


def _expand(alternative: Alternative, lookup: Lookup) -> Choice:
    key, uid, pwd = (
        None if text is None else expand_macros(text, lookup, secrets=True)
        for text in (alternative.key, alternative.uid, alternative.pwd)
    )
    return Choice(
        assignments=tuple(
            Assignment(each.name, expand_macros(each.value, lookup))
            for each in alternative.assignments
        ),
        target=expand_macros(alternative.target, lookup),
        key=key,
        uid=uid,
        pwd=pwd,
        ignored=alternative.ignored,
    )


def _read_alternative(text: str, start: int) -> tuple[Alternative, int]:
    """Read the alternative that begins at `start`; return the place of its bar, or the end."""
    condition: tuple[Comparison, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    at = start
    for sign in "?!":
        held = _read_parentheses(text, at, sign)
        if held is not None and sign == "?":
            condition = _read_condition(text, held)
        elif held is not None:
            assignments = tuple(_read_assignments(text, held))
        at = at if held is None else _skip(text, held.end())
    words: list[Word] = []
    while text.startswith("[", at):
        at = _skip(text, read_group(text, at, words))
    target = _read_target(text, at)
    end = _skip(text, at + len(target))
    if words and not target:
        raise ReportRuleError("a URL has to follow the options", text=text, at=at)
    if at == start and not target:
        raise ReportRuleError("an alternative is missing", text=text, at=at)
    if end < len(text) and text[end] != "|":
        reason = "a URL holds no white space; alternatives have a | between them"
        raise ReportRuleError(reason, text=text, at=end)
    values, ignored = _read_options(text, words)
    return Alternative(
        condition=condition,
        assignments=assignments,
        target=target,
        key=values.get("--key"),
        uid=values.get("--uid"),
        pwd=values.get("--pwd"),
        ignored=ignored,
    ), end


def _read_parentheses(text: str, at: int, sign: str) -> re.Match[str] | None:
    """Find the parentheses that begin at `at` and end with `sign`."""
    if not text.startswith("(", at):
        return None
    held = _PARENTHESES.match(text, at)
    if held is None:
        reason = 'parentheses hold a condition, ($A eq 1)?, or an assignment, (GPP_A = "1";)!'
        raise ReportRuleError(reason, text=text, at=at)
    return held if held[2] == sign else None


def _read_condition(text: str, held: re.Match[str]) -> tuple[Comparison, ...]:
    condition = parse_condition(text, *held.span(1))
    if not condition:
        raise ReportRuleError("a condition compares something", text=text, at=held.start(1))
    return condition


def _read_assignments(text: str, held: re.Match[str]) -> Iterator[Assignment]:
    at, end = held.span(1)
    while at < end or at == held.start(1):
        assignment = _ASSIGNMENT.match(text, at, end)
        if assignment is None:
            reason = 'an assignment is NAME = "value", with a ; after it'
            raise ReportRuleError(reason, text=text, at=_skip(text, at))
        yield Assignment(assignment["name"], assignment["value"])
        at = assignment.end()


def _read_target(text: str, at: int) -> str:
    if text.startswith("--", at):
        reason = "options go in square brackets before the URL: [--key test123]URL"
        raise ReportRuleError(reason, text=text, at=at)
    if text.startswith("(", at):
        reason = "the order is: (condition)? (assignment)! [options]URL"
        raise ReportRuleError(reason, text=text, at=at)
    target = _TARGET.match(text, at)
    return target[0] if target else ""  # the pattern also matches nothing


def _read_options(text: str, words: list[Word]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the values by option, the last of each, and the options that mean nothing here."""
    values: dict[str, str] = {}
    ignored: list[str] = []
    rest = list(reversed(words))
    while rest:
        option = rest.pop()
        if not option.is_option:
            reason = "an option begins with two hyphens, and a value with white space has quotes"
            raise ReportRuleError(reason, text=text, at=option.at)
        value = rest.pop() if rest and not rest[-1].is_option else None
        if option.written not in _VALUES:
            ignored.append(option.written)
        elif value is None:
            reason = f"a value has to follow {option.written}"
            raise ReportRuleError(reason, text=text, at=option.at)
        else:
            values[option.written] = value.text
    return values, tuple(ignored)


def _skip(text: str, at: int) -> int:
    matched = _SPACE.match(text, at)
    return matched.end() if matched else at  # the pattern also matches nothing
