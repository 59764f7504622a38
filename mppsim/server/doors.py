"""Where the server listens: opened, shut for a while, and opened again at the same ports."""

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from mppsim.errors import StartError
from mppsim.server.connection import ReportListener
from mppsim.server.descriptors import count_places
from mppsim.server.entrance import Entrance
from mppsim.server.settings import ServerSettings
from mppsim.server.tftp_listener import TftpListener

__all__ = ["Doors"]

BACKLOG = 4096
"""Connections that wait to be taken; the system may allow fewer. Beyond it clients try again after
a second."""
_NOT_HERE = {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}


class Doors:
    """The listening sockets of one server."""

    def __init__(
        self,
        settings: ServerSettings,
        listener: ReportListener,
        make_tftp: Callable[[], TftpListener],
        context: ssl.SSLContext | None,
    ) -> None:
        self._settings = settings
        self._listener = listener
        self._make_tftp = make_tftp
        self._context = context
        self._port = settings.port
        self._tftp_port = settings.tftp_port
        places = min(settings.limits.connections, count_places())
        self._entrance = Entrance(listener, places=places, tell=listener.tell, context=context)
        self._sockets: list[socket.socket] = []
        self._tftp: TftpListener | None = None
        self._kept: list[socket.socket] = []

    @property
    def url(self) -> str:
        """Return the server's URL, with the port that was taken."""
        host = self._settings.host
        host = f"[{host}]" if ":" in host else host
        return f"{'https' if self._context else 'http'}://{host}:{self._port}"

    @property
    def tftp_address(self) -> str:
        """Return HOST:PORT of TFTP; empty: nowhere."""
        host = self._settings.tftp_host
        if host is None:
            return ""
        return f"[{host}]:{self._tftp_port}" if ":" in host else f"{host}:{self._tftp_port}"

    @property
    def places(self) -> int:
        """Return how many connections there may be at once."""
        return self._entrance.places

    async def open(self) -> None:
        """Listen; raise `StartError` where a port is not to be had."""
        self._let_go()
        self._sockets = await self._bind()
        self._entrance.open(self._sockets)
        try:
            self._listen_for_tftp()
        except StartError:
            self.close()
            raise

    def shut(self) -> None:
        """Refuse connections and cut those that there are; the ports stay ours."""
        addresses = [(each.family, each.getsockname()) for each in self._sockets]
        self.close()
        for family, address in addresses:
            self._keep(family, address)
        self._listener.cut_all()

    def close(self) -> None:
        """Listen no more."""
        self._let_go()
        self._entrance.close()
        self._sockets = []
        if self._tftp is not None:
            self._tftp.close()
            self._tftp = None

    def _keep(self, family: int, address: object) -> None:
        """Hold a port without listening: to the system that is a closed one, but nobody's else."""
        held = socket.socket(family, socket.SOCK_STREAM)
        self._kept.append(held)
        with suppress(OSError):
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            held.bind(address)  # type: ignore[arg-type]  # it is what another socket called its own

    def _let_go(self) -> None:
        while self._kept:
            self._kept.pop().close()

    async def _bind(self) -> list[socket.socket]:
        """Listen at every address that the host has here, all at the same port."""
        host = self._settings.host
        bound: list[socket.socket] = []
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                host, self._port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
            for place, (family, *_, address) in enumerate(dict.fromkeys(found), 1):
                try:
                    bound.append(self._listen(family, address))
                except OSError as error:
                    # A system without IPv6 may know the IPv6 address of its name all the same.
                    if error.errno not in _NOT_HERE or (place == len(found) and not bound):
                        raise
        except (OSError, UnicodeError) as error:
            for listening in bound:
                listening.close()
            where = f"{host}:{self._port}"
            raise StartError(f"cannot listen on {where}: {_explain(error)}") from error
        return bound

    def _listen(self, family: int, address: tuple[Any, ...]) -> socket.socket:
        host, _, *rest = address
        where = (host, self._port, *rest)
        listening = socket.create_server(where, family=family, backlog=BACKLOG)
        listening.setblocking(False)
        self._port = listening.getsockname()[1]
        return listening

    def _listen_for_tftp(self) -> None:
        host = self._settings.tftp_host
        if host is None:
            return
        tftp = self._make_tftp()
        try:
            taken = tftp.open(host, self._tftp_port)
        except (OSError, UnicodeError) as error:
            where = f"{host}:{self._tftp_port}"
            raise StartError(f"cannot listen for TFTP on {where}: {_explain(error)}") from error
        self._tftp_port = int(taken.rpartition(":")[2])
        self._tftp = tftp


def _explain(error: OSError | UnicodeError) -> str:
    # asyncio puts a sentence of its own around what the system said.
    if isinstance(error, OSError) and error.errno and error.errno in errno.errorcode:
        return os.strerror(error.errno)
    return getattr(error, "strerror", None) or "no such host"
