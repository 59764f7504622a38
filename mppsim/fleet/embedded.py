"""The server that a run brings with it: `mppsim.server.controlled` in a process of its own."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mppsim.errors import MppSimError, StartError
from mppsim.fleet.plan import EmbeddedPlan, FaultPlan
from mppsim.server.ledger import ServerLedger

__all__ = ["EmbeddedServer", "ServerCounts", "ServerEnded", "embedded_server"]

_PATIENCE = 20.0
"""Seconds of real time that the server may take to start, and then to stop."""


class ServerEnded(MppSimError):
    """The embedded server has ended by itself, or was killed: it can be asked nothing any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerCounts:
    """What the server has received so far."""

    contents: Counter[str] = field(default_factory=Counter)
    """Reports by what it took them for; `unknown` is no report, or could not be opened."""
    bytes: int = 0
    unopened: int = 0
    """Reports that no key opened."""
    turned_away: int = 0
    """Requests that it refused, faults aside."""
    faults: Counter[str] = field(default_factory=Counter)
    """Requests that a fault befell, by its kind and value."""


class EmbeddedServer:
    """A running server. Everything that it is asked raises `ServerEnded` where it is gone."""

    def __init__(self, process: asyncio.subprocess.Process, *, patience: float = _PATIENCE) -> None:
        self._process = process
        self._patience = patience
        self._asking = asyncio.Lock()
        self._is_silent = False
        self.url = ""
        self.tftp = ""
        """HOST:PORT."""
        self.counts = ServerCounts()
        """As far as the server was last asked; all of it once it has stopped."""

    @property
    def is_up(self) -> bool:
        """Whether its process runs, as far as is known."""
        return self._process.returncode is None and not self._is_silent

    async def start(self, settings: dict[str, object]) -> None:
        """Wait until it listens; raises `StartError` when it does not come to that."""
        try:
            async with asyncio.timeout(self._patience):
                said, _ = await self._exchange(settings)
        except (TimeoutError, ServerEnded):
            with suppress(ProcessLookupError):
                self._process.kill()
            last_words = await self._last_words()
            raise StartError(f"the embedded server did not start: {last_words}") from None
        self.url, self.tftp = str(said["http"]), str(said["tftp"])

    async def set_faults(self, faults: Sequence[FaultPlan]) -> None:
        """Put these faults in force and no others; they are when this returns.

        When they begin and end is for the caller to see to, who has the run's clock.
        """
        said = [{"kind": each.kind, "value": each.value, "share": each.share} for each in faults]
        await self._ask({"do": "faults", "faults": said})

    async def count(self) -> ServerCounts:
        """Ask what it has received so far; cheap enough for a few times a second."""
        self._take_counts((await self._ask({"do": "count"}))[0])
        return self.counts

    async def ledger(self) -> ServerLedger:
        """Ask what it has received, place by place."""
        said, dumped = await self._ask({"do": "ledger"})
        self._take_counts(said)
        ledger = ServerLedger()
        ledger.load(dumped)
        return ledger

    async def stop(self) -> None:
        """End the server and hear it out."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(self._patience):
                async with self._asking:
                    with suppress(ServerEnded):
                        self._take_counts((await self._read_answer())[0])
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _ask(self, order: dict[str, object]) -> tuple[dict[str, Any], bytes]:
        # Whoever no longer waits for an answer leaves it to nobody else.
        return await asyncio.shield(asyncio.create_task(self._exchange(order)))

    async def _exchange(self, order: dict[str, object]) -> tuple[dict[str, Any], bytes]:
        assert self._process.stdin is not None
        async with self._asking:
            try:
                self._process.stdin.write(json.dumps(order).encode() + b"\n")
                await self._process.stdin.drain()
            except ConnectionError as error:
                raise ServerEnded("the embedded server has ended") from error
            return await self._read_answer()

    async def _read_answer(self) -> tuple[dict[str, Any], bytes]:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        # Its output has ended, so it is about to.
        self._is_silent = not line
        if not line:
            raise ServerEnded("the embedded server has ended")
        said: dict[str, Any] = json.loads(line)
        return said, await self._process.stdout.readexactly(said["enclosed"])

    def _take_counts(self, said: dict[str, Any]) -> None:
        self.counts = ServerCounts(
            contents=Counter(said["contents"]),
            bytes=said["bytes"],
            unopened=said["unopened"],
            turned_away=said["turned_away"],
            faults=Counter(said["faults"]),
        )

    async def _last_words(self) -> str:
        _, said = await self._process.communicate()
        lines = said.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"


@asynccontextmanager
async def embedded_server(
    plan: EmbeddedPlan, *, seed: int, directory: Path | None = None
) -> AsyncIterator[EmbeddedServer]:
    """Run a server that keeps reports below `directory`; None: it keeps none.

    None of the plan's faults is in force yet. Raises `StartError` when it does not come up.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mppsim.server.controlled"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the run: its last uploads still need a server
    )
    server = EmbeddedServer(process)
    try:
        # Secrets go by its input: every process of a machine can read a command line.
        await server.start(
            {
                "directory": None if directory is None else str(directory),
                "keys": plan.keys,
                "ikm": plan.ikm,
                "user": plan.user,
                "password": plan.password,
                "auth": plan.auth,
                "seed": seed,
            }
        )
        yield server
    finally:
        await server.stop()
