"""Where `--events` writes."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from mppsim.errors import StartError

__all__ = ["open_events"]


@contextmanager
def open_events(name: str | None) -> Iterator[TextIO | None]:
    """Open what `--events` names: a file, `-` for standard output, None for nothing.

    Raises `StartError` for a file that cannot be written.
    """
    if name is None or name == "-":
        yield None if name is None else sys.stdout
        return
    with _create(name) as out:
        yield out


def _create(name: str) -> TextIO:
    try:
        return Path(name).open("w", encoding="utf-8")
    except OSError as error:
        raise StartError(f"{name}: {error.strerror}; name a file that can be written") from error
