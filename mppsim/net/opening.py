"""Opens what the phones of an event loop share, and closes it after them."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from mppsim.net.clock import RunClock
from mppsim.net.event_log import Listener, Occurrence
from mppsim.net.surroundings import Surroundings
from mppsim.net.timers import Timers
from mppsim.net.tls import TlsSettings
from mppsim.net.uploader import UploadEngine

__all__ = ["open_surroundings"]


def _nobody(_mac: str, _happened: Occurrence) -> None:
    """Tell nobody."""


@contextmanager
def open_surroundings(
    clock: RunClock | None = None, *, tell: Listener = _nobody, tls: TlsSettings | None = None
) -> Iterator[Surroundings]:
    """Give phones a clock (real time if none is given), the way out, and somebody to tell.

    Used in a running event loop. At the end nobody is woken any more, and uploads still in hand
    end with the reason `cut`. Raises `StartError` where the CA file of `tls` cannot be used.
    """
    timers = Timers(clock or RunClock())
    with UploadEngine(tls=tls) as uploads:
        try:
            yield Surroundings(
                timers=timers,
                uploads=uploads,
                random_bytes=os.urandom,
                tell=tell,
                epoch=time.time(),
            )
        finally:
            timers.close()
