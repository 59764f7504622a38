"""One place where phones can be reached by SIP: a UDP socket and a TCP listener at the same port.

RFC 3261 section 18.2.1: whoever listens on UDP listens on TCP at the same port. TLS is taken
there, too: its first octet tells it from SIP.

On a wildcard address each datagram says which of this machine's addresses it was sent to
(IP_PKTINFO), and its answer leaves from there.
"""

import asyncio
import errno
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from mppsim.errors import StartError

__all__ = ["PortKeeper", "Prepare", "SipPort"]

_BATCH = 64  # datagrams a wake-up, before the loop serves somebody else
_MAX_DATAGRAM = 65_535
_RECEIVE_BUFFER = 1 << 20  # a burst waits here; the kernel may grant less
_BACKLOG = 1024
_MOST_TRIES = 32  # for a port that is free for both transports
_WILDCARDS = frozenset({"0.0.0.0", "::"})
_NOTE_BYTES = 128
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_PAUSE = 1.0  # seconds

# ip(7); the standard library knows its name from 3.14 on.
_IP_PKTINFO = 8 if sys.platform == "linux" else None

Prepare = Callable[[socket.socket], object]
"""Is given a socket before it is bound."""


class PortKeeper(Protocol):
    """Whoever a port belongs to."""

    def port_received(
        self, port: "SipPort", datagram: bytes, source: tuple[str, int], local: str, now: float
    ) -> None:
        """Take a datagram that came to the address `local`."""

    def port_accepted(self, port: "SipPort", plain: socket.socket) -> None:
        """Take a connection, non-blocking."""


class SipPort:
    """A port that is open until it is closed; closing twice is no mistake."""

    def __init__(
        self,
        host: str,
        port: int,
        keeper: PortKeeper,
        *,
        line: int = 0,
        prepare: Prepare | None = None,
    ) -> None:
        """Bind both sockets; `host` is a numeric address, port 0 any free one.

        `line` is the one line that listens here; 0: no line in particular. `prepare` is given
        each socket before it is bound. Raises `StartError` when the address cannot be had. Used
        inside a running event loop.
        """
        self.host = host
        self.line = line
        self.is_wildcard = host in _WILDCARDS
        """Whether it listens at all addresses of this machine."""
        self._keeper = keeper
        self._prepare = prepare
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._datagrams, self._listener = self._bind(port)
        self.port: int = self._datagrams.getsockname()[1]
        self.reply = self._datagrams.sendto
        """Sends a datagram as `send` does where this is no wildcard's, without a detour."""
        self._is_closed = False
        self._loop = asyncio.get_running_loop()
        is_everywhere = self.is_wildcard and self._ask_for_destinations()
        receive = self._receive_anywhere if is_everywhere else self._receive_batch
        self._loop.add_reader(self._datagrams, receive)
        self._resume: asyncio.TimerHandle | None = None
        self._listen()

    @property
    def family(self) -> int:
        """The address family that it can send to."""
        return self._family

    def send(self, datagram: bytes, to: tuple[str, int], *, source: str | None = None) -> None:
        """Send a datagram, from `source` if this is a wildcard's; raise `OSError`."""
        if not self.is_wildcard or source is None or source in _WILDCARDS:
            self._datagrams.sendto(datagram, to)
        else:
            self._datagrams.sendmsg([datagram], [self._pack_source(source)], 0, to)

    def find_source(self, to: tuple[str, int]) -> str:
        """Say which of this machine's addresses leads to a place; raise `OSError`."""
        if not self.is_wildcard:
            return self.host
        with socket.socket(self._family, socket.SOCK_DGRAM) as probe:
            probe.connect(to)  # no datagram is sent
            address: str = probe.getsockname()[0]
        return address

    def close(self) -> None:
        """Give the port back."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._resume is not None:
            self._resume.cancel()
        for sock in (self._datagrams, self._listener):
            self._loop.remove_reader(sock)
            sock.close()

    def _bind(self, port: int) -> tuple[socket.socket, socket.socket]:
        for tries_left in reversed(range(_MOST_TRIES)):
            datagrams = self._open(socket.SOCK_DGRAM, port)
            try:
                return datagrams, self._open(socket.SOCK_STREAM, datagrams.getsockname()[1])
            except StartError:
                datagrams.close()
                # Free for UDP is not free for TCP: try another one.
                if port or not tries_left:
                    raise
        raise AssertionError("unreachable")

    def _open(self, kind: socket.SocketKind, port: int) -> socket.socket:
        sock = socket.socket(self._family, kind)
        try:
            sock.setblocking(False)
            if kind == socket.SOCK_DGRAM:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            else:
                # What a connection leaves behind for a minute does not keep a phone from starting.
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if self._prepare is not None:
                self._prepare(sock)
            sock.bind((self.host, port))
            if kind == socket.SOCK_STREAM:
                sock.listen(_BACKLOG)
        except OSError as error:
            sock.close()
            name = "UDP" if kind == socket.SOCK_DGRAM else "TCP"
            raise StartError(_explain(self.host, port, name, error)) from error
        return sock

    # UDP

    def _receive_batch(self) -> None:
        now = self._loop.time()
        for _ in range(_BATCH):
            if self._is_closed:
                return  # a phone's work closed it
            try:
                datagram, source = self._datagrams.recvfrom(_MAX_DATAGRAM)
            except OSError:
                return  # nothing more, or a fault of the network: the loop calls again
            self._keeper.port_received(self, datagram, source, self.host, now)

    def _receive_anywhere(self) -> None:
        now = self._loop.time()
        for _ in range(_BATCH):
            if self._is_closed:
                return
            try:
                datagram, notes, _, source = self._datagrams.recvmsg(_MAX_DATAGRAM, _NOTE_BYTES)
            except OSError:
                return
            local = _unpack_destination(notes) or self.host
            self._keeper.port_received(self, datagram, source, local, now)

    def _ask_for_destinations(self) -> bool:
        """Ask the kernel to tell each datagram's destination; False where it cannot."""
        if self._family == socket.AF_INET6:
            self._datagrams.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
            return True
        if _IP_PKTINFO is None:
            return False
        self._datagrams.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        return True

    def _pack_source(self, source: str) -> tuple[int, int, bytes]:
        """RFC 3542 section 6.2: interface 0 leaves the way to the routing table."""
        address = socket.inet_pton(self._family, source)
        if self._family == socket.AF_INET6:
            return socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, address + bytes(4)
        assert _IP_PKTINFO is not None, "no source can be chosen here"
        return socket.IPPROTO_IP, _IP_PKTINFO, bytes(4) + address + bytes(4)

    # TCP

    def _listen(self) -> None:
        self._loop.add_reader(self._listener, self._accept_batch)

    def _accept_batch(self) -> None:
        for _ in range(_BATCH):
            if self._is_closed:
                return
            try:
                plain, _ = self._listener.accept()
            except OSError as error:
                if error.errno in _EXHAUSTED:
                    # Whoever waits goes on waiting, and would have us called without an end.
                    self._loop.remove_reader(self._listener)
                    self._resume = self._loop.call_later(_PAUSE, self._listen)
                return  # nobody more, or gone already
            plain.setblocking(False)
            with suppress(OSError):
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._keeper.port_accepted(self, plain)


def _unpack_destination(notes: list[tuple[int, int, bytes]]) -> str:
    for level, kind, data in notes:
        if (level, kind) == (socket.IPPROTO_IP, _IP_PKTINFO):
            return socket.inet_ntop(socket.AF_INET, data[8:12])
        if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
            return socket.inet_ntop(socket.AF_INET6, data[:16])
    return ""


def _explain(host: str, port: int, transport: str, error: OSError) -> str:
    reason = error.strerror or errno.errorcode.get(error.errno or 0, str(error))
    return (
        f"cannot listen for SIP on {host} port {port} ({transport}): {reason};"
        " choose another with --sip-port, or 0 for any free one"
    )
