"""What the phones of one event loop share: time, chance, the way out, and who is told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from mppsim.core.encryption import RandomBytes
from mppsim.http import HttpOutcome, HttpRequest
from mppsim.net.event_log import Listener
from mppsim.net.flash import FlashOf
from mppsim.net.timers import Timers
from mppsim.net.tls import BRINGS_NOTHING, PhoneTls

__all__ = ["SendLog", "Surroundings", "UploadLine", "Uploads", "send_nowhere"]


class UploadLine(Protocol):
    """The uploads of one run of one phone."""

    def send(self, request: HttpRequest, done: Callable[[HttpOutcome], None]) -> None:
        """Send a request; `done` is told how it ended, later and exactly once."""

    def close(self) -> None:
        """End the run's connections; an upload in hand ends with the reason `cut`."""


class Uploads(Protocol):
    """Whatever sends reports; `mppsim.net.uploader.UploadEngine` is the real one."""

    def open_session(
        self, source: str | None = None, tls: PhoneTls = BRINGS_NOTHING, rate: int | None = None
    ) -> UploadLine:
        """Begin the uploads of one run of one phone, from its own address if given.

        With `rate` each of its connections sends that many bytes a second at most (Linux).
        """


SendLog = Callable[[str, int, bytes], None]
"""Sends a line to the syslog server at that host and port."""


def send_nowhere(_host: str, _port: int, _line: bytes) -> None:
    """Lose a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Handed to every phone at the edge; nothing below looks for any of it by itself."""

    timers: Timers
    uploads: Uploads
    random_bytes: RandomBytes
    tell: Listener
    epoch: float
    """Wall-clock time at the run's zero, in seconds since 1970: for the dates a phone shows."""
    send_log: SendLog = send_nowhere
    """How lines of a phone's log leave; as it is, they are lost."""
    flash_of: FlashOf | None = None
    """Where phones remember; None: each begins anew with each run."""
