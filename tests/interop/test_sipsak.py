"""sipsak, the SIP tester on administrators' machines, talks to a phone."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mppsim.net.sip_endpoint import SipEndpoint
from mppsim.sip import SipAccount
from tests.support.sip_phone import NotedPhone
from tests.support.turns import turns

LOCKED = SipAccount(user_id="1001", password="secret", realm="pbx.example")

NOTIFY = """\
NOTIFY sip:1001@{place} SIP/2.0
To: sip:1001@{place}
From: sip:pbx@127.0.0.1;tag=1f2e
Call-ID: 522071@127.0.0.1
CSeq: 1 NOTIFY
Contact: sip:pbx@127.0.0.1
Max-Forwards: 70
Event: {event}
Subscription-State: terminated
Content-Length: 0

"""


@asynccontextmanager
async def listening(phone: NotedPhone) -> AsyncIterator[str]:
    endpoint = SipEndpoint(lambda _local, _user: phone, secret=os.urandom(32))
    endpoint.open("127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{endpoint.address[1]}"
    finally:
        endpoint.close()


async def sipsak(place: str, *options: str) -> tuple[int, str]:
    """Run sipsak; give its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *("sipsak", "-s", f"sip:1001@{place}", *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(30):
        out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def test_options_ping_succeeds() -> None:
    async with listening(NotedPhone(accounts=(LOCKED,))) as place:
        code, out = await sipsak(place, "-vvv")

    assert code == 0, out
    assert "SIP/2.0 200 OK" in out
    assert "Allow: NOTIFY, OPTIONS" in out


@pytest.mark.parametrize(
    ("accounts", "event", "status"),
    [
        ((), "report", "200 OK"),
        ((LOCKED,), "report", "200 OK"),
        ((), "make-coffee", "489 Bad Event"),
    ],
)
async def test_notify_from_a_file_gets_its_answer(
    accounts: tuple[SipAccount, ...], event: str, status: str, tmp_path: Path
) -> None:
    phone = NotedPhone(accounts=accounts)
    async with listening(phone) as place:
        file = tmp_path / "notify.sip"
        file.write_text(NOTIFY.format(place=place, event=event))
        login = ("--auth-username=1001", "--password=secret")
        _, out = await sipsak(place, "-f", str(file), "-vvv", *login)

    assert f"SIP/2.0 {status}" in out
    assert phone.obeyed == (["report"] if status == "200 OK" else [])


async def test_flood_of_options_is_answered_whole() -> None:
    phone = NotedPhone()
    async with listening(phone) as place:
        code, out = await sipsak(place, "-F", "-e", "500")
        # sipsak does not wait for answers: the last requests may still be on their way.
        async with asyncio.timeout(10):
            while len(phone.counted) < 500:
                await turns()

    assert code == 0, out
