"""Orders to a process, a line of JSON each, and its answers, in their order.

Everything that it says is read as it comes, asked for or not: a process whose words nobody takes
stands still once a pipe is full, and none of what it does would end any more.
"""

import asyncio
import json
import os
import signal
from collections import deque
from contextlib import suppress
from typing import Any

from mppsim.errors import MppSimError

__all__ = ["Answer", "ControlLine", "ServerEnded", "ServerSilent"]

_AT_ONCE = 1 << 16
_LAST_WORDS = 1 << 13
"""Bytes of what it said last on standard error."""
_GLANCES = 20
"""How often one looks up while patience lasts: whoever slept himself for long cannot say that
nothing was said."""

Answer = tuple[dict[str, Any], bytes]
"""What was said, and the bytes that came with it."""


class ServerEnded(MppSimError):
    """The embedded server has ended by itself, or was killed: it can be asked nothing any more."""


class ServerSilent(MppSimError):
    """The embedded server has not said a word for too long; it may come to itself again."""


class ControlLine:
    """Talks to one process, whose three standard streams are pipes. Made where a loop runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.has_ended = False
        """Whether it will say nothing more."""
        self._process = process
        self._due: deque[asyncio.Future[Answer | None]] = deque()
        self._heard = 0  # grows with whatever is heard
        self._is_silent = False
        self._said = bytearray()
        self._hearing = asyncio.create_task(self._hear())
        self._overhearing = asyncio.create_task(self._overhear())

    @property
    def last_words(self) -> str:
        """Its last line on standard error, or a sentence for none."""
        lines = self._said.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    async def ask(self, order: dict[str, object], *, patience: float) -> Answer:
        """Give an order and wait for its answer.

        Raise `ServerSilent` when nothing at all was heard for `patience` real seconds, and as long
        as that is so; `ServerEnded` where it is gone.
        """
        if self.has_ended:
            raise ServerEnded("the embedded server has ended")
        assert self._process.stdin is not None
        due = self._expect()
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        glances = _GLANCES
        while not due.done():
            if self._is_silent or not glances:
                self._is_silent = True
                raise ServerSilent("the embedded server does not answer")
            heard = self._heard
            await asyncio.wait((due,), timeout=patience / _GLANCES)
            glances = glances - 1 if self._heard == heard else _GLANCES
        answer = due.result()
        if answer is None:
            raise ServerEnded("the embedded server has ended")
        return answer

    async def hear_out(self, *, patience: float) -> Answer | None:
        """Give no more orders, and wait until it has ended; return its last answer, if one came.

        It is killed where it does not end in time, or nobody waits for it any more.
        """
        assert self._process.stdin is not None
        last = self._expect()
        self._process.stdin.close()
        try:
            async with asyncio.timeout(0.0 if self._is_silent else patience):
                await self._process.wait()
        except TimeoutError:
            pass
        finally:
            self.kill()
            await self._pour_away()
            await self._process.wait()
        return last.result()

    def kill(self) -> None:
        """End the process at once; `hear_out` is to follow."""
        if self._process.returncode is None:
            # Not `Popen.kill`: it would reap a process that has just ended, behind asyncio's back.
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)

    def _expect(self) -> asyncio.Future[Answer | None]:
        due: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        if self.has_ended:
            due.set_result(None)
        else:
            self._due.append(due)
        return due

    async def _hear(self) -> None:
        assert self._process.stdout is not None
        stdout = self._process.stdout
        try:
            while line := await stdout.readline():
                said: dict[str, Any] = json.loads(line)
                self._hand_over((said, await self._read_enclosed(stdout, said["enclosed"])))
        except (ValueError, LookupError, TypeError):
            self.kill()  # it says what no server says
        finally:
            self.has_ended = True
            while self._due:
                self._due.popleft().set_result(None)

    async def _read_enclosed(self, stdout: asyncio.StreamReader, count: int) -> bytes:
        parts: list[bytes] = []
        while True:
            self._heard += 1
            self._is_silent = False
            if not count:
                return b"".join(parts)
            part = await stdout.read(min(count, _AT_ONCE))
            if not part:
                raise ValueError("it ended in the middle of an answer")
            parts.append(part)
            count -= len(part)

    def _hand_over(self, answer: Answer) -> None:
        if self._due:
            self._due.popleft().set_result(answer)

    async def _overhear(self) -> None:
        assert self._process.stderr is not None
        while said := await self._process.stderr.read(_AT_ONCE):
            self._said = (self._said + said)[-_LAST_WORDS:]

    async def _pour_away(self) -> None:
        """Read whatever is still to come, also where a reader has been cancelled with all else."""
        await asyncio.gather(self._hearing, self._overhearing, return_exceptions=True)
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            while await stream.read(_AT_ONCE):
                pass
