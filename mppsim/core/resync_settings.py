"""What a phone's parameters say of resync and upgrade, read into one typed value.

Source: the provisioning guides, "Configuration Profile" and "Firmware Upgrade" of the page Voice >
Provisioning, "Configurable Schedules", "Resync at a Specific Time"; docs/resync.md.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["UPGRADE_RULE", "Delays", "ResyncSettings", "read_delays", "read_resync_settings"]

UPGRADE_RULE = "Upgrade_Rule"

_RANDOM_DELAY_UNIT = 20.0
"""Seconds: "This parameter is in units of 20 seconds"."""


@dataclass(frozen=True, slots=True)
class Delays:
    """One delay after the other, `1800,3600+600`: seconds, and how many more at random."""

    steps: tuple[tuple[float, float], ...]

    def pick(self, turn: int, chance: float) -> float | None:
        """Return the delay of that turn, from 0; None: never. `chance` is from 0 to 1.

        "The last element in the sequence is implicitly repeated forever."
        """
        if not self.steps:
            return None
        seconds, spread = self.steps[min(turn, len(self.steps) - 1)]
        return seconds + spread * chance if seconds else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResyncSettings:
    """What the parameters say now."""

    is_enabled: bool
    """Provision_Enable."""
    on_reset: bool
    """Resync_On_Reset."""
    random_delay: float
    """The longest delay after power-up, in seconds: Resync_Random_Delay."""
    at: float | None
    """Resync_At__HHmm_ as seconds after midnight; None: not at a fixed time."""
    at_spread: float
    """The longest delay after that time, in seconds: Resync_At_Random_Delay."""
    period: Delays
    """Resync_Periodic; without meaning where there is `at`."""
    error_delays: Delays
    """Resync_Error_Retry_Delay."""
    from_sip: bool
    """Resync_From_SIP."""
    after_upgrade: bool
    """Resync_After_Upgrade_Attempt."""
    triggers: tuple[str, ...]
    """Resync_Trigger_1 and _2, those that are not empty."""
    fails_when_missing: bool
    """Resync_Fails_On_FNF."""
    is_upgrading: bool
    """Upgrade_Enable."""
    upgrade_delays: Delays
    """Upgrade_Error_Retry_Delay."""
    zone: str
    """Time_Zone."""


def read_resync_settings(value_of: Callable[[str], str]) -> ResyncSettings:
    """Read the parameters of a phone whose values have been checked before they were stored."""
    triggers = (value_of("Resync_Trigger_1"), value_of("Resync_Trigger_2"))
    # "(Resync At Random Delay + 30)/60 minutes": so the guide converts the seconds.
    at_minutes = (int(value_of("Resync_At_Random_Delay")) + 30) // 60
    return ResyncSettings(
        is_enabled=value_of("Provision_Enable") == "Yes",
        on_reset=value_of("Resync_On_Reset") == "Yes",
        random_delay=int(value_of("Resync_Random_Delay")) * _RANDOM_DELAY_UNIT,
        at=_read_time(value_of("Resync_At__HHmm_")),
        at_spread=at_minutes * 60.0,
        period=read_delays(value_of("Resync_Periodic")),
        error_delays=read_delays(value_of("Resync_Error_Retry_Delay")),
        from_sip=value_of("Resync_From_SIP") == "Yes",
        after_upgrade=value_of("Resync_After_Upgrade_Attempt") == "Yes",
        triggers=tuple(trigger for trigger in triggers if trigger),
        fails_when_missing=value_of("Resync_Fails_On_FNF") == "Yes",
        is_upgrading=value_of("Upgrade_Enable") == "Yes",
        upgrade_delays=read_delays(value_of("Upgrade_Error_Retry_Delay")),
        zone=value_of("Time_Zone"),
    )


def read_delays(text: str) -> Delays:
    """Read `n`, `n1,n2,n3` or `n+r`, which the catalogue has let in; empty text gives none."""
    steps = (_DELAY.fullmatch(part.strip()) for part in text.split(","))
    return Delays(tuple((float(step[1]), float(step[2] or 0)) for step in steps if step))


_DELAY = re.compile(r"([0-9]+)(?:\+([0-9]+))?")
_TIME = re.compile(r"([0-9]{1,2})[:/]?([0-9]{2})")


def _read_time(text: str) -> float | None:
    # "If the value is invalid, the parameter is ignored."
    time = _TIME.fullmatch(text)
    return int(time[1]) * 3600.0 + int(time[2]) * 60.0 if time else None
