"""One TCP or TLS connection that carries SIP: whole messages in, whole messages out.

What a stranger can cost is bounded: a message has its largest size, it has to be whole in time,
what is not taken off us is not kept for long, and who says nothing is shown out.

Source: RFC 3261 section 18.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from mppsim.errors import SipError
from mppsim.net.failures import name_failure
from mppsim.net.sockets import take_error
from mppsim.sip.stream import MessageCutter

__all__ = ["SipStream", "StreamKeeper", "StreamLimits"]

_READ_BYTES = 65_536
_MOST_READS = 16  # of one wake-up, before the loop serves somebody else
_MOST_UNSENT = 262_144  # bytes that wait for a peer who does not read
_TLS_HANDSHAKE = b"\x16"  # RFC 8446 section 5.1; no SIP message begins so


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """How patient a connection is, in seconds of real time."""

    message: float = 32.0
    """For a message, from its first octet; and for the connection to be ready."""
    idle: float = 600.0
    """For the silence between two messages, where somebody else opened the connection."""


class StreamKeeper(Protocol):
    """Whoever a connection belongs to."""

    def stream_opened(self, stream: "SipStream") -> None:
        """Take note that messages can be sent now."""

    def stream_received(self, stream: "SipStream", message: bytes) -> None:
        """Take a message."""

    def stream_closed(self, stream: "SipStream", reason: str) -> None:
        """Take note that it is gone; never told to who closed it."""


class SipStream:
    """A connection, from its first step on; `close` ends it, and closing twice is no mistake."""

    def __init__(
        self, plain: socket.socket, keeper: StreamKeeper, limits: StreamLimits, *, is_ours: bool
    ) -> None:
        """Take over a non-blocking socket; `accept` and `open_to` do."""
        self._loop = asyncio.get_running_loop()
        self._socket: socket.socket = plain
        self._fd = plain.fileno()
        self._keeper = keeper
        self._limits = limits
        self._idle = None if is_ours else limits.idle
        self._cutter = MessageCutter()
        self._unsent = bytearray()
        self._step: Callable[[], None] = self._read
        self._wrap: Callable[[socket.socket], ssl.SSLSocket] | None = None
        self._limit: asyncio.TimerHandle | None = None
        self._is_partial = True
        self._is_writing = False
        self.is_open = False
        """Whether messages pass."""
        self.is_closed = False
        self._allow(self._limits.message)

    @classmethod
    def accept(
        cls,
        plain: socket.socket,
        keeper: StreamKeeper,
        context: Callable[[], ssl.SSLContext],
        limits: StreamLimits = StreamLimits(),
    ) -> "SipStream":
        """Take somebody's connection: TLS if its first octet says so, plain TCP otherwise."""
        stream = cls(plain, keeper, limits, is_ours=False)

        def wrap(sock: socket.socket) -> ssl.SSLSocket:
            return context().wrap_socket(sock, server_side=True, do_handshake_on_connect=False)

        stream._wrap = wrap
        stream._step = stream._sniff
        stream._loop.add_reader(stream._fd, stream._wake)
        return stream

    @classmethod
    def open_to(
        cls,
        plain: socket.socket,
        keeper: StreamKeeper,
        wrap: Callable[[socket.socket], ssl.SSLSocket] | None,
        limits: StreamLimits = StreamLimits(),
    ) -> "SipStream":
        """Take a socket of our own that has begun to connect; `wrap` makes it TLS's."""
        stream = cls(plain, keeper, limits, is_ours=True)
        stream._wrap = wrap
        stream._step = stream._connect
        stream._watch_writing(is_writing=True)
        return stream

    @property
    def peer(self) -> tuple[str, int]:
        """Host and port of the other side."""
        host, port = self._socket.getpeername()[:2]
        return host, port

    @property
    def local(self) -> tuple[str, int]:
        """Host and port of our side."""
        host, port = self._socket.getsockname()[:2]
        return host, port

    def send(self, message: bytes) -> None:
        """Send a message, as soon as that is possible; one that is closed sends nothing."""
        if self.is_closed:
            return
        self._unsent += message
        if len(self._unsent) > _MOST_UNSENT:
            self._end("timeout")
        elif self.is_open:
            self._try(self._flush)

    def close(self) -> None:
        """End the connection; nobody is told."""
        if self.is_closed:
            return
        self.is_closed, self.is_open = True, False
        if self._limit is not None:
            self._limit.cancel()
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        self._socket.close()

    # Steps: each does what it can, and raises one of WAITS when it has to wait.

    def _wake(self) -> None:
        self._try(self._step)
        if self.is_open:
            self._try(self._flush)

    def _try(self, step: Callable[[], None]) -> None:
        is_flushing = step == self._flush
        try:
            step()
        except ssl.SSLWantReadError:
            self._watch_writing(is_writing=False)
        except ssl.SSLWantWriteError:
            self._watch_writing(is_writing=True)
        except BlockingIOError:
            self._watch_writing(is_writing=is_flushing)
        except SipError:
            self._end("bad-reply")
        except (OSError, UnicodeError) as error:
            self._end(name_failure(error))

    def _connect(self) -> None:
        error = take_error(self._socket)
        if error is not None:
            raise error
        self._watch_writing(is_writing=False)
        self._loop.add_reader(self._fd, self._wake)
        if self._wrap is None:
            self._open()
        else:
            self._begin_tls()

    def _sniff(self) -> None:
        first = self._socket.recv(1, socket.MSG_PEEK)
        if first == _TLS_HANDSHAKE:
            self._begin_tls()
        else:
            self._open()
            self._read()

    def _begin_tls(self) -> None:
        assert self._wrap is not None, "nothing to wrap the socket with"
        self._socket = self._wrap(self._socket)
        self._step = self._shake
        self._shake()

    def _shake(self) -> None:
        assert isinstance(self._socket, ssl.SSLSocket), "no TLS to begin"
        self._socket.do_handshake()
        self._watch_writing(is_writing=False)
        self._open()

    def _open(self) -> None:
        self._step = self._read
        self.is_open = True
        if self._idle is None:
            self._allow(None)
        self._keeper.stream_opened(self)

    def _read(self) -> None:
        for _ in range(_MOST_READS):
            received = self._socket.recv(_READ_BYTES)
            if not received:
                self._end("reset")
                return
            self._take(received)
            if self.is_closed:
                return
        # TLS may hold more than the descriptor tells of.
        self._loop.call_soon(self._read_on)

    def _read_on(self) -> None:
        if not self.is_closed:
            self._wake()

    def _take(self, received: bytes) -> None:
        has_message = False
        self._cutter.feed(received)
        for message in self._cutter.messages():
            has_message = True
            self._keeper.stream_received(self, message)
            if self.is_closed:
                return
        was_partial, self._is_partial = self._is_partial, not self._cutter.is_empty
        if not self._is_partial:
            self._allow(self._idle)
        elif has_message or not was_partial:
            self._allow(self._limits.message)

    def _flush(self) -> None:
        while self._unsent:
            sent = self._socket.send(self._unsent)
            del self._unsent[:sent]
        self._watch_writing(is_writing=False)

    def _watch_writing(self, *, is_writing: bool) -> None:
        if is_writing == self._is_writing:
            return
        self._is_writing = is_writing
        if is_writing:
            self._loop.add_writer(self._fd, self._wake)
        else:
            self._loop.remove_writer(self._fd)

    def _allow(self, seconds: float | None) -> None:
        """Give the peer so long, from now."""
        if self._limit is not None:
            self._limit.cancel()
        self._limit = None if seconds is None else self._loop.call_later(seconds, self._expire)

    def _expire(self) -> None:
        self._end("timeout")

    def _end(self, reason: str) -> None:
        if not self.is_closed:
            self.close()
            self._keeper.stream_closed(self, reason)
