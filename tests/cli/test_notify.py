"""`mppsim notify`, from its arguments to its exit code."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from mppsim.cli.notify import notify
from mppsim.net.sip_endpoint import SipEndpoint
from mppsim.sip import SipAccount
from tests.support.sip_peer import udp_peer
from tests.support.sip_phone import NotedPhone

LOCKED = SipAccount(user_id="1001", password="pass word", realm="pbx.example")
RUN = "import typer; from mppsim.cli.notify import notify; typer.run(notify)"


@asynccontextmanager
async def listening(phone: NotedPhone) -> AsyncIterator[str]:
    endpoint = SipEndpoint(lambda _local, _user: phone, secret=b"0123456789abcdef")
    endpoint.open("127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{endpoint.address[1]}"
    finally:
        endpoint.close()


async def run(*arguments: str) -> tuple[int, str, str]:
    """Run the command in a process of its own: exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, *arguments, stdout=PIPE, stderr=PIPE
    )
    async with asyncio.timeout(20):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_report_is_asked_for_and_the_answer_printed() -> None:
    phone = NotedPhone()
    async with listening(phone) as place:
        code, out, err = await run(place)

    assert (code, err) == (0, "")
    assert out.startswith("200 OK (Cisco-CP-8851-3PCC/12.0.7, ")
    assert out.endswith(" ms)\n")
    assert phone.obeyed == ["report"]


async def test_challenge_is_answered_with_the_password_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("pass word\n")
    phone = NotedPhone(accounts=(LOCKED,))
    login = ("--user", "1001", "--password", f"@{file}", "--event", "reboot_now", "--to", "1001")
    async with listening(phone) as place:
        code, out, _ = await run(place, *login)

    assert code == 0
    assert ", challenged, " in out
    assert phone.obeyed == ["reboot_now"]


async def test_refusal_is_printed_and_exits_with_3() -> None:
    phone = NotedPhone(accounts=(LOCKED,))
    async with listening(phone) as place:
        challenged = await run(place)
        unknown = await run(place, "--event", "make-coffee")

    assert (challenged[0], challenged[1][:17]) == (3, "401 Unauthorized ")
    assert (unknown[0], unknown[1][:14]) == (3, "489 Bad Event ")
    assert phone.obeyed == []


async def test_no_answer_is_said_on_standard_error_and_exits_with_3() -> None:
    async with udp_peer() as peer:
        place = f"127.0.0.1:{peer.address[1]}"
        answer = await run(place, "--timeout", "50ms")

    assert answer == (3, "", f"mppsim: {place}: no answer within 0.05 s\n")


def typed(*arguments: str) -> int:
    app = typer.Typer()
    app.command()(notify)
    return CliRunner().invoke(app, list(arguments)).exit_code


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="no phone"),
        pytest.param([""], id="an empty phone"),
        pytest.param(["h:0"], id="port 0"),
        pytest.param(["h:99999"], id="a port too high"),
        pytest.param(["h:sip"], id="a port that is no number"),
        pytest.param(["a b:5060"], id="a space"),
        pytest.param(["[::1"], id="an open bracket"),
        pytest.param(["sip:1001@h:5060"], id="a URI"),
        pytest.param(["h", "--user", "u"], id="a user without password"),
        pytest.param(["h", "--password", "p"], id="a password without user"),
        pytest.param(["h", "--event", ""], id="no event"),
        pytest.param(["h", "--event", "a\r\nb: c"], id="an event of two lines"),
        pytest.param(["h", "--user", "a\n", "--password", "p"], id="a user of two lines"),
        pytest.param(["h", "--transport", "sctp"], id="an unknown transport"),
        pytest.param(["h", "--timeout", "5"], id="a time without unit"),
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    assert typed(*arguments) == 2


@pytest.mark.parametrize("transport", ["tcp", "tls"])
async def test_every_transport_reaches_the_phone_at_one_port(transport: str) -> None:
    phone = NotedPhone(accounts=(LOCKED,))
    login = ("--user", "1001", "--password", "pass word")
    async with listening(phone) as place:
        code, out, err = await run(place, "--transport", transport, "--insecure", *login)

    assert (code, err) == (0, "")
    assert out.startswith("200 OK (")
    assert phone.obeyed == ["report"]


async def test_certificate_of_a_phone_is_not_trusted_by_itself() -> None:
    async with listening(NotedPhone()) as place:
        code, _, err = await run(place, "--transport", "tls")

    assert code == 3
    assert "its certificate is not to be trusted" in err


async def test_authorities_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("nothing")
    code, _, err = await run("127.0.0.1", "--transport", "tls", "--ca", str(file))

    assert code != 0
    assert "there is no CA certificate in it" in err
