"""UDP sockets that are read without waiting, and that learn of closed ports.

A socket that talks to several ports is not connected, so the system would keep the ICMP errors to
itself. Linux tells them on request, with the address that each is about (`IP_RECVERR`, ip(7));
elsewhere a closed port is silence.
"""

import errno
import os
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass

from mppsim.tftp import Outgoing, Tid

__all__ = ["Incoming", "Undelivered", "open_datagrams", "receive", "receive_errors", "send"]

_MOST_BYTES = 2048
"""More than a block of TFTP's that we agree to, so that a longer one is seen as such."""
# ip(7), ipv6(7): the standard library knows their names from 3.14 on.
_IP_RECVERR, _IPV6_RECVERR = 11, 25


@dataclass(frozen=True, slots=True)
class Incoming:
    """A datagram that came."""

    datagram: bytes
    source: Tid


@dataclass(frozen=True, slots=True)
class Undelivered:
    """What a datagram met with in place of its destination."""

    error: OSError
    to: Tid


def open_datagrams(family: int, host: str | None = None, port: int = 0) -> socket.socket:
    """Open a socket that never waits, bound to `host` if given; raise `OSError`."""
    opened = socket.socket(family, socket.SOCK_DGRAM)
    try:
        opened.setblocking(False)
        if sys.platform == "linux":
            if family == socket.AF_INET6:
                opened.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
            else:
                opened.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
        if host is not None:
            opened.bind((host, port))
    except BaseException:
        opened.close()
        raise
    return opened


def send(opened: socket.socket, outgoing: Outgoing) -> None:
    """Send a datagram, or lose it as a network would; raise `OSError` where there is no way."""
    place = outgoing.to.host, outgoing.to.port
    try:
        opened.sendto(outgoing.datagram, place)
    except BlockingIOError:
        pass  # a full buffer: what matters is sent again
    except OSError:
        # Perhaps about an earlier datagram, to whomever; `receive_errors` knows.
        opened.sendto(outgoing.datagram, place)


def receive(opened: socket.socket) -> Incoming | None:
    """Take in a datagram; None: there is none now."""
    try:
        datagram, place = opened.recvfrom(_MOST_BYTES)
    except OSError:
        return None  # nothing has come, or an error, of which `receive_errors` knows more
    return Incoming(datagram, _tid(place))


def receive_errors(opened: socket.socket) -> list[Undelivered]:
    """Say what could not be delivered, and why, as far as the system was told."""
    if sys.platform != "linux":
        return []
    errors: list[Undelivered] = []
    with suppress(OSError):
        while True:
            _, ancillary, _, place = opened.recvmsg(1, _MOST_BYTES, socket.MSG_ERRQUEUE)
            # struct sock_extended_err of ip(7) begins with the error's number.
            codes = (int.from_bytes(octets[:4], sys.byteorder) for *_, octets in ancillary)
            code = next(codes, errno.EIO)
            errors.append(Undelivered(OSError(code, os.strerror(code)), _tid(place)))
    return errors


def _tid(place: tuple[object, ...]) -> Tid:
    host, port, *_ = place
    assert isinstance(port, int)
    return Tid(str(host), port)
