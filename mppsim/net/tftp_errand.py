"""One TFTP transfer that was asked for, on its way over as many addresses as that takes."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mppsim.core.url import Url
from mppsim.net.datagrams import open_datagrams
from mppsim.net.failures import name_failure
from mppsim.net.resolver import Address, keep_family
from mppsim.net.tftp_carrier import Carrier
from mppsim.tftp import Tid, Transfer
from mppsim.tftp.packet import PacketError

if TYPE_CHECKING:
    from mppsim.net.tftp import TftpSession

__all__ = ["Done", "Errand", "TftpOutcome"]

_RESOLVING_SECONDS = 30.0
_NEXT_HELPS = frozenset({"refused", "connect"})
"""Reasons for which the next address of a name is tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TftpOutcome:
    """How a transfer ended."""

    url: Url
    reason: str | None
    """None: well. Else one of the closed list of `mppsim.core.events`; `tftp`: the server sent an
    ERROR, or what it sent made no sense."""
    code: int | None = None
    """Of the ERROR packet, where there was one: 1 is a file that is not there."""
    message: str = ""
    """What that packet said; for people."""
    body: bytes = field(default=b"", repr=False)
    """The file that was read."""
    seconds: float = 0.0
    """Real time from its first packet to its end; not the time it waited for a place."""

    def __str__(self) -> str:
        """Say what the ERROR packet said; nothing where there was none."""
        return "" if self.code is None else f"TFTP error {self.code}: {self.message}"


Done = Callable[[TftpOutcome], None]
"""Is told how a transfer ended, always later than it was asked for, and exactly once."""


class Errand:
    """Made by a session; `done` is told how it ended."""

    __slots__ = (
        "_addresses",
        "_body",
        "_carrier",
        "_done",
        "_make",
        "_session",
        "_started",
        "_timer",
        "_url",
    )

    def __init__(
        self,
        session: "TftpSession",
        url: Url,
        make: Callable[[Tid, str], Transfer],
        done: Done,
    ) -> None:
        self._session = session
        self._url = url
        self._make = make
        self._done = done
        self._addresses: deque[Address] = deque()
        self._body = b""
        self._carrier: Carrier | None = None
        self._started: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Find the addresses of the server, and ask the first."""
        client, url = self._session.client, self._url
        self._started = client.loop.time()
        known = client.resolver.get(url.host, url.port)
        if known is not None:
            self._found(known)
            return
        self._timer = client.loop.call_later(_RESOLVING_SECONDS, self.end, "timeout")
        client.resolver.ask(url.host, url.port, self._found)

    def keep(self, body: bytes) -> None:
        """Keep the file that was read."""
        self._body = body

    def end(self, reason: str | None) -> None:
        """End it; its sender is told soon."""
        session = self._session
        del session.errands[self]
        if self._carrier is not None:
            self._carrier.close()
        if self._timer is not None:
            self._timer.cancel()
        session.client.release(self)
        session.client.tell_soon(self._done, self._outcome(reason))

    def _outcome(self, reason: str | None) -> TftpOutcome:
        now = self._session.client.loop.time()
        ending = None if self._carrier is None else self._carrier.transfer.ending
        return TftpOutcome(
            url=self._url,
            reason=reason,
            code=ending.code if ending is not None else None,
            message=ending.message if ending is not None else "",
            body=self._body if reason is None else b"",
            seconds=0.0 if self._started is None else now - self._started,
        )

    def _found(self, found: tuple[Address, ...] | Exception) -> None:
        if self not in self._session.errands:
            return  # it was cut, or took too long
        if self._timer is not None:
            self._timer.cancel()
        if isinstance(found, Exception):
            self.end(name_failure(found))
            return
        self._addresses.extend(keep_family(found, self._session.source))
        if self._addresses:
            self._ask_next()
        else:
            self.end("connect")

    def _ask_next(self) -> None:
        address = self._addresses.popleft()
        host, port, *_ = address.place
        assert isinstance(port, int)
        path = unquote(self._url.target, errors="surrogateescape")
        try:
            transfer = self._make(Tid(str(host), port), path)
            opened = open_datagrams(address.family, self._session.source)
        except PacketError:
            self.end("rule")
        except OSError as error:
            self._ended(name_failure(error))
        else:
            self._carrier = Carrier(transfer, opened, self._ended)
            self._carrier.start()

    def _ended(self, reason: str | None) -> None:
        is_heard = self._carrier is not None and self._carrier.transfer.is_answered
        if reason in _NEXT_HELPS and self._addresses and not is_heard:
            self._ask_next()
        else:
            self.end("reset" if reason == "refused" and is_heard else reason)
