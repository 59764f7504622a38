"""A line's way to its registrar: it sends one REGISTER at a time, and keeps its connection open.

Over UDP a request leaves from where the line listens, so that the registrar, and any NAT between,
sees one address. Names are looked up beside the loop. Waiting for an answer takes real time, in
which a clock that jumps stands still.
"""

import asyncio
from functools import partial
from typing import Protocol, cast

from mppsim.net.failures import name_failure
from mppsim.net.register_errand import RegisterErrand
from mppsim.net.resolver import Address
from mppsim.net.sip_endpoint import RESPONSE, SipEndpoint
from mppsim.net.sip_port import SipPort
from mppsim.net.sip_stream import SipStream
from mppsim.net.sockets import open_socket
from mppsim.net.timers import Timers
from mppsim.net.tls import PhoneTls
from mppsim.sip.line import SipPlace, SipTransport
from mppsim.sip.register import RegisterOutcome, read_outcome
from mppsim.sip.registration_events import StartRegister

__all__ = ["LineKeeper", "LineLink"]

_Way = tuple[SipPlace | None, SipTransport, int]


class LineKeeper(Protocol):
    """The phone that a line belongs to, as its links see it."""

    ip: str | None
    """Its own address; None: whichever leads to the registrar."""

    @property
    def tls(self) -> PhoneTls:
        """What it brings along to TLS connections."""

    def make_token(self) -> str:
        """Give a random word."""

    def count_sip(self, received_bytes: int, sent_bytes: int) -> None:
        """Count one message each way; 0 bytes: there was none."""

    def register_ended(self, number: int, outcome: RegisterOutcome, sequence: int) -> None:
        """Take what came of the last `start`: never within it, and not at all after `drop`."""

    def link_lost(self, number: int, reason: str) -> None:
        """Take note that the connection is gone, while nothing was in hand."""


class LineLink:
    """The way of one line; `start` and `drop` may be called at any time."""

    def __init__(
        self, number: int, endpoint: SipEndpoint, keeper: LineKeeper, timers: Timers
    ) -> None:
        self._number = number
        self._endpoint = endpoint
        self._keeper = keeper
        self._timers = timers
        self._loop = asyncio.get_running_loop()
        self._stream: SipStream | None = None
        self._way: _Way | None = None  # where the connection leads
        self._errand: RegisterErrand | None = None
        self._ending: asyncio.Handle | None = None

    def start(self, order: StartRegister, port: SipPort) -> None:
        """Send a REGISTER from a port; what was in hand is dropped."""
        self._stop()
        way = (order.line.target, order.line.transport, order.place)
        if way != self._way:
            self._close_stream()
        self._way = way
        self._timers.hold()
        self._errand = errand = RegisterErrand(order, port, self._loop)
        errand.wait(order.line.rules.timeout, partial(self._end, errand, "timeout"))
        target = order.line.target
        assert target is not None, "a line without a proxy does not register"
        place = target.host, target.port or order.line.transport.default_port
        known = self._endpoint.resolver.get(*place)
        if known is None:
            self._endpoint.resolver.ask(*place, partial(self._find, errand))
        else:
            self._find(errand, known)

    def drop(self) -> None:
        """Drop what is in hand, and the connection."""
        self._stop()
        self._close_stream()

    # From the name to the answer.

    def _find(self, errand: RegisterErrand, found: tuple[Address, ...] | Exception) -> None:
        if self._errand is not errand:
            return
        if isinstance(found, Exception):
            self._end(errand, name_failure(found))
            return
        errand.addresses = tuple(a for a in found if a.family == errand.port.family)
        if not errand.addresses:
            self._end(errand, "dns")
            return
        try:
            self._connect(errand)
        except OSError as error:
            self._end(errand, name_failure(error))

    def _connect(self, errand: RegisterErrand) -> None:
        port, line, address = errand.port, errand.order.line, errand.address
        to = cast("tuple[str, int]", address.place)
        own = self._keeper.ip if port.is_wildcard else port.host
        local = own or port.find_source(to)
        errand.local = SipPlace(local, port.port)
        if line.transport is SipTransport.UDP:
            errand.send = partial(port.send, to=to, source=local)
            self._begin(errand)
        elif self._stream is not None and self._stream.is_open:
            self._begin(errand)
        elif self._stream is None:
            assert line.target is not None, "a line without a proxy does not register"
            host = line.target.host
            is_tls = line.transport is SipTransport.TLS
            wrap = partial(self._endpoint.tls.wrap, host=host, phone=self._keeper.tls)
            plain = open_socket(address, own)
            self._stream = SipStream.open_to(plain, self, wrap if is_tls else None)

    def _begin(self, errand: RegisterErrand) -> None:
        message = errand.begin(self._keeper.make_token)
        self._send(errand, message)

    def _send(self, errand: RegisterErrand, message: bytes) -> None:
        """Send what the exchange has to say, and wait as long as it says."""
        exchange = errand.exchange
        assert exchange is not None, "nothing has begun"
        if message:
            self._keeper.count_sip(0, len(message))
            try:
                if self._stream is None:
                    self._expect(errand)
                    errand.send(message)
                else:
                    self._stream.send(message)
            except OSError as error:
                self._end(errand, name_failure(error))
        if self._errand is errand and exchange.deadline is not None:
            errand.wait_until(exchange.deadline, partial(self._go_on, errand))

    def _expect(self, errand: RegisterErrand) -> None:
        assert errand.exchange is not None, "nothing has begun"
        self._endpoint.forget(errand.branch)
        errand.branch = errand.exchange.branch
        self._endpoint.expect(errand.branch, self._receive)

    def _receive(self, message: bytes) -> None:
        errand = self._errand
        if errand is None or errand.exchange is None:
            return
        self._keeper.count_sip(len(message), 0)
        self._follow(errand, errand.exchange.receive(message, now=self._loop.time()))

    def _go_on(self, errand: RegisterErrand) -> None:
        exchange = errand.exchange
        assert exchange is not None, "nothing has begun"
        assert exchange.deadline is not None, "nothing is waited for"
        # The loop may wake us a hair early.
        now = max(exchange.deadline, self._loop.time())
        self._follow(errand, exchange.handle_deadline(now=now))

    def _follow(self, errand: RegisterErrand, message: bytes) -> None:
        exchange = errand.exchange
        assert exchange is not None, "nothing has begun"
        if not exchange.is_over:
            self._send(errand, message)
        elif exchange.answer is None:
            self._end(errand, "timeout")
        else:
            assert errand.request is not None, "nothing was asked"
            places = len(errand.addresses)
            self._clear(errand)
            # At once: what the registrar says next may have come together with its answer.
            outcome = read_outcome(exchange.answer, errand.request, places=places)
            self._tell_end(outcome, errand.sequence)

    # The connection.

    def stream_opened(self, _stream: SipStream) -> None:
        """Ask what is to be asked."""
        if self._errand is not None:
            self._begin(self._errand)

    def stream_received(self, stream: SipStream, message: bytes) -> None:
        """Take an answer, or answer what the registrar asks."""
        if message.startswith(RESPONSE):
            self._receive(message)
        else:
            self._endpoint.answer(stream, message, line=self._number)

    def stream_closed(self, _stream: SipStream, reason: str) -> None:
        """Take note that the connection is gone."""
        self._stream = None
        if self._errand is not None:
            self._end(self._errand, reason)
        elif self._ending is None:
            self._keeper.link_lost(self._number, reason)

    def _close_stream(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    # The end.

    def _end(self, errand: RegisterErrand, reason: str) -> None:
        """End without an answer."""
        self._clear(errand)
        outcome = RegisterOutcome(reason=reason, places=len(errand.addresses))
        # Told later: whoever called `start` may still be at it.
        self._ending = self._loop.call_soon(self._tell_end, outcome, errand.sequence)

    def _tell_end(self, outcome: RegisterOutcome, sequence: int) -> None:
        self._ending = None
        self._keeper.register_ended(self._number, outcome, sequence)
        self._timers.release()

    def _stop(self) -> None:
        if self._errand is not None:
            self._clear(self._errand)
            self._timers.release()
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
            self._timers.release()

    def _clear(self, errand: RegisterErrand) -> None:
        self._errand = None
        self._endpoint.forget(errand.branch)
        errand.stop_waiting()
