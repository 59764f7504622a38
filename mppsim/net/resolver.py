"""Turn names into addresses, without asking twice at a time.

A numeric host never gets as far as the system's resolver. A name is looked up once for all who
ask meanwhile, and its answer is kept for a few seconds, so that a fleet that reports together
does not load its name server instead of its report server.
"""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["KEPT_SECONDS", "Address", "Found", "MayReach", "Resolver", "keep_family", "reach_all"]

KEPT_SECONDS = 10.0
"""How long an answer is used again, in real time."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to connect: an address family, and what `socket.connect` takes."""

    family: int
    place: tuple[object, ...]


Found = Callable[[tuple[Address, ...] | Exception], None]
"""Is told the addresses in the order to try them, or why there are none."""


MayReach = Callable[[str], bool]
"""Says whether anything may be sent to a host, or asked about it, as it is written."""


def reach_all(_host: str) -> bool:
    """Let every host be reached."""
    return True


def keep_family(addresses: tuple[Address, ...], source: str | None) -> tuple[Address, ...]:
    """Return the addresses that can be reached from one's own: those of its family.

    Without a `source` all can be: the system chooses what to send from.
    """
    if source is None:
        return addresses
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    return tuple(address for address in addresses if address.family == family)


class Resolver:
    """Knows the addresses of hosts that may be reached; others have none, and nobody is asked."""

    def __init__(self, monotonic: Callable[[], float], may_reach: MayReach = reach_all) -> None:
        self._monotonic = monotonic
        self._may_reach = may_reach
        self._numeric: dict[tuple[str, int], tuple[Address, ...]] = {}
        self._named: dict[tuple[str, int], tuple[float, tuple[Address, ...]]] = {}
        self._waiting: dict[tuple[str, int], list[Found]] = {}

    def get(self, host: str, port: int) -> tuple[Address, ...] | None:
        """Return what is known without asking anybody."""
        key = host, port
        numeric = self._numeric.get(key)
        if numeric is not None:
            return numeric
        until, addresses = self._named.get(key, (0.0, ()))
        if addresses and self._monotonic() < until:
            return addresses
        numeric = _read_numeric(host, port) if self._may_reach(host) else None
        if numeric is not None:
            self._numeric[key] = numeric
        return numeric

    def ask(self, host: str, port: int, found: Found) -> None:
        """Ask the system's resolver, and tell `found` later."""
        if not self._may_reach(host):
            refusal = PermissionError(f"nothing may be sent to {host}")
            asyncio.get_running_loop().call_soon(found, refusal)
            return
        key = host, port
        waiting = self._waiting.setdefault(key, [])
        waiting.append(found)
        if len(waiting) == 1:
            future = asyncio.get_running_loop().run_in_executor(None, _look_up, host, port)
            future.add_done_callback(lambda done: self._tell(key, done))

    def _tell(self, key: tuple[str, int], done: asyncio.Future[tuple[Address, ...]]) -> None:
        error = None if done.cancelled() else done.exception()
        answer: tuple[Address, ...] | Exception
        if done.cancelled() or isinstance(error, Exception):
            answer = error if isinstance(error, Exception) else socket.gaierror()
        else:
            answer = done.result()
            self._named[key] = self._monotonic() + KEPT_SECONDS, answer
        for found in self._waiting.pop(key):
            found(answer)


def _read_numeric(host: str, port: int) -> tuple[Address, ...] | None:
    try:
        return _look_up(host, port, socket.AI_NUMERICHOST | socket.AI_NUMERICSERV)
    except (OSError, UnicodeError):
        return None


def _look_up(host: str, port: int, flags: int = socket.AI_NUMERICSERV) -> tuple[Address, ...]:
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return tuple(dict.fromkeys(Address(row[0], row[4]) for row in rows))
