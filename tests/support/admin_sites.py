"""The page of one phone or more, served on free ports of loopback addresses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mppsim.admin.listener import AdminLimits
from mppsim.admin.site import AdminSite
from mppsim.net.phone import Phone
from tests.support.phone_desk import Desk


class ShownPhones:
    def __init__(self, *addresses: str, limits: AdminLimits | None, **of: Any) -> None:
        self.desks = [
            Desk(ip=address, mac=f"00562b{number:06x}", **of)
            for number, address in enumerate(addresses, 1)
        ]
        self.phones = {desk.phone.identity.ip: desk.phone for desk in self.desks}
        self.urls: dict[str, str] = {}
        self.sites = [AdminSite(self.phones.get, limits=limits) for _ in addresses]

    @property
    def site(self) -> AdminSite:
        return self.sites[0]

    @property
    def phone(self) -> Phone:
        return self.desks[0].phone

    @property
    def url(self) -> str:
        return next(iter(self.urls.values()))

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def request(
        self, method: str, path: str, body: bytes | None = None, *headers: str, host: str = ""
    ) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host or next(iter(self.urls))}", *headers]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join((*lines, "", "")).encode() + (body or b"")

    def break_down(self) -> None:
        """Let a bug appear in the page."""

        def bug(*_: object, **__: object) -> None:
            raise ZeroDivisionError("hunter22")

        self.site._desk.answer = bug  # type: ignore[method-assign,assignment]


@asynccontextmanager
async def admin_site(
    *addresses: str, limits: AdminLimits | None = None, **of: Any
) -> AsyncIterator[ShownPhones]:
    """Switch phones on and serve their pages."""
    shown = ShownPhones(*(addresses or ("127.0.0.5",)), limits=limits, **of)
    for desk, site in zip(shown.desks, shown.sites, strict=True):
        desk.phone.switch_on()
        address = desk.phone.identity.ip
        shown.urls[address] = await site.start(address, 0)
    try:
        yield shown
    finally:
        for site in shown.sites:
            await site.stop()
