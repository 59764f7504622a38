"""Send one NOTIFY over UDP, TCP or TLS and wait for its answer.

What is sent and when is decided in `mppsim.sip.client`. Source: RFC 3261 sections 17.1.2 and 18.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from mppsim.errors import SipError, StartError
from mppsim.sip.client import NotifyExchange, NotifyRequest
from mppsim.sip.client_exchange import T1
from mppsim.sip.stream import MessageCutter

__all__ = ["NotifyOutcome", "send_notify"]

_MAX_DATAGRAM = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyOutcome:
    """How a NOTIFY ended."""

    status: int | None
    """The status of the final answer; None: there was none."""
    reason: str
    """The answer's reason phrase, or why there was none."""
    server: str
    """What the answer says as `Server` or `User-Agent`; often empty."""
    challenged: bool
    """Whether a challenge was answered on the way."""
    seconds: float
    """From the first request to the end."""


async def send_notify(
    request: NotifyRequest,
    *,
    random_bytes: Callable[[int], bytes],
    tls: ssl.SSLContext | None = None,
    t1: float = T1,
) -> NotifyOutcome:
    """Send a NOTIFY, answer one challenge, and say what came of it.

    `tls` says whom to trust (None: the system's authorities), `t1` is the first retransmission's
    delay in seconds. Raises `StartError` when the host has no address.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    exchange, failure = None, ""
    try:
        async with asyncio.timeout(request.timeout):
            link = await _open_link(request, tls)
        try:
            exchange = NotifyExchange(request, local=link.local, random_bytes=random_bytes, t1=t1)
            await _converse(link, exchange)
        finally:
            await link.close()
    except TimeoutError:
        failure = ""
    except (OSError, SipError) as error:
        failure = _explain(error)
    return _judge(request, exchange, failure, loop.time() - began)


class _Link(Protocol):
    """A way to the far side that carries whole messages."""

    @property
    def local(self) -> tuple[str, int]: ...

    async def send(self, message: bytes) -> None: ...

    async def receive(self) -> bytes: ...

    async def close(self) -> None: ...


class _DatagramLink:
    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    @property
    def local(self) -> tuple[str, int]:
        host, port = self._socket.getsockname()[:2]
        return host, port

    async def send(self, message: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._socket, message)

    async def receive(self) -> bytes:
        return await asyncio.get_running_loop().sock_recv(self._socket, _MAX_DATAGRAM)

    async def close(self) -> None:
        self._socket.close()


class _StreamLink:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._cutter = MessageCutter()

    @property
    def local(self) -> tuple[str, int]:
        host, port = self._writer.get_extra_info("sockname")[:2]
        return host, port

    async def send(self, message: bytes) -> None:
        self._writer.write(message)
        await self._writer.drain()

    async def receive(self) -> bytes:
        while True:
            for message in self._cutter.messages():
                return message
            received = await self._reader.read(_MAX_DATAGRAM)
            if not received:
                raise SipError("the connection was closed before an answer came")
            self._cutter.feed(received)

    async def close(self) -> None:
        # Aborted: the answer is here, and a peer that never closes TLS would hold us.
        self._writer.transport.abort()
        with suppress(OSError):
            await self._writer.wait_closed()


async def _open_link(request: NotifyRequest, tls: ssl.SSLContext | None) -> _Link:
    kind = socket.SOCK_DGRAM if request.transport == "udp" else socket.SOCK_STREAM
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(request.host, request.port, type=kind)
    except socket.gaierror as error:
        raise StartError(f"no address for {request.host}: {error.strerror}") from error
    family, _, _, _, address = found[0]
    sock = socket.socket(family, kind)
    try:
        sock.setblocking(False)
        await loop.sock_connect(sock, address)
        if request.transport == "udp":
            return _DatagramLink(sock)
        context = (tls or ssl.create_default_context()) if request.transport == "tls" else None
        name = request.host if context is not None else None
        streams = await asyncio.open_connection(sock=sock, ssl=context, server_hostname=name)
        return _StreamLink(*streams)
    except BaseException:
        sock.close()
        raise


async def _converse(link: _Link, exchange: NotifyExchange) -> None:
    loop = asyncio.get_running_loop()
    message = exchange.start(now=loop.time())
    while (deadline := exchange.deadline) is not None:
        if message:
            await link.send(message)
        try:
            async with asyncio.timeout_at(deadline):
                received = await link.receive()
        except TimeoutError:
            # The loop may wake us a hair early.
            message = exchange.handle_deadline(now=max(deadline, loop.time()))
        else:
            message = exchange.receive(received, now=loop.time())


def _judge(
    request: NotifyRequest, exchange: NotifyExchange | None, failure: str, seconds: float
) -> NotifyOutcome:
    answer = None if exchange is None else exchange.answer
    if answer is None:
        reason = failure or f"no answer within {request.timeout:g} s"
        status, server = None, b""
    else:
        status, reason = answer.status, answer.reason
        server = answer.fields.get(b"server") or answer.fields.get(b"user-agent", b"")
    return NotifyOutcome(
        status=status,
        reason=reason,
        server=server.decode("utf-8", "replace"),
        challenged=exchange is not None and exchange.challenged,
        seconds=seconds,
    )


def _explain(error: OSError | SipError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted: {error.verify_message}"
    return str(error.strerror or error) if isinstance(error, OSError) else str(error)
