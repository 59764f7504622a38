"""Carries values between the coordinator of a run and one of its workers, whole and in order.

Each is pickled and goes over a pair of connected sockets that nobody else has, after its length.
"""

import asyncio
import pickle
import socket
import struct
from collections.abc import Callable

__all__ = ["Channel", "open_channel"]

_LENGTH = struct.Struct("!I")
_HEAD = _LENGTH.size


class Channel(asyncio.Protocol):
    """One end; `take` is called with each value that comes, `lost` once the other end is gone."""

    def __init__(self, take: Callable[[object], None], lost: Callable[[], None]) -> None:
        self._take = take
        self._lost = lost
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()

    @property
    def backlog(self) -> int:
        """Bytes that the other end has not taken yet, beyond what the kernel holds."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def send(self, value: object) -> None:
        """Send a value; one that nobody is there to take is lost."""
        if self._transport is None or self._transport.is_closing():
            return
        pickled = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        self._transport.write(_LENGTH.pack(len(pickled)) + pickled)

    def close(self) -> None:
        """End it; what was sent still arrives, what comes is not taken any more."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take the values that are whole now."""
        buffer = self._buffer
        buffer += data
        at = 0
        while len(buffer) - at >= _HEAD:
            end = at + _HEAD + _LENGTH.unpack_from(buffer, at)[0]
            if len(buffer) < end:
                break
            pickled = bytes(buffer[at + _HEAD : end])
            at = end
            self._take(pickle.loads(pickled))  # our own process wrote it
        del buffer[:at]

    def connection_lost(self, _error: Exception | None) -> None:
        """End."""
        self._transport = None
        self._lost()


async def open_channel(
    sock: socket.socket, take: Callable[[object], None], lost: Callable[[], None]
) -> Channel:
    """Begin to carry values over a connected socket, which the channel has from now on."""
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    _, channel = await loop.create_connection(lambda: Channel(take, lost), sock=sock)
    return channel
