"""Opens what the phones of an event loop share, closes it after them, and makes a phone there."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from mppsim.core.firmware import DEFAULT_RELEASE, load_release
from mppsim.core.identity import make_identity
from mppsim.core.parameters import Baseline
from mppsim.core.phone_model import DEFAULT_MODEL, find_model
from mppsim.core.profile import Profile, ProfileSetting
from mppsim.net.clock import RunClock
from mppsim.net.event_log import Listener, Occurrence, ReportsDue
from mppsim.net.flash import FlashOf
from mppsim.net.phone import Phone
from mppsim.net.surroundings import Surroundings
from mppsim.net.syslog_sender import SyslogSender
from mppsim.net.tftp import TftpClient
from mppsim.net.timers import Timers
from mppsim.net.tls import TlsSettings
from mppsim.net.upload_routes import UploadRoutes
from mppsim.net.uploader import UploadEngine

__all__ = ["make_phone", "open_surroundings"]


def _nobody(_mac: str, _happened: Occurrence) -> None:
    """Tell nobody."""


def _told(listener: Listener) -> Listener:
    """Leave out what is there for those who count, and no line for anybody."""

    def tell(mac: str, happened: Occurrence) -> None:
        if not isinstance(happened, ReportsDue):
            listener(mac, happened)

    return tell


@contextmanager
def open_surroundings(
    clock: RunClock | None = None,
    *,
    tell: Listener = _nobody,
    tls: TlsSettings | None = None,
    flash_of: FlashOf | None = None,
) -> Iterator[Surroundings]:
    """Give phones a clock (real time if none is given), the way out, and somebody to tell.

    Without `flash_of`, which an open state file has, phones remember nothing.
    Used in a running event loop. At the end nobody is woken any more, and uploads still in hand
    end with the reason `cut`. Raises `StartError` where the CA file of `tls` cannot be used.
    """
    timers = Timers(clock or RunClock())
    with UploadEngine(tls=tls) as http, TftpClient() as tftp, SyslogSender() as syslog:
        try:
            yield Surroundings(
                timers=timers,
                uploads=UploadRoutes(http, tftp),
                random_bytes=os.urandom,
                tell=_told(tell),
                epoch=time.time(),
                send_log=syslog.send,
                flash_of=flash_of,
            )
        finally:
            timers.close()


def make_phone(surroundings: Surroundings, model: str = DEFAULT_MODEL, **values: str) -> Phone:
    """Make a phone with the default firmware, its values set as a profile sets them.

    It is off until `switch_on`. A value that is not allowed is told, not raised, as a phone does.
    Raises `CatalogueError` for a model that there is not.
    """
    phone_model = find_model(model)
    baseline = Baseline.factory(phone_model, load_release(DEFAULT_RELEASE))
    phone = Phone(make_identity(phone_model), baseline, surroundings)
    settings = (ProfileSetting(name=name, value=value) for name, value in values.items())
    phone.provision(Profile(tuple(settings)))
    return phone
