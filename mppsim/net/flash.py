"""The flash memory of a phone, as the phone sees it, and what becomes of one that fails."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from mppsim.core.bookmarks import Bookmarks
from mppsim.core.firmware import FirmwareRelease
from mppsim.core.identity import PhoneIdentity
from mppsim.core.parameters import ParameterStore
from mppsim.core.phone_memory import PhoneMemory, remember
from mppsim.core.phone_status import PhoneStatus

__all__ = ["Flash", "FlashOf", "has_kept", "read_flash"]


class Flash(Protocol):
    """The flash memory of one phone; `mppsim.net.state_file.PhoneFlash` is the real one."""

    recalled: PhoneMemory | None
    """What the phone knew when its power failed; None: it is a new one."""

    def keep(self, memory: PhoneMemory) -> None:
        """Keep this; once it returns, neither a kill nor a power failure takes it.

        Raises `OSError` where it cannot be kept; what was kept before still is.
        """


FlashOf = Callable[[PhoneIdentity, FirmwareRelease], Flash]
"""Gives a phone its flash memory; raises `StartError` where it is remembered as another phone."""


def read_flash(
    flash_of: FlashOf | None, identity: PhoneIdentity, release: FirmwareRelease
) -> tuple[Flash | None, PhoneMemory | None]:
    """Return a phone's flash memory, if phones remember, and what it recalls, if it is known.

    Raises `StartError` where it is remembered as another phone than this.
    """
    flash = None if flash_of is None else flash_of(identity, release)
    return flash, None if flash is None else flash.recalled


def has_kept(
    flash: Flash | None, store: ParameterStore, bookmarks: Bookmarks, status: PhoneStatus
) -> bool:
    """Keep a phone's memory, if phones remember, and say whether that succeeded.

    Why it did not, the running loop's exception handler is told: whatever made the phone change
    can do nothing about it, and whoever runs the phone has to know.
    """
    if flash is None:
        return True
    try:
        flash.keep(remember(store, bookmarks, status))
    except OSError as error:
        asyncio.get_running_loop().call_exception_handler(
            {"message": "a phone cannot remember", "exception": error}
        )
        return False
    return True
