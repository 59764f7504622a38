"""Takes TFTP requests on one port, and carries each transfer over a port of its own.

Source: RFC 1350 section 4: the port that a request goes to is for requests only.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from mppsim.net.datagrams import Incoming, open_datagrams, receive, receive_errors, send
from mppsim.net.tftp_carrier import Carrier
from mppsim.server.events import ServerEvent
from mppsim.server.forgetful import Store
from mppsim.server.refusal import Refused
from mppsim.server.settings import ServerSettings
from mppsim.server.tftp_handler import Service, TftpHandler
from mppsim.tftp import Outgoing, Receiving, Tid
from mppsim.tftp.packet import PacketError, Request, parse_packet, render_packet

__all__ = ["TftpListener"]

_MOST_AT_ONCE = 64
"""Requests that are taken in before others have their turn."""


@dataclass(frozen=True, slots=True)
class _Running:
    request: Request
    service: Service
    carrier: Carrier

    @property
    def is_kept(self) -> bool:
        """Whether it only stays to acknowledge its last block again."""
        transfer = self.service.transfer
        return isinstance(transfer, Receiving) and transfer.is_whole


class TftpListener:
    """Listens from `open` to `close`, in the running event loop."""

    def __init__(
        self, settings: ServerSettings, store: Store, tell: Callable[[ServerEvent], None]
    ) -> None:
        """Make a listener that is not open yet."""
        self._handler = TftpHandler(settings, store, tell)
        self._most = settings.limits.tftp_transfers
        self._opened: socket.socket | None = None
        self._host = ""
        self._running: dict[Tid, _Running] = {}

    def open(self, host: str, port: int) -> str:
        """Listen; give HOST:PORT with the port that was taken.

        Raise `OSError` where the port is not to be had, `UnicodeError` for what is no host's name.
        """
        family, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        self._host = str(place[0])
        self._opened = open_datagrams(family, self._host, port)
        asyncio.get_running_loop().add_reader(self._opened.fileno(), self._serve)
        taken = self._opened.getsockname()[1]
        return f"[{host}]:{taken}" if ":" in host else f"{host}:{taken}"

    def close(self) -> None:
        """Listen no more, and end every transfer."""
        assert self._opened is not None, "closed before it was open"
        asyncio.get_running_loop().remove_reader(self._opened.fileno())
        self._opened.close()
        self._opened = None
        for client in tuple(self._running):
            self._stop(client, "the server stops")

    def _serve(self) -> None:
        assert self._opened is not None
        receive_errors(self._opened)  # of clients that were gone before they were told off
        for _ in range(_MOST_AT_ONCE):
            incoming = receive(self._opened)
            if incoming is None:
                return
            self._take(incoming)

    def _take(self, incoming: Incoming) -> None:
        try:
            request = parse_packet(incoming.datagram)
        except PacketError:
            return  # whoever answers anything can be made to answer anybody
        if not isinstance(request, Request):
            return
        client = incoming.source
        running = self._running.get(client)
        if running is not None:
            if running.request == request and not running.is_kept:
                return  # once more: its first answer goes out again by itself
            self._stop(client, "the client asks for something else")
        try:
            self._begin(request, client)
        except Refused as refused:
            error = self._handler.turn_away(request, refused)
            assert self._opened is not None
            with suppress(OSError):
                send(self._opened, Outgoing(render_packet(error), client))

    def _begin(self, request: Request, client: Tid) -> None:
        self._make_place()
        assert self._opened is not None
        service = self._handler.answer(request, client)
        try:
            opened = open_datagrams(self._opened.family, self._host)
        except OSError as error:
            service.end()
            raise Refused(503, "no socket left") from error
        carrier = Carrier(service.transfer, opened, partial(self._ended, client))
        self._running[client] = _Running(request, service, carrier)
        carrier.start()

    def _make_place(self) -> None:
        if len(self._running) < self._most:
            return
        kept = next((one for one, running in self._running.items() if running.is_kept), None)
        if kept is None:
            raise Refused(503, "too many transfers, come again")
        self._forget(kept).carrier.close()

    def _stop(self, client: Tid, message: str) -> None:
        running = self._forget(client)
        if running.is_kept:
            running.carrier.close()
        else:
            running.carrier.stop(message)

    def _ended(self, client: Tid, _reason: str | None) -> None:
        self._forget(client)

    def _forget(self, client: Tid) -> _Running:
        running = self._running.pop(client)
        running.service.end()
        return running
