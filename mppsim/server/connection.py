"""One client's connection: how many there may be, and what a broken request head gets.

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

__all__ = ["ReportListener"]

LINGER_SECONDS = 2.0
"""How long an answered client may go on sending a body that nobody wants."""

_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nServer: mppsim\r\nRetry-After: 1\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)
_logger = logging.getLogger("mppsim.server")


class ReportListener(web.Server):
    """Makes the protocol of each connection, up to a number of connections."""

    def __init__(
        self,
        answer: Callable[[BaseRequest], Awaitable[web.StreamResponse]],
        limits: Limits,
        tell: Callable[[ServerEvent], None],
    ) -> None:
        super().__init__(answer)
        self.limits = limits
        self.tell = tell
        self._open = 0

    def __call__(self) -> web.RequestHandler:
        """Make the protocol of a new connection."""
        return _ReportConnection(self, asyncio.get_running_loop())

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Count a connection in, or turn it away."""
        super().connection_made(handler, transport)
        self._open += 1
        if self._open > self.limits.connections:
            transport.write(_BUSY)
            transport.close()

    def connection_lost(
        self, handler: web.RequestHandler, exc: BaseException | None = None
    ) -> None:
        """Count a connection out."""
        super().connection_lost(handler, exc)
        self._open -= 1

    def cut_all(self) -> None:
        """Cut every connection, as a machine does that is switched off."""
        for handler in self.connections:
            if handler.transport is not None:
                handler.transport.abort()


class _ReportConnection(web.RequestHandler):
    """The protocol of one connection."""

    __slots__ = ("_listener",)

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


def _explain(exc: BaseException | None, message: str | None) -> tuple[int, str]:
    if isinstance(exc, LineTooLong) or (message or "").startswith("Too many headers"):
        return 431, "the request head is too large"
    return 400, "the request head cannot be read"
