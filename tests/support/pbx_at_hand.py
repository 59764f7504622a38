"""A PBX with no network between it and a phone: what one says, the other hears a turn later.

So what they say to each other takes its turn among all else that a test's clock does.
"""

import asyncio
import socket
from collections.abc import Callable

from mppsim.net.sip_endpoint import SipEndpoint, SipPhone
from tests.support.registrar import Registrar
from tests.support.sip_messages import make_notify, read_headers

__all__ = ["PbxAtHand"]


class PbxAtHand(Registrar):
    """Asks each REGISTER of one phone for its digest, and tells in words what it answered."""

    place = "192.0.2.10"

    def __init__(self, phone: SipPhone, hear: Callable[[str], None]) -> None:
        super().__init__()
        self._hear = hear
        self.endpoint = _EndpointAtHand(phone, self)

    def notify(self, event: str) -> None:
        """Ask the phone for something."""
        self.endpoint.first.hear(make_notify(event=event))

    def take(self, message: bytes, source: tuple[str, int]) -> bytes | None:
        self.script = self.script or ["challenge"]
        answer = super().take(message, source)
        if answer:
            expires = read_headers(message, "Contact")[0].rpartition("=")[2]
            self._hear(f"REGISTER for {expires} s: {answer[8:11].decode()}")
        return answer


class _PortAtHand:
    """Stands for a phone's `SipPort`."""

    host, port, line = "192.0.2.7", 5060, 1
    family = socket.AF_INET
    is_wildcard = False

    def __init__(self, endpoint: SipEndpoint, pbx: PbxAtHand) -> None:
        self._endpoint = endpoint
        self._pbx = pbx

    def hear(self, message: bytes) -> None:
        now = asyncio.get_running_loop().time()
        self._endpoint.port_received(self, message, (self._pbx.place, 5060), self.host, now)  # type: ignore[arg-type]

    def send(self, message: bytes, to: tuple[str, int], *, source: str | None = None) -> None:
        assert to == (self._pbx.place, 5060), "there is nobody else"
        answer = self._pbx.take(message, (source or self.host, self.port))
        if answer:
            asyncio.get_running_loop().call_soon(self.hear, answer)

    reply = send

    def close(self) -> None:
        """Give nothing back."""


class _EndpointAtHand(SipEndpoint):
    """Has one port, which leads to the PBX."""

    def __init__(self, phone: SipPhone, pbx: PbxAtHand) -> None:
        super().__init__(lambda _local, _user: phone, secret=bytes(16))
        self._at_hand = _PortAtHand(self, pbx)

    @property
    def first(self) -> _PortAtHand:  # type: ignore[override]
        return self._at_hand
