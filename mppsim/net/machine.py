"""What this machine can carry: descriptors, ports, memory, cores, addresses."""

import os
import resource
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Machine", "can_use_address", "can_use_port", "raise_descriptors", "read_machine"]

_PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_MEMORY = Path("/proc/meminfo")
_USUAL_PORTS = (49152, 65535)
"""RFC 6335 section 6: what a system has that does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Limits that a fleet can run into."""

    is_linux: bool
    descriptors: int
    """Files and sockets that a process may have open at once, as far as it may raise that."""
    first_port: int
    last_port: int
    """Ports that the system gives to connections by itself."""
    memory: int | None
    """Bytes that are free for use now; None: unknown."""
    cores: int

    @property
    def ports(self) -> int:
        """Connections that one address can have to one server at a time."""
        return self.last_port - self.first_port + 1


def read_machine() -> Machine:
    """Look at this machine, as this process may use it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    first, last = _read_ports()
    return Machine(
        is_linux=sys.platform == "linux",
        descriptors=hard if hard != resource.RLIM_INFINITY else sys.maxsize,
        first_port=first,
        last_port=last,
        memory=_read_memory(),
        cores=len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1,
    )


def raise_descriptors() -> None:
    """Let this process open as many files and sockets as it may at all."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def can_use_address(address: str) -> bool:
    """Say whether packets to and from an IPv4 address would stay on this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


def can_use_port(port: int) -> bool:
    """Say whether SIP or a page can listen at a port, at all addresses of this machine."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind is socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("", port))
            except OSError:
                return False
    return True


def _read_ports() -> tuple[int, int]:
    try:
        first, last = map(int, _PORT_RANGE.read_text().split())
    except (OSError, ValueError):
        return _USUAL_PORTS
    return first, last


def _read_memory() -> int | None:
    try:
        lines = _MEMORY.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            return int(rest.split()[0]) * 1024
    return None
