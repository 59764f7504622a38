"""The side of a transfer that has the file: a client that writes, a server that is read from.

Source: RFC 1350 sections 2 and 6; RFC 2347 for what may answer a request; RFC 1123 section
4.2.3.1 for the Sorcerer's Apprentice.
"""

from collections.abc import Callable

from mppsim.tftp.packet import (
    Ack,
    Data,
    ErrorCode,
    OptionAck,
    Packet,
    Request,
    RequestKind,
)
from mppsim.tftp.terms import Terms, read_answer
from mppsim.tftp.transfer import (
    Ending,
    Outgoing,
    Tid,
    Transfer,
    TransferLimits,
    block_number,
)

__all__ = ["ReadAt", "Sending"]

ReadAt = Callable[[int, int], bytes]
"""Gives so many bytes (the second) of the file from a place on (the first); fewer at its end."""


class Sending(Transfer):
    """Sends a file, a block for each ACK, until its last block is acknowledged.

    An ACK that is not the one waited for is dropped: who answers it with the block again doubles
    every block that follows, as the Sorcerer's Apprentice did his brooms.
    """

    __slots__ = ("_at", "_block", "_is_last", "_read")

    def __init__(
        self,
        read: ReadAt,
        to: Tid,
        terms: Terms,
        limits: TransferLimits,
        *,
        path: str | None = None,
    ) -> None:
        """Write to `path` at a server, asking for `terms`; or, without one, answer a client.

        Raises `PacketError` for a path that no request can hold.
        """
        request = None if path is None else Request(kind=RequestKind.WRITE, path=path)
        super().__init__(to, terms, limits, request=request)
        self._read = read
        self._at = 0
        self._block = 0
        self._is_last = False

    def _first(self) -> Packet:
        options = self._terms.options
        return OptionAck(options) if options else self._next()

    def _take(self, packet: Packet, now: float) -> Outgoing | None:
        match packet:
            case Ack(block):
                return self._go_on(now) if block == block_number(self._block) else None
            case OptionAck(options):
                if self._request is None:
                    return None  # again: our first block is on its way, or its repetition is
                self._terms = read_answer(self._terms, options)
                return self._say_next(now)
        return self.break_off(ErrorCode.ILLEGAL_OPERATION, "an ACK was due")

    def _go_on(self, now: float) -> Outgoing | None:
        if self._is_last:
            self.ending = Ending(reason=None)
            return None
        if self._request is not None:
            self._terms = Terms()  # an ACK in place of an OACK: no option was agreed to
        return self._say_next(now)

    def _say_next(self, now: float) -> Outgoing:
        self._request = None
        return self._say(self._next(), now)

    def _next(self) -> Data:
        payload = self._read(self._at, self._terms.block_bytes)
        self._at += len(payload)
        self._block += 1
        self._is_last = len(payload) < self._terms.block_bytes
        return Data(block_number(self._block), payload)
