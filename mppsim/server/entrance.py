"""Lets connections in, as many as there is room for; the others wait in the system's queue.

That is what a server does whose workers are all busy, and what no client can tell from a slow one.
asyncio's own servers take whatever comes, until the process has no descriptor left.
"""

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable, Sequence
from functools import partial

from mppsim.server.connection import ReportConnection, ReportListener
from mppsim.server.events import Full, ServerEvent

__all__ = ["Entrance"]

_AT_ONCE = 256
"""Connections that are let in before those inside have their turn."""
_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_PAUSE = 1.0
"""Seconds until the next try where the system had nothing left, though there was room."""


class Entrance:
    """Stands between listening sockets and the protocol of a connection."""

    def __init__(
        self,
        listener: ReportListener,
        *,
        places: int,
        tell: Callable[[ServerEvent], None],
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.places = places
        """How many connections there may be."""
        self._listener = listener
        self._tell = tell
        self._tls = context
        self._handshake = listener.limits.head_seconds if context else None
        self._sockets: tuple[socket.socket, ...] = ()
        self._taken = 0
        self._coming: set[asyncio.Task[object]] = set()
        self._fresh: set[socket.socket] = set()
        self._is_watching = self._is_full = False
        self._retry: asyncio.TimerHandle | None = None
        listener.left = self._leave

    def open(self, sockets: Sequence[socket.socket]) -> None:
        """Let in whoever comes to these sockets, which listen."""
        self._sockets = tuple(sockets)
        self._watch()

    def close(self) -> None:
        """Let nobody in any more; whoever is about to come in is cut."""
        self._turn_away()
        if self._retry is not None:
            self._retry.cancel()
        for listening in self._sockets:
            listening.close()
        self._sockets = ()
        for task in self._coming:
            task.cancel()

    # Who stands at the door.

    def _watch(self) -> None:
        if self._sockets and not self._is_watching and self._taken < self.places:
            self._is_watching = True
            for listening in self._sockets:
                asyncio.get_running_loop().add_reader(listening, self._let_in, listening)

    def _turn_away(self) -> None:
        self._is_watching = False
        for listening in self._sockets:
            asyncio.get_running_loop().remove_reader(listening)

    def _let_in(self, listening: socket.socket) -> None:
        try:
            for _ in range(min(_AT_ONCE, self.places - self._taken)):
                self._take(listening.accept()[0])
        except OSError as error:
            if error.errno in _EXHAUSTED:
                self._pause()
            return  # nobody is there any more, or whoever was is gone
        if self._taken >= self.places:
            self._turn_away()
            self._tell_full()

    def _pause(self) -> None:
        self._turn_away()
        self._tell_full()
        self._retry = asyncio.get_running_loop().call_later(_PAUSE, self._watch)

    def _tell_full(self) -> None:
        """Tell it once, until there is a fair amount of room again."""
        if not self._is_full:
            self._is_full = True
            self._tell(Full(connections=self._taken))

    # Who comes in.

    def _take(self, taken: socket.socket) -> None:
        taken.setblocking(False)
        self._taken += 1
        connection = self._listener()
        self._fresh.add(taken)
        task = asyncio.get_running_loop().create_task(self._admit(taken, connection))
        self._coming.add(task)
        task.add_done_callback(partial(self._admitted, taken, connection))

    async def _admit(self, taken: socket.socket, connection: ReportConnection) -> None:
        self._fresh.discard(taken)
        await asyncio.get_running_loop().connect_accepted_socket(
            lambda: connection, taken, ssl=self._tls, ssl_handshake_timeout=self._handshake
        )

    def _admitted(
        self, taken: socket.socket, connection: ReportConnection, task: asyncio.Task[object]
    ) -> None:
        self._coming.discard(task)
        if taken in self._fresh:  # it was cancelled before it began
            self._fresh.discard(taken)
            taken.close()
        if not connection.is_in:
            self._leave()
        if not task.cancelled() and not isinstance(task.exception(), OSError | None):
            task.result()  # a bug: no TLS handshake fails like that

    def _leave(self) -> None:
        self._taken -= 1
        if self._taken <= self.places // 2:
            self._is_full = False
        if not self._is_watching:
            self._watch()
