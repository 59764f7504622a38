"""A real phone with its line plugged in, and what it tells."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mppsim.net.event_log import Occurrence
from mppsim.net.line_ports import LinePorts
from mppsim.net.opening import make_phone, open_surroundings
from mppsim.net.phone import Phone
from mppsim.net.sip_endpoint import SipEndpoint
from mppsim.net.tls import TlsSettings

__all__ = ["LIMIT", "PluggedPhone", "plugged_phone"]

LIMIT = 20.0  # seconds


class PluggedPhone:
    """A phone that is on, and the lines that it tells a person."""

    phone: Phone

    def __init__(self) -> None:
        self.told: list[str] = []
        self._came = asyncio.Event()

    def hear(self, _mac: str, what: Occurrence) -> None:
        self.told.append(str(what))
        self._came.set()

    async def tells(self, *wanted: str) -> None:
        """Wait until it has told lines that begin so, in this order, among others."""
        try:
            async with asyncio.timeout(LIMIT):
                while not self._has_told(wanted):
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            raise AssertionError(f"it told {self.told} instead of {wanted}") from None

    def _has_told(self, wanted: tuple[str, ...]) -> bool:
        rest = iter(self.told)
        return all(any(line.startswith(start) for line in rest) for start in wanted)


@asynccontextmanager
async def plugged_phone(
    place: str, transport: str = "UDP", *, tls: TlsSettings | None = None, **changed: str
) -> AsyncIterator[PluggedPhone]:
    """Switch on a phone whose line 1 is 1001 at a registrar on this machine."""
    desk = PluggedPhone()
    values = {
        "User_ID_1_": "1001",
        "Password_1_": "secret",
        "Proxy_1_": place,
        "SIP_Transport_1_": transport,
    }
    with open_surroundings(tell=desk.hear) as surroundings:
        desk.phone = phone = make_phone(surroundings, "8851", **(values | changed))
        endpoint = SipEndpoint(lambda _l, _u: phone, secret=os.urandom(32), tls=tls)
        endpoint.open("127.0.0.1", 0, line=1)
        phone.plug_in(LinePorts(endpoint, is_any=True))
        phone.switch_on()
        try:
            yield desk
        finally:
            phone.switch_off()
            endpoint.close()
