"""A flash memory that a test looks into, and can break."""

from typing import Any

from mppsim.core.phone_memory import PhoneMemory
from tests.support.phone_desk import Desk

__all__ = ["ScriptedFlash", "flashed"]


class ScriptedFlash:
    """Keeps what it is given until it is broken, and what had been told by then."""

    def __init__(self, recalled: PhoneMemory | None = None) -> None:
        self.recalled = recalled
        self.kept: list[PhoneMemory] = []
        self.told: list[list[str]] = []
        self.desk: Desk | None = None
        self.is_broken = False

    def keep(self, memory: PhoneMemory) -> None:
        if self.is_broken:
            raise OSError("No space left on device")
        assert self.desk is not None
        self.kept.append(memory)
        self.told.append(self.desk.words)


def flashed(
    values: dict[str, str] | None = None, *, recalled: PhoneMemory | None = None, **others: Any
) -> tuple[Desk, ScriptedFlash]:
    """A phone with such a memory, as `Desk` makes it."""
    flash = ScriptedFlash(recalled)
    flash.desk = desk = Desk(values, flash=flash, **others)
    return desk, flash
