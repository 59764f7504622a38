r"""Reads Report_Rule: what to report, where to, sealed with which key, as whom.

    [--delta --key test123]http://server/delta.xml [--status]http://server/status.xml

At most two rules; an error spoils its own rule only. Groups in square brackets may repeat and
count as one. Values stand bare or in quotes, with `\ooo` for a character by its octal code.
A `;` at a rule's end is dropped, since the guide's examples have it and its results do not.

Source: the guide, "Report Current Phone Configuration to the Provisioning Server", and its table.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import islice

from mppsim.core.rule_lexer import RuleText, Word, check_target, quote_word, split_rules
from mppsim.core.secrets import hide_secrets
from mppsim.errors import ReportRuleError

__all__ = [
    "MAX_RULES",
    "ReportContent",
    "ReportRule",
    "RuleReading",
    "RuleRemark",
    "parse_report_rule",
    "read_report_rule",
]

MAX_RULES = 2
"""The guide: "You can add up to two URLs in the Report Rule field"."""

_CONTENT_OPTIONS = frozenset({"--delta", "--status"})
_VALUE_OPTIONS = frozenset({"--key", "--uid", "--pwd"})
_PROFILE_OPTIONS = frozenset({"--srv", "--post", "--alias"})
_SHOWN_NAME = 24


class ReportContent(StrEnum):
    """What a report holds."""

    FULL = "full"
    """The whole configuration."""
    DELTA = "delta"
    """Only the latest changed fields."""
    STATUS = "status"
    """The phone's status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRule:
    """One rule; prints itself as it would be written, secrets included.

    Raises `ReportRuleError` for a target that no rule can hold.
    """

    content: ReportContent = ReportContent.FULL
    target: str = field(repr=False)
    """The URL, its macros not yet expanded."""
    key: str | None = field(default=None, repr=False)
    """The passphrase of `--key`, macros not yet expanded; likewise the next two."""
    uid: str | None = None
    pwd: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        target = self.target
        if target.split() != [target] or target.startswith("[") or target.endswith(";"):
            raise ReportRuleError("a rule's URL is one word", text=target, at=0)
        check_target(target, 0, len(target))

    def __str__(self) -> str:
        words = [] if self.content is ReportContent.FULL else [f"--{self.content}"]
        values = {"--key": self.key, "--uid": self.uid, "--pwd": self.pwd}
        words += [f"{name} {quote_word(v)}" for name, v in values.items() if v is not None]
        return f"[{' '.join(words)}]{self.target}" if words else self.target


@dataclass(frozen=True, slots=True)
class RuleRemark:
    """Something was read leniently, or ignored. Prints itself with its column."""

    reason: str
    at: int
    """0-based offset into the text."""

    def __str__(self) -> str:
        return f"column {self.at + 1}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleReading:
    """What a text of Report_Rule means, as far as it can be read."""

    rules: tuple[ReportRule | None, ...]
    """By place, at most `MAX_RULES`; None: spoilt."""
    targets_at: tuple[int, ...]
    """By place: the 0-based offset of the rule's URL in the text; 0 where it is spoilt."""
    faults: tuple[ReportRuleError, ...]
    """One for each spoilt rule, in the same order."""
    remarks: tuple[RuleRemark, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return the remarks as sentences with their columns."""
        return tuple(str(remark) for remark in self.remarks)


def parse_report_rule(text: str) -> tuple[ReportRule, ...]:
    """Return the rules of a text; raise `ReportRuleError` at the first fault."""
    reading = read_report_rule(text)
    for fault in reading.faults:
        # A new one, since the reading is shared and raising leaves its traces in an error.
        raise ReportRuleError(fault.reason, text=text, at=fault.at)
    return tuple(rule for rule in reading.rules if rule)


@lru_cache(maxsize=1024)
def read_report_rule(text: str) -> RuleReading:
    """Read whatever can be read of a text; never raises. A fleet's phones share the result."""
    written = split_rules(text)
    rules: list[ReportRule | None] = []
    places: list[int] = []
    faults: list[ReportRuleError] = []
    remarks: list[RuleRemark] = []
    for rule in islice(written, MAX_RULES):
        places.append(rule.target_at)
        try:
            rules.append(_read_rule(text, rule, remarks))
        except ReportRuleError as fault:
            rules.append(None)
            faults.append(fault)
    remarks.extend(_ignored(written))
    return RuleReading(
        rules=tuple(rules),
        targets_at=tuple(places),
        faults=tuple(faults),
        remarks=tuple(remarks),
    )


def _read_rule(text: str, rule: RuleText, remarks: list[RuleRemark]) -> ReportRule:
    if rule.fault is not None:
        raise rule.fault
    options = _read_options(text, rule.words, remarks)
    content = next((name for name in options if name in _CONTENT_OPTIONS), "--full")
    return ReportRule(
        content=ReportContent(content.removeprefix("--")),
        target=rule.target,
        key=options.get("--key"),
        uid=options.get("--uid"),
        pwd=options.get("--pwd"),
    )


def _read_options(text: str, words: tuple[Word, ...], remarks: list[RuleRemark]) -> dict[str, str]:
    """Return the options that a report rule has, by name, the last of each."""
    options: dict[str, str] = {}
    rest = list(reversed(words))
    while rest:
        option = rest.pop()
        if not option.is_option:
            reason = "an option begins with two hyphens, and a value with white space has quotes"
            raise ReportRuleError(reason, text=text, at=option.at)
        takes_value = option.written not in _CONTENT_OPTIONS and option.written != "--srv"
        value = rest.pop() if takes_value and rest and not rest[-1].is_option else None
        if option.written in options:
            remarks.append(RuleRemark("given before; the last one counts", option.at))
        _check_option(text, option, value, options)
        if option.written not in _CONTENT_OPTIONS | _VALUE_OPTIONS:
            remarks.append(RuleRemark(_why_ignored(option), option.at))
            continue
        remarks.extend(_typographic(option, value))
        options[option.written] = value.text if value else ""
    return options


def _check_option(text: str, option: Word, value: Word | None, options: dict[str, str]) -> None:
    meant = next((name for name in _VALUE_OPTIONS if option.written.lower().startswith(name)), None)
    if meant is not None and option.written != meant:
        # Ignoring `--keytest123` would send a plain report where an encrypted one was meant.
        reason = f"write {meant} in lower case, and white space after it"
        raise ReportRuleError(reason, text=text, at=option.at)
    if option.written in _VALUE_OPTIONS and value is None:
        reason = f"a value has to follow {option.written}"
        raise ReportRuleError(reason, text=text, at=option.at)
    if option.written in _CONTENT_OPTIONS and _CONTENT_OPTIONS & options.keys() - {option.written}:
        reason = "a rule reports either --delta or --status: write two rules"
        raise ReportRuleError(reason, text=text, at=option.at)


def _why_ignored(option: Word) -> str:
    name = option.written
    if name in _PROFILE_OPTIONS:
        return f"{name} is for profile rules; ignored"
    return f"unknown option {hide_secrets(name[:_SHOWN_NAME])}, ignored"


def _typographic(option: Word, value: Word | None) -> Iterator[RuleRemark]:
    """Pages print “ ” for the quotation marks, and people paste them."""
    at = -1 if value is None else next((i for i, c in enumerate(value.written) if c in "“”"), -1)
    if value is not None and at >= 0:
        reason = f"typographic quotation marks read as plain ones, after {option.written}"
        yield RuleRemark(reason, value.at + at)


def _ignored(following: Iterator[RuleText]) -> Iterator[RuleRemark]:
    for rule in islice(following, 1):
        yield RuleRemark(f"a phone has at most {MAX_RULES} rules; the rest is ignored", rule.at)
