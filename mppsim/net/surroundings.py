"""What the phones of one event loop share: time, chance, the way out, and who is told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from mppsim.core.encryption import RandomBytes
from mppsim.http import HttpOutcome, HttpRequest
from mppsim.net.event_log import Listener
from mppsim.net.timers import Timers
from mppsim.net.tls import BRINGS_NOTHING, PhoneTls

__all__ = ["Surroundings", "UploadLine", "Uploads"]


class UploadLine(Protocol):
    """The uploads of one run of one phone."""

    def send(self, request: HttpRequest, done: Callable[[HttpOutcome], None]) -> None:
        """Send a request; `done` is told how it ended, later and exactly once."""

    def close(self) -> None:
        """End the run's connections; an upload in hand ends with the reason `cut`."""


class Uploads(Protocol):
    """Whatever sends reports; `mppsim.net.uploader.UploadEngine` is the real one."""

    def open_session(self, source: str | None = None, tls: PhoneTls = BRINGS_NOTHING) -> UploadLine:
        """Begin the uploads of one run of one phone, from its own address if given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Handed to every phone at the edge; nothing below looks for any of it by itself."""

    timers: Timers
    uploads: Uploads
    random_bytes: RandomBytes
    tell: Listener
    epoch: float
    """Wall-clock time at the run's zero, in seconds since 1970: for the dates a phone shows."""
