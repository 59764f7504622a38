"""One of several processes that share a fleet: `python -m mppsim.fleet.worker DESCRIPTOR`.

The descriptor is its end of the channel to the coordinator. When that closes, by whatever cause,
the worker ends: whoever kills a run has killed all of it.
"""

import asyncio
import signal
import socket
import sys
import traceback
from contextlib import suppress
from typing import Any, TextIO, cast

from mppsim.errors import StartError
from mppsim.fleet.channel import Channel, open_channel
from mppsim.fleet.crew_words import (
    Begin,
    End,
    Ended,
    Failed,
    Finish,
    Go,
    Lines,
    Rested,
    Start,
)
from mppsim.fleet.shard_run import ShardRun
from mppsim.net.clock import RunClock
from mppsim.net.event_log import json_lines
from mppsim.net.reuseport import PortGroups

__all__ = ["main"]

_NEWS_EVERY = 0.5
"""Seconds of real time."""
_LINES_EVERY = 0.1
_MOST_LINES = 1 << 16
"""Characters that are told without waiting for the next time."""


class _Lines:
    """A text stream, as far as `json_lines` needs one, that ends at the coordinator's."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._kept: list[str] = []
        self._length = 0
        self._is_due = False

    def write(self, text: str) -> int:
        self._kept.append(text)
        self._length += len(text)
        return len(text)

    def flush(self) -> None:
        """Tell soon: a message for each line would cost more than the line."""
        if self._length > _MOST_LINES:
            self.tell()
        elif not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_later(_LINES_EVERY, self.tell)

    def tell(self) -> None:
        self._is_due = False
        if self._kept:
            self._channel.send(Lines("".join(self._kept)))
            self._kept.clear()
            self._length = 0


class _Worker:
    """Does what the coordinator says, until there is none any more."""

    def __init__(self) -> None:
        self._gone = asyncio.Event()
        self._channel: Channel
        self._lines: _Lines
        self._run: ShardRun | None = None
        self._ending: asyncio.Task[None] | None = None
        self._has_ended = False

    async def serve(self, sock: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._catch)
        self._channel = await open_channel(sock, self._take, self._gone.set)
        self._lines = _Lines(self._channel)
        await self._gone.wait()
        if self._run is not None:
            self._run.close()

    def _take(self, order: object) -> None:
        try:
            self._do(order)
        except StartError as error:
            self._fail(str(error), is_bug=False)
        except Exception:  # noqa: BLE001 -- the coordinator tells of it
            self._fail(traceback.format_exc(), is_bug=True)

    def _do(self, order: object) -> None:
        match order:
            case Start():
                self._start(order)
            case Begin(zero):
                self._shard.begin(zero)
            case Go(until):
                self._shard.go(until)
            case End():
                self._shard.end()
            case Finish(limit):
                self._ending = asyncio.create_task(self._finish(limit))

    @property
    def _shard(self) -> ShardRun:
        assert self._run is not None, "nothing comes before Start"
        return self._run

    def _start(self, order: Start) -> None:
        terms = order.terms
        clock = RunClock(terms.plan.speed, is_begun=False)
        # Nothing but `write` and `flush` is used of a stream.
        stream = cast(TextIO, self._lines)
        events = json_lines(stream, clock) if terms.tells_events else None
        ports = PortGroups(terms.worker, terms.workers, before=order.before, after=order.after)
        self._run = ShardRun(terms, clock, self._tell_rest, events)
        with socket.socket(fileno=order.keeper) as keeper:
            try:
                ready = self._run.open(ports)
            finally:
                ports.close()
            # Of a port that was free for one transport only, some have been closed again.
            descriptors = [sock.fileno() for sock in ports.sockets if sock.fileno() >= 0]
            socket.send_fds(keeper, [b"."], descriptors)
        self._channel.send(ready)
        self._tell_news()

    def _tell_rest(self, due: float | None) -> None:
        self._channel.send(Rested(due))

    def _tell_news(self) -> None:
        if self._has_ended:
            return
        asyncio.get_running_loop().call_later(_NEWS_EVERY, self._tell_news)
        if not self._channel.backlog:
            self._channel.send(self._shard.news())

    async def _finish(self, limit: float) -> None:
        try:
            await self._shard.finish(limit)
        except Exception:  # noqa: BLE001 -- the same
            self._fail(traceback.format_exc(), is_bug=True)
            return
        self._has_ended = True
        self._lines.tell()
        self._channel.send(self._shard.news(is_last=True))
        self._channel.send(Ended())

    def _catch(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Take what a callback raised, which nobody awaits."""
        error = context.get("exception")
        lines = [str(context["message"])] if error is None else traceback.format_exception(error)
        self._fail("".join(lines), is_bug=True)

    def _fail(self, reason: str, *, is_bug: bool) -> None:
        self._channel.send(Failed(reason, is_bug))
        self._channel.close()


def main() -> None:
    """Serve the coordinator at the other end of the descriptor that the command line names."""
    # Ctrl-C and the like are the coordinator's to hear: it ends the run in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with suppress(KeyboardInterrupt):
        asyncio.run(_Worker().serve(socket.socket(fileno=int(sys.argv[1]))))


if __name__ == "__main__":
    main()
