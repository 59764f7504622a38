"""The far side of a SIP conversation in tests: a UDP socket, and servers with scripted answers."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

__all__ = ["LIMIT", "UdpPeer", "udp_peer"]

LIMIT = 5.0  # seconds; a test that waits so long has failed


class UdpPeer:
    """A UDP socket on a free port of this machine."""

    def __init__(self, family: socket.AddressFamily, host: str) -> None:
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind((host, 0))

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._socket.getsockname()[:2]
        return host, port

    def send(self, datagram: bytes, to: tuple[str, int]) -> None:
        self._socket.sendto(datagram, to)

    async def receive(self) -> bytes:
        return (await self.receive_from())[0]

    async def receive_from(self) -> tuple[bytes, tuple[str, int]]:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(LIMIT):
            return await loop.sock_recvfrom(self._socket, 65_535)

    async def ask(self, datagram: bytes, to: tuple[str, int]) -> bytes:
        self.send(datagram, to)
        return await self.receive()

    def close(self) -> None:
        self._socket.close()


@asynccontextmanager
async def udp_peer(host: str = "127.0.0.1") -> AsyncIterator[UdpPeer]:
    peer = UdpPeer(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
    try:
        yield peer
    finally:
        peer.close()
