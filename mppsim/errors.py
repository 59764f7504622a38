"""Every error that mppsim raises, as one tree.

A class exists because somebody catches it; each carries the data its catcher needs. No message
holds a key, a password or the value of a secret parameter.
"""

from collections.abc import Sequence

__all__ = [
    "CatalogueError",
    "EncryptionError",
    "MppSimError",
    "ParameterError",
    "ProfileError",
    "ReportRuleError",
    "ResultsError",
    "ScenarioError",
    "SipError",
    "StartError",
    "ThresholdError",
    "UploadError",
]


class MppSimError(Exception):
    """Anything that mppsim refuses or cannot do, in a sentence for the person who asked."""


class CatalogueError(MppSimError):
    """There is no such phone model, firmware release or quirk, or it cannot have that value."""


class ProfileError(MppSimError):
    """A profile or resync body cannot be read."""


class ParameterError(MppSimError):
    """There is no such parameter, or the value is not one of its allowed ones."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


class ReportRuleError(MppSimError):
    """A Report_Rule cannot be read.

    `reason` says what is wrong and what would be right, `text` is the whole rule string with its
    secrets still in it (never print it outside a phone's own page), `at` the 0-based offset of
    the first character that is wrong.
    """

    def __init__(self, reason: str, *, text: str, at: int) -> None:
        super().__init__(f"column {at + 1}: {reason}")
        self.reason = reason
        self.text = text
        self.at = at


class ResultsError(MppSimError):
    """A file or directory does not hold the results of a run, or not such as can be read here."""


class ScenarioError(MppSimError):
    """A scenario cannot be run. `faults` has every fault of it, a sentence each.

    Each begins with its place, `file:line:column: `, where it has one, and says what is wrong and
    what would be right. The error itself prints them a line each, the first ones of a great many.
    """

    shown = 100

    def __init__(self, faults: Sequence[str]) -> None:
        more = len(faults) - self.shown
        ending = (f"and {more:,} more faults",) if more > 0 else ()
        super().__init__("\n".join((*faults[: self.shown], *ending)))
        self.faults = tuple(faults)


class ThresholdError(MppSimError):
    """A threshold cannot be read.

    `reason` says what is wrong and what would be right, `text` is the whole expression, `at` the
    0-based offset of the first character that is wrong.
    """

    def __init__(self, reason: str, *, text: str, at: int) -> None:
        super().__init__(f"column {at + 1}: {reason}")
        self.reason = reason
        self.text = text
        self.at = at


class EncryptionError(MppSimError):
    """A key or an IKM cannot be used, or does not open what it should."""


class UploadError(MppSimError):
    """A report cannot be sent. `reason` is one of the closed list of `mppsim.core.events`.

    What becomes of a report that was sent is no error but an outcome: a server that refuses is
    what a load test looks for.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


class SipError(MppSimError):
    """A SIP message cannot be accepted.

    `status_hint` is the status of the answer it gets, for example 400.
    """

    def __init__(self, reason: str, *, status_hint: int = 400) -> None:
        super().__init__(reason)
        self.status_hint = status_hint


class StartError(MppSimError):
    """Something could not start: a port is taken, a file or a server is not there."""
