"""Where below the directory a request leads, decided from its text alone.

Source: RFC 9112 section 3.2 (forms of a request target), RFC 3986 section 2.1 (percent-encoding).
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from mppsim.server.refusal import Refused

__all__ = ["Target", "parse_target"]

MOST_BYTES = 1024
MOST_NAME_BYTES = 240
"""File systems take 255; the rest is for the `.d` of numbered reports."""

_ORIGIN = re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]*://[^/?]*")
_BROKEN_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_UNFIT = re.compile(r"[\x00-\x1f\x7f/\\]")


@dataclass(frozen=True, slots=True)
class Target:
    """The names on the way from the directory to a file; each is safe to hand to the system."""

    names: tuple[str, ...]
    is_directory: bool
    """The path ends in a slash, or is nothing but one."""

    def __str__(self) -> str:
        """Give the path as a URL has it."""
        return quote("/" + "/".join(self.names)) + ("/" if self.is_directory and self.names else "")


def parse_target(text: str) -> Target:
    """Read a request target; the query has no part in the name of a file.

    Repeated slashes count as one. Raise `Refused` for anything that could lead elsewhere or
    nowhere: `..` in any spelling, an encoded slash, a backslash, control characters, a name that
    begins with a dot, what is no UTF-8, and what is too long.
    """
    path = _ORIGIN.sub("", text, count=1).partition("?")[0] or "/"
    if not path.startswith("/"):
        raise Refused(400, "the path does not begin with a slash")
    raw = path.encode("utf-8", "surrogateescape")
    if len(raw) > MOST_BYTES:
        raise Refused(414, f"the path is longer than {MOST_BYTES} bytes")
    # Split before decoding: an encoded slash is part of a name, and no name may hold one.
    names = tuple(_parse_name(part) for part in raw.split(b"/") if part)
    return Target(names, is_directory=path.endswith("/"))


def _parse_name(part: bytes) -> str:
    if _BROKEN_PERCENT.search(part):
        raise Refused(400, "a percent sign in the path is not followed by two hex digits")
    raw = unquote_to_bytes(part)
    if len(raw) > MOST_NAME_BYTES:
        raise Refused(414, f"a name in the path is longer than {MOST_NAME_BYTES} bytes")
    try:
        name = raw.decode()
    except UnicodeDecodeError:
        raise Refused(400, "the path is not UTF-8") from None
    if _UNFIT.search(name):
        raise Refused(400, "a name in the path holds a slash, backslash or control character")
    if name.startswith("."):
        # `..` leads out, and hidden files are the server's own and other programs' settings.
        raise Refused(400, "a name in the path begins with a dot")
    return name
