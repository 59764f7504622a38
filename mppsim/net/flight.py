"""A request on its way to its outcome, over as many connections as that takes."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from mppsim.http.exchange import Exchange, HttpOutcome
from mppsim.http.request import HttpRequest
from mppsim.http.response import Reply

if TYPE_CHECKING:
    from mppsim.net.uploader import UploadSession

__all__ = ["Done", "Flight"]

Done = Callable[[HttpOutcome], None]
"""Is told how an upload ended."""

_NEVER = float("inf")
# The tuple's own constructor, which wants all fields: 0.11 us, where NamedTuple's goes through a
# function of Python and takes 0.17 us. One is made for every upload.
_make_outcome = partial(tuple.__new__, HttpOutcome)


class Flight:
    """One upload in hand."""

    __slots__ = (
        "_exchange",
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
        self.started = 0.0
        """When it first left the queue, by the engine's clock."""
        self.deadline = _NEVER
        """When its present step has taken too long; none while it queues."""
        self.is_retried = False
        """Whether a kept connection has failed it, so that only a new one will do."""
        self._exchange: Exchange | None = None

    def take(self, reply: Reply) -> None:
        """Take the reply to what was sent: the end, or one more request."""
        if 200 <= reply.status < 300:
            self.land(reply.status, None, reply.location, reply)
            return
        engine = self.session.engine
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
            self.land(step.status, step.reason, step.location)

    def land(
        self,
        status: int | None,
        reason: str | None,
        location: str | None = None,
        accepted: Reply | None = None,
    ) -> None:
        """Tell how it ended; `accepted` is the reply, if that was 2xx."""
        engine = self.session.engine
        request = self.request
        seconds = engine.monotonic() - self.started if self.started else 0.0
        body, coding = b"", ""
        if request.keep_body and accepted is not None:
            body = accepted.body
            coding = ", ".join(accepted.header_values("content-encoding")).lower()
        size = len(request.body)
        fields = (status, reason, seconds, size, location, request.url, body, coding, "")
        try:
            self.done(_make_outcome(fields))
        except Exception as error:  # noqa: BLE001 -- one phone's bug is not the others' end
            engine.tell_bug(error)

    def step(self, seconds: float) -> float:
        """Begin a step that may take so long; return when it began."""
        now = self.session.engine.monotonic()
        self.deadline = now + seconds
        return now
