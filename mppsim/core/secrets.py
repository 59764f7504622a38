"""What may be shown of a text that holds secrets: a rule, a URL, a log line, broken or not.

Hides the values of `--key` and `--pwd` and the passwords in URLs. In doubt it hides: where text
is malformed, its writer may mean more by a value than a phone would read.
"""

import re
from collections.abc import Iterator
from itertools import chain

from mppsim.core.rule_lexer import BARE_RUN, CLOSING_MARKS

__all__ = ["HIDDEN", "hide_secrets", "secret_spans"]

HIDDEN = "***"
"""Stands for a secret of any length."""

# A page may have made one dash of the two hyphens.
_OPTION = re.compile(r"(?:--|[–—])(?:key|pwd)", re.IGNORECASE)
_OPTION_WORD = re.compile(r"(?<=[\s\[])--(?:key|pwd)(?=\s)")
# In a URL of the phone's page, + or %20 stand for white space.
_SEPARATOR = re.compile(r"\s+|[=:+]\s*|%20|")
# No value follows: the text ends, or goes on as a sentence or with the next option.
_NO_VALUE = re.compile(r"[.,;)`]+(?:\s|\Z)")
_NEXT_OPTION = re.compile(r"--(?:delta|status|key|uid|pwd)(?=[\s\]]|\Z)")

_SPACE = re.compile(r"\s*")
# Words after a bare value belong to it, as in `--key my secret`, up to one that cannot.
_NO_SECRET_WORD = re.compile(r"\]|--|\[|/|[^\s\]]*://|\Z")
# What other texts write for quotation marks.
_FOREIGN_MARK = re.compile(r"'|‘|&quot;|&#34;|%22")
_FOREIGN_CLOSING = {"‘": "’"}
_LONGEST_FOREIGN = 1000

_NONSPACE = re.compile(r"\S+")
# The colon before a password: not of `http://`, a port, `sip:100@host` or `"name":"value"`.
_PASSWORD_COLON = re.compile(
    r':(?!//)(?![0-9]{1,5}[/?#])(?<!(?<!/)\bsip:)(?<!(?<!/)\bsips:)(?<!":(?="))', re.IGNORECASE
)


def hide_secrets(text: str) -> str:
    """Return `text` with `***` for every secret in it."""
    shown: list[str] = []
    at = 0
    for start, end in secret_spans(text):
        shown += (text[at:start], HIDDEN)
        at = end
    shown.append(text[at:])
    return "".join(shown)


def secret_spans(text: str) -> list[tuple[int, int]]:
    """Return where the secrets of a text start and end, in order and without overlaps."""
    merged: list[tuple[int, int]] = []
    for span in sorted(chain(_option_spans(text), _password_spans(text))):
        if merged and span[0] <= merged[-1][1]:
            before = merged.pop()
            merged.append((before[0], max(before[1], span[1])))
        else:
            merged.append(span)
    return merged


def _option_spans(text: str) -> Iterator[tuple[int, int]]:
    hidden_to = 0
    seen: set[int] = set()
    for option in _OPTION.finditer(text):
        # What looks like an option inside a value may be one: quotation marks may be amiss.
        if option.start() < hidden_to and not _OPTION_WORD.match(text, option.start()):
            continue
        start = _end(_SEPARATOR, text, option.end())
        no_value = _NO_VALUE if start == option.end() else _NEXT_OPTION
        if no_value.match(text, start):
            continue
        end = max(_value_end(text, start, seen), _foreign_end(text, start))
        if end > start:
            yield start, end
        hidden_to = max(hidden_to, end)


def _value_end(text: str, at: int, seen: set[int]) -> int:
    """Return where the value that starts at `at` ends.

    It also ends where an earlier one was `seen` to go on, since that one's span has the rest:
    so each place is read once, however the quotation marks of a hostile text overlap.
    """
    while at < len(text) and text[at] != "]" and at not in seen:
        seen.add(at)
        closing = CLOSING_MARKS.get(text[at])
        if closing:
            closed = closing.search(text, at + 1)
            at = closed.end() if closed else len(text)
        elif text[at].isspace():
            following = _end(_SPACE, text, at)
            if _NO_SECRET_WORD.match(text, following):
                break
            at = following
        else:
            at = _end(BARE_RUN, text, at)
    return at


def _foreign_end(text: str, start: int) -> int:
    mark = _FOREIGN_MARK.match(text, start)
    if not mark:
        return start
    closing = _FOREIGN_CLOSING.get(mark[0], mark[0])
    closed = text.find(closing, mark.end(), mark.end() + _LONGEST_FOREIGN)
    return closed + len(closing) if closed >= 0 else start


def _password_spans(text: str) -> Iterator[tuple[int, int]]:
    """Find `user:password@`, with or without a scheme, up to the last `@` of its word."""
    for word in _NONSPACE.finditer(text):
        end = text.rfind("@", *word.span())
        colon = _PASSWORD_COLON.search(text, word.start(), max(end, word.start()))
        if colon and colon.end() < end:
            yield colon.end(), end


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    matched = pattern.match(text, at)
    return matched.end() if matched else at
