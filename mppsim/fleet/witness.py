"""Remembers what servers accepted, to be compared with what they hold.

It stands between the phones and the upload engine, and changes nothing on the way.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin

from mppsim.http import HttpOutcome, HttpRequest
from mppsim.net.surroundings import UploadLine, Uploads
from mppsim.net.tls import BRINGS_NOTHING, PhoneTls

__all__ = ["Accepted", "Witness"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A body that a server accepted, and where it can be had again."""

    url: str
    """What was put, or where the server says that it keeps what was posted."""
    body: bytes = field(repr=False)


class Witness:
    """Stands in for the upload engine and sees every accepted body."""

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads
        self.accepted: list[Accepted] = []

    def open_session(
        self, source: str | None = None, tls: PhoneTls = BRINGS_NOTHING, rate: int | None = None
    ) -> UploadLine:
        """Begin the uploads of one run, as the engine does."""
        return _WitnessedLine(self._uploads.open_session(source, tls, rate), self.accepted.append)


class _WitnessedLine:
    def __init__(self, line: UploadLine, take: Callable[[Accepted], None]) -> None:
        self._line = line
        self._take = take

    def send(self, request: HttpRequest, done: Callable[[HttpOutcome], None]) -> None:
        def see(outcome: HttpOutcome) -> None:
            if outcome.reason is None:
                url = urljoin(str(outcome.url), outcome.location or "")
                self._take(Accepted(url=url, body=request.body))
            done(outcome)

        self._line.send(request, see)

    def close(self) -> None:
        self._line.close()
