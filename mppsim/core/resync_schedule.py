"""When one phone's next resync and its next attempt to upgrade are due.

It stores moments and what was thrown for them, never deadlines: a changed parameter counts at
once, from the same moment. All times are seconds on the run's clock.

Source: the provisioning guides, "Resync at Specific Intervals", "Resync at a Specific Time".
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

from mppsim.core.local_time import show_time
from mppsim.core.resync_settings import ResyncSettings

__all__ = ["ResyncReason", "ResyncSchedule"]


class ResyncReason(IntEnum):
    """Why a phone resyncs; the numbers are those of the macro `$PRVST`."""

    ASKED = -1
    """A NOTIFY, or the phone's page."""
    POWER_UP = 0
    PERIODIC = 1
    """Resync_Periodic, or Resync_At."""
    RETRY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wait:
    since: float
    turn: int
    chance: float


class ResyncSchedule:
    """Keeps what a phone waits for; works out when that is over from its settings.

    `chance`, from 0 to 1, is what was thrown for a wait: which part of its random delay it takes.
    """

    __slots__ = ("_epoch", "_failures", "_has_synced", "_periods", "_reason", "_upgrade", "_wait")

    def __init__(self, epoch: float) -> None:
        """Keep times of a run whose zero is `epoch`, in seconds since 1970 UTC."""
        self._epoch = epoch
        self._reason = ResyncReason.POWER_UP
        self._wait: _Wait | None = None
        self._upgrade: _Wait | None = None
        self._periods = self._failures = 0
        self._has_synced = False

    @property
    def is_idle(self) -> bool:
        """Whether no resync is waited for."""
        return self._wait is None

    def start_power_up(self, now: float, chance: float) -> None:
        """Wait as a phone does that has come up."""
        self._start(ResyncReason.POWER_UP, now, 0, chance)

    def start_period(self, now: float, chance: float) -> None:
        """Wait as a phone does that has resynced."""
        self._start(ResyncReason.PERIODIC, now, self._periods, chance)
        self._periods += 1
        self._failures = 0
        self._has_synced = True

    def start_retry(self, now: float, chance: float, settings: ResyncSettings) -> None:
        """Wait as a phone does whose resync has failed.

        Where it does not retry, it waits for its time of day, or for the end of a period if it
        has ever resynced: "the timer is active only after the first successful synchronization".
        """
        if settings.error_delays.pick(self._failures, 0.0) is not None:
            self._start(ResyncReason.RETRY, now, self._failures, chance)
            self._failures += 1
        elif self._has_synced or settings.at is not None:
            self.start_daily(now, chance)

    def start_daily(self, now: float, chance: float) -> None:
        """Wait for the time of day, as a phone does that has come up and does not resync then."""
        self._start(ResyncReason.PERIODIC, now, self._periods, chance)

    def start_upgrade(self, now: float, chance: float, turn: int) -> None:
        """Wait to try an upgrade that has failed, for the `turn`-th time from 0, once more."""
        self._upgrade = _Wait(since=now, turn=turn, chance=chance)

    def stop(self) -> None:
        """Wait for nothing any more, and begin anew with the next start."""
        self._wait = self._upgrade = None
        self._periods = self._failures = 0
        self._has_synced = False

    def take(self, now: float, settings: ResyncSettings) -> ResyncReason | None:
        """Say what resync is due; it is taken off the schedule."""
        due = self._resync_due(settings)
        if due is None or due > now:
            return None
        self._wait = None
        return self._reason

    def take_upgrade(self, now: float, settings: ResyncSettings) -> bool:
        """Say whether an upgrade is to be tried again; if so, it is taken off the schedule."""
        due = self._upgrade_due(settings)
        if due is None or due > now:
            return False
        self._upgrade = None
        return True

    def earliest(self, settings: ResyncSettings) -> float | None:
        """Return the moment of whatever is due first, which may have passed; None: nothing."""
        times = (self._resync_due(settings), self._upgrade_due(settings))
        return min((at for at in times if at is not None), default=None)

    def _start(self, reason: ResyncReason, now: float, turn: int, chance: float) -> None:
        self._reason = reason
        self._wait = _Wait(since=now, turn=turn, chance=chance)

    def _resync_due(self, settings: ResyncSettings) -> float | None:
        wait = self._wait
        if wait is None or not settings.is_enabled:
            return None
        if self._reason is ResyncReason.POWER_UP:
            return wait.since + settings.random_delay * wait.chance
        if self._reason is ResyncReason.PERIODIC and settings.at is not None:
            return self._next(settings.at, settings.zone, wait.since) + (
                settings.at_spread * wait.chance
            )
        delays = settings.period if self._reason is ResyncReason.PERIODIC else settings.error_delays
        delay = delays.pick(wait.turn, wait.chance)
        return None if delay is None else wait.since + delay

    def _upgrade_due(self, settings: ResyncSettings) -> float | None:
        wait = self._upgrade
        if wait is None or not settings.is_upgrading:
            return None
        delay = settings.upgrade_delays.pick(wait.turn, wait.chance)
        return None if delay is None else wait.since + delay

    def _next(self, at: float, zone: str, since: float) -> float:
        """Return when the phone's clock next shows `at` seconds after midnight."""
        local = show_time(self._epoch + since, zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        due = (midnight + timedelta(seconds=at)).timestamp() - self._epoch
        # Within the same second it is the time that has just been: tomorrow, then.
        while due < since + 1.0:
            due += _DAY
        return due


_DAY = 86_400.0
