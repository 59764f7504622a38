"""The report server: started, it listens and receives until it is stopped."""

import asyncio
import errno
import os
import ssl
from collections.abc import Callable
from contextlib import suppress

from mppsim.errors import StartError
from mppsim.server.connection import ReportListener
from mppsim.server.events import ServerEvent
from mppsim.server.handler import ReportHandler
from mppsim.server.settings import ServerSettings
from mppsim.server.storage import ReportStore
from mppsim.server.tftp_listener import TftpListener
from mppsim.server.tls import load_tls

__all__ = ["ReportServer"]

BACKLOG = 1024
GRACE_SECONDS = 2.0
"""How long an upload in hand may go on when the server stops."""
CUT_SECONDS = 0.1
"""How long its task may take to end when it is cut."""


def _tell_nobody(event: ServerEvent) -> None:
    """Stand in for a listener."""


class ReportServer:
    """Receives reports in the running event loop.

    ```python
    server = ReportServer(ServerSettings(port=0, directory=Path("reports")), print)
    url = await server.start()
    ...
    await server.stop()
    ```

    `tell` is called in the loop for each event, before the client has its answer.
    """

    def __init__(
        self, settings: ServerSettings, tell: Callable[[ServerEvent], None] = _tell_nobody
    ) -> None:
        self._settings = settings
        self._tell = tell
        self._handler: ReportHandler | None = None
        self._listener: ReportListener | None = None
        self._sockets: asyncio.Server | None = None
        self._tftp: TftpListener | None = None
        self.tftp_address = ""
        """HOST:PORT where it listens for TFTP, with the port that was taken; empty: nowhere."""

    async def start(self) -> str:
        """Listen; give the URL, with the port that was taken.

        Raise `StartError` when the port is not to be had, or a directory, certificate or key.
        """
        settings = self._settings
        store = ReportStore(settings.directory)
        context = None if settings.tls is None else load_tls(settings.tls, self._tell)
        self._handler = ReportHandler(settings, store, self._tell)
        self._listener = ReportListener(self._handler, settings.limits, self._tell)
        self._sockets = await self._bind(context)
        try:
            self._listen_for_tftp(store)
        except StartError:
            await self.stop()
            raise
        port = self._sockets.sockets[0].getsockname()[1]
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        return f"{'https' if context else 'http'}://{host}:{port}"

    async def stop(self) -> None:
        """Stop listening, let uploads in hand end for a moment, and close every connection."""
        if self._sockets is None or self._listener is None or self._handler is None:
            return
        self._sockets.close()
        if self._tftp is not None:
            self._tftp.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                await self._handler.finish()
        self._listener.pre_shutdown()
        await self._listener.shutdown(CUT_SECONDS)
        # One turn of the loop, in which the connections that were closed go.
        await asyncio.sleep(0)
        self._sockets = self._listener = self._handler = self._tftp = None

    async def _bind(self, context: ssl.SSLContext | None) -> asyncio.Server:
        assert self._listener is not None
        settings = self._settings
        try:
            return await asyncio.get_running_loop().create_server(
                self._listener,
                settings.host,
                settings.port,
                ssl=context,
                backlog=BACKLOG,
                ssl_handshake_timeout=settings.limits.head_seconds if context else None,
            )
        except (OSError, UnicodeError) as error:
            where = f"{settings.host}:{settings.port}"
            raise StartError(f"cannot listen on {where}: {_explain(error)}") from error

    def _listen_for_tftp(self, store: ReportStore) -> None:
        settings = self._settings
        if settings.tftp_host is None:
            return
        tftp = TftpListener(settings, store, self._tell)
        try:
            self.tftp_address = tftp.open(settings.tftp_host, settings.tftp_port)
        except (OSError, UnicodeError) as error:
            where = f"{settings.tftp_host}:{settings.tftp_port}"
            raise StartError(f"cannot listen for TFTP on {where}: {_explain(error)}") from error
        self._tftp = tftp


def _explain(error: OSError | UnicodeError) -> str:
    # asyncio puts a sentence of its own around what the system said.
    if isinstance(error, OSError) and error.errno and error.errno in errno.errorcode:
        return os.strerror(error.errno)
    return getattr(error, "strerror", None) or "no such host"
