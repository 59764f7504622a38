"""`mppsim phone` and a registrar: the whole command, over UDP, TCP and TLS."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.support.certificates import make_authority
from tests.support.commands import PATIENCE, start_command
from tests.support.registrar import registrar
from tests.support.sip_messages import read_headers

EXPECTED = {"line": 1, "state": "Registered", "reason": "", "next": 3568.0}


async def run_phone(pbx_place: str, transport: str, *options: str) -> tuple[int, str, str]:
    """Run the phone until it is registered, press quit, and give what it said."""
    process = start_command(
        *("phone", "--sip-port", "0", "--web-port", "0", "--events", "-", *options),
        *("--set", "User_ID_1_=1001", "--set", "Password_1_=secret"),
        *("--set", f"Proxy_1_={pbx_place}", "--set", f"SIP_Transport_1_={transport}"),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    out = ""
    async with asyncio.timeout(PATIENCE):
        while '"registration"' not in out:
            line = await asyncio.to_thread(process.stdout.readline)
            assert line, out
            out += line
        rest, err = await asyncio.to_thread(process.communicate, "quit\n")
    return process.returncode, out + rest, err


@pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS"])
async def test_phone_registers_and_says_so_without_its_password(
    transport: str, tmp_path: Path
) -> None:
    authority = make_authority(tmp_path)
    tls = authority.make_server_context("127.0.0.1") if transport == "TLS" else None
    async with registrar("challenge", transport=transport, tls=tls) as pbx:
        code, out, err = await run_phone(pbx.place, transport, "--ca", str(authority.ca_file))

    events = [json.loads(line) for line in out.splitlines()]
    told = [event for event in events if event["event"] == "registration"]
    assert code == 0, err
    assert [{key: event[key] for key in EXPECTED} for event in told] == [EXPECTED]
    assert "= line 1: registered; next in 3568 s" in err
    assert "secret" not in out + err
    assert read_headers(pbx.requests[-1], "User-Agent") == ["Cisco-CP-8851-3PCC/12.0.7"]
