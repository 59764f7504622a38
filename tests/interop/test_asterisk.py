"""Asterisk, whose SIP stack is PJSIP: phones register with it, and it sends them its NOTIFYs."""

import asyncio
import os
import re
import shutil
import socket
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from mppsim.net.sip_client import NotifyOutcome, send_notify
from mppsim.net.tls import TlsSettings, make_client_context
from mppsim.sip import NotifyRequest
from tests.support.ports import free_port
from tests.support.registering_phone import LIMIT, PluggedPhone, plugged_phone
from tests.support.report_servers import report_server
from tests.support.server_certificate import make_certificate

CONFIGURATION = Path(__file__).parent / "asterisk"
ROOT = Path(__file__).parents[2] / ".strangers" / "asterisk"
WAYS = {"UDP": socket.SOCK_DGRAM, "TCP": socket.SOCK_STREAM, "TLS": socket.SOCK_STREAM}
READY, TAKEN = b"Asterisk Ready.", b"could not be started"
TRIES = 3  # to take its ports before somebody else does


@dataclass(frozen=True)
class Pbx:
    """An Asterisk that runs."""

    configuration: Path
    ports: dict[str, int]
    trust: TlsSettings

    async def does(self, command: str) -> str:
        """Give it a command; give what it prints."""
        process = await asyncio.create_subprocess_exec(
            *(ROOT / "run", "-C", self.configuration, "-rx", command), stdout=PIPE, stderr=STDOUT
        )
        out, _ = await process.communicate()
        assert process.returncode == 0, out.decode()
        return out.decode()

    async def shows(self, command: str, is_wanted: Callable[[str], bool]) -> str:
        """Repeat a command until it prints what is wanted."""
        shown = ""
        try:
            async with asyncio.timeout(LIMIT):
                while not is_wanted(shown := await self.does(command)):
                    pass
        except TimeoutError:
            raise AssertionError(f"{command}: {shown}") from None
        return shown

    async def sees(self, messages: list[str]) -> None:
        """Wait until it has had and sent these; "<" came to it, ">" it sent."""
        await self.shows("pjsip show history", lambda shown: read_history(shown) == messages)

    async def notifies(self, kind: str) -> None:
        """Send 1001 a NOTIFY of a kind that the configuration that comes with Asterisk has."""
        assert "Sending NOTIFY" in await self.does(f"pjsip send notify {kind} endpoint 1001")


@asynccontextmanager
async def asterisk(directory: Path, **changed: str) -> AsyncIterator[Pbx]:
    files = make_certificate(directory)
    process, ports = await start(directory, changed)
    assert process.stdout is not None
    log = asyncio.create_task(process.stdout.read())
    pbx = Pbx(directory / "asterisk.conf", ports, TlsSettings(ca_file=files.certificate))
    try:
        await pbx.does("pjsip set history on")
        yield pbx
    finally:
        process.kill()
        await process.wait()
        await log


async def start(directory: Path, changed: dict[str, str]) -> tuple[Process, dict[str, int]]:
    """Start it at ports that it could take."""
    log: list[bytes] = []
    for _ in range(TRIES):
        ports = {way: free_port(kind) for way, kind in WAYS.items()}
        write_configuration(directory, ports, changed)
        process = await asyncio.create_subprocess_exec(
            *(ROOT / "run", "-C", directory / "asterisk.conf", "-f", "-n", "-v"),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
        )
        if await becomes_ready(process, log):
            return process, ports
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    raise AssertionError(b"".join(log).decode())


async def becomes_ready(process: Process, log: list[bytes]) -> bool:
    """Wait until it says so; False when it ends, takes too long or lacks a port."""
    assert process.stdout is not None
    with suppress(TimeoutError):
        async with asyncio.timeout(LIMIT):
            while line := await process.stdout.readline():
                log.append(line)
                if READY in line or TAKEN in line:
                    return READY in line
    return False


def write_configuration(directory: Path, ports: dict[str, int], changed: dict[str, str]) -> None:
    [modules] = ROOT.glob("usr/lib/*/asterisk/modules")
    filled: dict[str, object] = {
        "DIRECTORY": directory,
        "MODULES": modules,
        "DATA": ROOT / "usr/share/asterisk",
    }
    filled |= {"ALGORITHM": "MD5", "BEHIND_NAT": "no", "MIN_EXPIRES": "60", "MAX_EXPIRES": "3600"}
    filled |= {"QUALIFY": "0"}
    filled |= changed | {f"{way}_PORT": port for way, port in ports.items()}
    for file in CONFIGURATION.iterdir():
        text = file.read_text()
        for name, value in filled.items():
            text = text.replace(name, str(value))
        (directory / file.name).write_text(text)
    shutil.copy(ROOT / "etc" / "asterisk" / "pjsip_notify.conf", directory)


def read_history(shown: str) -> list[str]:
    """Take `00003 1795374695 * ==> 127.0.0.1:41256   SIP/2.0 401 Unauthorized` as `> 401`."""
    lines = re.findall(r"([<>])\S* \S+ +(?:SIP/2.0 )?(\w+)", shown)
    return [" ".join(line) for line in lines]


def phone_at(pbx: Pbx, transport: str, **changed: str) -> AbstractAsyncContextManager[PluggedPhone]:
    values = {"Reversed_Auth_Realm_1_": "phone.example"} | changed
    return plugged_phone(f"127.0.0.1:{pbx.ports[transport]}", transport, tls=pbx.trust, **values)


REGISTERED = ["< REGISTER", "> 401", "< REGISTER", "> 200"]
NOTIFIED = ["> NOTIFY", "< 401", "> NOTIFY", "< 200"]
TRIED = "! resync failed: no profile rule asks for anything"  # since there is none


@pytest.mark.parametrize("is_behind_nat", [False, True])
@pytest.mark.parametrize("transport", WAYS)
async def test_phone_registers_and_is_notified(
    transport: str, tmp_path: Path, *, is_behind_nat: bool
) -> None:
    async with (
        asterisk(tmp_path, BEHIND_NAT="yes" if is_behind_nat else "no") as pbx,
        phone_at(pbx, transport) as desk,
    ):
        await desk.tells("= line 1: registered; next in")
        await pbx.notifies("sipura-get-report")
        await desk.tells("< NOTIFY report, answered 401", "< NOTIFY report, answered 200")

        await pbx.sees([*REGISTERED, *NOTIFIED])


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("sipura-check-cfg", "resync"),
        ("cisco-check-cfg", "check-sync"),
        ("snom-reboot", "check-sync"),
    ],
)
async def test_resync_is_obeyed_once(kind: str, event: str, tmp_path: Path) -> None:
    async with asterisk(tmp_path) as pbx, phone_at(pbx, "UDP") as desk:
        await desk.tells("= line 1: registered")
        await pbx.notifies(kind)
        await desk.tells(
            f"< NOTIFY {event}, answered 401", f"< NOTIFY {event}, answered 200", TRIED
        )

        await pbx.sees([*REGISTERED, *NOTIFIED])
        assert [line for line in desk.told if line.startswith(TRIED)] == [TRIED]


@pytest.mark.parametrize(
    ("kind", "event"),
    [("linksys-cold-restart", "reboot_now"), ("linksys-warm-restart", "restart_now")],
)
async def test_phone_that_is_restarted_registers_again(
    kind: str, event: str, tmp_path: Path
) -> None:
    async with asterisk(tmp_path) as pbx, phone_at(pbx, "UDP") as desk:
        await desk.tells("= line 1: registered")
        await pbx.notifies(kind)
        await desk.tells(
            f"< NOTIFY {event}, answered 401",
            f"< NOTIFY {event}, answered 200",
            "= line 1: not registered",
            "= line 1: registered",
        )

        await pbx.sees([*REGISTERED, *NOTIFIED, *REGISTERED])


async def test_report_that_asterisk_asks_for_comes_once(tmp_path: Path) -> None:
    async with (
        report_server(tmp_path / "reports") as server,
        asterisk(tmp_path) as pbx,
        phone_at(pbx, "UDP", Report_Rule=f"{server.url}/$MA.xml") as desk,
    ):
        await desk.tells("= trigger: restart", "< 201 for full")
        await pbx.notifies("sipura-get-report")
        await desk.tells("= trigger: restart", "= trigger: notify", "< 201 for full")

        assert len(server.received) == 2


@pytest.mark.parametrize("transport", WAYS)
async def test_registration_is_renewed_with_credentials_from_the_start(
    transport: str, tmp_path: Path
) -> None:
    async with (
        asterisk(tmp_path, MIN_EXPIRES="1", MAX_EXPIRES="2") as pbx,
        phone_at(pbx, transport, Reg_Min_Expires="1") as desk,
    ):
        await desk.tells("= line 1: registered; next in 1 s")

        renewed_twice = [*REGISTERED, "< REGISTER", "> 200", "< REGISTER", "> 200"]
        await pbx.shows(
            "pjsip show history", lambda shown: read_history(shown)[:8] == renewed_twice
        )


async def test_registration_that_is_too_short_is_made_longer(tmp_path: Path) -> None:
    async with asterisk(tmp_path) as pbx, phone_at(pbx, "UDP", Register_Expires_1_="32") as desk:
        await desk.tells("= line 1: registered; next in 2")


async def test_sha256_is_answered_and_asked_for(tmp_path: Path) -> None:
    async with (
        asterisk(tmp_path, ALGORITHM="SHA-256") as pbx,
        phone_at(pbx, "UDP", Auth_Support_RFC8760_1_="Yes") as desk,
    ):
        await desk.tells("= line 1: registered")
        await pbx.notifies("sipura-get-report")
        await desk.tells("< NOTIFY report, answered 200")

        await pbx.sees([*REGISTERED, *NOTIFIED])


async def test_wrong_password_fails_with_asterisks_status(tmp_path: Path) -> None:
    async with asterisk(tmp_path) as pbx, phone_at(pbx, "UDP", Password_1_="wrong") as desk:
        await desk.tells("! line 1: registration failed: status-401; next in 1200 s")

        assert "1001/sip:" not in await pbx.does("pjsip show contacts")


async def test_line_that_is_switched_off_is_no_contact_any_more(tmp_path: Path) -> None:
    async with asterisk(tmp_path) as pbx, phone_at(pbx, "TCP") as desk:
        await desk.tells("= line 1: registered")
        await pbx.shows("pjsip show contacts", lambda shown: "1001/sip:1001@" in shown)
        desk.phone.submit_changes({"Register_1_": "No"})
        await desk.tells("= line 1: not registered")

        await pbx.shows("pjsip show contacts", lambda shown: "1001/sip:1001@" not in shown)


@pytest.mark.parametrize("transport", WAYS)
async def test_phone_is_found_reachable(transport: str, tmp_path: Path) -> None:
    async with asterisk(tmp_path, QUALIFY="60") as pbx, phone_at(pbx, transport) as desk:
        await desk.tells("= line 1: registered")

        await pbx.shows("pjsip show contacts", lambda shown: " Avail " in shown)


async def test_certificate_that_is_not_trusted_fails(tmp_path: Path) -> None:
    async with asterisk(tmp_path) as pbx:
        stranger = Pbx(pbx.configuration, pbx.ports, TlsSettings())
        async with phone_at(stranger, "TLS") as desk:
            await desk.tells("! line 1: registration failed: tls; next in 30 s")


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
@pytest.mark.parametrize("transport", WAYS)
async def test_our_notify_proves_itself_to_asterisk(
    transport: str, algorithm: str, tmp_path: Path
) -> None:
    async with asterisk(tmp_path, ALGORITHM=algorithm) as pbx:
        good = await notify(pbx, transport, "secret")
        bad = await notify(pbx, transport, "wrong")

    assert (good.status, good.challenged) == (501, True)
    assert (bad.status, bad.challenged) == (401, True)


async def notify(pbx: Pbx, transport: str, password: str) -> NotifyOutcome:
    """Tell Asterisk of voice mail, as another PBX would."""
    request = NotifyRequest(
        host="127.0.0.1",
        port=pbx.ports[transport],
        to="1001",
        event="message-summary",
        user="1001",
        password=password,
        transport=transport.lower(),
        timeout=LIMIT,
    )
    tls = make_client_context(pbx.trust)
    return await send_notify(request, random_bytes=os.urandom, tls=tls)
