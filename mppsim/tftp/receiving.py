"""The side of a transfer that gets the file: a client that reads, a server that is written to.

Source: RFC 1350 sections 2 and 6 (dallying); RFC 2347 for what may answer a request.
"""

from collections.abc import Callable, Mapping

from mppsim.tftp.packet import (
    Ack,
    Data,
    ErrorCode,
    ErrorPacket,
    OptionAck,
    Packet,
    Request,
    RequestKind,
    render_packet,
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

__all__ = ["Keep", "Receiving"]

Keep = Callable[[bytes], ErrorPacket | None]
"""Is handed the whole file before its last block is acknowledged; gives the ERROR that the other
side gets instead where the file cannot be kept."""


class Receiving(Transfer):
    """Receives a file of at most `file_bytes` and acknowledges each block, again if it comes again.

    A file that is not as long as was announced is not whole, and is refused.
    """

    __slots__ = ("_block", "_body", "_keep", "is_whole")

    is_whole: bool
    """Whether the file is here and kept; what may follow is an ACK again, if that was lost."""

    def __init__(
        self,
        keep: Keep,
        to: Tid,
        terms: Terms,
        limits: TransferLimits,
        *,
        path: str | None = None,
    ) -> None:
        """Read `path` from a server, asking for `terms`; or, without one, answer a client.

        Raises `PacketError` for a path that no request can hold.
        """
        request = None if path is None else Request(kind=RequestKind.READ, path=path)
        super().__init__(to, terms, limits, request=request)
        self._keep = keep
        self._body = bytearray()
        self._block = 0
        self.is_whole = False

    def take(self, datagram: bytes, source: Tid, now: float) -> Outgoing | None:
        """Take in a datagram; give what it is answered with, if anything."""
        if not self.is_whole:
            return super().take(datagram, source, now)
        # RFC 1350 section 6: whoever sends the last block again has not got our ACK.
        is_again = datagram.startswith(render_packet(Data(block_number(self._block), b"")))
        return self._last if is_again and source == self._peer else None

    def wake(self, now: float) -> Outgoing | None:
        """Take in that the deadline has come; give what is sent again, if anything."""
        if not self.is_whole:
            return super().wake(now)
        self.ending = Ending(reason=None)
        return None

    def _first(self) -> Packet:
        options = self._terms.options
        return OptionAck(options) if options else Ack(0)

    def _take(self, packet: Packet, now: float) -> Outgoing | None:
        match packet:
            case Data(block, payload):
                if block == block_number(self._block + 1):
                    return self._take_block(payload, now)
                # The last one again: our ACK was lost. Anything else is late, or nonsense.
                is_again = self._block > 0 and block == block_number(self._block)
                return self._last if is_again else None
            case OptionAck(options):
                return self._take_options(options, now)
        return self.break_off(ErrorCode.ILLEGAL_OPERATION, "DATA was due")

    def _take_options(self, options: Mapping[str, str], now: float) -> Outgoing | None:
        if self._request is None:
            return self._last if self._block == 0 else None
        self._terms = read_answer(self._terms, options)
        if (self._terms.size or 0) > self._limits.file_bytes:
            return self._refuse_size()
        self._request = None
        return self._say(Ack(0), now)

    def _take_block(self, payload: bytes, now: float) -> Outgoing:
        if self._request is not None:
            self._request, self._terms = None, Terms()  # DATA in place of an OACK: no options
        size, block_bytes = len(self._body) + len(payload), self._terms.block_bytes
        if len(payload) > block_bytes:
            return self.break_off(ErrorCode.ILLEGAL_OPERATION, "a block is larger than agreed on")
        if size > self._limits.file_bytes:
            return self._refuse_size()
        self._body += payload
        self._block += 1
        if len(payload) < block_bytes:
            return self._end(now)
        return self._say(Ack(block_number(self._block)), now)

    def _end(self, now: float) -> Outgoing:
        body = bytes(self._body)
        if self._terms.size not in {None, len(body)}:
            return self.break_off(ErrorCode.NOT_DEFINED, "the file is not as long as announced")
        refused = self._keep(body)
        if refused is not None:
            return self.break_off(refused.code, refused.message)
        self.is_whole = True
        self._body.clear()
        reply = self._say(Ack(block_number(self._block)), now)
        self.deadline = now + self._limits.dally_seconds
        if not self._limits.dally_seconds:
            self.ending = Ending(reason=None)
        return reply

    def _refuse_size(self) -> Outgoing:
        most = self._limits.file_bytes
        return self.break_off(ErrorCode.DISK_FULL, f"the file is larger than {most} bytes")
