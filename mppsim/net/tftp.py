"""Write and read files by TFTP: the client that all phones of a loop share.

A transfer has a socket of its own and no task; an outcome is a callback. TFTP is rare and slow by
nature, one block for each round trip, so nothing here is tuned as the HTTP engine is.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Self

from mppsim.core.url import Url
from mppsim.http import HttpOutcome, HttpRequest
from mppsim.net.resolver import MayReach, Resolver, reach_all
from mppsim.net.tftp_errand import Done, Errand, TftpOutcome
from mppsim.tftp import Receiving, Sending, Terms, Tid, Transfer, TransferLimits
from mppsim.tftp.packet import ErrorCode
from mppsim.tftp.terms import BLOCK_BYTES

__all__ = ["MOST_TRANSFERS", "TftpClient", "TftpOutcome", "TftpSession"]

MOST_TRANSFERS = 64
"""At once, in one loop; further ones wait in order."""


class TftpClient:
    """Writes and reads files in the running event loop. Leave or `close` it to end everything."""

    def __init__(
        self,
        limits: TransferLimits | None = None,
        *,
        most: int = MOST_TRANSFERS,
        may_reach: MayReach = reach_all,
    ) -> None:
        """Let at most `most` transfers run at once, with hosts that may be reached."""
        self.limits = limits or TransferLimits()
        self.loop = asyncio.get_running_loop()
        self.resolver = Resolver(self.loop.time, may_reach)
        self._sessions: set[TftpSession] = set()
        self._most = most
        self._under_way = 0
        self._queue: deque[Errand] = deque()
        self._ended: deque[tuple[Done, TftpOutcome]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open_session(self, source: str | None = None) -> "TftpSession":
        """Begin the transfers of one phone, from its own address if given."""
        session = TftpSession(self, source)
        self._sessions.add(session)
        return session

    async def read(
        self, url: Url, *, source: str | None = None, limit: int | None = None
    ) -> TftpOutcome:
        """Read a file in a session of its own, and wait for it."""
        session = self.open_session(source)
        future: asyncio.Future[TftpOutcome] = self.loop.create_future()

        def settle(outcome: TftpOutcome) -> None:
            if not future.done():
                future.set_result(outcome)

        try:
            session.read(url, settle, limit=limit)
            return await future
        finally:
            session.close()

    def close(self) -> None:
        """End everything; before it returns, what was in hand has ended with `cut`."""
        for session in tuple(self._sessions):
            session.close()
        self._settle()

    # What sessions and errands call.

    def launch(self, errand: Errand) -> None:
        """Let a transfer begin, now or in its turn."""
        if self._under_way < self._most:
            self._under_way += 1
            errand.begin()
        else:
            self._queue.append(errand)

    def release(self, errand: Errand) -> None:
        """Give the place of a transfer that has ended to the next."""
        if errand in self._queue:
            self._queue.remove(errand)
            return
        self._under_way -= 1
        if self._queue:
            self.launch(self._queue.popleft())

    def tell_soon(self, done: Done, outcome: TftpOutcome) -> None:
        """Tell whoever asked for a transfer, but not while they ask."""
        self._ended.append((done, outcome))
        self.loop.call_soon(self._settle)

    def _settle(self) -> None:
        while self._ended:
            done, outcome = self._ended.popleft()
            done(outcome)

    def forget(self, session: "TftpSession") -> None:
        """Take note that a session is closed."""
        self._sessions.discard(session)


class TftpSession:
    """The transfers of one phone; made by `TftpClient.open_session`."""

    __slots__ = ("client", "errands", "is_open", "source")

    def __init__(self, client: TftpClient, source: str | None) -> None:
        self.client = client
        self.source = source
        """The address to send from; None: the system chooses."""
        self.is_open = True
        self.errands: dict[Errand, None] = {}
        """What is in hand or waits for its turn, in order."""

    def send(self, request: HttpRequest, done: Callable[[HttpOutcome], None]) -> None:
        """Write a body or, for a GET, read one, in the words of HTTP (`UploadLine`).

        Method, headers and credentials say nothing to TFTP, and the outcome has no status, but
        for 404 where the file to read is not there (ERROR 1).
        """
        is_read = request.method == "GET"

        def tell(ended: TftpOutcome) -> None:
            outcome = HttpOutcome(
                status=404 if is_read and ended.code == ErrorCode.NOT_FOUND else None,
                reason=ended.reason,
                seconds=ended.seconds,
                bytes=len(request.body),
                location=None,
                url=ended.url,
                body=ended.body,
                detail=str(ended),
            )
            done(outcome)

        if is_read:
            self.read(request.url, tell, limit=request.keep_body)
        else:
            self.write(request.url, request.body, tell)

    def write(self, url: Url, body: bytes, done: Done) -> None:
        """Write a file."""
        terms = Terms(block_bytes=BLOCK_BYTES, size=len(body))
        limits = self.client.limits

        def make(server: Tid, path: str) -> Transfer:
            return Sending(lambda at, n: body[at : at + n], server, terms, limits, path=path)

        self._launch(Errand(self, url, make, done))

    def read(self, url: Url, done: Done, *, limit: int | None = None) -> None:
        """Read a file of at most `limit` bytes, or of what the client's limits allow."""
        terms = Terms(block_bytes=BLOCK_BYTES, size=0)
        limits = self.client.limits
        if limit is not None:
            limits = replace(limits, file_bytes=limit)
        errand: Errand

        def make(server: Tid, path: str) -> Transfer:
            return Receiving(errand.keep, server, terms, limits, path=path)

        errand = Errand(self, url, make, done)
        self._launch(errand)

    def close(self) -> None:
        """End what is in hand or waits, with the reason `cut`, soon."""
        self.is_open = False
        # The last ones first: the place of one in hand is not for the next of this session.
        for errand in reversed(tuple(self.errands)):
            errand.end("cut")
        self.client.forget(self)

    def _launch(self, errand: Errand) -> None:
        self.errands[errand] = None
        self.client.launch(errand)
        if not self.is_open:
            errand.end("cut")
