"""A line on which HTTPS requests wait until the phone knows whom it trusts."""

import asyncio
from collections.abc import Callable

from mppsim.http import HttpOutcome, HttpRequest
from mppsim.net.surroundings import UploadLine

__all__ = ["PatientLine"]

_Done = Callable[[HttpOutcome], None]


class PatientLine:
    """Opened while a phone's CA is on its way; other requests do not wait."""

    __slots__ = ("_is_ready", "_line", "_open", "_trusting", "_waiting")

    def __init__(self, open_line: Callable[[], UploadLine]) -> None:
        """`open_line` begins requests with what the phone trusts at that moment."""
        self._open = open_line
        self._line: UploadLine | None = None  # for what does not wait
        self._trusting: UploadLine | None = None
        self._waiting: list[tuple[HttpRequest, _Done]] = []
        self._is_ready = False

    def send(self, request: HttpRequest, done: _Done) -> None:
        """Send a request, or have it wait; `done` is told how it ended, later and exactly once."""
        if request.url.scheme != "https":
            self._line = self._line or self._open()
            self._line.send(request, done)
        elif self._is_ready:
            self._trusting = self._trusting or self._open()
            self._trusting.send(request, done)
        else:
            self._waiting.append((request, done))

    def go_on(self) -> None:
        """Send what has waited: the CA has come, or will not."""
        self._is_ready = True
        waiting, self._waiting = self._waiting, []
        for request, done in waiting:
            self.send(request, done)

    def close(self) -> None:
        """End the connections; what is in hand or waits ends with the reason `cut`, soon."""
        for line in (self._line, self._trusting):
            if line is not None:
                line.close()
        waiting, self._waiting = self._waiting, []
        for request, done in waiting:
            cut = HttpOutcome(None, "cut", 0.0, len(request.body), None, request.url)
            asyncio.get_running_loop().call_soon(done, cut)
