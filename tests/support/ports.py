"""Ports for programs that cannot be handed a socket.

One that is free now may be somebody else's a moment later, so a program is asked whether it has it.
"""

import socket
from asyncio.subprocess import Process
from pathlib import Path

from tests.support.turns import turns

__all__ = ["free_port", "has_port"]

_TABLES = {socket.SOCK_DGRAM: Path("/proc/net/udp"), socket.SOCK_STREAM: Path("/proc/net/tcp")}
_IS_BOUND = {socket.SOCK_DGRAM: "07", socket.SOCK_STREAM: "0A"}  # as proc(5) has it


def free_port(kind: socket.SocketKind) -> int:
    """Give a port of 127.0.0.1 that is free for UDP, or for TCP."""
    with socket.socket(type=kind) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port


async def has_port(process: Process, kind: socket.SocketKind, port: int) -> bool:
    """Wait until this very process listens at a port; False when it ends instead."""
    while process.returncode is None:
        if _listener_at(kind, port) in _sockets_of(process.pid):
            return True
        await turns(20)
    return False


def _listener_at(kind: socket.SocketKind, port: int) -> str:
    """Give the name that proc(5) has for the socket that listens there; empty: nobody does."""
    for row in map(str.split, _TABLES[kind].read_text().splitlines()[1:]):
        if row[1] == f"0100007F:{port:04X}" and row[3] == _IS_BOUND[kind]:
            return f"socket:[{row[9]}]"
    return ""


def _sockets_of(pid: int) -> set[str]:
    try:
        return {str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir()}
    except OSError:
        return set()  # it is about to end
