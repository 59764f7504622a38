"""What the phones of one event loop share: time, chance, the way out, and who is told."""

from dataclasses import dataclass

from mppsim.core.encryption import RandomBytes
from mppsim.net.event_log import Listener
from mppsim.net.timers import Timers
from mppsim.net.uploader import UploadEngine

__all__ = ["Surroundings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Handed to every phone at the edge; nothing below looks for any of it by itself."""

    timers: Timers
    uploads: UploadEngine
    random_bytes: RandomBytes
    tell: Listener
    epoch: float
    """Wall-clock time at the run's zero, in seconds since 1970: for the dates a phone shows."""
