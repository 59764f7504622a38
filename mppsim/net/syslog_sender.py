"""Sends lines of phones' logs to their syslog servers: one UDP socket for all phones of a loop.

A line that cannot be sent is lost, as UDP loses lines; nobody waits for one.

Source: RFC 3164 section 2.
"""

import asyncio
import socket
from contextlib import suppress
from functools import partial
from typing import Self

from mppsim.net.resolver import Address, MayReach, Resolver, reach_all

__all__ = ["SyslogSender"]


class SyslogSender:
    """Sends lines in the running event loop. Leave or `close` it to end everything."""

    def __init__(self, may_reach: MayReach = reach_all) -> None:
        """Send to hosts that may be reached."""
        self._resolver = Resolver(asyncio.get_running_loop().time, may_reach)
        self._sockets: dict[int, socket.socket] = {}
        """By address family: one, but for the rare server that is reached by IPv6."""
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, host: str, port: int, line: bytes) -> None:
        """Send a line, at once where the address is known; a name is looked up meanwhile."""
        found = self._resolver.get(host, port)
        if found is None:
            self._resolver.ask(host, port, partial(self._found, line))
        else:
            self._found(line, found)

    def close(self) -> None:
        """Send nothing any more."""
        self._is_closed = True
        for opened in self._sockets.values():
            opened.close()
        self._sockets.clear()

    def _found(self, line: bytes, found: tuple[Address, ...] | Exception) -> None:
        if self._is_closed or isinstance(found, Exception):
            return
        address = found[0]
        with suppress(OSError):
            self._open(address.family).sendto(line, address.place)

    def _open(self, family: int) -> socket.socket:
        if family not in self._sockets:
            opened = socket.socket(family, socket.SOCK_DGRAM)
            opened.setblocking(False)
            self._sockets[family] = opened
        return self._sockets[family]
