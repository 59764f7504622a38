"""The server that a run brings with it: real processes, some of them no servers."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

import pytest

from mppsim.core.encryption import encrypt_ikm, encrypt_key
from mppsim.errors import StartError
from mppsim.fleet.embedded import EmbeddedServer, embedded_server
from tests.support.raw_client import exchange, request
from tests.support.uploads import BODY

READY = """print('{"event": "ready", "http": "http://h:1", "tftp": "h:2"}', flush=True)"""
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {READY}; signal.pause()"


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def program(code: str, *, patience: float = 10.0) -> tuple[EmbeddedServer, int]:
    """A process that stands where the server would, and its number."""
    command = (sys.executable, "-S", "-c", code)
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    )
    return EmbeddedServer(process, patience=patience), process.pid


async def test_server_opens_counts_and_ends_with_its_block(tmp_path: Path) -> None:
    sealed = encrypt_key(BODY, "k3y phrase", digest="sha256", random_bytes=os.urandom)
    coded = encrypt_ikm(BODY, b"walrus", random_bytes=os.urandom)
    strange = encrypt_key(BODY, "another", digest="sha256", random_bytes=os.urandom)
    async with embedded_server(tmp_path, key="k3y phrase", ikm="walrus") as server:
        pid = server._process.pid
        transport = server._process._transport  # type: ignore[attr-defined]
        command_line = " ".join(transport.get_extra_info("subprocess").args)
        answers = [
            (await exchange(server.url, request("PUT", path, body, *headers))).status
            for path, body, headers in (
                ("/a", BODY, ()),
                ("/a", sealed, ()),
                ("/b", coded, ("Content-Encoding: aes128gcm",)),
                ("/c", strange, ()),
            )
        ]

    assert answers == [201, 204, 201, 201]
    assert (server.contents["unknown"], server.contents.total()) == (1, 4)
    assert server._process.returncode == 0
    assert not is_running(pid)
    assert "--key" in command_line
    assert "k3y phrase" not in command_line
    assert "walrus" not in command_line
    assert (tmp_path / "reports" / "a").read_bytes() == sealed


async def test_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("no folder")

    with pytest.raises(
        StartError, match=r"the embedded server did not start: .*reports: is a file"
    ):
        async with embedded_server(tmp_path, key="k", ikm="i"):
            raise AssertionError("the server did not start")


async def test_server_ends_with_a_block_that_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        async with embedded_server(tmp_path, key="k", ikm="i") as server:
            raise ZeroDivisionError

    assert not is_running(server._process.pid)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("", "it said nothing"),
        ("import sys; sys.exit('first\\nlast words\\n\\n')", "last words"),
    ],
)
async def test_program_that_ends_at_once_has_its_last_words(code: str, says: str) -> None:
    server, pid = await program(code)
    await server._process.wait()

    with pytest.raises(StartError, match=f"did not start: {says}$"):
        await server.start()
    await server.stop()

    assert not is_running(pid)


async def test_program_that_never_listens_is_killed() -> None:
    server, pid = await program("import signal; signal.pause()", patience=0.05)

    with pytest.raises(StartError, match="did not start: it said nothing"):
        await server.start()
    await server.stop()

    assert not is_running(pid)


async def test_server_that_does_not_end_is_killed() -> None:
    server, pid = await program(STUBBORN)
    await server.start()
    assert server.url == "http://h:1"

    server._patience = 0.05
    await server.stop()

    assert not is_running(pid)
    assert server._process.returncode == -signal.SIGKILL


async def test_server_that_died_meanwhile_is_no_obstacle() -> None:
    server, pid = await program(f"{READY}; import signal; signal.pause()")
    await server.start()
    os.kill(pid, signal.SIGKILL)
    await server._process.wait()

    await server.stop()

    assert server.contents == {}
