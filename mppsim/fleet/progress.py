"""How far a run is: what its live view shows, a few times a second."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mppsim.results.figures import Figures

__all__ = ["Phase", "Progress"]


class Phase(StrEnum):
    """What a run is at."""

    STARTING = "starting"
    RUNNING = "running"
    ENDING = "ending"
    """No new work; delays already running fall due, uploads in hand may end."""
    READING_BACK = "reading back"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A moment of a run."""

    phase: Phase
    at: float
    """Seconds on the run's clock."""
    duration: float
    """The same, of the whole run."""
    elapsed: float
    """Real seconds since the phones were ready."""
    figures: Figures
    states: Mapping[str, int] = field(default_factory=dict)
    """Phones by what they do now."""
    remaining: float | None = None
    """Real seconds until the last delay that was running at the end falls due; None: none was."""
    events: tuple[str, ...] = ()
    """The last things worth telling, newest last, as lines."""

    @property
    def share(self) -> float:
        """How much of the run is over, 0 to 1."""
        return min(1.0, self.at / self.duration) if self.duration > 0 else 1.0
