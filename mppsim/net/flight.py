"""A request on its way to its outcome, over as many connections as that takes."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from mppsim.http.exchange import Exchange, HttpOutcome
from mppsim.http.request import HttpRequest
from mppsim.http.response import Reply

if TYPE_CHECKING:
    from mppsim.net.upload_connection import Connection
    from mppsim.net.uploader import UploadSession

__all__ = ["Done", "Flight"]

Done = Callable[[HttpOutcome], None]
"""Is told how an upload ended."""

_NEVER = float("inf")


class Flight:
    """One upload in hand."""

    __slots__ = (
        "_exchange",
        "connection",
        "deadline",
        "done",
        "head",
        "is_retried",
        "request",
        "session",
        "started",
    )

    def __init__(self, session: "UploadSession", request: HttpRequest, done: Done) -> None:
        self.session = session
        self.request = request
        """What is sent now; redirects and challenges change it."""
        self.head = b""
        """The request's head as it goes over the wire."""
        self.done = done
        self.connection: Connection | None = None
        """What carries it; None while it waits for a place or for an address."""
        self.started = 0.0
        """When it first left the queue, by the engine's clock."""
        self.deadline = _NEVER
        """When its present step has taken too long; none while it queues."""
        self.is_retried = False
        """Whether a kept connection has failed it, so that only a new one will do."""
        self._exchange: Exchange | None = None

    def take(self, reply: Reply) -> None:
        """Take the reply to what was sent: the end, or one more request."""
        engine = self.session.engine
        status = reply.status
        if 200 <= status < 300:
            engine.land(self, status, None, reply.location, reply)
            return
        if self._exchange is None:
            self._exchange = Exchange(
                self.request, random_bytes=engine.random_bytes, may_go=engine.may_go
            )
        step = self._exchange.take(reply)
        if isinstance(step, HttpRequest):
            self.request = step
            self.is_retried = False
            engine.launch(self)
        else:
            engine.land(self, step.status, step.reason, step.location)

    def step(self, seconds: float) -> None:
        """Begin a step that may take so long."""
        self.deadline = self.session.engine.monotonic() + seconds
