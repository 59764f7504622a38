"""A real phone on a clock that jumps, and the guide's own host name leading to a test's server."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from random import Random
from typing import TypeVar

from mppsim.core.catalogue import find_model
from mppsim.core.firmware import load_release
from mppsim.core.identity import PhoneIdentity, make_mac, make_serial
from mppsim.core.parameters import Baseline
from mppsim.core.profile import parse_profile
from mppsim.http import HttpOutcome, HttpRequest
from mppsim.net.clock import RunClock
from mppsim.net.event_log import Occurrence
from mppsim.net.phone import Phone
from mppsim.net.resolver import Address, Found, Resolver
from mppsim.net.surroundings import Surroundings, UploadLine
from mppsim.net.timers import Timers
from mppsim.net.tls import BRINGS_NOTHING, PhoneTls
from mppsim.net.uploader import UploadEngine
from tests.support.timelines import profile_of

_Kind = TypeVar("_Kind")

GUIDE_HOST = "my_http_server"
NOON = 1_723_550_400.0  # 13 August 2024, 12:00:00 UTC

PATIENCE = 20.0
"""Seconds of real time; a timeline that takes longer has failed."""


class GuideResolver(Resolver):
    """Knows one name more, on any port: the guide's, which stands for a test's server."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        super().__init__(monotonic)
        self.place: tuple[str, int] | None = None
        """Where the guide's host is; None: nobody knows it."""
        self.is_silent = False
        """Whether the name server answers at all."""

    def get(self, host: str, port: int) -> tuple[Address, ...] | None:
        if host != GUIDE_HOST:
            return super().get(host, port)
        if self.place is None or self.is_silent:
            return None
        return (Address(socket.AF_INET, self.place),)

    def ask(self, host: str, port: int, found: Found) -> None:
        assert host == GUIDE_HOST, "tests ask no real name server"
        if not self.is_silent:
            asyncio.get_running_loop().call_soon(found, socket.gaierror(-2, "no such name"))


class Overheard:
    """Stands before the upload engine and keeps every request."""

    def __init__(self, engine: UploadEngine) -> None:
        self.engine = engine
        self.requests: list[HttpRequest] = []

    def open_session(self, source: str | None = None, tls: PhoneTls = BRINGS_NOTHING) -> UploadLine:
        return _OverheardLine(self.engine.open_session(source, tls), self.requests)


class _OverheardLine:
    def __init__(self, line: UploadLine, requests: list[HttpRequest]) -> None:
        self._line = line
        self._requests = requests

    def send(self, request: HttpRequest, done: Callable[[HttpOutcome], None]) -> None:
        self._requests.append(request)
        self._line.send(request, done)

    def close(self) -> None:
        self._line.close()


class Desk:
    """A phone, what it told and what it sent; a timeline moves its clock."""

    def __init__(
        self, engine: UploadEngine, *, firmware: str, model: str, quirks: tuple[str, ...]
    ) -> None:
        self.engine = engine
        self.resolver = GuideResolver(engine.monotonic)
        engine._resolver = self.resolver
        self.uploads = Overheard(engine)
        self.timers = Timers(RunClock(None))
        self.told: list[Occurrence] = []
        self.told_at: list[float] = []
        found, mac = find_model(model), make_mac(find_model(model))
        self.phone = Phone(
            PhoneIdentity(model=found, mac=mac, serial=make_serial(mac)),
            Baseline.factory(found, load_release(firmware).with_quirks(quirks)),
            Surroundings(
                timers=self.timers,
                uploads=self.uploads,
                random_bytes=Random(1).randbytes,
                tell=self._hear,
                epoch=NOON,
            ),
        )

    def _hear(self, mac: str, occurrence: Occurrence) -> None:
        assert mac == self.phone.identity.mac
        self.told.append(occurrence)
        self.told_at.append(self.timers.clock.now())

    def lead_to(self, url: str) -> None:
        """Let the guide's host be where a server of this URL listens."""
        host, _, port = url.rpartition("/")[2].partition(":")
        self.resolver.place = host, int(port)

    def provision(self, given: str | Mapping[str, str]) -> None:
        """Apply a profile, written as XML or given as values."""
        if isinstance(given, str):
            self.phone.provision(parse_profile(given.encode(), source="cfg.xml"))
        else:
            self.phone.provision(profile_of(dict(given)))

    async def play(self, deeds: Mapping[float, Callable[[], object]], *, until: float) -> None:
        """Switch the phone on and do each deed at its second; once in a desk's life."""
        self.timers.call_at(0.0, self.phone.switch_on)
        for moment, deed in deeds.items():
            self.timers.call_at(moment, deed)
        async with asyncio.timeout(PATIENCE):
            await self.timers.run_until(until)
            await self.timers.settle(PATIENCE)

    def set(self, **values: str) -> Callable[[], object]:
        """Give the deed of setting values on the phone."""
        return lambda: self.phone.submit_changes(values)

    def occurred(self, kind: type[_Kind]) -> list[_Kind]:
        """Give what the phone told of this kind, in order."""
        return [happened for happened in self.told if isinstance(happened, kind)]

    def times_of(self, kind: type) -> list[float]:
        """Give the seconds of the phone's clock at which it told of this kind."""
        pairs = zip(self.told, self.told_at, strict=True)
        return [at for happened, at in pairs if isinstance(happened, kind)]


@asynccontextmanager
async def desk(
    *,
    firmware: str = "mpp-12.0",
    model: str = "8851",
    quirks: tuple[str, ...] = (),
    engine: UploadEngine | None = None,
) -> AsyncIterator[Desk]:
    """Set up a desk with a phone that is off, and clear it away."""
    with engine or UploadEngine() as uploads:
        here = Desk(uploads, firmware=firmware, model=model, quirks=quirks)
        try:
            yield here
        finally:
            here.phone.switch_off()
            here.timers.close()
