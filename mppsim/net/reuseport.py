"""One port for several processes: the kernel hands each datagram and connection to the right one.

The sockets of a group (SO_REUSEPORT) are numbered in the order in which they joined it; a filter
of three instructions picks number *destination address modulo their count*. So a phone at address
*a* lives in worker *a mod N*, and no process sees what is for another one's phones.

Source: socket(7), SO_ATTACH_REUSEPORT_CBPF; the kernel's Documentation/networking/filter.rst.
"""

import ctypes
import socket
import struct
import sys
from collections.abc import Callable, Iterable

from mppsim.errors import StartError

__all__ = ["close_all", "has_groups", "join_group", "open_group", "route_by_address"]

_ATTACH_FILTER = 51  # SO_ATTACH_REUSEPORT_CBPF; the standard library has no name for it
_LOAD_WORD, _MODULO, _RETURN = 0x20, 0x94, 0x16  # BPF_LD|BPF_W|BPF_ABS, ALU|MOD|K, RET|A
_DESTINATION = 0xFFF0_0000 + 16  # SKF_NET_OFF, and the destination's place in an IPv4 header
_INSTRUCTION = struct.Struct("=HBBI")


def has_groups() -> bool:
    """Say whether this system has such groups: Linux does."""
    return sys.platform == "linux"


def join_group(sock: socket.socket) -> None:
    """Let a socket share its port with the others of its group; call it before `bind`."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)


def route_by_address(sock: socket.socket, count: int) -> None:
    """Let the group of a bound, listening socket be chosen from by destination address (IPv4)."""
    code = ctypes.create_string_buffer(
        _INSTRUCTION.pack(_LOAD_WORD, 0, 0, _DESTINATION)
        + _INSTRUCTION.pack(_MODULO, 0, 0, count)
        + _INSTRUCTION.pack(_RETURN, 0, 0, 0)
    )
    program = struct.pack("@HP", 3, ctypes.addressof(code))
    sock.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, program)


def open_group(
    open_socket: Callable[[int, Callable[[socket.socket], None]], socket.socket],
    port: int,
    count: int,
) -> tuple[socket.socket, ...]:
    """Open the sockets of a group in the order of the workers.

    `open_socket` is given a port and what is to be done with the socket before `bind`; it binds
    it, and listens where it is a listener's. Port 0 is any free one, the same for all. Raises
    `StartError` where `open_socket` does, or where the system has no such groups.
    """
    if not has_groups():
        raise StartError("several workers cannot share a port on this system; use --workers 1")
    if port:
        # Another run of the same user could share it, too, and would get half of what is ours.
        open_socket(port, _share_nothing).close()
    opened: list[socket.socket] = []
    try:
        for _ in range(count):
            opened.append(open_socket(port, join_group))
            port = opened[0].getsockname()[1]
        route_by_address(opened[0], count)
    except BaseException:
        close_all(opened)
        raise
    return tuple(opened)


def _share_nothing(_sock: socket.socket) -> None:
    """Leave a socket as it is."""


def close_all(sockets: Iterable[socket.socket]) -> None:
    """Close sockets."""
    for sock in sockets:
        sock.close()
