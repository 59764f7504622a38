"""One REGISTER on its way: where it goes, what it says, and how long it waits.

Source: RFC 3261 section 10.2; the guide's "SIP Timer Values" (SIP_T1, SIP_T2, SIP_Timer_F).
"""

import asyncio
from collections.abc import Callable

from mppsim.net.resolver import Address
from mppsim.net.sip_port import SipPort
from mppsim.sip.client_exchange import ClientExchange, Patience
from mppsim.sip.line import SipPlace
from mppsim.sip.register import RegisterRequest
from mppsim.sip.registration_events import StartRegister

__all__ = ["RegisterErrand"]


class RegisterErrand:
    """One REGISTER on its way, and the one timer that it needs."""

    def __init__(
        self, order: StartRegister, port: SipPort, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.order = order
        self.port = port
        """Where the line listens."""
        self.addresses: tuple[Address, ...] = ()
        """Of the target, once they are known."""
        self.local = SipPlace(port.host, port.port)
        """What the registrar is told of where the line listens."""
        self.send: Callable[[bytes], None] = _send_nothing
        """How datagrams go out, once that is known."""
        self.request: RegisterRequest | None = None
        self.exchange: ClientExchange | None = None
        self.branch = ""
        """Under which an answer by UDP is expected."""
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None

    @property
    def address(self) -> Address:
        """Where the REGISTER goes."""
        return self.addresses[self.order.place % len(self.addresses)]

    @property
    def sequence(self) -> int:
        """The last CSeq that was used."""
        return self.order.sequence if self.exchange is None else self.exchange.sequence

    def begin(self, make_token: Callable[[], str]) -> bytes:
        """Give the first message."""
        order = self.order
        rules = order.line.rules
        self.request = RegisterRequest(
            line=order.line,
            local=self.local,
            expires=order.expires,
            call_id=order.call_id,
            tag=order.tag,
        )
        self.exchange = ClientExchange(
            self.request,
            order.digest,
            make_token=make_token,
            patience=Patience(
                t1=rules.t1, t2=rules.t2, timeout=rules.timeout, challenges=rules.max_auth
            ),
            sequence=order.sequence,
        )
        return self.exchange.start(now=self._loop.time())

    def wait(self, seconds: float, then: Callable[[], None]) -> None:
        """Do something later, in place of what was to be done."""
        self.wait_until(self._loop.time() + seconds, then)

    def wait_until(self, moment: float, then: Callable[[], None]) -> None:
        """Do something at a moment of the loop's clock, in place of what was to be done."""
        self.stop_waiting()
        self._timer = self._loop.call_at(moment, then)

    def stop_waiting(self) -> None:
        """Do nothing later."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _send_nothing(_: bytes) -> None:
    """Stand for a way that is not known yet."""
