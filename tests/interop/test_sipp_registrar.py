"""sipp plays the registrars of PBXs that cannot be installed here, as traces show them."""

import asyncio
import os
import socket
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.ports import free_port, has_port
from tests.support.registering_phone import LIMIT, plugged_phone

SCENARIOS = Path(__file__).parent / "sipp"
KINDS = {"u1": socket.SOCK_DGRAM, "t1": socket.SOCK_STREAM}
TRIES = 3  # to take a port before somebody else does


@asynccontextmanager
async def registrar(directory: Path, scenario: str, transport: str) -> AsyncIterator[str]:
    """Play a registrar for one phone; at the end, whether it went as written."""
    process, port = await start(directory, scenario, transport)
    try:
        yield f"127.0.0.1:{port}"
        async with asyncio.timeout(LIMIT):
            _, err = await process.communicate()
        assert process.returncode == 0, err.decode() + read_errors(directory)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def start(directory: Path, scenario: str, transport: str) -> tuple[Process, int]:
    """Start sipp, and give the port that it has taken."""
    for _ in range(TRIES):
        port = free_port(KINDS[transport])
        process = await asyncio.create_subprocess_exec(
            *("sipp", "-sf", str(SCENARIOS / f"registrar_{scenario}.xml"), "-m", "1"),
            *("-i", "127.0.0.1", "-p", str(port), "-nostdin", "-t", transport),
            *("-timeout", "15", "-timeout_error", "-trace_err"),
            cwd=directory,
            env=os.environ | {"TERM": "dumb"},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        if await has_port(process, KINDS[transport], port):
            return process, port
        _, err = await process.communicate()
    raise AssertionError(err.decode() + read_errors(directory))


def read_errors(directory: Path) -> str:
    return "".join(path.read_text() for path in directory.glob("*_errors.log"))


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
