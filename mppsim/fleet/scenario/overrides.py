"""What the command line says over a scenario.

Source: docs/command-line.md, "mppsim run".
"""

from dataclasses import dataclass, field

__all__ = ["NO_OVERRIDES", "Overrides"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the command line says over a scenario."""

    phones: int | None = None
    """How many phones in all; the groups' counts are scaled to it."""
    duration: float | None = None
    """Seconds on the run's clock."""
    speed: float | None = None
    """Times real time; infinity is `max`."""
    settings: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Names and values of `--set`, on every phone."""
    quirks: tuple[str, ...] = ()
    """NAME=VALUE, of every release."""
    thresholds: tuple[str, ...] = ()
    """Besides the scenario's."""
    target: str = ""
    """URL of a server in place of the scenario's; every Report_Rule goes there."""
    allowed_hosts: tuple[str, ...] = ()
    """Hosts that are not loopback and may be loaded: `--yes-load`."""


NO_OVERRIDES = Overrides()
