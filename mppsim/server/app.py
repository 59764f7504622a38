"""The report server: started, it listens and receives until it is stopped."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from mppsim.server.connection import ReportListener
from mppsim.server.doors import Doors
from mppsim.server.events import FaultsChanged, ServerEvent
from mppsim.server.faults import Fault, faults_at, find_moments
from mppsim.server.forgetful import ForgetfulStore
from mppsim.server.handler import ReportHandler
from mppsim.server.settings import ServerSettings
from mppsim.server.storage import ReportStore
from mppsim.server.tftp_listener import TftpListener
from mppsim.server.tls import load_tls

__all__ = ["ReportServer"]

GRACE_SECONDS = 2.0
"""How long an upload in hand may go on when the server stops."""
CUT_SECONDS = 0.1
"""How long its task may take to end when it is cut."""


def _tell_nobody(event: ServerEvent) -> None:
    """Stand in for a listener."""


class ReportServer:
    """Receives reports in the running event loop.

    ```python
    server = ReportServer(ServerSettings(port=0, directory=Path("reports")), print)
    url = await server.start()
    ...
    await server.stop()
    ```

    `tell` is called in the loop for each event, before the client has its answer.
    """

    def __init__(
        self, settings: ServerSettings, tell: Callable[[ServerEvent], None] = _tell_nobody
    ) -> None:
        self._settings = settings
        self._tell = tell
        self._handler: ReportHandler | None = None
        self._listener: ReportListener | None = None
        self._doors: Doors | None = None
        self._switching = asyncio.Lock()
        self._is_down = False

    @property
    def tftp_address(self) -> str:
        """HOST:PORT where it listens for TFTP, with the port that was taken; empty: nowhere."""
        return "" if self._doors is None else self._doors.tftp_address

    @property
    def places(self) -> int:
        """How many connections it takes at once, once it has started; more wait."""
        return 0 if self._doors is None else self._doors.places

    async def start(self) -> str:
        """Listen; give the URL, with the port that was taken.

        Raise `StartError` when the port is not to be had, or a directory, certificate or key.
        """
        settings = self._settings
        store = ReportStore(settings.directory) if settings.keeps_bodies else ForgetfulStore()
        context = None if settings.tls is None else load_tls(settings.tls, self._tell)
        handler = ReportHandler(settings, store, self._tell)
        listener = ReportListener(handler, settings.limits, self._tell)
        make_tftp = partial(TftpListener, settings, store, self._tell)
        doors = Doors(settings, listener, make_tftp, context)
        await doors.open()
        self._handler, self._listener, self._doors = handler, listener, doors
        return doors.url

    async def stop(self) -> None:
        """Stop listening, let uploads in hand end for a moment, and close every connection."""
        if self._doors is None or self._listener is None or self._handler is None:
            return
        self._doors.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                await self._handler.finish()
        self._listener.pre_shutdown()
        await self._listener.shutdown(CUT_SECONDS)
        # One turn of the loop, in which the connections that were closed go.
        await asyncio.sleep(0)
        self._doors = self._listener = self._handler = None

    async def follow(self) -> None:
        """Put the faults of the settings in force at their times, which count from now.

        Return after the last change. Raise `StartError` as `set_faults` does.
        """
        faults = self._settings.faults
        loop = asyncio.get_running_loop()
        began = loop.time()
        for moment in find_moments(faults):
            await asyncio.sleep(began + moment - loop.time())
            await self.set_faults(faults_at(faults, moment))

    async def set_faults(self, faults: Sequence[Fault]) -> None:
        """Put these faults in force and no others, now; their own times play no part in it.

        Raise `StartError` where the server was down and cannot have its ports again.
        """
        assert self._handler is not None, "set before the start"
        assert self._doors is not None, "set before the start"
        async with self._switching:
            misfortune = self._handler.misfortune
            misfortune.faults = tuple(faults)
            if misfortune.is_down and not self._is_down:
                self._doors.shut()
            elif self._is_down and not misfortune.is_down:
                await self._doors.open()
            self._is_down = misfortune.is_down
            self._tell(FaultsChanged(tuple(fault.in_words for fault in misfortune.faults)))
