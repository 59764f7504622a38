"""One TCP or TLS connection of the upload engine: connect, send, read the reply, be kept or close.

A connection carries one flight at a time. It acts when its socket is said to be ready, and never
trusts that word: what would block is tried again later. A reply that came whole in one read is
read at one glance; everything else goes through `ReplyReader`.
"""

import errno
import ssl
from collections import deque
from enum import Enum
from typing import TYPE_CHECKING

from mppsim.http.response import SHORT_REPLY, BadReply, Reply, ReplyReader, parse_short_reply
from mppsim.net.failures import name_failure
from mppsim.net.poller import READ, WRITE
from mppsim.net.resolver import Address, keep_family
from mppsim.net.sockets import WAITS, cut_off, drain, is_quiet, lose_unsent, open_socket, take_error

if TYPE_CHECKING:
    import socket

    from mppsim.net.flight import Flight

__all__ = ["Connection"]

_GLANCE = 470  # holds most replies; Python has blocks of 512 bytes at hand, 0.13 us before others
_SEND_SIZE = 256 * 1024  # a whole full report
_JOINED = 64 * 1024  # a body up to this is joined with its head; a longer one is not copied

_State = Enum("_State", "CONNECTING HANDSHAKING CARRYING IDLE CLOSED")
# Looked up once: reading a member of an enum takes 3.11 as long as a method call.
_CONNECTING, _HANDSHAKING, _CARRYING, _IDLE, _CLOSED = _State


class Connection:
    """A connection of one session to one origin."""

    __slots__ = (
        *("_addresses", "_engine", "_fd", "_is_made", "_is_reused", "_mask", "_pending"),
        *("_reader", "_socket", "_state", "flight", "session", "url"),
    )

    def __init__(self, flight: "Flight") -> None:
        self.url = flight.request.url
        self.session = flight.session
        self._engine = flight.session.engine
        self.flight: Flight | None = flight
        """What it carries; None: it is idle, or closed."""
        self._state = _CONNECTING
        self._addresses: tuple[Address, ...] = ()
        self._socket: socket.socket
        self._fd = -1
        """The socket's descriptor; negative: there is no socket."""
        self._mask = 0
        self._pending: deque[memoryview] | None = None
        """What is still to be sent; None: all is sent."""
        self._reader: ReplyReader | None = None  # of a reply that was not to be had at one glance
        self._is_made = False
        """Whether TCP, and TLS where there is any, are through."""
        self._is_reused = False
        self.session.connections.append(self)

    def connect(self, addresses: tuple[Address, ...]) -> None:
        """Connect to the first of the addresses that lets us, then send the flight's request."""
        if len(addresses) > 1:
            addresses = keep_family(addresses, self.session.source) or addresses
        self._addresses = addresses
        self._try_next(None)

    def carry(self, flight: "Flight", now: float) -> None:
        """Send one more flight's request on this idle connection."""
        self._engine.idle_count -= 1
        self._is_reused = True
        self.flight = flight
        self._begin(flight, now)

    def serve(self, mask: int) -> None:
        """Do what the socket is ready for."""
        state = self._state
        if state is _CARRYING:
            if self._pending:
                self._push()
            if mask != WRITE and self._is_made:
                self._read()
        elif state is _CONNECTING:
            self._finish_connect()
        elif state is _HANDSHAKING:
            self._shake_hands()
        elif state is _IDLE and not is_quiet(self._socket):
            self.close()

    def expire(self) -> None:
        """Give up the present step, whose time limit has passed."""
        if self._is_made:
            self._fail("timeout")
        else:
            self._try_next(TimeoutError())

    def close(self) -> None:
        """End the connection; its flight, if it carries one, is the caller's affair."""
        if self._state is _IDLE:
            self._engine.idle_count -= 1
        elif self.session.rate is not None and self._fd >= 0:
            # What a slow phone has not sent by now is lost with it: the system does not go on.
            lose_unsent(self._socket)
        if self._reader is not None:
            self._reader.close()
        self._state, self.flight = _CLOSED, None
        self.session.connections.remove(self)
        self._drop_socket()

    def _try_next(self, error: Exception | None) -> None:
        """Try the addresses that are left, each with the whole time limit for a connection."""
        flight = self.flight
        assert flight is not None
        while self._addresses:
            self._drop_socket()
            address, self._addresses = self._addresses[0], self._addresses[1:]
            try:
                self._socket = open_socket(address, self.session.source, self.session.rate)
            except OSError as failed:
                error = failed
                continue
            self._fd = self._socket.fileno()
            now = flight.step(self._engine.limits.connect)
            if self.url.scheme == "http":
                # Whoever can send is connected; on the loopback device that is often at once.
                self._begin(flight, now)
            else:
                self._state = _CONNECTING
                self._want(WRITE)
            return
        self._fail(name_failure(error))

    def _finish_connect(self) -> None:
        error = take_error(self._socket)
        if error is not None:
            self._try_next(error)
            return
        try:
            # The new socket takes over the descriptor, and with it the poller's watch.
            tls = self.session.tls
            self._socket = self._engine.tls.wrap(self._socket, self.url.host, tls)
        except (OSError, ValueError) as failed:
            self._fail(name_failure(failed))
            return
        self._state = _HANDSHAKING
        self._shake_hands()

    def _shake_hands(self) -> None:
        assert isinstance(self._socket, ssl.SSLSocket)
        try:
            self._socket.do_handshake()
        except ssl.SSLWantReadError:
            self._want(READ)
        except ssl.SSLWantWriteError:
            self._want(WRITE)
        except OSError as error:
            self._fail(name_failure(error))
        else:
            assert self.flight is not None
            self._is_made = True
            self._begin(self.flight, self._engine.monotonic())

    def _begin(self, flight: "Flight", now: float) -> None:
        """Send the flight's request, at best in one call; the clock is asked once for it all."""
        self._state = _CARRYING
        head, body = flight.head, flight.request.body
        is_joined = len(body) <= _JOINED
        pieces = (head + body,) if is_joined else (head, body)
        try:
            if is_joined:
                sent = self._socket.send(pieces[0])
            else:  # TLS takes a piece at a time
                sent = self._socket.sendmsg(pieces) if self.url.scheme == "http" else 0
        except OSError as error:
            self._pending = cut_off(pieces, 0)
            self._stop_sending(error)
            return
        self._is_made = True
        if sent == len(head) + len(body):
            self._await_reply(flight, now)
        else:
            self._pending = cut_off(pieces, sent)
            self._push()

    def _push(self) -> None:
        """Send what is pending as far as it goes."""
        flight, pending = self.flight, self._pending
        assert flight is not None
        assert pending is not None
        try:
            while pending:
                sent = self._socket.send(pending[0][:_SEND_SIZE])
                self._is_made = True
                flight.step(self._engine.limits.send)
                pending[0] = pending[0][sent:]
                if not pending[0]:
                    pending.popleft()
        except OSError as error:
            self._stop_sending(error)
            return
        self._pending = None
        self._await_reply(flight, self._engine.monotonic())

    def _stop_sending(self, error: OSError) -> None:
        """Find out whether sending has to wait, or is over before its end."""
        assert self._pending is not None
        if isinstance(error, WAITS) or error.errno == errno.ENOTCONN:  # BSD's word for "not yet"
            self._want(READ | WRITE)
        elif not self._is_made:
            self._try_next(error)
        else:
            # The server has hung up, perhaps after a reply that says why: reading will tell.
            # That something is pending stays noted, so that nobody uses this connection again.
            self._pending.clear()
            self._want(READ)

    def _await_reply(self, flight: "Flight", now: float) -> None:
        if self._mask != READ:
            self._want(READ)
        flight.deadline = now + self._engine.limits.answer

    def _read(self) -> None:
        try:
            data = self._socket.recv(_GLANCE)
            if len(data) == _GLANCE:
                data += drain(self._socket)
        except WAITS:
            return
        except OSError as error:
            self._lose(error)
            return
        is_short = self._reader is None and len(data) <= SHORT_REPLY
        if is_short and (reply := parse_short_reply(data)) is not None:
            self._finish(reply)
        else:
            self._read_on(data)

    def _read_on(self, data: bytes) -> None:
        if self._reader is None:
            if not data:
                self._lose(None)
                return
            assert self.flight is not None
            self._reader = ReplyReader(self.flight.request.keep_body)
        try:
            reply = self._reader.feed(data) if data else self._reader.end()
        except BadReply:
            self._fail("bad-reply")
            return
        if reply is not None:
            self._reader.close()
            self._finish(reply)
        elif not data:
            self._lose(None)

    def _finish(self, reply: Reply) -> None:
        flight = self.flight
        assert flight is not None
        self._reader = None
        # A server that replied before it had the whole body gets the rest of it no more.
        if reply.keep_alive and self._pending is None:
            self._state = _IDLE
            self.flight = None
            self._engine.idle_count += 1
        else:
            self.close()
        flight.take(reply)

    def _lose(self, error: Exception | None) -> None:
        """Fail, or try anew: a kept connection that never replied was dead before we used it."""
        if not self._is_reused or self._reader is not None:
            self._fail(name_failure(error))
            return
        flight = self.flight
        assert flight is not None
        self.close()
        flight.is_retried = True
        self._engine.launch(flight)

    def _fail(self, reason: str) -> None:
        flight = self.flight
        assert flight is not None
        self.close()
        self._engine.fail(flight, reason)

    def _want(self, mask: int) -> None:
        if not self._mask:
            self._engine.sockets.add(self._fd, self, mask)
        elif self._mask != mask:
            self._engine.sockets.change(self._fd, mask)
        self._mask = mask

    def _drop_socket(self) -> None:
        if self._fd >= 0:
            self._engine.sockets.drop(self._fd, self._socket)
            self._engine.release()
            self._fd, self._mask, self._pending = -1, 0, None
