"""Two sides of a transfer on a wire of the test's own, in a time of its own.

The wire may lose, double and delay datagrams; nothing waits, and no socket is opened.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from mppsim.tftp import Outgoing, Tid, Transfer

__all__ = ["CLIENT", "FATE", "LISTENER", "SERVER", "STRANGER", "Wire", "keep_in", "read_from"]

CLIENT, SERVER = Tid("192.0.2.1", 1024), Tid("192.0.2.2", 2048)
LISTENER = Tid("192.0.2.2", 69)
"""Where requests go; answers come from `SERVER`, a port of the transfer's own."""
STRANGER = Tid("192.0.2.3", 4711)

FATE = tuple[float, ...]
"""When the copies of a datagram arrive, in seconds after it was sent; none: it is lost."""


def read_from(body: bytes) -> Callable[[int, int], bytes]:
    return lambda at, size: body[at : at + size]


def keep_in(bodies: list[bytes]) -> Callable[[bytes], None]:
    return bodies.append


@dataclass(slots=True)
class Wire:
    """Carries datagrams between a client and the server's side of its transfer."""

    client: Transfer
    server: Transfer
    fates: Iterable[FATE] = ()
    """Of the datagrams in the order in which they are sent; later ones arrive at once, once."""
    now: float = 0.0
    sent: list[bytes] = field(default_factory=list)
    """Everything that was sent, by either side."""
    turned: list[Outgoing] = field(default_factory=list)
    """What went to neither."""
    _due: list[tuple[float, int, Tid, bytes]] = field(default_factory=list)
    _count: int = 0

    def run(self, *, most: int = 200_000) -> None:
        """Let the request arrive at once, and the rest as it may, until both sides have ended."""
        fates = iter(self.fates)
        self.client.begin(self.now)
        self._send(self.server.begin(self.now), fates)
        for _ in range(most):
            sides = [side for side in (self.client, self.server) if side.ending is None]
            if not sides:
                return
            side = min(sides, key=lambda one: one.deadline)
            if self._due and self._due[0][0] <= side.deadline:
                self._deliver(fates)
            else:
                self.now = side.deadline
                self._send(side.wake(self.now), fates)
        raise AssertionError("the transfer never ends")

    def _send(self, outgoing: Outgoing | None, fates: Iterator[FATE]) -> None:
        if outgoing is None:
            return
        self.sent.append(outgoing.datagram)
        if outgoing.to not in {CLIENT, SERVER, LISTENER}:
            self.turned.append(outgoing)
            return
        for delay in next(fates, (0.0,)):
            self._count += 1
            row = (self.now + delay, self._count, outgoing.to, outgoing.datagram)
            heapq.heappush(self._due, row)

    def _deliver(self, fates: Iterator[FATE]) -> None:
        at, _, to, datagram = heapq.heappop(self._due)
        self.now = max(self.now, at)
        side, source = (self.client, SERVER) if to == CLIENT else (self.server, CLIENT)
        # A repeated request finds its transfer begun: the listener drops it.
        if side.ending is None and to != LISTENER:
            self._send(side.take(datagram, source, self.now), fates)
