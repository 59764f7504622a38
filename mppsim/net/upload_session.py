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

    __slots__ = ("engine", "flights", "idle", "is_open", "rate", "source", "tls")

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
        self.flights: set[Flight] = set()
        """What is in hand or waits for its turn."""
        self.idle: list[Connection] = []
        """Connections that wait for a request."""

    def send(self, request: HttpRequest, done: Done) -> None:
        """Send a request; `done` is told how it ended, always later and exactly once.

        `done` may send again. What it raises goes to the loop's exception handler.
        """
        flight = Flight(self, request, done)
        if self.is_open:
            self.flights.add(flight)
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
        for flight in tuple(self.flights):
            if flight.connection is not None:
                flight.connection.close()
            self.engine.fail(flight, "cut")
        for connection in tuple(self.idle):
            connection.close()
        self.engine.sessions.discard(self)

    def take_idle(self, url: Url) -> "Connection | None":
        """Take a kept connection to a URL's origin out of the idle ones."""
        for connection in self.idle:
            if connection.url is url or connection.url.origin == url.origin:
                self.engine.idle_count -= 1
                self.idle.remove(connection)
                return connection
        return None
