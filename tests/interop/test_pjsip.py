"""PJSIP, the SIP stack of many PBXs and softphones: it asks our phone, and our notify asks it."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from mppsim.net.sip_certificate import make_phone_context
from mppsim.net.sip_client import NotifyOutcome, send_notify
from mppsim.net.sip_endpoint import SipEndpoint
from mppsim.net.tls import TlsSettings, make_client_context
from mppsim.server import TlsFiles
from mppsim.sip import NotifyRequest, SipAccount
from tests.support.server_certificate import make_certificate
from tests.support.sip_phone import NotedPhone

PROGRAMS = Path(__file__).parent / "pjsip"
PYTHON = Path(__file__).parents[2] / ".strangers" / "pjsip" / "bin" / "python"
WAYS = ["udp", "tcp", "tls"]
EVENTS = ["report", "resync", "check-sync", "reboot_now", "restart_now"]
LIMIT = 20.0  # seconds

LOCKED = SipAccount(user_id="1001", password="secret", realm="pbx.example")
BOTH = SipAccount(user_id="1001", password="secret", realm="pbx.example", sha256=True)


@asynccontextmanager
async def listening(phone: NotedPhone, files: TlsFiles | None = None) -> AsyncIterator[str]:
    """Let the phone listen, with a certificate of its own or with that of `files`."""
    both = None
    if files is not None:
        both = files.key.with_name("both.pem")
        both.write_bytes(files.certificate.read_bytes() + files.key.read_bytes())
    endpoint = SipEndpoint(
        lambda _local, _user: phone,
        secret=os.urandom(32),
        context=partial(make_phone_context, both),
    )
    endpoint.open("127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{endpoint.address[1]}"
    finally:
        endpoint.close()


async def pjsip_notifies(
    uri: str, event: str = "report", algorithm: str = "any", secret: str = "secret", *ca: str
) -> list[str]:
    """Let PJSIP send a NOTIFY; give the statuses that it saw."""
    process = await asyncio.create_subprocess_exec(
        PYTHON,
        PROGRAMS / "notify.py",
        *(uri, event, algorithm, secret, *ca),
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(LIMIT):
        out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode().split()


@asynccontextmanager
async def pjsip_listening(transport: str, *files: Path) -> AsyncIterator[int]:
    process = await asyncio.create_subprocess_exec(
        PYTHON,
        PROGRAMS / "listen.py",
        transport,
        *files,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(LIMIT):
            port = await process.stdout.readline()
        yield int(port)
    finally:
        process.stdin.close()
        await process.wait()


async def notify(port: int, transport: str, event: str, ca: Path) -> NotifyOutcome:
    request = NotifyRequest(
        host="127.0.0.1", port=port, to="1001", event=event, transport=transport, timeout=LIMIT
    )
    tls = make_client_context(TlsSettings(ca_file=ca))
    return await send_notify(request, random_bytes=os.urandom, tls=tls)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("transport", WAYS)
async def test_open_phone_obeys_once(transport: str, event: str) -> None:
    phone = NotedPhone()
    async with listening(phone) as place:
        answers = await pjsip_notifies(f"sip:1001@{place};transport={transport}", event)

    assert answers == ["200"]
    assert phone.obeyed == [event]


@pytest.mark.parametrize("account", [LOCKED, BOTH])
@pytest.mark.parametrize("transport", WAYS)
async def test_challenge_is_answered_and_the_phone_obeys_once(
    transport: str, account: SipAccount
) -> None:
    phone = NotedPhone(accounts=(account,))
    async with listening(phone) as place:
        answers = await pjsip_notifies(f"sip:1001@{place};transport={transport}")

    assert answers == ["401", "200"]
    assert phone.obeyed == ["report"]


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
@pytest.mark.parametrize("transport", WAYS)
async def test_phone_that_offers_both_algorithms_takes_either(
    transport: str, algorithm: str
) -> None:
    phone = NotedPhone(accounts=(BOTH,))
    digest = hashlib.new(algorithm.replace("-", ""), b"1001:pbx.example:secret").hexdigest()
    async with listening(phone) as place:
        uri = f"sip:1001@{place};transport={transport}"
        answers = await pjsip_notifies(uri, "report", algorithm, digest)

    assert answers == ["401", "200"]
    assert phone.obeyed == ["report"]


@pytest.mark.parametrize("transport", WAYS)
async def test_wrong_password_triggers_nothing(transport: str) -> None:
    phone = NotedPhone(accounts=(LOCKED,))
    async with listening(phone) as place:
        uri = f"sip:1001@{place};transport={transport}"
        answers = await pjsip_notifies(uri, secret="wrong")

    assert answers == ["401", "401"]
    assert phone.obeyed == []


async def test_unknown_event_is_refused() -> None:
    phone = NotedPhone()
    async with listening(phone) as place:
        answers = await pjsip_notifies(f"sip:1001@{place};transport=udp", "make-coffee")

    assert answers == ["489"]
    assert phone.obeyed == []


async def test_certificate_of_the_phone_is_checked(tmp_path: Path) -> None:
    phone = NotedPhone()
    shown, other = make_certificate(tmp_path), make_certificate(tmp_path, "other")
    async with listening(phone, shown) as place:
        uri = f"sip:1001@{place};transport=tls"

        good = await pjsip_notifies(uri, "report", "any", "", str(shown.certificate))
        bad = await pjsip_notifies(uri, "report", "any", "", str(other.certificate))

    assert (good, bad) == (["200"], ["503"])
    assert phone.obeyed == ["report"]


@pytest.mark.parametrize("transport", WAYS)
async def test_our_notify_is_taken_by_pjsip(transport: str, tmp_path: Path) -> None:
    files = make_certificate(tmp_path)
    async with pjsip_listening(transport, files.certificate, files.key) as port:
        outcome = await notify(port, transport, "message-summary", files.certificate)

    assert (outcome.status, outcome.challenged) == (200, False)
