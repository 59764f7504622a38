"""Answers SIP for one phone or for many, over UDP, TCP and TLS, and carries what they send.

What an answer says is decided in `mppsim.sip`. Nothing in a request is looked up by name: an
answer goes to the packet's source, or back over its connection.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from mppsim.errors import SipError
from mppsim.net.resolver import MayReach, Resolver, reach_all
from mppsim.net.sip_certificate import make_own_context
from mppsim.net.sip_port import Prepare, SipPort
from mppsim.net.sip_stream import SipStream
from mppsim.net.tls import TlsClient, TlsSettings
from mppsim.sip import Callee, NotifyServer
from mppsim.sip.header import read_branch
from mppsim.sip.message import SipResponse, parse_message

__all__ = ["MOST_STREAMS", "RESPONSE", "SipEndpoint", "SipPhone"]

MOST_STREAMS = 1000
"""Connections that strangers can have at a time; one more is closed at once."""

RESPONSE = b"SIP/2.0 "
"""How an answer begins; a request never does."""

Directory = Callable[[str, str], "SipPhone | None"]


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

    `secret` is at least 16 random bytes; `tls` says whom the phones' own TLS connections trust,
    `context` what is shown to those who come by TLS: a certificate of this program's own unless
    told otherwise. Used inside a running event loop: `open`, then `close`.
    """

    def __init__(
        self,
        directory: Directory,
        *,
        secret: bytes,
        tls: TlsSettings | None = None,
        context: Callable[[], ssl.SSLContext] = make_own_context,
        is_ours: Callable[[str], bool] | None = None,
        may_reach: MayReach = reach_all,
    ) -> None:
        """Raise `StartError` where the CA file of `tls` cannot be used.

        What comes to a local address that is not `is_ours` is dropped unread; None: all are.
        """
        self._server = NotifyServer(directory, secret=secret)
        self._context = context
        self._is_ours = is_ours
        self._ports: list[SipPort] = []
        self._streams: set[SipStream] = set()
        self._expected: dict[bytes, Callable[[bytes], None]] = {}
        self.tls = TlsClient(tls or TlsSettings())
        """Wraps the connections that phones open."""
        self.resolver = Resolver(asyncio.get_running_loop().time, may_reach)
        """Finds the proxies that phones name."""

    def open(
        self, host: str, port: int, *, line: int = 0, prepare: Prepare | None = None
    ) -> SipPort:
        """Listen at an address and start to answer; `host` is numeric, port 0 any free one.

        `line` is the one line of a phone that listens there, if it is one; `prepare` is given
        each socket before it is bound. Can be called again for further ports. Raises
        `StartError` when the address cannot be had.
        """
        opened = SipPort(host, port, self, line=line, prepare=prepare)
        self._ports.append(opened)
        return opened

    @property
    def first(self) -> SipPort:
        """The port that was opened first."""
        if not self._ports:
            raise RuntimeError("the endpoint is not open")
        return self._ports[0]

    @property
    def address(self) -> tuple[str, int]:
        """Host and number of the port that was opened first."""
        return self.first.host, self.first.port

    def close(self) -> None:
        """Stop to answer and give all ports back; closing twice is no mistake."""
        for port in self._ports:
            port.close()
        for stream in self._streams:
            stream.close()
        self._ports.clear()
        self._streams.clear()

    def close_port(self, port: SipPort) -> None:
        """Give one port back."""
        port.close()
        self._ports.remove(port)

    # What phones themselves ask for.

    def expect(self, branch: str, receive: Callable[[bytes], None]) -> None:
        """Hand over the responses with this branch that come by UDP, until `forget`."""
        self._expected[branch.encode()] = receive

    def forget(self, branch: str) -> None:
        """Wait for no more responses with this branch."""
        self._expected.pop(branch.encode(), None)

    def answer(self, stream: SipStream, message: bytes, *, line: int = 0) -> None:
        """Answer a request that came over a connection, be it ours or somebody else's."""
        now = asyncio.get_running_loop().time()
        answer, phone, code, package, obeyed = self._server.receive(
            message, stream.peer, local=stream.local[0], now=now, line=line
        )
        if answer is not None:
            stream.send(answer)
            if phone is not None:
                phone.count_sip(len(message), len(answer))
                _tell(phone, code, package, obeyed)

    # What comes in.

    def port_received(
        self, port: SipPort, datagram: bytes, source: tuple[str, int], local: str, now: float
    ) -> None:
        """Answer a datagram, or hand a response over to whoever expects it."""
        if self._is_ours is not None and not self._is_ours(local):
            return
        answer, phone, code, package, obeyed = self._server.receive(
            datagram, source, local=local, now=now, line=port.line
        )
        if answer is None:
            if datagram.startswith(RESPONSE) and self._expected:
                self._hand_over(datagram)
            return
        try:  # not suppress(), which would cost 2 % of a NOTIFY
            if port.is_wildcard:
                port.send(answer, source, source=local)
            else:
                port.reply(answer, source)
        except OSError:
            pass  # as if it were lost on its way; the sender will repeat
        if phone is not None:
            phone.count_sip(len(datagram), len(answer))
            _tell(phone, code, package, obeyed)

    def port_accepted(self, port: SipPort, plain: socket.socket) -> None:
        """Take a connection, or turn it away where there are too many."""
        is_strange = self._is_ours is not None and not self._is_ours(plain.getsockname()[0])
        if is_strange or len(self._streams) >= MOST_STREAMS:
            plain.close()
            return
        self._streams.add(SipStream.accept(plain, self, self._context))

    def stream_opened(self, stream: SipStream) -> None:
        """Wait for what is to come."""

    def stream_received(self, stream: SipStream, message: bytes) -> None:
        """Answer what somebody asks over a connection of theirs."""
        line = next((port.line for port in self._ports if port.port == stream.local[1]), 0)
        self.answer(stream, message, line=line)

    def stream_closed(self, stream: SipStream, _reason: str) -> None:
        """Forget a connection."""
        self._streams.discard(stream)

    def _hand_over(self, datagram: bytes) -> None:
        with suppress(SipError):
            response = parse_message(datagram)
            if isinstance(response, SipResponse):
                receive = self._expected.get(read_branch(response.fields.get(b"via", b"")))
                if receive is not None:
                    receive(datagram)


def _tell(phone: SipPhone, code: int | None, package: str | None, obeyed: str | None) -> None:
    """Tell a phone what it was asked, and let it do what it is to obey; the answer is out."""
    if package is not None and code is not None:
        phone.notified(package, code)
    if obeyed is not None:
        phone.obey(obeyed)
