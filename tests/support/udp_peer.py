"""A UDP port of a test's own, which says and hears single datagrams."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from mppsim.tftp import Tid

__all__ = ["PATIENCE", "UdpPeer", "closed_udp_port", "udp_peer"]

PATIENCE = 10.0
"""Seconds that a test waits for what has to come."""


class UdpPeer:
    """One end of a conversation; answers go where the last datagram came from."""

    def __init__(self, opened: socket.socket) -> None:
        self._opened = opened
        host, port, *_ = opened.getsockname()
        self.tid = Tid(host, port)
        self.last: Tid | None = None
        """Who was heard last."""

    async def hear(self) -> bytes:
        """Wait for the next datagram."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(PATIENCE):
            datagram, place = await loop.sock_recvfrom(self._opened, 65536)
        self.last = Tid(place[0], place[1])
        return datagram

    def say(self, datagram: bytes, to: Tid | None = None) -> None:
        """Send a datagram, to whom was heard last if nobody is named."""
        to = to or self.last
        assert to is not None, "nobody was heard yet"
        self._opened.sendto(datagram, (to.host, to.port))

    async def ask(self, datagram: bytes, to: Tid | None = None) -> bytes:
        """Say something and wait for the answer."""
        self.say(datagram, to)
        return await self.hear()

    @property
    def has_silence(self) -> bool:
        """Whether nothing waits to be heard."""
        try:
            self._opened.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        return False

    def close(self) -> None:
        self._opened.close()


@contextmanager
def udp_peer(host: str = "127.0.0.1") -> Iterator[UdpPeer]:
    """Open a port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as opened:
        opened.setblocking(False)
        opened.bind((host, 0))
        yield UdpPeer(opened)


def closed_udp_port() -> int:
    """Find a port on which nobody listens."""
    with udp_peer() as taken:
        return taken.tid.port
