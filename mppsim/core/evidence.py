"""By what a report is known again: the same words for who sends it and for who receives it."""

import re
from hashlib import sha256
from urllib.parse import unquote

__all__ = ["FINGERPRINT_DIGITS", "find_phone", "fingerprint", "place_of", "split_place"]

FINGERPRINT_DIGITS = 16
"""Hex digits of SHA-256 that a fingerprint is made of: 64 bits, so that a million reports that
differ have the same one with a chance of 1 in 10 million."""

_AGENT_MAC = re.compile(r"\(([0-9A-Fa-f]{12})\)")
_PATH_MAC = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{12}(?![0-9A-Fa-f])")
_ORIGIN = re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]*://[^/?]*")
_SLASHES = re.compile(r"/{2,}")


def find_phone(user_agent: str, target: str) -> str:
    """Find who sent a request: `$VERSION ($MA)` names the phone, else perhaps the path does.

    12 lower-case hex digits, or empty.
    """
    if match := _AGENT_MAC.search(user_agent):
        return match[1].lower()
    match = _PATH_MAC.search(target)
    return match[0].lower() if match else ""


def fingerprint(body: bytes) -> int:
    """Give the first 64 bits of a body's SHA-256."""
    return int.from_bytes(sha256(body).digest()[: FINGERPRINT_DIGITS // 2], "big")


def place_of(phone: str, target: str) -> str:
    """Name the place of a phone's reports: who sends them, and the path that they go to.

    Phones that post to one path have a place each. `target` is a request target or a URL; its
    query is no part of the place, and spellings that lead to one file are one place.
    """
    path = target.partition("?")[0]
    if not path.startswith("/"):
        path = _ORIGIN.sub("", path, count=1) or "/"
    if "//" in path:
        path = _SLASHES.sub("/", path)
    if "%" in path:
        opened = unquote(path)
        path = opened if opened.isprintable() else path
    return f"{phone} {path}"


def split_place(place: str) -> tuple[str, str]:
    """Give a place's phone, which may be empty, and its path."""
    phone, _, path = place.partition(" ")
    return phone, path
