"""The server that a run brings with it: `mppsim serve` in a process of its own, on a free port."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from mppsim.errors import StartError

__all__ = ["EmbeddedServer", "embedded_server"]

_PATIENCE = 20.0
"""Seconds of real time that the server may take to start, and then to stop."""


class EmbeddedServer:
    """A running server, and what it says of the reports that it received."""

    def __init__(self, process: asyncio.subprocess.Process, *, patience: float = _PATIENCE) -> None:
        self._process = process
        self._patience = patience
        self.url = ""
        self.tftp = ""
        """HOST:PORT."""
        self.contents: Counter[str] = Counter()
        """Reports by what the server took them for; `unknown` is what it could not open."""
        self._listening: asyncio.Task[None] | None = None
        self._is_silent = False

    async def start(self) -> None:
        """Wait until it listens; raises `StartError` when it does not come to that."""
        try:
            async with asyncio.timeout(self._patience):
                event = await self._read_event()
        except TimeoutError:
            self._process.kill()
            event = None
        if event is None:
            raise StartError(f"the embedded server did not start: {await self._last_words()}")
        self.url, self.tftp = str(event["http"]), str(event["tftp"])
        self._listening = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        """End the server and hear it out."""
        if self._process.returncode is None and not self._is_silent:
            self._process.terminate()
        try:
            async with asyncio.timeout(self._patience):
                if self._listening is not None:
                    await self._listening
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _listen(self) -> None:
        while (event := await self._read_event()) is not None:
            if event["event"] == "received":
                self.contents[str(event["content"])] += 1

    async def _read_event(self) -> dict[str, object] | None:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        # Its output has ended, so it is about to: no signal is due any more, and before 3.12 one
        # that is sent in that moment makes asyncio lose the process.
        self._is_silent = not line
        event: dict[str, object] | None = json.loads(line) if line else None
        return event

    async def _last_words(self) -> str:
        _, said = await self._process.communicate()
        lines = said.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"


@asynccontextmanager
async def embedded_server(directory: Path, *, key: str, ikm: str) -> AsyncIterator[EmbeddedServer]:
    """Run a server that keeps reports below `directory` and opens what is encrypted.

    Raises `StartError` when it does not come up.
    """
    # Secrets go by file: every process of a machine can read a command line.
    secrets = {"key": directory / "key", "ikm": directory / "ikm"}
    secrets["key"].write_text(key)
    secrets["ikm"].write_text(ikm)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mppsim", "serve", "--listen", "127.0.0.1:0", "--events", "-"),
        *("--tftp", "127.0.0.1:0", "--dir", str(directory / "reports")),
        *(word for name, path in secrets.items() for word in (f"--{name}", f"@{path}")),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the run: its last uploads still need a server
    )
    server = EmbeddedServer(process)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()
