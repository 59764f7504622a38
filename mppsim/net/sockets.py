"""Open a non-blocking TCP socket, begin to connect it, see how it is, and what it has taken."""

import errno
import os
import socket
import struct
import sys
from collections import deque

from mppsim.net.resolver import Address
from mppsim.net.tls import TLS_WAITS

__all__ = ["WAITS", "cut_off", "drain", "is_quiet", "lose_unsent", "open_socket", "take_error"]

WAITS = (BlockingIOError, *TLS_WAITS)
"""What a socket, plain or TLS, raises when it would have to wait."""

_NONBLOCKING = socket.SOCK_NONBLOCK if sys.platform == "linux" else 0
# ip(7), since Linux 4.2: the port is chosen when we connect, so that every destination has all
# ports to itself. The standard library knows its name from 3.12 on.
_BIND_ADDRESS_NO_PORT = 24 if sys.platform == "linux" else None
_UNDER_WAY = (errno.EINPROGRESS, 0)
# socket(7), since Linux 3.13: bytes a second, kept by TCP itself since 4.20. On the loopback device
# one packet holds a whole report: only the smallest that TCP allows can be spread over time.
_MAX_PACING_RATE = 47 if sys.platform == "linux" else None
_SMALLEST_SEGMENT = 88
_READ_SIZE = 16 * 1024  # a whole TLS record


def open_socket(address: Address, source: str | None, rate: int | None = None) -> socket.socket:
    """Open a socket, from `source` if given, and begin to connect it; raise `OSError`.

    With `rate` it sends that many bytes a second at most, but for the first few hundred: TCP sends
    its first segments at once. Raises `OSError` where the system cannot do that.
    """
    plain = socket.socket(address.family, socket.SOCK_STREAM | _NONBLOCKING)
    try:
        if not _NONBLOCKING:
            plain.setblocking(False)
        # Head and body go out in as few calls as can be; nothing is gained by holding back.
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if rate is not None:
            _slow_down(plain, rate)
        if source is not None:
            if _BIND_ADDRESS_NO_PORT is not None:
                plain.setsockopt(socket.IPPROTO_IP, _BIND_ADDRESS_NO_PORT, 1)
            try:
                plain.bind((source, 0))
            except socket.gaierror as error:  # it looks for a name of the socket's family
                reason = f"{source} is of another family"
                raise OSError(errno.EAFNOSUPPORT, reason) from error
        code = plain.connect_ex(address.place)
        if code not in _UNDER_WAY:
            raise OSError(code, os.strerror(code))
    except BaseException:
        plain.close()
        raise
    return plain


def _slow_down(plain: socket.socket, rate: int) -> None:
    if _MAX_PACING_RATE is None:
        raise OSError(errno.ENOTSUP, "slow uploads need Linux")
    plain.setsockopt(socket.SOL_SOCKET, _MAX_PACING_RATE, rate)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _SMALLEST_SEGMENT)


def take_error(plain: socket.socket) -> OSError | None:
    """Return why connecting failed; None: it did not."""
    code = plain.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return OSError(code, os.strerror(code)) if code else None


def lose_unsent(plain: socket.socket) -> None:
    """Have a socket end with a reset when it is closed, whatever it has not sent yet."""
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def is_quiet(idle: socket.socket) -> bool:
    """Tell whether an idle connection is still good: no end, no error, nothing unasked for."""
    try:
        idle.recv(1)
    except WAITS:  # a TLS session ticket woke us, for example
        return True
    except OSError:
        return False
    return False


def drain(plain: socket.socket) -> bytes:
    """Read what there is behind a read that got all that it asked for; nothing, where that fails.

    The next read says why it failed. Of TLS it is what is left of a record: no poller sees that.
    """
    try:
        return plain.recv(_READ_SIZE)
    except OSError:
        return b""


def cut_off(pieces: tuple[bytes, ...], sent: int) -> deque[memoryview]:
    """Return what is left of a request after so many bytes, which are not all."""
    left = deque([memoryview(piece) for piece in pieces])
    while sent >= len(left[0]):
        sent -= len(left.popleft())
    left[0] = left[0][sent:]
    return left
