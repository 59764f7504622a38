"""Kamailio, a PBX's SIP server: phones register with it, and it hands NOTIFY on to them."""

import asyncio
import os
import signal
import socket
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from mppsim.net.sip_client import NotifyOutcome, send_notify
from mppsim.net.tls import TlsSettings
from mppsim.sip import NotifyRequest
from tests.support.ports import free_port
from tests.support.registering_phone import LIMIT, PluggedPhone, plugged_phone
from tests.support.server_certificate import make_certificate
from tests.support.turns import turns

CONFIGURATION = Path(__file__).parent / "kamailio" / "kamailio.cfg"
USER, PASSWORD = "1001", "secret"
WAYS = {"UDP": socket.SOCK_DGRAM, "TCP": socket.SOCK_STREAM, "TLS": socket.SOCK_STREAM}
READY = b"mppsim: ready"  # as the configuration has it
TRIES = 3  # to take its ports before somebody else does


@dataclass(frozen=True)
class Pbx:
    """A Kamailio that runs."""

    ports: dict[str, int]
    trust: TlsSettings

    def place(self, transport: str) -> str:
        return f"127.0.0.1:{self.ports[transport]}"


@asynccontextmanager
async def kamailio(directory: Path, **changed: str) -> AsyncIterator[Pbx]:
    files = make_certificate(directory)
    process, ports = await start(directory, changed)
    assert process.stderr is not None
    log = asyncio.create_task(process.stderr.read())
    try:
        yield Pbx(ports, TlsSettings(ca_file=files.certificate))
    except BaseException as error:
        await end(process)
        error.add_note((await log).decode())
        raise
    await end(process)
    await log


async def start(directory: Path, changed: dict[str, str]) -> tuple[Process, dict[str, int]]:
    """Start it at ports that it could take."""
    log: list[bytes] = []
    for _ in range(TRIES):
        ports = {way: free_port(kind) for way, kind in WAYS.items()}
        process = await asyncio.create_subprocess_exec(
            *("kamailio", "-f", write_configuration(directory, ports, changed)),
            *("-DD", "-E", "-m", "32", "-M", "8", "-Y", directory, "-w", directory),
            env=os.environ | {"PATH": f"{os.environ['PATH']}:/usr/sbin"},
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        if await becomes_ready(process, log):
            return process, ports
        await end(process)
    raise AssertionError(b"".join(log).decode())


async def becomes_ready(process: Process, log: list[bytes]) -> bool:
    """Wait until it says so; False when it ends, or takes too long."""
    assert process.stderr is not None
    with suppress(TimeoutError):
        async with asyncio.timeout(LIMIT):
            while line := await process.stderr.readline():
                log.append(line)
                if READY in line:
                    return True
    return False


def write_configuration(directory: Path, ports: dict[str, int], changed: dict[str, str]) -> Path:
    filled = {"DIRECTORY": str(directory), "BEHIND_NAT": "0", "ALGORITHM": "MD5"}
    filled |= {"MAX_EXPIRES": "3600", "MIN_EXPIRES": "60"} | changed
    filled |= {f"{way}_PORT": str(port) for way, port in ports.items()}
    text = CONFIGURATION.read_text()
    for name, value in filled.items():
        text = text.replace(name, value)
    configuration = directory / "kamailio.cfg"
    configuration.write_text(text)
    return configuration


async def end(process: Process) -> None:
    """End it with all its children."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def phone_at(pbx: Pbx, transport: str, **changed: str) -> AbstractAsyncContextManager[PluggedPhone]:
    values = {"Reversed_Auth_Realm_1_": "phone.example"} | changed
    return plugged_phone(pbx.place(transport), transport, tls=pbx.trust, **values)


async def notify(pbx: Pbx, password: str = PASSWORD, event: str = "report") -> NotifyOutcome:
    request = NotifyRequest(
        host="127.0.0.1",
        port=pbx.ports["UDP"],
        to=USER,
        event=event,
        user=USER,
        password=password,
        timeout=LIMIT,
    )
    return await send_notify(request, random_bytes=os.urandom)


@pytest.mark.parametrize("is_behind_nat", [False, True])
@pytest.mark.parametrize("transport", WAYS)
async def test_phone_registers_and_is_notified(
    transport: str, tmp_path: Path, *, is_behind_nat: bool
) -> None:
    async with (
        kamailio(tmp_path, BEHIND_NAT=str(int(is_behind_nat))) as pbx,
        phone_at(pbx, transport) as desk,
    ):
        await desk.tells("= line 1: registered; next in 3568 s")
        outcome = await notify(pbx)

        assert (outcome.status, outcome.challenged) == (200, True)
        await desk.tells("< NOTIFY report, answered 401", "< NOTIFY report, answered 200")


async def test_notify_with_a_wrong_password_is_refused_by_the_phone(tmp_path: Path) -> None:
    async with kamailio(tmp_path) as pbx, phone_at(pbx, "UDP") as desk:
        await desk.tells("= line 1: registered")

        assert (await notify(pbx, "wrong")).status == 401
        assert (await notify(pbx, event="make-coffee")).status == 489


async def test_registration_that_is_too_short_is_made_longer(tmp_path: Path) -> None:
    async with (
        kamailio(tmp_path, MAX_EXPIRES="120") as pbx,
        phone_at(pbx, "UDP", Register_Expires_1_="32") as desk,
    ):
        await desk.tells("= line 1: registered; next in")


async def test_wrong_password_fails_with_the_registrars_status(tmp_path: Path) -> None:
    async with kamailio(tmp_path) as pbx, phone_at(pbx, "UDP", Password_1_="wrong") as desk:
        await desk.tells("! line 1: registration failed: status-401; next in 1200 s")


async def test_line_that_is_switched_off_is_not_found_any_more(tmp_path: Path) -> None:
    async with kamailio(tmp_path) as pbx, phone_at(pbx, "TCP") as desk:
        await desk.tells("= line 1: registered")
        desk.phone.submit_changes({"Register_1_": "No"})
        await desk.tells("= line 1: not registered")
        async with asyncio.timeout(LIMIT):
            while (await notify(pbx)).status != 404:
                await turns(10)


async def test_sha256_is_answered_where_rfc8760_is_switched_on(tmp_path: Path) -> None:
    async with (
        kamailio(tmp_path, ALGORITHM="SHA-256") as pbx,
        phone_at(pbx, "UDP", Auth_Support_RFC8760_1_="Yes") as desk,
    ):
        await desk.tells("= line 1: registered")


async def test_certificate_that_is_not_trusted_fails(tmp_path: Path) -> None:
    async with kamailio(tmp_path) as pbx:
        stranger = Pbx(pbx.ports, TlsSettings())
        async with phone_at(stranger, "TLS") as desk:
            await desk.tells("! line 1: registration failed: tls; next in 30 s")
