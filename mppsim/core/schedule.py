"""When one phone's next report is due: after a change, periodically, or once more.

Source: the guide's rows "On Local Change", "Periodically", "Periodic Upload to Server" and
"Upload Delay On Local Change". All times are seconds on the run's clock.
"""

from mppsim.core.firmware import ChangeWindow, FirmwareRelease
from mppsim.core.settings import ReportSettings, ReportToServer

__all__ = ["Schedule"]

_PERIODICALLY = ReportToServer.PERIODICALLY  # 3.11 is slow to look a member of an enum up


class Schedule:
    """Keeps what was last said about a phone's times; works out what is due from its settings.

    It stores moments, never deadlines: a changed setting counts at once, from the same moment.
    """

    __slots__ = ("_attempts", "_first_change", "_last_change", "_period_from", "_retry_at")

    def __init__(self, period_from: float = 0.0) -> None:
        self._first_change: float | None = None  # of the changes that the running wait batches
        self._last_change = 0.0
        self._period_from = period_from
        self._retry_at: float | None = None
        self._attempts = 0

    def start_wait(self, now: float) -> None:
        """Take in a local change."""
        # "The phone waits for a few seconds after a change is made, and then reports": every
        # further change starts the wait again, so that a burst of edits makes one report.
        self._last_change = now
        if self._first_change is None:
            self._first_change = now

    def drop_wait(self) -> None:
        """Stop waiting; what changed is not forgotten, only not waited for."""
        self._first_change = None

    def start_period(self, now: float) -> None:
        """Count the period from now."""
        self._period_from = now

    def start_retry(self, now: float, delays: tuple[float, ...]) -> bool:
        """After a failed run, wait for the next of `delays`; False when none is left."""
        if self._attempts >= len(delays):
            return False
        self._retry_at = now + delays[self._attempts]
        self._attempts += 1
        return True

    def drop_retry(self) -> None:
        """Forget the failed run: a new one has begun, or will."""
        self._retry_at = None
        self._attempts = 0

    def drop_all(self) -> None:
        """Stop waiting for anything but a period."""
        self.drop_wait()
        self.drop_retry()

    def take_wait(self, now: float, settings: ReportSettings, release: FirmwareRelease) -> bool:
        """Say whether the wait is over; if it is, it is taken off the schedule."""
        ends = self._wait_ends(settings, release)
        if ends is None or ends > now:
            return False
        self._first_change = None
        return True

    def take_period(self, now: float, settings: ReportSettings) -> bool:
        """Say whether a period is over; if it is, the next one begins where it ended."""
        ends = self._period_ends(settings)
        if ends is None or ends > now:
            return False
        # From due time to due time: a timer that fires late does not make a slow clock. Periods
        # that were missed altogether, by a machine that slept, are not made up for.
        whole_periods = (now - self._period_from) // settings.period
        self._period_from += settings.period * max(1.0, whole_periods)
        return True

    def take_retry(self, now: float) -> bool:
        """Say whether a retry is due; if it is, it is taken off the schedule."""
        if self._retry_at is None or self._retry_at > now:
            return False
        self._retry_at = None
        return True

    def earliest(self, settings: ReportSettings, release: FirmwareRelease) -> float | None:
        """Return the moment of whatever is due first, which may have passed; None: nothing."""
        if settings.to_server is not _PERIODICALLY:
            # Most of the time a phone waits for nothing.
            waits = self._first_change is not None
            return self.settles_at(settings, release) if waits else self._retry_at
        return _first(self.settles_at(settings, release), self._period_ends(settings))

    def settles_at(self, settings: ReportSettings, release: FirmwareRelease) -> float | None:
        """Return the moment of whatever is due first, periods not counted; None: nothing."""
        if self._first_change is None:
            return self._retry_at
        return _first(self._wait_ends(settings, release), self._retry_at)

    def _wait_ends(self, settings: ReportSettings, release: FirmwareRelease) -> float | None:
        if self._first_change is None:
            return None
        if release.change_window is ChangeWindow.BATCH:
            return self._first_change + settings.delay
        cap = self._first_change + release.change_cap * settings.delay
        return min(self._last_change + settings.delay, cap)

    def _period_ends(self, settings: ReportSettings) -> float | None:
        if settings.to_server is not _PERIODICALLY or not settings.is_reporting:
            return None
        return self._period_from + settings.period


def _first(one: float | None, other: float | None) -> float | None:
    """Return the earlier moment of two, where there is one."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
