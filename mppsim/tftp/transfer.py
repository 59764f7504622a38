"""What both directions of a transfer share: who the peer is, what is sent again, when it is over.

Source: RFC 1350 sections 4 (TIDs) and 7 (premature termination); RFC 1123 section 4.2.3.

Rules that hold for either side of either direction:

- What is sent waits for its answer and is sent again when its time is over, each time later. Only
  progress starts that anew, and the whole transfer has a limit too: nobody can keep one going.
- The first answer to a request locks the peer's TID, and has to come from the host that was asked.
  Whoever sends from elsewhere gets ERROR 5, and the transfer goes on.
- An ERROR is never answered.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

from mppsim.tftp.packet import (
    ErrorCode,
    ErrorPacket,
    Packet,
    PacketError,
    Request,
    parse_packet,
    render_packet,
)
from mppsim.tftp.terms import Terms

__all__ = ["Ending", "Outgoing", "Tid", "Transfer", "TransferLimits", "block_number"]


@dataclass(frozen=True, slots=True)
class Tid:
    """One end of a transfer, its "transfer identifier": a UDP port of a host."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A datagram to send."""

    datagram: bytes
    to: Tid


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a transfer ended."""

    reason: str | None
    """None: well. `timeout`: no answer came, or not the whole in time. `tftp`: one side gave up."""
    code: int | None = None
    """Of the ERROR packet that ended it, whoever sent it."""
    message: str = ""
    """What that packet said, or would have said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLimits:
    """What a transfer may take; no source tells a phone's own (docs/decisions.md)."""

    waits: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 15.0)
    """Seconds to wait for an answer, before each repetition and before giving up.

    Together they are the 30 s that an upload by HTTP may wait.
    """
    whole_seconds: float = 300.0
    """From the first packet to the last."""
    file_bytes: int = 8 << 20
    """Of a file that is received."""
    dally_seconds: float = 0.0
    """How long a receiver stays to acknowledge the last block again, if its ACK was lost."""


class Transfer(ABC):
    """One file on its way, as one side sees it. `Sending` and `Receiving` are its directions.

    Send what `begin` gives; then call `take` for each datagram that comes and `wake` once
    `deadline` has come, and send what they give, until there is an `ending`. `now` is in seconds,
    on whatever clock the caller keeps to.
    """

    __slots__ = (
        "_last",
        "_limits",
        "_peer",
        "_request",
        "_resent",
        "_server",
        "_terms",
        "_whole_until",
        "deadline",
        "ending",
    )

    deadline: float
    """When to call `wake`."""
    ending: Ending | None
    """How it ended; None while it lasts."""

    def __init__(
        self, to: Tid, terms: Terms, limits: TransferLimits, *, request: Request | None
    ) -> None:
        """Make a client's transfer with a `request` for `terms`, else a server's with the agreed.

        Raises `PacketError` for a request that cannot be written.
        """
        self._request = None if request is None else replace(request, options=terms.options)
        self._server = to
        self._peer = to if request is None else None
        self._terms = terms
        self._limits = limits
        self._last = Outgoing(b"" if self._request is None else render_packet(self._request), to)
        self._resent = 0
        self._whole_until = self.deadline = 0.0
        self.ending = None

    @property
    def is_answered(self) -> bool:
        """Whether anybody has been heard on the other side."""
        return self._peer is not None

    def is_with(self, tid: Tid) -> bool:
        """Say whether that is the other side, or where it is asked for."""
        return tid == (self._peer or self._server)

    def begin(self, now: float) -> Outgoing:
        """Give the first packet."""
        self._whole_until = now + self._limits.whole_seconds
        return self._say(self._first() if self._request is None else self._request, now)

    def take(self, datagram: bytes, source: Tid, now: float) -> Outgoing | None:
        """Take in a datagram; give what it is answered with, if anything."""
        try:
            packet = parse_packet(datagram)
        except PacketError as error:
            return self._refuse(source, error)
        if not self._is_peer(source):
            return None if isinstance(packet, ErrorPacket) else _turn_away(source)
        if isinstance(packet, ErrorPacket):
            return self._heed(packet, now)
        try:
            return self._take(packet, now)
        except PacketError as error:
            return self.break_off(ErrorCode.BAD_OPTION, str(error))

    def wake(self, now: float) -> Outgoing | None:
        """Take in that the deadline has come; give what is sent again, if anything."""
        if now >= self._whole_until:
            reason = f"not whole within {self._limits.whole_seconds:g} s"
            return self.break_off(ErrorCode.NOT_DEFINED, reason, reason="timeout")
        self._resent += 1
        if self._resent == len(self._limits.waits):
            self.ending = Ending(reason="timeout", message="no answer")
            return None
        self._wait(now)
        return self._last

    def break_off(self, code: int, message: str, *, reason: str = "tftp") -> Outgoing:
        """End the transfer; give the ERROR that tells the other side."""
        self.ending = Ending(reason=reason, code=code, message=message)
        return Outgoing(render_packet(ErrorPacket(code, message)), self._peer or self._server)

    @abstractmethod
    def _first(self) -> Packet:
        """Make the first packet of a server."""

    @abstractmethod
    def _take(self, packet: Packet, now: float) -> Outgoing | None:
        """Take in a packet of the peer; raise `PacketError` for options that were not asked for."""

    def _say(self, packet: Packet, now: float) -> Outgoing:
        """Send something new, which waits for its answer."""
        self._last = Outgoing(render_packet(packet), self._peer or self._server)
        self._resent = 0
        self._wait(now)
        return self._last

    def _wait(self, now: float) -> None:
        timeout = self._terms.timeout if self._request is None else None
        wait = self._limits.waits[self._resent] if timeout is None else timeout
        self.deadline = min(now + wait, self._whole_until)

    def _is_peer(self, source: Tid) -> bool:
        if self._peer is None and source.host == self._server.host:
            self._peer = source
        return source == self._peer

    def _refuse(self, source: Tid, error: PacketError) -> Outgoing | None:
        # What is no TFTP may be an ERROR that was cut off: from a stranger, silence is safe.
        if not self._is_peer(source):
            return None
        return self.break_off(ErrorCode.ILLEGAL_OPERATION, str(error))

    def _heed(self, error: ErrorPacket, now: float) -> Outgoing | None:
        request = self._request
        if request is not None and request.options and error.code == ErrorCode.BAD_OPTION:
            # RFC 2347: the client may ask again, without options.
            self._request, self._terms = replace(request, options={}), Terms()
            self._peer = None
            return self._say(self._request, now)
        self.ending = Ending(reason="tftp", code=error.code, message=error.message)
        return None


def block_number(count: int) -> int:
    """Give the number on the wire of a block that is counted from 1: 0 follows 65535."""
    return count & 0xFFFF


def _turn_away(source: Tid) -> Outgoing:
    # RFC 1350 section 4: "If a source TID does not match, the packet should be discarded as
    # erroneously sent from somewhere else. An error packet should be sent to the source".
    error = ErrorPacket(ErrorCode.UNKNOWN_TID, "unknown transfer ID")
    return Outgoing(render_packet(error), source)
