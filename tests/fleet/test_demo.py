"""The demonstration from its server's start to its verdict."""

import asyncio
import json
import re
import socket
import tempfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mppsim.fleet.demo import Demonstration, run_demo
from mppsim.net.clock import RunClock
from mppsim.net.event_log import (
    Listener,
    Occurrence,
    Stopped,
    UploadFinished,
    UploadStarted,
    json_lines,
)


@pytest.fixture(autouse=True)
def servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Where a test says which servers it saw; after it none answers, and no file is left."""
    seen: set[str] = set()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield seen
    assert list(tmp_path.iterdir()) == []
    assert seen
    for url in seen:
        parts = urlsplit(url)
        with socket.socket() as caller:
            assert caller.connect_ex((parts.hostname, parts.port)) != 0


async def demonstrate(seed: int) -> tuple[Demonstration, dict[str, list[dict[str, object]]]]:
    """Run at full speed; give each phone's events without what no seed decides."""
    out = StringIO()
    done = await run_demo(seed=seed, speed=None, listen=lambda clock: json_lines(out, clock))
    phones: dict[str, list[dict[str, object]]] = {}
    # The two ports are free ones, and not the seed's.
    for line in re.sub(r"127\.0\.0\.1:\d+", "here", out.getvalue()).splitlines():
        event = json.loads(line)
        for key in ("time", "seconds", "late"):
            event.pop(key, None)
        phones.setdefault(event["phone"], []).append(event)
    return done, phones


async def test_demonstration_passes_and_repeats_itself_with_its_seed(servers: set[str]) -> None:
    done, events = await demonstrate(3)
    again, same_events = await demonstrate(3)
    servers |= {done.plan.server, again.plan.server}

    assert [held for held in done.verdict.expectations if not held.passed] == []
    assert not done.is_interrupted
    assert (done.verdict.seed, done.verdict.duration) == (3, 7200.0)
    assert set(events) == {phone.identity.mac for phone in done.plan.phones}
    assert {(of[0]["event"], of[-1]["event"]) for of in events.values()} == {("ready", "stopped")}
    assert same_events == events
    assert again.plan.deeds == done.plan.deeds


async def test_cancelled_demonstration_returns_what_there_is(servers: set[str]) -> None:
    stopped: list[str] = []

    def listen(_: RunClock) -> Listener:
        def hear(mac: str, happened: Occurrence) -> None:
            running.cancel()
            if isinstance(happened, Stopped):
                stopped.append(mac)

        return hear

    running = asyncio.ensure_future(run_demo(seed=1, speed=1.0, listen=listen))
    done = await running
    servers.add(done.plan.server)

    assert done.is_interrupted
    assert running.cancelling() == 0
    assert not done.verdict.is_passed
    assert len(stopped) == 9
    assert done.verdict.duration < 60.0


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(28, "No space left on device")])
async def test_listener_that_cannot_listen_ends_the_run(error: OSError, servers: set[str]) -> None:
    heard: list[Occurrence] = []

    def hear(_: str, happened: Occurrence) -> None:
        heard.append(happened)
        if isinstance(happened, UploadStarted):
            servers.add(happened.url)
        if len(heard) > 20:
            raise error

    with pytest.raises(type(error)):
        await run_demo(seed=1, speed=None, listen=lambda _: hear)
    assert len(heard) == 21


async def test_bug_ends_the_run(servers: set[str]) -> None:
    def hear(_: str, happened: Occurrence) -> None:
        if isinstance(happened, UploadFinished):
            servers.add(happened.url)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(run_demo(seed=1, speed=None, listen=lambda _: hear), 20.0)
