"""A server that does what lines on its standard input say."""

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest

from mppsim.errors import EncryptionError, MppSimError
from mppsim.server import AuthScheme, Login
from mppsim.server.controlled import read_settings, serve_controlled
from mppsim.server.doors import BACKLOG
from mppsim.server.ledger import ServerLedger
from tests.support.raw_client import exchange, request

SETTINGS = {
    "directory": None,
    "keys": [],
    "ikm": "",
    "user": "",
    "password": "",
    "auth": "basic",
    "seed": 3,
}
DELTA = b'<flat-profile>\n<A ua="na">1</A>\n</flat-profile>\n'


class Answers(io.BytesIO):
    """What the server wrote, with a sign whenever there is more."""

    def __init__(self) -> None:
        super().__init__()
        self.written = asyncio.Event()
        self._at = 0

    def flush(self) -> None:
        self.written.set()

    async def next(self) -> tuple[dict[str, Any], bytes]:
        async with asyncio.timeout(10):
            while self._at == len(self.getvalue()):
                self.written.clear()
                await self.written.wait()
        line, _, rest = self.getvalue()[self._at :].partition(b"\n")
        said = json.loads(line)
        enclosed = rest[: said.pop("enclosed")]
        self._at += len(line) + 1 + len(enclosed)
        return said, enclosed


class Control:
    """The run's end of a controlled server in this process."""

    def __init__(self, settings: dict[str, object]) -> None:
        self.orders = asyncio.StreamReader()
        self.answers = Answers()
        self.order(settings)
        self.serving = asyncio.create_task(serve_controlled(self.orders, self.answers))

    def order(self, said: object) -> None:
        self.orders.feed_data(json.dumps(said).encode() + b"\n")

    async def ask(self, said: object) -> tuple[dict[str, Any], bytes]:
        self.order(said)
        return await self.answers.next()


async def test_server_receives_counts_and_ends_with_its_orders() -> None:
    control = Control({**SETTINGS, "keys": ["k"]})
    ready, _ = await control.answers.next()
    url = ready["http"]
    statuses = [
        (await exchange(url, request("PUT", "/a", body))).status for body in (DELTA, b"Salted__x")
    ]
    counts, dumped = await control.ask({"do": "ledger"})
    ledger = ServerLedger()
    ledger.load(dumped)
    control.orders.feed_eof()
    last, _ = await control.answers.next()
    await control.serving

    assert statuses == [204, 204]
    assert ready["tftp"].startswith("127.0.0.1:")
    assert 0 < ready["connections"] < BACKLOG
    assert counts == last
    assert counts == {
        "contents": {"delta": 1, "unknown": 1},
        "bytes": len(DELTA) + 9,
        "unopened": 1,
        "turned_away": 0,
        "faults": {},
        "full": 0,
    }
    assert [(place, held.count) for place, held in ledger.items()] == [(" /a", 2)]
    with pytest.raises(ConnectionRefusedError):
        await exchange(url, request("PUT", "/a", DELTA))


async def test_faults_are_in_force_once_they_are_answered() -> None:
    control = Control(SETTINGS)
    ready, _ = await control.answers.next()
    statuses = []
    for faults in ([{"kind": "status", "value": 503, "share": 1.0}], []):
        assert await control.ask({"do": "faults", "faults": faults}) == ({}, b"")
        statuses.append((await exchange(ready["http"], request("PUT", "/a", DELTA))).status)
    counts, _ = await control.ask({"do": "count"})
    control.orders.feed_eof()
    await control.serving

    assert statuses == [503, 204]
    assert counts["faults"] == {"status:503": 1}


async def test_order_that_is_none_ends_the_server() -> None:
    control = Control(SETTINGS)
    control.order({"do": "nothing"})

    with pytest.raises(MppSimError, match="no such order: nothing"):
        await control.serving


def test_settings_are_all_taken_over(tmp_path: Path) -> None:
    said = {
        "directory": str(tmp_path),
        "keys": ["a", "b"],
        "ikm": "walrus",
        "user": "u",
        "password": "p",
        "auth": "digest",
        "seed": 3,
    }
    settings = read_settings(said)

    assert (settings.directory, settings.keeps_bodies) == (tmp_path, True)
    assert (settings.keys, settings.ikm, settings.seed) == (("a", "b"), b"walrus", 3)
    assert settings.login == Login(user="u", password="p", scheme=AuthScheme.DIGEST)
    assert not read_settings(SETTINGS).keeps_bodies
    assert read_settings(SETTINGS).login is None


def test_ikm_that_is_none_is_refused() -> None:
    with pytest.raises(EncryptionError):
        read_settings({**SETTINGS, "ikm": "\ud800"})
