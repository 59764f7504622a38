"""One browser's connection: how many there may be, to which phones, and how slow one may be.

A head that is not whole in time ends the connection without an answer, as an idle one does.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong
from aiohttp.web_request import BaseRequest

__all__ = ["AdminLimits", "AdminListener", "local_address"]

_logger = logging.getLogger("mppsim.admin")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminLimits:
    """What one client may take from the page."""

    body_bytes: int = 512 << 10
    """Of one form; the largest page sends 40 KB."""
    line_bytes: int = 8190
    """Of a request line, and of one header line."""
    headers: int = 64
    """Header lines in one request."""
    head_seconds: float = 15.0
    """From the connection, or the last answer, until a whole head has come."""
    body_seconds: float = 15.0
    """From the head until the whole body has come."""
    connections: int = 512
    """Open at the same time, of all phones."""


class AdminListener(web.Server):
    """Makes the protocol of each connection, up to a number of them, for phones that serve one."""

    def __init__(
        self,
        answer: Callable[[BaseRequest], Awaitable[web.StreamResponse]],
        is_served: Callable[[str], bool],
        limits: AdminLimits,
    ) -> None:
        super().__init__(answer)
        self.limits = limits
        self._is_served = is_served
        self._open = 0

    def __call__(self) -> web.RequestHandler:
        """Make the protocol of a new connection."""
        return _AdminConnection(self, asyncio.get_running_loop())

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Count a connection in; cut it where the phone's own port would be closed."""
        super().connection_made(handler, transport)
        self._open += 1
        is_full = self._open > self.limits.connections
        if is_full or not self._is_served(local_address(transport)):
            # Soon: the server's own task for it has to begin before it can end well.
            asyncio.get_running_loop().call_soon(transport.abort)

    def connection_lost(
        self, handler: web.RequestHandler, exc: BaseException | None = None
    ) -> None:
        """Count a connection out."""
        super().connection_lost(handler, exc)
        self._open -= 1


def local_address(transport: asyncio.BaseTransport | None) -> str:
    """Return the address that a connection came to: that of a phone."""
    name = transport.get_extra_info("sockname") if transport is not None else None
    return str(name[0]).removeprefix("::ffff:") if name else ""


class _AdminConnection(web.RequestHandler):
    """The protocol of one connection."""

    __slots__ = ()

    def __init__(self, listener: AdminListener, loop: asyncio.AbstractEventLoop) -> None:
        limits = listener.limits
        super().__init__(
            listener,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]  # None is how it is turned off
            auto_decompress=False,  # no browser compresses a form; nobody's bomb is unpacked
            keepalive_timeout=limits.head_seconds,
            lingering_time=1.0,
            logger=_logger,
            max_field_size=limits.line_bytes,
            max_headers=limits.headers,
            max_line_size=limits.line_bytes,
            tcp_keepalive=False,
        )

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer a request that cannot be read, without repeating any of it."""
        if status == 400:
            is_large = isinstance(exc, LineTooLong) or "Too many headers" in (message or "")
            status, reason = (
                (431, "the request head is too large")
                if is_large
                else (400, "the request head cannot be read")
            )
        else:
            reason = "a bug in mppsim's administration page"
            _logger.error(reason, exc_info=exc)
        response = web.Response(status=status, text=f"{reason}\n", headers={"Server": "mppsim"})
        response.force_close()
        return response
