"""sipp, which plays scenarios written for PBXs, asks a phone for reports."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mppsim.net.sip_endpoint import SipEndpoint
from mppsim.sip import SipAccount
from tests.support.sip_phone import NotedPhone

SCENARIOS = Path(__file__).parent / "sipp"
LOCKED = SipAccount(user_id="1001", password="secret", realm="pbx.example")
BOTH = SipAccount(user_id="1001", password="secret", realm="pbx.example", sha256=True)


@asynccontextmanager
async def listening(phone: NotedPhone) -> AsyncIterator[str]:
    endpoint = SipEndpoint(lambda _local, _user: phone, secret=os.urandom(32))
    endpoint.open("127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{endpoint.address[1]}"
    finally:
        endpoint.close()


async def sipp(directory: Path, scenario: str, place: str, *options: str) -> None:
    """Play a scenario; sipp's exit code says whether each call went as it says."""
    process = await asyncio.create_subprocess_exec(
        *("sipp", place, "-sf", str(SCENARIOS / f"{scenario}.xml"), "-s", "1001"),
        *("-i", "127.0.0.1", "-nostdin", "-timeout", "20", "-timeout_error"),
        *("-trace_err", *(options or ("-m", "1"))),
        cwd=directory,
        env=os.environ | {"TERM": "dumb"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await process.communicate()

    assert process.returncode == 0, err.decode() + read_errors(directory)


def read_errors(directory: Path) -> str:
    return "".join(path.read_text() for path in directory.glob("*_errors.log"))


@pytest.mark.parametrize(
    ("scenario", "accounts", "notices"),
    [
        ("report", (), [200]),
        ("challenged", (LOCKED,), [401, 200]),
        ("challenged", (BOTH,), [401, 200]),
        ("wrong_password", (LOCKED,), [401, 401]),
        ("counted_up", (LOCKED,), [401, 200, 200]),
    ],
)
async def test_scenario_ends_as_written(
    scenario: str, accounts: tuple[SipAccount, ...], notices: list[int], tmp_path: Path
) -> None:
    phone = NotedPhone(accounts=accounts)
    async with listening(phone) as place:
        await sipp(tmp_path, scenario, place)

    assert phone.notices == [("report", code) for code in notices]
    assert phone.obeyed == ["report"] * notices.count(200)


async def test_retransmission_is_answered_and_not_obeyed(tmp_path: Path) -> None:
    phone = NotedPhone()
    async with listening(phone) as place:
        await sipp(tmp_path, "retransmitted", place)

    assert phone.obeyed == ["report"]
    assert len(phone.counted) == 2


async def test_unknown_event_is_refused(tmp_path: Path) -> None:
    phone = NotedPhone(accounts=(LOCKED,))
    async with listening(phone) as place:
        await sipp(tmp_path, "unknown_event", place)

    assert phone.notices == [("make-coffee", 489)]


async def test_burst_of_2000_loses_none_and_reports_once_for_each(tmp_path: Path) -> None:
    phone = NotedPhone()
    async with listening(phone) as place:
        await sipp(tmp_path, "report", place, "-m", "2000", "-r", "2000", "-l", "2000")

    assert phone.obeyed == ["report"] * 2000
