"""The server that a run brings with it: real processes, some of them no servers."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

import pytest

from mppsim.core.encryption import encrypt_ikm, encrypt_key
from mppsim.core.evidence import fingerprint
from mppsim.errors import StartError
from mppsim.fleet.control_line import ServerEnded, ServerSilent
from mppsim.fleet.embedded import EmbeddedServer, ServerCounts, embedded_server
from mppsim.fleet.plan import EmbeddedPlan, FaultPlan
from tests.support.raw_client import PATIENCE, connected, exchange, request
from tests.support.turns import turns
from tests.support.uploads import BODY

READY = """
import json, sys
def answer(**said): print(json.dumps({**said, "enclosed": 0}), flush=True)
sys.stdin.readline()
answer(http="http://h:1", tftp="h:2", connections=3)
"""
PLAN = EmbeddedPlan(keys=("k3y phrase",), ikm="walrus", user="user", password="p4ssword")
SETTINGS: dict[str, object] = {}


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def program(code: str, *, patience: float = 10.0) -> tuple[EmbeddedServer, int]:
    """A process that stands where the server would, and its number."""
    command = (sys.executable, "-S", "-c", code)
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    return EmbeddedServer(process, patience=patience), process.pid


async def test_server_opens_counts_and_ends_with_its_block(tmp_path: Path) -> None:
    sealed = encrypt_key(BODY, "k3y phrase", digest="sha256", random_bytes=os.urandom)
    coded = encrypt_ikm(BODY, b"walrus", random_bytes=os.urandom)
    strange = encrypt_key(BODY, "another", digest="sha256", random_bytes=os.urandom)
    login = "Authorization: Basic dXNlcjpwNHNzd29yZA=="
    async with embedded_server(PLAN, seed=1, directory=tmp_path / "reports") as server:
        pid = server._process.pid
        transport = server._process._transport  # type: ignore[attr-defined]
        command_line = " ".join(transport.get_extra_info("subprocess").args)
        answers = [
            (await exchange(server.url, request("PUT", path, body, login, *headers))).status
            for path, body, headers in (
                ("/a", BODY, ()),
                ("/a", sealed, ()),
                ("/b", coded, ("Content-Encoding: aes128gcm",)),
                ("/c", strange, ()),
            )
        ]
        stranger = await exchange(server.url, request("PUT", "/d", BODY))
        counts = await server.count()
        ledger = await server.ledger()
        kept = (tmp_path / "reports" / "a").read_bytes()
        assert server.is_up

    assert (answers, stranger.status) == ([201, 204, 201, 201], 401)
    assert counts == server.counts
    assert (counts.contents["unknown"], counts.contents.total(), counts.unopened) == (1, 4, 1)
    assert [(place, held.count, held.unopened) for place, held in ledger.items()] == [
        (" /a", 2, 0),
        (" /b", 1, 0),
        (" /c", 1, 1),
    ]
    held = ledger.find(" /a")
    assert held is not None
    assert held.last == fingerprint(sealed)
    assert (server._process.returncode, server.is_up) == (0, False)
    assert not is_running(pid)
    assert "controlled" in command_line
    assert [word for word in ("k3y phrase", "walrus", "p4ssword") if word in command_line] == []
    assert kept == sealed
    assert not (tmp_path / "reports").exists()


async def test_server_without_a_directory_keeps_nothing() -> None:
    async with embedded_server(EmbeddedPlan(), seed=1) as server:
        put = await exchange(server.url, request("PUT", "/a", BODY))
        got = await exchange(server.url, request("GET", "/a"))

    assert (put.status, got.status, server.counts.bytes) == (204, 404, len(BODY))


async def test_faults_are_in_force_when_setting_them_returns() -> None:
    fault = FaultPlan(kind="status", value=503, share=0.5, begins=600, ends=1200)
    statuses: dict[int, list[int]] = {}
    for run in (1, 2):
        async with embedded_server(EmbeddedPlan(faults=(fault,)), seed=9) as server:
            await server.set_faults((fault,))
            statuses[run] = [
                (await exchange(server.url, request("PUT", f"/{n}", BODY))).status
                for n in range(20)
            ]
            await server.set_faults(())
            after = await exchange(server.url, request("PUT", "/0", BODY))
            assert after.status == 204

    assert statuses[1] == statuses[2]
    assert server.counts.faults == {"status:503": statuses[1].count(503)}
    assert 0 < statuses[1].count(503) < 20


async def test_server_that_is_down_can_be_asked_all_the_same() -> None:
    async with embedded_server(EmbeddedPlan(), seed=1) as server:
        await server.set_faults((FaultPlan(kind="down"),))
        with pytest.raises(ConnectionRefusedError):
            await exchange(server.url, request("PUT", "/a", BODY))
        assert (await server.count()).bytes == 0
        await server.set_faults(())
        assert (await exchange(server.url, request("PUT", "/a", BODY))).status == 204


async def test_many_may_ask_at_once() -> None:
    async with embedded_server(EmbeddedPlan(), seed=1) as server:
        asked = await asyncio.gather(*(server.count() for _ in range(20)), server.ledger())
        waiting = asyncio.create_task(server.count())
        await asyncio.sleep(0)
        waiting.cancel()
        again = await server.ledger()

    assert (len(asked), len(again)) == (21, 0)
    assert waiting.cancelled()


async def test_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    file = tmp_path / "reports"
    file.write_text("no folder")

    with pytest.raises(
        StartError, match=r"the embedded server did not start: .*reports: is a file"
    ):
        async with embedded_server(PLAN, seed=1, directory=file):
            raise AssertionError("the server did not start")


async def test_server_ends_with_a_block_that_fails() -> None:
    with pytest.raises(ZeroDivisionError):
        async with embedded_server(PLAN, seed=1) as server:
            raise ZeroDivisionError

    assert not is_running(server._process.pid)


RUN = """
import asyncio
from mppsim.fleet.embedded import embedded_server
from mppsim.fleet.plan import EmbeddedPlan

async def main():
    async with embedded_server(EmbeddedPlan(), seed=1) as server:
        print(server.url, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_run_that_is_killed_leaves_no_server() -> None:
    run = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", RUN), stdin=DEVNULL, stdout=PIPE
    )
    assert run.stdout is not None
    url = (await asyncio.wait_for(run.stdout.readline(), PATIENCE)).decode().strip()
    async with connected(url) as client:
        assert (await client.exchange(request("PUT", "/a", BODY))).status == 204
        run.kill()
        await run.wait()

        assert await client.read_to_end() == b""
        with pytest.raises(ConnectionRefusedError):
            await exchange(url, request("PUT", "/a", BODY))


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
        await server.start(SETTINGS)
    await server.stop()

    assert not is_running(pid)


async def test_program_that_never_listens_is_killed() -> None:
    server, pid = await program("import signal; signal.pause()", patience=0.05)

    with pytest.raises(StartError, match="did not start: it said nothing"):
        await server.start(SETTINGS)
    await server.stop()

    assert not is_running(pid)


async def test_server_that_does_not_end_is_killed() -> None:
    server, pid = await program(f"{READY}import signal; signal.pause()")
    await server.start(SETTINGS)
    assert (server.url, server.tftp, server.connections) == ("http://h:1", "h:2", 3)

    server._patience = 0.05
    await server.stop()

    assert not is_running(pid)
    assert server._process.returncode == -signal.SIGKILL


async def test_server_that_died_meanwhile_is_told_and_no_obstacle() -> None:
    server, pid = await program(f"{READY}import signal; signal.pause()")
    await server.start(SETTINGS)
    os.kill(pid, signal.SIGKILL)
    await server._process.wait()

    for _ in range(2):
        with pytest.raises(ServerEnded, match="the embedded server has ended"):
            await server.count()
    assert not server.is_up
    await server.stop()

    assert server.counts == ServerCounts()


async def test_server_that_stands_still_says_nothing_until_it_goes_on() -> None:
    async with embedded_server(EmbeddedPlan(), seed=1) as server:
        server._patience = 0.1
        os.kill(server._process.pid, signal.SIGSTOP)
        for _ in range(2):
            with pytest.raises(ServerSilent, match="the embedded server does not answer"):
                await server.ledger()
        assert server.is_up

        os.kill(server._process.pid, signal.SIGCONT)
        server._patience = PATIENCE
        await asyncio.wait(server._line._due)
        assert len(await server.ledger()) == 0


async def test_server_that_stands_still_is_no_obstacle_at_the_end() -> None:
    async with asyncio.timeout(PATIENCE):
        async with embedded_server(EmbeddedPlan(), seed=1) as server:
            server._patience = 0.1
            os.kill(server._process.pid, signal.SIGSTOP)

    assert server._process.returncode == -signal.SIGKILL


async def test_server_whose_end_nobody_waits_for_is_killed() -> None:
    server, pid = await program(f"{READY}import signal; signal.pause()")
    await server.start(SETTINGS)
    stopping = asyncio.create_task(server.stop())
    await asyncio.sleep(0)
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping

    assert not is_running(pid)


async def test_start_that_nobody_waits_for_leaves_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = tmp_path / "pid"
    program = tmp_path / "program"
    program.write_text(
        f"#!/bin/sh\necho $$ > {started}.new\nmv {started}.new {started}\nexec cat\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    starting = asyncio.create_task(embedded_server(PLAN, seed=1).__aenter__())
    async with asyncio.timeout(PATIENCE):
        while not started.exists():
            await turns()
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting

    assert not is_running(int(started.read_text()))
