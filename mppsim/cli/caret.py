"""Shows a text that holds a fault: one line that any terminal can print, and a caret under it.

Secrets are hidden, and the caret stands under the right character all the same.
"""

import sys
from typing import TextIO

from rich.cells import cell_len

from mppsim.core.secrets import HIDDEN, secret_spans

__all__ = ["make_printable", "point_at"]

_BEFORE, _AFTER = 50, 25
"""How many characters of a long text are shown on each side of the fault."""
_CUT = "..."


def point_at(text: str, at: int, *, stream: TextIO | None = None) -> str:
    """Return `text` on one line and, on the next, a caret under its character at offset `at`.

    `stream` is where it will be printed; without it standard error.
    """
    shown, at = _hide(text, at)
    line = make_printable(shown, stream or sys.stderr)
    start = at - _BEFORE if at > _BEFORE + len(_CUT) else 0
    end = at + _AFTER if len(line) > at + _AFTER + len(_CUT) else len(line)
    left = (_CUT if start else "") + line[start:at]
    right = line[at:end] + (_CUT if end < len(line) else "")
    return f"{left}{right}\n{' ' * cell_len(left)}^"


def make_printable(text: str, stream: TextIO) -> str:
    """Return `text` with one character for each that the stream's terminal cannot show."""
    blank = "".join(" " if sign.isspace() else sign for sign in text)
    visible = "".join(sign if sign.isprintable() else "\ufffd" for sign in blank)
    encoding = stream.encoding or "utf-8"
    return visible.encode(encoding, "replace").decode(encoding)


def _hide(text: str, at: int) -> tuple[str, int]:
    """Hide the secrets of a text; a place in one becomes the place of its first asterisk."""
    shown: list[str] = []
    copied, place = 0, at
    for start, end in secret_spans(text):
        shown += (text[copied:start], HIDDEN)
        copied = end
        if at >= end:
            place += len(HIDDEN) - (end - start)
        elif at > start:
            place -= at - start
    shown.append(text[copied:])
    return "".join(shown), place
