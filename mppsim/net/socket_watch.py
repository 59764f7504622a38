"""All the sockets of the upload engine behind one descriptor that asyncio watches.

asyncio sees a single reader; each wake-up serves everything that is ready. Its timers, SIP and
pages run in the same loop, between two batches.
"""

import asyncio
import socket
from typing import Protocol

from mppsim.net.poller import open_poller

__all__ = ["Served", "SocketWatch"]

# What the poller has looked at is still in the processor's cache when its turn comes: of 512 at
# once, much is not, which costs a kept upload 4 % (measured with 1,000 connections).
_AT_ONCE = 64
_MOST_TURNS = 8  # then asyncio's others have theirs


class Served(Protocol):
    """Who is told that a socket is ready."""

    def serve(self, mask: int, /) -> None:
        """Do what can be done without blocking; `mask` is a hint, not a promise."""


class SocketWatch:
    """Watches sockets and serves those that are ready, a batch at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._poller = open_poller()
        # By descriptor: they are small, since the system hands out the lowest. A dictionary would
        # bring three more pieces of memory into the cache for each event.
        self._served: list[Served | None] = []
        self._count = 0
        self._is_serving = False
        self._doomed: list[socket.socket] = []
        loop.add_reader(self._poller.fileno(), self._serve_batch)

    def __len__(self) -> int:
        return self._count

    def add(self, fd: int, served: Served, mask: int) -> None:
        """Watch a descriptor for `served`."""
        if fd >= len(self._served):
            self._served += [None] * (fd + 1 - len(self._served))
        self._served[fd] = served
        self._count += 1
        self._poller.register(fd, mask)

    def change(self, fd: int, mask: int) -> None:
        """Watch it for something else."""
        self._poller.modify(fd, mask)

    def drop(self, fd: int, sock: socket.socket) -> None:
        """Watch it no more, if it was watched, and close its socket."""
        if fd < len(self._served) and self._served[fd] is not None:
            self._served[fd] = None
            self._count -= 1
        # Not in the middle of a batch: a new socket would get the number of a closed one, and
        # then the events that the batch still holds for it.
        if self._is_serving:
            self._doomed.append(sock)
        else:
            sock.close()

    def close(self) -> None:
        """Watch nothing any more; the sockets are their owners' to drop first."""
        self._loop.remove_reader(self._poller.fileno())
        self._poller.close()

    def _serve_batch(self) -> None:
        for _ in range(_MOST_TURNS):
            if self._serve_ready() < _AT_ONCE:
                break

    def _serve_ready(self) -> int:
        """Serve some of those that are ready; return how many that were."""
        served = self._served
        self._is_serving = True
        ready = self._poller.poll(0, _AT_ONCE)
        for fd, mask in ready:
            owner = served[fd]
            if owner is not None:
                owner.serve(mask)
        self._is_serving = False
        for sock in self._doomed:
            sock.close()
        self._doomed.clear()
        return len(ready)
