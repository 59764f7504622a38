"""A report server on a free port of this machine, and what it told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from mppsim.server import (
    Fault,
    Received,
    ReportServer,
    ServerEvent,
    ServerSettings,
    TurnedAway,
)
from mppsim.server.events import Befallen
from mppsim.tftp import Tid


class RunningServer:
    def __init__(self, directory: Path, settings: ServerSettings) -> None:
        self.directory = directory
        self.server = ReportServer(settings, self.hear)
        self.events: list[ServerEvent] = []
        self.told = asyncio.Event()
        self.url = ""
        self.tftp = Tid("", 0)
        """Where it takes TFTP requests, if it does."""

    def hear(self, event: ServerEvent) -> None:
        self.events.append(event)
        self.told.set()

    @property
    def received(self) -> list[Received]:
        return [event for event in self.events if isinstance(event, Received)]

    @property
    def turned_away(self) -> list[TurnedAway]:
        return [event for event in self.events if isinstance(event, TurnedAway)]

    @property
    def befallen(self) -> list[str]:
        return [event.fault for event in self.events if isinstance(event, Befallen)]

    async def set_faults(self, *faults: Fault) -> None:
        await self.server.set_faults(faults)

    def files(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.directory)): path.read_bytes()
            for path in self.directory.rglob("*")
            if path.is_file() and not path.is_symlink()
        }


@asynccontextmanager
async def report_server(
    directory: Path, settings: ServerSettings | None = None
) -> AsyncIterator[RunningServer]:
    settings = replace(settings or ServerSettings(), port=0, directory=directory)
    running = RunningServer(directory, settings)
    server = running.server
    running.url = await server.start()
    if server.tftp_address:
        host, _, port = server.tftp_address.rpartition(":")
        running.tftp = Tid(host.strip("[]"), int(port))
    try:
        yield running
    finally:
        await server.stop()
