"""The uploads of one run of one phone, and the connections that it keeps between them."""

import asyncio
from typing import TYPE_CHECKING

from mppsim.core.url import Url
from mppsim.http.exchange import HttpOutcome
from mppsim.http.request import HttpRequest
from mppsim.net.flight import Done, Flight
from mppsim.net.tls import PhoneTls

if TYPE_CHECKING:
    from mppsim.net.upload_connection import Connection
    from mppsim.net.uploader import UploadEngine

__all__ = ["UploadSession"]


class UploadSession:
    """Sends a phone's requests; made by `UploadEngine.open_session`.

    Connections are kept for the next request to the same scheme, host and port, and close with
    the session.
    """

    __slots__ = ("connections", "engine", "is_open", "rate", "source", "tls", "waiting")

    def __init__(
        self, engine: "UploadEngine", source: str | None, tls: PhoneTls, rate: int | None
    ) -> None:
        self.engine = engine
        self.source = source
        """The address to send from; None: the system chooses."""
        self.tls = tls
        """What the phone shows to servers with https, and whom it trusts."""
        self.rate = rate
        """Bytes a second that each connection sends at most; None: as many as it can."""
        self.is_open = True
        self.waiting: set[Flight] = set()
        """What waits for its turn, or for an address to go to."""
        self.connections: list[Connection] = []
        """What is open, each with a flight in hand or idle: one or two, since a phone sends its
        reports one after the other."""

    def send(self, request: HttpRequest, done: Done) -> None:
        """Send a request; `done` is told how it ended, always later and exactly once.

        `done` may send again. What it raises goes to the loop's exception handler.
        """
        flight = Flight(self, request, done)
        if self.is_open:
            self.engine.launch(flight)
        else:
            self.engine.fail(flight, "cut")

    async def request(self, request: HttpRequest) -> HttpOutcome:
        """Send a request and wait for its outcome."""
        future: asyncio.Future[HttpOutcome] = asyncio.get_running_loop().create_future()

        def settle(outcome: HttpOutcome) -> None:
            if not future.done():
                future.set_result(outcome)

        self.send(request, settle)
        return await future

    def close(self) -> None:
        """Close the connections; an upload in hand or waiting ends with the reason `cut`, soon."""
        self.is_open = False
        for connection in tuple(self.connections):
            flight = connection.flight
            connection.close()
            if flight is not None:
                self.engine.fail(flight, "cut")
        while self.waiting:
            self.engine.fail(self.waiting.pop(), "cut")
        self.engine.sessions.discard(self)

    @property
    def idle(self) -> "list[Connection]":
        """Return the connections that wait for a request."""
        return [connection for connection in self.connections if connection.flight is None]

    @property
    def is_busy(self) -> bool:
        """Whether anything is in hand or waits."""
        return bool(self.waiting) or any(one.flight is not None for one in self.connections)

    def find_idle(self, url: Url) -> "Connection | None":
        """Find a kept connection to a URL's origin."""
        for connection in self.connections:
            if connection.flight is None and (
                connection.url is url or connection.url.origin == url.origin
            ):
                return connection
        return None

    def check_limits(self, now: float) -> None:
        """End every step that should have ended by now."""
        for flight in [flight for flight in self.waiting if flight.deadline <= now]:
            self.waiting.remove(flight)
            self.engine.fail(flight, "timeout")
        for connection in tuple(self.connections):
            if connection.flight is not None and connection.flight.deadline <= now:
                connection.expire()
