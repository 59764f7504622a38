"""What is known of a line's registration, as its page Info > Status and two macros show it.

Source: the groups Ext n Status of `mppsim/data/status.csv`; "Macro Expansion Variables" for REGTMR.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

__all__ = ["LineStatus", "RegistrationState", "find_seconds_unregistered"]


class RegistrationState(StrEnum):
    """What the page says as Registration State."""

    REGISTERED = "Registered"
    NOT_REGISTERED = "Not Registered"
    """The line is not enabled, or has no proxy; or nothing has come of its first attempt yet."""
    FAILED = "Failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStatus:
    """One line's registration. All moments are seconds on the run's clock."""

    state: RegistrationState = RegistrationState.NOT_REGISTERED
    last_at: float | None = None
    """When the registrar last agreed."""
    next_at: float | None = None
    """When the line asks next; None: not at all."""
    lost_at: float | None = None
    """When it lost the registration that it had."""

    def next_in(self, now: float) -> str:
        """Return what the page shows as Next Registration In; empty: never."""
        return "" if self.next_at is None else f"{max(0, int(self.next_at - now))} s"

    def after_success(self, now: float, next_at: float) -> "LineStatus":
        """Return what is known once the registrar has agreed."""
        state = RegistrationState.REGISTERED
        return LineStatus(state=state, last_at=now, next_at=next_at)

    def after_failure(self, now: float, next_at: float | None) -> "LineStatus":
        """Return what is known once an attempt has failed, or a connection was lost."""
        is_lost = self.state is RegistrationState.REGISTERED
        lost_at = now if is_lost else self.lost_at
        return replace(self, state=RegistrationState.FAILED, next_at=next_at, lost_at=lost_at)


def find_seconds_unregistered(lines: Mapping[int, LineStatus], now: float) -> tuple[int, int]:
    """Return for how long lines 1 and 2 have been without the registration that they had."""
    lost = [lines[number].lost_at if number in lines else None for number in (1, 2)]
    first, second = (0 if at is None else max(0, int(now - at)) for at in lost)
    return first, second
