"""sipp plays the registrars of PBXs that cannot be installed here, as traces show them."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.registering_phone import LIMIT, plugged_phone
from tests.support.sip_peer import udp_peer
from tests.support.turns import turns

SCENARIOS = Path(__file__).parent / "sipp"


@asynccontextmanager
async def registrar(directory: Path, scenario: str, transport: str) -> AsyncIterator[str]:
    """Play a registrar for one phone; at the end, whether it went as written."""
    async with udp_peer() as peer:
        port = peer.address[1]
    process = await asyncio.create_subprocess_exec(
        *("sipp", "-sf", str(SCENARIOS / f"registrar_{scenario}.xml"), "-m", "1"),
        *("-i", "127.0.0.1", "-p", str(port), "-nostdin", "-t", transport),
        *("-timeout", "15", "-timeout_error", "-trace_err"),
        cwd=directory,
        env=os.environ | {"TERM": "dumb"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        await is_there(port, transport)
        yield f"127.0.0.1:{port}"
        async with asyncio.timeout(LIMIT):
            _, err = await process.communicate()
        assert process.returncode == 0, err.decode() + read_errors(directory)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def read_errors(directory: Path) -> str:
    return "".join(path.read_text() for path in directory.glob("*_errors.log"))


async def is_there(port: int, transport: str) -> None:
    """Wait until sipp has taken its port."""
    table = Path("/proc/net/tcp" if transport == "t1" else "/proc/net/udp")
    async with asyncio.timeout(LIMIT):
        while f"0100007F:{port:04X}" not in await asyncio.to_thread(table.read_text):
            await turns(20)


@pytest.mark.parametrize("transport", ["u1", "t1"])
@pytest.mark.parametrize(
    ("scenario", "changed", "told"),
    [
        (
            "broadworks",
            {"Auth_Resync-Reboot_1_": "No"},
            ["= line 1: registered; next in 88 s", "< NOTIFY report, answered 200"],
        ),
        (
            "metaswitch",
            {"Register_Expires_1_": "60"},
            ["= line 1: registered; next in 268 s"],
        ),
        ("asterisk", {}, ["= line 1: registered; next in 3568 s"]),
    ],
)
async def test_phone_registers_as_the_registrar_wants_it(
    scenario: str, changed: dict[str, str], told: list[str], transport: str, tmp_path: Path
) -> None:
    way = "TCP" if transport == "t1" else "UDP"
    async with (
        registrar(tmp_path, scenario, transport) as place,
        plugged_phone(place, way, **changed) as desk,
    ):
        await desk.tells(*told)
