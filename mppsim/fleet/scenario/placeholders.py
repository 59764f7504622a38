"""What stands for something in a scenario's values: `${server}`, `${tftp}`, `${index}`, `${mac}`.

The first two are known once the run's server is up, the others are each phone's own. Phones have
macros of their own, `$MA`, which stay theirs.

Source: docs/scenario.md, "Values".
"""

import re
from collections.abc import Iterator, Mapping

from mppsim.core.report_rule import read_report_rule
from mppsim.fleet.scenario.fault_list import near

__all__ = [
    "MARK",
    "MARKS",
    "fill",
    "find_unknown",
    "is_marked",
    "is_per_phone",
    "phone_words",
    "retarget",
    "without_marks",
]

MARK = "\0" * 64
"""Stands for whatever is a phone's own, where only its place in a text matters: each of its signs
stands for one of theirs, so that a macro may take some of them."""
MARKS: Mapping[str, str] = {"index": MARK, "mac": MARK}

_WORD = re.compile(r"\$\{([^{}$]*)\}")
_PER_PHONE = re.compile(r"\$\{(?:index|mac)\}")
_OF_RUN = ("server", "tftp")
_OF_PHONE = ("index", "mac")
_AUTHORITY = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)")


def fill(text: str, words: Mapping[str, str]) -> str:
    """Return a text with the words that are known in their places; others stay."""
    if "${" not in text:
        return text
    return _WORD.sub(lambda word: words.get(word[1], word[0]), text)


def phone_words(index: int, mac: int) -> Mapping[str, str]:
    """Return the words of one phone: its place in its group, from 1, and its MAC address."""
    return {"index": str(index), "mac": f"{mac:012x}"}


def is_marked(text: str) -> bool:
    """Say whether a mark, or a part of one, is in a text."""
    return MARK[0] in text


def without_marks(text: str) -> str:
    """Return a text that reads as one without marks would."""
    return text.replace(MARK[0], "0")


def is_per_phone(text: str) -> bool:
    """Say whether each phone has its own value of it."""
    return "${" in text and _PER_PHONE.search(text) is not None


def find_unknown(text: str, words: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Give where a text has a word that means nothing, and the sentence for it."""
    known = tuple(dict.fromkeys((*words, *_OF_PHONE)))
    for word in _WORD.finditer(text) if "${" in text else ():
        if word[1] in known:
            continue
        if word[1] in _OF_RUN:
            yield word.start(), f"{word[0]} stands for nothing: the server is not the embedded one"
        else:
            listed = ", ".join(f"${{{name}}}" for name in known)
            hint = near(word[1], known) or f"; there are {listed}"
            yield word.start(), f"{word[0]} stands for nothing{hint}"


def retarget(rule: str, target: str) -> str:
    """Return a Report_Rule whose URLs go to another server; a bare path stays by TFTP.

    User and password stay, since they are asked for by what the server holds.
    """
    scheme, _, host = target.partition("://")
    reading = read_report_rule(rule)
    for read, at in sorted(
        zip(reading.rules, reading.targets_at, strict=True), key=lambda x: -x[1]
    ):
        found = _AUTHORITY.match(rule, at) if read is not None else None
        if found is not None:
            user = found[2].rpartition("@")
            rule = f"{rule[:at]}{scheme}://{user[0]}{user[1]}{host}{rule[found.end() :]}"
    return rule
