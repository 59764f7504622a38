"""Find where a secret was taken out of a scenario, as it is of the copy beside a run's results.

To encrypt with the key `***` is nobody's wish.
"""

from mppsim.core.secrets import HIDDEN, secret_spans
from mppsim.fleet.scenario.fault_list import FaultList, KeyPath

__all__ = ["TAKEN_OUT", "find_taken_out", "note_taken_out"]

TAKEN_OUT = "the secret was taken out of this copy: write it in"
"""What is wrong with such a scenario, and what instead."""


def find_taken_out(text: str, *, is_secret: bool = False) -> int | None:
    """Return where a text has stars in a secret's place; None: nowhere.

    With `is_secret` the whole text is one.
    """
    if HIDDEN not in text:
        return None
    if is_secret and text == HIDDEN:
        return 0
    hidden = (start for start, end in secret_spans(text) if text[start:end] == HIDDEN)
    return next(hidden, None)


def note_taken_out(path: KeyPath, text: str, faults: FaultList, *, is_secret: bool = False) -> None:
    """Note where a secret was taken out of the value at a path."""
    at = find_taken_out(text, is_secret=is_secret)
    if at is not None:
        faults.add(path, TAKEN_OUT, at=at)
