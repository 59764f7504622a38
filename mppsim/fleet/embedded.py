"""The server that a run brings with it: `mppsim.server.controlled` in a process of its own."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mppsim.errors import StartError
from mppsim.fleet.control_line import ControlLine, ServerEnded, ServerSilent
from mppsim.fleet.plan import EmbeddedPlan, FaultPlan
from mppsim.server.ledger import ServerLedger

__all__ = ["EmbeddedServer", "ServerCounts", "embedded_server"]

_PATIENCE = 30.0
"""Seconds of real time that the server may be silent: at its start, when asked, and at its end."""


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
    full: int = 0
    """How often it had as many connections as it takes, so that more had to wait."""


class EmbeddedServer:
    """A running server.

    Everything that it is asked raises `ServerEnded` where it is gone, and `ServerSilent` where it
    is there but says nothing.
    """

    def __init__(self, process: asyncio.subprocess.Process, *, patience: float = _PATIENCE) -> None:
        self._process = process
        self._patience = patience
        self._line = ControlLine(process)
        self.url = ""
        self.tftp = ""
        """HOST:PORT."""
        self.connections = 0
        """How many it takes at once; more wait."""
        self.counts = ServerCounts()
        """As far as the server was last asked; all of it once it has stopped."""

    @property
    def is_up(self) -> bool:
        """Whether its process runs, as far as is known."""
        return self._process.returncode is None and not self._line.has_ended

    async def start(self, settings: dict[str, object]) -> None:
        """Wait until it listens; raises `StartError` when it does not come to that."""
        try:
            said, _ = await self._ask(settings)
        except (ServerEnded, ServerSilent):
            await self.stop()
            last_words = self._line.last_words
            raise StartError(f"the embedded server did not start: {last_words}") from None
        self.url, self.tftp = str(said["http"]), str(said["tftp"])
        self.connections = int(said["connections"])

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
        """End the server and hear it out; stopping twice is no mistake."""
        last = await self._line.hear_out(patience=self._patience)
        if last is not None:
            self._take_counts(last[0])

    def kill(self) -> None:
        """End the server at once; `stop` is to follow."""
        self._line.kill()

    async def _ask(self, order: dict[str, object]) -> tuple[dict[str, Any], bytes]:
        return await self._line.ask(order, patience=self._patience)

    def _take_counts(self, said: dict[str, Any]) -> None:
        self.counts = ServerCounts(
            contents=Counter(said["contents"]),
            bytes=said["bytes"],
            unopened=said["unopened"],
            turned_away=said["turned_away"],
            faults=Counter(said["faults"]),
            full=said["full"],
        )


@asynccontextmanager
async def embedded_server(
    plan: EmbeddedPlan, *, seed: int, directory: Path | None = None
) -> AsyncIterator[EmbeddedServer]:
    """Run a server that keeps reports below `directory`, which goes with it; None: it keeps none.

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
    except asyncio.CancelledError:
        server.kill()  # nobody waits for it any more
        raise
    finally:
        await server.stop()
