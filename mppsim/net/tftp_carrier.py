"""Carries one TFTP transfer over a socket of its own, which is its TID.

No task: the loop calls when something came, and one timer looks after the transfer's deadline.
"""

import asyncio
import errno
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from mppsim.net.datagrams import Undelivered, receive, receive_errors, send
from mppsim.net.failures import name_failure
from mppsim.tftp import Outgoing, Transfer
from mppsim.tftp.packet import ErrorCode

__all__ = ["Carrier"]

_MOST_AT_ONCE = 32
"""Datagrams that are taken in before others have their turn."""


class Carrier:
    """Lets a transfer run; `ended` is told the reason of its end, or None when it went well.

    `ended` is called once, always later than `start`, and not at all after `close`.
    """

    __slots__ = ("_ended", "_loop", "_opened", "_timer", "transfer")

    def __init__(
        self,
        transfer: Transfer,
        opened: socket.socket,
        ended: Callable[[str | None], None],
    ) -> None:
        """Carry a transfer over a socket, which is closed at its end."""
        self.transfer = transfer
        self._opened = opened
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Send the first packet soon, and go on from there."""
        self._loop.add_reader(self._opened.fileno(), self._serve)
        self._timer = self._loop.call_later(0.0, self._do, self.transfer.begin)

    def close(self) -> None:
        """End it here and now; nobody is told."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._loop.remove_reader(self._opened.fileno())
            self._opened.close()

    def stop(self, message: str) -> None:
        """End it here and now, and tell the other side why."""
        if self._timer is not None:
            with suppress(OSError):
                send(self._opened, self.transfer.break_off(ErrorCode.NOT_DEFINED, message))
            self.close()

    def _serve(self) -> None:
        for undelivered in receive_errors(self._opened):
            if self._is_fatal(undelivered):
                self._end(name_failure(undelivered.error))
                return
        for _ in range(_MOST_AT_ONCE):
            incoming = receive(self._opened)
            if incoming is None:
                return
            self._do(partial(self.transfer.take, incoming.datagram, incoming.source))
            if self._timer is None:
                return

    def _do(self, step: Callable[[float], Outgoing | None]) -> None:
        """Let the transfer make a step, send what it gives, and wait for the next."""
        try:
            outgoing = step(self._loop.time())
        except OSError:
            reason = "the file cannot be read"
            outgoing = self.transfer.break_off(ErrorCode.NOT_DEFINED, reason)
        if outgoing is not None:
            try:
                send(self._opened, outgoing)
            except OSError as error:
                if self._is_fatal(Undelivered(error, outgoing.to)):
                    self._end(name_failure(error))
                    return
        ending = self.transfer.ending
        if ending is None:
            self._wait()
        else:
            self._end(ending.reason)

    def _wait(self) -> None:
        assert self._timer is not None, "a closed transfer waits for nothing"
        self._timer.cancel()
        self._timer = self._loop.call_at(self.transfer.deadline, self._do, self.transfer.wake)

    def _is_fatal(self, undelivered: Undelivered) -> bool:
        """Say whether it ends the transfer: once somebody has answered, only a closed port does."""
        transfer, error = self.transfer, undelivered.error
        if not transfer.is_with(undelivered.to) or error.errno == errno.EMSGSIZE:
            return False
        return isinstance(error, ConnectionRefusedError) or not transfer.is_answered

    def _end(self, reason: str | None) -> None:
        self.close()
        self._ended(reason)
