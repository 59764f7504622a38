"""Sockets that listen at every address of this machine, or of its loopback device alone.

Source: socket(7), SO_BINDTODEVICE.
"""

import os
import socket
import sys

from mppsim.errors import StartError
from mppsim.net.sip_port import Prepare

__all__ = ["LOOPBACK", "WILDCARD", "bind_to_loopback", "can_bind_to_loopback", "open_listener"]

WILDCARD = "0.0.0.0"
LOOPBACK = "127.0.0.1"

_BACKLOG = 1024
_BIND_TO_DEVICE = 25 if sys.platform == "linux" else None
_LOOPBACK_DEVICE = b"lo\0"


def bind_to_loopback(sock: socket.socket) -> None:
    """Let a socket have nothing to do with any network; raise `OSError` where that cannot be."""
    if _BIND_TO_DEVICE is None:
        raise OSError("no socket can be bound to a device here")
    sock.setsockopt(socket.SOL_SOCKET, _BIND_TO_DEVICE, _LOOPBACK_DEVICE)


def can_bind_to_loopback() -> bool:
    """Say whether this process may do that."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            bind_to_loopback(probe)
        except OSError:
            return False
    return True


def open_listener(host: str, port: int, prepare: Prepare) -> socket.socket:
    """Listen on TCP; port 0 is any free one, `prepare` is given the socket before it is bound.

    Raises `StartError` when the address cannot be had.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        prepare(sock)
        sock.bind((host, port))
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise StartError(f"cannot listen on {host} port {port}: {reason}") from error
    return sock
