"""One port for several processes: the kernel hands each datagram and connection to the right one.

The sockets of a group (SO_REUSEPORT) are numbered in the order in which they joined it; a filter
of three instructions picks number *destination address modulo their count*. So a phone at address
*a* lives in worker *a mod N*, and no process sees what is for another one's phones.

Source: socket(7), SO_ATTACH_REUSEPORT_CBPF; the kernel's Documentation/networking/filter.rst.
"""

import ctypes
import os
import socket
import struct
import sys
from random import SystemRandom

from mppsim.errors import StartError

__all__ = ["PortGroups", "find_free_port", "has_groups", "route_by_address"]

_ATTACH_FILTER = 51  # SO_ATTACH_REUSEPORT_CBPF; the standard library has no name for it
_LOAD_WORD, _MODULO, _RETURN = 0x20, 0x94, 0x16  # BPF_LD|BPF_W|BPF_ABS, ALU|MOD|K, RET|A
_DESTINATION = 0xFFF0_0000 + 16  # SKF_NET_OFF, and the destination's place in an IPv4 header
_INSTRUCTION = struct.Struct("=HBBI")
_MOST_TRIES = 32  # for a port that is free for both transports
_NOBODYS = (
    16_384,
    32_768,
)  # Linux gives connections ports from 32,768 on: ip(7), ip_local_port_range


class PortGroups:
    """One worker's part in the groups: all open the same ports, none of them port 0, in one order.

    The first worker's sockets are nobody else's when they are bound, so that no other run can
    share a port by mistake; it lets the others join them one by one.
    """

    def __init__(self, worker: int, workers: int, *, before: int = -1, after: int = -1) -> None:
        """Take turns by pipes: read from the worker `before`, write to the one `after`.

        Each is a descriptor; -1: there is no such worker.
        """
        self.sockets: list[socket.socket] = []
        """What was opened here, in order."""
        self._worker = worker
        self._workers = workers
        self._before = before
        self._after = after

    def prepare(self, sock: socket.socket) -> None:
        """Wait until it is the turn of a socket that is not bound yet; called for each of them.

        Blocks while others are at it. Raises `StartError` where the worker before has failed.
        """
        self._pass_on()
        if self._before >= 0 and not os.read(self._before, 1):
            raise StartError("the worker before could not open its ports")
        if self._worker:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.sockets.append(sock)

    def finish(self) -> None:
        """Let the others go on: all sockets are bound, and listen where they are listeners'."""
        self._pass_on()
        self.close()

    def close(self) -> None:
        """Give the pipes back: whoever still waits for us has waited in vain."""
        for pipe in (self._before, self._after):
            if pipe >= 0:
                os.close(pipe)
        self._before = self._after = -1

    def _pass_on(self) -> None:
        sock = self.sockets[-1] if self.sockets else None
        if sock is None or sock.fileno() < 0:
            return  # nothing yet, or it could not be bound
        if not self._worker:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        elif self._worker == self._workers - 1:
            route_by_address(sock, self._workers)
        if self._after >= 0:
            os.write(self._after, b".")


def has_groups() -> bool:
    """Say whether this system has such groups: Linux does."""
    return sys.platform == "linux"


def route_by_address(sock: socket.socket, count: int) -> None:
    """Choose in a socket's group by destination address (IPv4); it has `count` members already."""
    code = ctypes.create_string_buffer(
        _INSTRUCTION.pack(_LOAD_WORD, 0, 0, _DESTINATION)
        + _INSTRUCTION.pack(_MODULO, 0, 0, count)
        + _INSTRUCTION.pack(_RETURN, 0, 0, 0)
    )
    program = struct.pack("@HP", 3, ctypes.addressof(code))
    sock.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, program)


def find_free_port(host: str) -> int:
    """Return a port that is free at an IPv4 address just now, for UDP and TCP.

    It is none that the system gives to whoever wants any, if one of the others is free: such a
    port may be a connection's the next moment. Raises `StartError` where there is none.
    """
    chance = SystemRandom()
    for port in (*(chance.randrange(*_NOBODYS) for _ in range(_MOST_TRIES)), *[0] * _MOST_TRIES):
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream,
        ):
            try:
                datagrams.bind((host, port))
                free: int = datagrams.getsockname()[1]
                stream.bind((host, free))
            except OSError:
                continue
            return free
    raise StartError(f"no port is free at {host}")
