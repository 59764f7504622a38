"""Splits the text of Report_Rule into rules and their bracket groups into words.

Faults of structure are found here: a bracket or a quotation mark that is never closed, a group
with no URL. After one, reading goes on where the next rule visibly begins: at white space before
`[--`. Every character is looked at a fixed number of times, so that hostile text costs no more.

Source: the provisioning guides on optional resync arguments, quoting and octal escapes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mppsim.errors import ReportRuleError

__all__ = [
    "BARE_RUN",
    "CLOSING_MARKS",
    "RuleText",
    "Word",
    "check_target",
    "quote_word",
    "read_group",
    "split_rules",
]

BARE_RUN = re.compile(r'[^\s\]"“”]+')
"""What stands in a word of a group outside quotation marks."""

CLOSING_MARKS = {'"': re.compile('"'), "“": re.compile('["“”]'), "”": re.compile('["“”]')}
"""What closes each quotation mark: pasted text mixes them, so a typographic one closes at all."""

_MOST_WORDS = 64  # a rule has seven at most that mean something

_SPACE = re.compile(r"\s*")
# A `;` by itself ends the rule before it, as one without white space before it does.
_BETWEEN = re.compile(r"(?:\s|;++(?=\s|\Z))*+")
_NONSPACE = re.compile(r"\S*")
_NEEDS_QUOTES = re.compile(r'[\s\[\]"“”]')
_OCTAL = re.compile(r"\\([0-3][0-7]{2})")
# Control characters, the quotation mark, and a backslash that would read as an escape.
_NEEDS_OCTAL = re.compile(r'[\x00-\x1f\x7f-\x9f"]|\\(?=[0-3][0-7]{2})')
_NEXT_RULE = re.compile(r"\s(?=\[\s*--)")
# An option inside a URL means that the white space before its bracket is missing.
_GROUP_IN_TARGET = re.compile(r"\[(?=--|\Z)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word of a bracket group: an option's name or its value."""

    text: str = field(repr=False)
    """Without quotation marks, escapes decoded; may be a key or a password."""
    written: str = field(repr=False)
    at: int

    @property
    def is_option(self) -> bool:
        """Say whether it begins with two hyphens as written; in quotes they begin a value."""
        return self.written.startswith("--")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """One rule as written: the words of its groups and its target, or what is wrong with it."""

    at: int
    words: tuple[Word, ...] = ()
    target: str = field(default="", repr=False)
    target_at: int = 0
    fault: ReportRuleError | None = None


def split_rules(text: str) -> Iterator[RuleText]:
    """Yield the rules of a text one after the other, the spoilt ones with their `fault`."""
    at = _end(_BETWEEN, text, 0)
    while at < len(text):
        try:
            rule, at = _split_rule(text, at)
        except ReportRuleError as fault:
            rule = RuleText(at=at, fault=fault)
            following = _NEXT_RULE.search(text, fault.at)
            at = following.end() if following else len(text)
        yield rule
        at = _end(_BETWEEN, text, at)


def quote_word(value: str) -> str:
    """Write a value so that a group gives it back: in quotes and with escapes if need be."""
    escaped = _NEEDS_OCTAL.sub(lambda found: f"\\{ord(found[0]):03o}", value)
    bare = value and not value.startswith("-") and not _NEEDS_QUOTES.search(escaped)
    return escaped if bare else f'"{escaped}"'


def check_target(text: str, start: int, end: int) -> None:
    """Raise `ReportRuleError` unless `text[start:end]` can stand as a rule's URL."""
    if text.startswith("--", start):
        reason = "options go in square brackets before the URL: [--delta]URL"
        raise ReportRuleError(reason, text=text, at=start)
    if text.startswith(("(", "|"), start):
        reason = "conditions and alternatives are for profile rules: write [options]URL"
        raise ReportRuleError(reason, text=text, at=start)
    joined = _GROUP_IN_TARGET.search(text, start, end)
    if joined:
        reason = "white space has to separate two rules"
        raise ReportRuleError(reason, text=text, at=joined.start())


def _split_rule(text: str, start: int) -> tuple[RuleText, int]:
    words: list[Word] = []
    at, groups, group_end = start, 0, 0
    while text.startswith("[", at):
        groups += 1
        group_end = read_group(text, at, words)
        if groups > _MOST_WORDS:
            raise ReportRuleError("too many brackets", text=text, at=at)
        at = _end(_SPACE, text, group_end)
    end = _end(_NONSPACE, text, at)
    target = text[at:end].rstrip(";")
    if groups and not target:
        reason = "a URL has to follow the options"
        return RuleText(at=start, fault=ReportRuleError(reason, text=text, at=group_end)), end
    check_target(text, at, at + len(target))
    return RuleText(at=start, words=tuple(words), target=target, target_at=at), end


def read_group(text: str, opening: int, words: list[Word]) -> int:
    """Add the words of the group that begins at `opening`; return the place after its bracket.

    Raises `ReportRuleError` for a bracket or a quotation mark that is never closed.
    """
    at = _end(_SPACE, text, opening + 1)
    while at < len(text) and text[at] != "[":
        if text[at] == "]":
            return at + 1
        if len(words) == _MOST_WORDS:
            raise ReportRuleError("too many options", text=text, at=at)
        word, at = _read_word(text, at)
        words.append(word)
        at = _end(_SPACE, text, at)
    raise ReportRuleError("this bracket is never closed", text=text, at=opening)


def _read_word(text: str, start: int) -> tuple[Word, int]:
    """Read bare and quoted runs up to white space or a bracket outside quotation marks."""
    runs: list[str] = []
    at = start
    while at < len(text) and text[at] != "]" and not text[at].isspace():
        closing = CLOSING_MARKS.get(text[at])
        if closing is None:
            end = _end(BARE_RUN, text, at)
            runs.append(text[at:end])
            at = end
            continue
        closed = closing.search(text, at + 1)
        if closed is None:
            raise ReportRuleError("this quotation mark is never closed", text=text, at=at)
        runs.append(text[at + 1 : closed.start()])
        at = closed.end()
    decoded = "".join(_OCTAL.sub(lambda found: chr(int(found[1], 8)), run) for run in runs)
    return Word(text=decoded, written=text[start:at], at=start), at


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    matched = pattern.match(text, at)
    return matched.end() if matched else at
