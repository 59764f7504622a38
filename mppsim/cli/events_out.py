"""Where `--events` writes."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from mppsim.errors import StartError

__all__ = ["open_events"]


class _File(TextIOWrapper):
    """Says its name where it cannot be written to, which Python does for opening alone."""

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            error.filename = self.name
            raise


@contextmanager
def open_events(name: str | None) -> Iterator[TextIO | None]:
    """Open what `--events` names: a file, `-` for standard output, None for nothing.

    Whoever writes an event flushes it: an `OSError` then has the file's name. Raises `StartError`
    for a file that cannot be written.
    """
    if name is None or name == "-":
        yield None if name is None else sys.stdout
        return
    out = _create(name)
    try:
        yield out
    finally:
        with suppress(OSError):  # each event was flushed, and who could not do that has been told
            out.close()


def _create(name: str) -> TextIO:
    try:
        return _File(Path(name).open("wb"), encoding="utf-8")
    except OSError as error:
        raise StartError(f"{name}: {error.strerror}; name a file that can be written") from error
