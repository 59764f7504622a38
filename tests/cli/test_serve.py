"""`mppsim serve`, from its arguments to its exit code."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import typer

from mppsim.cli import serve as serve_module
from mppsim.cli.serve import parse_listen, serve
from mppsim.core.encryption import encrypt_ikm, encrypt_key
from mppsim.errors import StartError
from mppsim.server import AuthScheme, Fault, Limits, Login, ServerSettings, TlsFiles
from mppsim.server.faults import FaultKind
from mppsim.tftp import Tid
from tests.support.raw_client import PATIENCE, exchange, request
from tests.support.server_certificate import make_certificate
from tests.support.udp_peer import udp_peer

IN_USE = "Address already in use"
DELTA = b"<flat-profile><A>1</A></flat-profile>"


@asynccontextmanager
async def serving(tmp_path: Path, *arguments: str) -> AsyncIterator[Process]:
    """The command in a process of its own, on a free port, stopped if the test did not."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mppsim", "serve"),
        *("--listen", "127.0.0.1:0", "--dir", str(tmp_path / "reports")),
        *arguments,
        stdout=PIPE,
        stderr=PIPE,
        stdin=DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await asyncio.wait_for(process.communicate(), PATIENCE)


async def read_line(process: Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode()


async def read_event(process: Process) -> dict[str, object]:
    event = json.loads(await read_line(process))
    assert isinstance(event, dict)
    return event


async def stop(process: Process, number: int = signal.SIGTERM) -> tuple[str, str]:
    process.send_signal(number)
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    return out.decode(), err.decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_server_speaks_json_from_ready_to_stopped_and_ends_well(
    tmp_path: Path, number: int
) -> None:
    async with serving(tmp_path, "--events", "-", "--key", "test123", "--ikm", "walrus") as process:
        ready = await read_event(process)
        url = str(ready["http"])
        await exchange(url, request("PUT", "/a.xml", DELTA))
        plain = await read_event(process)
        sealed = encrypt_key(DELTA, "test123", digest="md5", random_bytes=os.urandom)
        await exchange(url, request("POST", "/up?pwd=hunter2", sealed))
        opened = await read_event(process)
        coded = encrypt_ikm(DELTA, b"walrus", random_bytes=os.urandom)
        await exchange(url, request("PUT", "/c", coded, "Content-Encoding: aes128gcm"))
        decoded = await read_event(process)
        out, err = await stop(process, number)

    assert list(ready) == ["time", "at", "phone", "event", "http", "tftp"]
    assert list(plain)[:4] == ["time", "at", "phone", "event"]
    assert [event["event"] for event in (ready, plain, opened)] == ["ready", "received", "received"]
    assert (plain["content"], plain["encryption"], plain["status"]) == ("delta", "none", 201)
    assert (opened["content"], opened["encryption"]) == ("delta", "aes-256-cbc")
    assert (decoded["content"], decoded["encryption"]) == ("delta", "aes128gcm")
    assert opened["path"] == "/up?pwd=***"
    assert json.loads(out)["event"] == "stopped"
    assert (err, process.returncode) == ("", 0)


async def test_server_speaks_to_a_person_without_events(tmp_path: Path) -> None:
    async with serving(tmp_path, "--key", "a", "--key", "b", "--ikm", "walrus") as process:
        greeting = [await read_line(process) for _ in range(3)]
        await exchange(greeting[0].split()[-1], request("PUT", "/a.xml", DELTA))
        line = await read_line(process)
        out, _ = await stop(process)

    assert greeting[0].startswith("listening on http://127.0.0.1:")
    assert greeting[1] == f"storing below {tmp_path}/reports\n"
    assert greeting[2] == "opening aes-256-cbc with 2 keys and aes128gcm with an IKM\n"
    assert line == f"PUT /a.xml delta {len(DELTA)} bytes 201\n"
    assert (out, process.returncode) == ("stopped\n", 0)


async def test_report_comes_by_tftp(tmp_path: Path) -> None:
    async with serving(tmp_path, "--tftp", "127.0.0.1:0", "--events", "-") as process:
        host, _, port = str((await read_event(process))["tftp"]).partition(":")
        with udp_peer() as phone:
            await phone.ask(b"\0\2a.xml\0octet\0", Tid(host, int(port)))
            await phone.ask(b"\0\3\0\1" + DELTA)
        received = await read_event(process)
        await stop(process)

    assert (received["method"], received["path"], received["status"]) == ("WRQ", "a.xml", None)
    assert (tmp_path / "reports/a.xml").read_bytes() == DELTA


async def test_events_go_to_a_file_line_by_line(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_text("of another run\n")
    async with serving(tmp_path, "--events", str(events)) as process:
        assert process.stdout is not None
        first = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
        out, err = await stop(process)

    assert [json.loads(line)["event"] for line in events.read_text().splitlines()] == [
        "ready",
        "stopped",
    ]
    assert first.startswith(b"listening on http://")
    assert (out.splitlines()[-1], err, process.returncode) == ("stopped", "", 0)


async def test_server_whose_reader_is_gone_stops(tmp_path: Path) -> None:
    async with serving(tmp_path, "--events", "-") as process:
        url = str((await read_event(process))["http"])
        process._transport.get_pipe_transport(1).close()  # type: ignore[attr-defined]
        answer = await exchange(url, request("PUT", "/a.xml", DELTA))
        code = await asyncio.wait_for(process.wait(), PATIENCE)

    assert (answer.status, code) == (201, 0)


async def test_port_that_is_taken_is_one_line_and_exit_code_4(tmp_path: Path) -> None:
    async with serving(tmp_path, "--events", "-") as first:
        address = str((await read_event(first))["http"]).removeprefix("http://")
        async with serving(tmp_path, "--listen", address) as second:
            out, err = await asyncio.wait_for(second.communicate(), PATIENCE)

    assert out == b""
    assert err.decode() == f"mppsim: cannot listen on {address}: Address already in use\n"
    assert second.returncode == 4


async def test_server_asks_for_its_user(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret\n")
    login = ("--user", "u", "--password", f"@{tmp_path}/password")
    async with serving(tmp_path, "--events", "-", *login) as process:
        url = str((await read_event(process))["http"])
        answers = [
            await exchange(url, request("PUT", "/a", b"x", *headers))
            for headers in ((), ("Authorization: Basic dTpzZWNyZXQ=",))
        ]

    assert [answer.status for answer in answers] == [401, 201]


async def test_faults_come_and_go_at_their_times_and_are_told(tmp_path: Path) -> None:
    faults = ("--fault", "status:503@-300ms", "--fault", "down@300ms-400ms")
    async with serving(tmp_path, "--events", "-", *faults, "--seed", "5") as process:
        url = str((await read_event(process))["http"])
        begun = await read_event(process)
        refused = await exchange(url, request("PUT", "/a.xml", DELTA))
        struck = await read_event(process)
        changes = [begun, *[await read_event(process) for _ in range(2)]]
        accepted = await exchange(url, request("PUT", "/a.xml", DELTA))
        await stop(process)

    assert (refused.status, accepted.status) == (503, 201)
    assert (struck["event"], struck["fault"], struck["path"]) == ("fault", "status:503", "/a.xml")
    assert [(event["event"], event["faults"]) for event in changes] == [
        ("faults", ["status:503"]),
        ("faults", ["down"]),
        ("faults", []),
    ]
    times = [float(str(event["at"])) for event in changes]
    assert 0.2 <= times[1] - times[0] < times[2] - times[0]


async def test_server_that_cannot_come_up_again_says_so_and_ends(tmp_path: Path) -> None:
    options = ("--events", "-", "--tftp", "127.0.0.1:0", "--fault", "down@200ms-400ms")
    async with serving(tmp_path, *options) as process:
        host, _, port = str((await read_event(process))["tftp"]).partition(":")
        assert (await read_event(process))["faults"] == ["down"]
        with socket.socket(type=socket.SOCK_DGRAM) as other:
            other.bind((host, int(port)))
            _, err = await asyncio.wait_for(process.communicate(), PATIENCE)

    assert err.decode() == f"mppsim: cannot listen for TFTP on {host}:{port}: {IN_USE}\n"
    assert process.returncode == 4


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8000", ("127.0.0.1", 8000)),
        ("localhost:0", ("localhost", 0)),
        ("[::1]:8000", ("::1", 8000)),
        ("0.0.0.0:65535", ("0.0.0.0", 65535)),
    ],
)
def test_address_is_host_and_port(text: str, address: tuple[str, int]) -> None:
    assert parse_listen(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "8000",
        ":8000",
        "host",
        "host:",
        "host:x",
        "host:-1",
        "host:65536",
        "::1:8000",
        "[]:1",
        "host:\u0663",
    ],
)
def test_address_of_another_form_is_wrong_usage(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="--listen"):
        parse_listen(text)


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch) -> object:
    """Run the command up to the moment at which it would listen."""
    seen: list[ServerSettings] = []

    async def look(settings: ServerSettings, voice: object) -> None:
        seen.append(settings)

    monkeypatch.setattr(serve_module, "_serve", look)

    def run(*arguments: str) -> ServerSettings:
        app = typer.Typer()
        app.command()(serve)
        app(args=list(arguments), standalone_mode=False)
        return seen.pop()

    return run


def test_server_without_options_is_this_one(settings_of: object) -> None:
    assert settings_of() == ServerSettings(  # type: ignore[operator]
        host="127.0.0.1", port=8000, directory=Path("reports"), limits=Limits(body_bytes=8 << 20)
    )


def test_every_option_reaches_the_settings(settings_of: object, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from a file\n")
    settings = settings_of(  # type: ignore[operator]
        *("--listen", "[::1]:99", "--tftp", "[::1]:69", "--dir", "d"),
        *("--key", "a", "--key", f"@{tmp_path}/key"),
        *("--ikm", "d2FscnVz", "--ikm-encoding", "base64url", "--max-body", "1000"),
        *("--user", "u", "--password", "p", "--auth", "digest"),
        *("--tls-cert", "c.pem", "--tls-key", "k.pem", "--client-ca", "ca.pem"),
        *("--fault", "cut=5%", "--fault", "status:503@1m-", "--seed", "7"),
    )

    assert settings == ServerSettings(
        host="::1",
        port=99,
        directory=Path("d"),
        keys=("a", "from a file"),
        ikm=b"walrus",
        login=Login(user="u", password="p", scheme=AuthScheme.DIGEST),
        tls=TlsFiles(certificate=Path("c.pem"), key=Path("k.pem"), client_ca=Path("ca.pem")),
        tftp_host="::1",
        tftp_port=69,
        limits=Limits(body_bytes=1000),
        faults=(
            Fault(kind=FaultKind.CUT, share=0.05),
            Fault(kind=FaultKind.STATUS, value=503, begins=60),
        ),
        seed=7,
    )
    for secret in ("from a file", "walrus", "'p'"):
        assert secret not in repr(settings)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--key", ""),
        ("--ikm", ""),
        ("--ikm", "zz", "--ikm-encoding", "hex"),
        ("--user", "u"),
        ("--password", "p"),
        ("--user", "", "--password", "p"),
        ("--auth", "digest"),
        ("--user", "a:b", "--password", "p"),
        ("--tls-cert", "c.pem"),
        ("--tls-key", "k.pem"),
        ("--client-ca", "ca.pem"),
        ("--listen", "8000"),
        ("--tftp", "69"),
        ("--fault", "503"),
    ],
    ids=str,
)
def test_options_that_do_not_fit_are_wrong_usage(
    settings_of: object, arguments: tuple[str, ...]
) -> None:
    with pytest.raises(typer.BadParameter):
        settings_of(*arguments)  # type: ignore[operator]


@pytest.mark.parametrize("arguments", [("--key", "@nothing"), ("--events", "nothing/events.jsonl")])
def test_file_that_is_not_there_is_an_error_of_the_start(
    settings_of: object, arguments: tuple[str, ...]
) -> None:
    with pytest.raises(StartError, match="No such file"):
        settings_of(*arguments)  # type: ignore[operator]


async def test_command_serves_tls(tmp_path: Path) -> None:
    files = make_certificate(tmp_path)
    tls = ("--tls-cert", str(files.certificate), "--tls-key", str(files.key))
    async with serving(tmp_path, "--events", "-", *tls) as process:
        ready = await read_event(process)

    assert str(ready["http"]).startswith("https://127.0.0.1:")
