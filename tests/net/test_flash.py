"""A flash memory that keeps, and one that fails."""

import asyncio
from typing import Any

from mppsim.core.bookmarks import Bookmarks
from mppsim.core.catalogue import find_model
from mppsim.core.firmware import FirmwareRelease, load_release
from mppsim.core.identity import PhoneIdentity, make_identity
from mppsim.core.parameters import Baseline, ParameterStore
from mppsim.core.phone_memory import PhoneMemory
from mppsim.core.phone_status import PhoneStatus
from mppsim.net.flash import Flash, has_kept, read_flash
from tests.support.flash import flashed

IDENTITY = make_identity(find_model("8851"))
RELEASE = load_release("mpp-12.0")
STORE = ParameterStore(Baseline.factory(IDENTITY.model, RELEASE))
STATUS = PhoneStatus(boot_time=0.0)
MEMORY = PhoneMemory(parameters={}, revision=0, accepted=(0, 0))


def test_phones_remember_nothing_without_a_state_file() -> None:
    assert read_flash(None, IDENTITY, RELEASE) == (None, None)


async def test_phone_recalls_what_its_own_memory_has() -> None:
    _, flash = flashed(recalled=MEMORY)
    asked: list[object] = []

    def flash_of(identity: PhoneIdentity, release: FirmwareRelease) -> Flash:
        asked.extend((identity, release))
        return flash

    assert read_flash(flash_of, IDENTITY, RELEASE) == (flash, MEMORY)
    assert asked == [IDENTITY, RELEASE]


async def test_memory_is_kept() -> None:
    _, flash = flashed()

    assert has_kept(flash, STORE, Bookmarks(), STATUS)
    assert flash.kept == [MEMORY]


def test_phone_without_a_flash_memory_fails_at_nothing() -> None:
    assert has_kept(None, STORE, Bookmarks(), STATUS)


async def test_whoever_runs_the_loop_is_told_why_a_memory_cannot_be_kept() -> None:
    heard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: heard.append(context))
    _, flash = flashed()
    flash.is_broken = True

    assert not has_kept(flash, STORE, Bookmarks(), STATUS)
    assert [str(context["exception"]) for context in heard] == ["No space left on device"]
