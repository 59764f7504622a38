"""One client's connection, and what a broken request head gets.

A head that is not whole in time ends the connection without an answer, as an idle one does.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong
from aiohttp.web_request import BaseRequest

from mppsim.server.events import ServerEvent, TurnedAway
from mppsim.server.handler import say
from mppsim.server.settings import Limits

__all__ = ["ReportConnection", "ReportListener"]

LINGER_SECONDS = 2.0
"""How long an answered client may go on sending a body that nobody wants."""

_logger = logging.getLogger("mppsim.server")


class ReportListener(web.Server):
    """Makes the protocol of each connection."""

    def __init__(
        self,
        answer: Callable[[BaseRequest], Awaitable[web.StreamResponse]],
        limits: Limits,
        tell: Callable[[ServerEvent], None],
    ) -> None:
        super().__init__(answer)
        self.limits = limits
        self.tell = tell
        self.left: Callable[[], None] = _note_nothing
        """Is called whenever a connection has ended."""

    def __call__(self) -> "ReportConnection":
        """Make the protocol of a new connection."""
        return ReportConnection(self, asyncio.get_running_loop())

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Take note of a connection."""
        super().connection_made(handler, transport)
        assert isinstance(handler, ReportConnection)
        handler.is_in = True

    def connection_lost(
        self, handler: web.RequestHandler, exc: BaseException | None = None
    ) -> None:
        """Say that a connection has ended."""
        super().connection_lost(handler, exc)
        self.left()

    def cut_all(self) -> None:
        """Cut every connection, as a machine does that is switched off."""
        for handler in self.connections:
            if handler.transport is not None:
                handler.transport.abort()


class ReportConnection(web.RequestHandler):
    """The protocol of one connection."""

    __slots__ = ("_listener", "is_in")

    def __init__(self, listener: ReportListener, loop: asyncio.AbstractEventLoop) -> None:
        limits = listener.limits
        super().__init__(
            listener,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]  # None is how it is turned off
            auto_decompress=False,  # a report is stored as it came
            keepalive_timeout=limits.head_seconds,
            lingering_time=LINGER_SECONDS,
            logger=_logger,
            max_field_size=limits.line_bytes,
            max_headers=limits.headers,
            max_line_size=limits.line_bytes,
            tcp_keepalive=False,
        )
        self._listener = listener
        self.is_in = False
        """Whether it has begun: with TLS, after the handshake."""

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer a request head that cannot be read, without repeating any of it."""
        if status == 400:
            status, reason = _explain(exc, message)
            tell = TurnedAway(method="?", path="", phone="", status=status, reason=reason)
            self._listener.tell(tell)
        else:
            reason = "a bug in mppsim serve"
            _logger.error(reason, exc_info=exc)
        return say(status, reason)  # aiohttp closes the connection after it


def _note_nothing() -> None:
    """Stand in for whoever counts connections."""


def _explain(exc: BaseException | None, message: str | None) -> tuple[int, str]:
    if isinstance(exc, LineTooLong) or (message or "").startswith("Too many headers"):
        return 431, "the request head is too large"
    return 400, "the request head cannot be read"
