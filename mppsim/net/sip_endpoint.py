"""One UDP socket that answers SIP for one phone or for many.

Each wake-up of the loop takes a whole batch of datagrams; what an answer says is decided in
`mppsim.sip`. Nothing is looked up by name: an answer goes to the packet's source.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Protocol

from mppsim.errors import StartError
from mppsim.sip import Callee, NotifyServer

__all__ = ["SipEndpoint", "SipPhone"]

_BATCH = 64  # datagrams a wake-up, before the loop serves somebody else
_MAX_DATAGRAM = 65_535
_RECEIVE_BUFFER = 1 << 20  # a burst waits here; the kernel may grant less


class SipPhone(Callee, Protocol):
    """A phone, as its endpoint sees it."""

    def obey(self, package: str) -> None:
        """Do what an accepted NOTIFY asks for; its 200 is out already."""

    def notified(self, package: str, code: int) -> None:
        """Take note that a NOTIFY was answered with `code`; never called for a retransmission."""

    def count_sip(self, received_bytes: int, sent_bytes: int) -> None:
        """Count one message each way."""


class SipEndpoint:
    """Answers for the phones that `directory` finds by local address and Request-URI user.

    `secret` is at least 16 random bytes. Used inside a running event loop: `open`, then `close`.
    """

    def __init__(self, directory: Callable[[str, str], SipPhone | None], *, secret: bytes) -> None:
        self._server = NotifyServer(directory, secret=secret)
        self._socket: socket.socket | None = None
        self._local = ""

    def open(self, host: str, port: int) -> None:
        """Bind the socket and start to answer; `host` is a numeric address, port 0 any free one.

        Raises `StartError` when the address cannot be had.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            sock.bind((host, port))
        except OSError as error:
            sock.close()
            raise StartError(_explain(host, port, error)) from error
        self._socket, self._local = sock, host
        asyncio.get_running_loop().add_reader(sock, self._receive_batch)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that the socket is bound to."""
        if self._socket is None:
            raise RuntimeError("the endpoint is not open")
        host, port = self._socket.getsockname()[:2]
        return host, port

    def close(self) -> None:
        """Stop to answer and give the port back; closing twice is no mistake."""
        sock, self._socket = self._socket, None
        if sock is not None:
            asyncio.get_running_loop().remove_reader(sock)
            sock.close()

    def _receive_batch(self) -> None:
        now = asyncio.get_running_loop().time()
        for _ in range(_BATCH):
            sock = self._socket
            if sock is None:
                return  # a phone's work closed it
            try:
                datagram, source = sock.recvfrom(_MAX_DATAGRAM)
            except OSError:
                return  # nothing more, or a fault of the network: the loop calls again
            self._receive(sock, datagram, source, now)

    def _receive(
        self, sock: socket.socket, datagram: bytes, source: tuple[str, int], now: float
    ) -> None:
        answer, phone, code, package, obeyed = self._server.receive(
            datagram, source, local=self._local, now=now
        )
        if answer is None:
            return
        try:  # noqa: SIM105 -- suppress() would cost 2 % of a NOTIFY
            sock.sendto(answer, source)
        except OSError:
            pass  # as if it were lost on its way; the sender will repeat
        if phone is None:
            return
        phone.count_sip(len(datagram), len(answer))
        if package is not None and code is not None:
            phone.notified(package, code)
        if obeyed is not None:
            phone.obey(obeyed)


def _explain(host: str, port: int, error: OSError) -> str:
    reason = error.strerror or str(error)
    return (
        f"cannot listen for SIP on {host} port {port} (UDP): {reason};"
        " choose another with --sip-port, or 0 for any free one"
    )
