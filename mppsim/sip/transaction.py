"""Remember answers, so that a retransmission gets the same one and triggers nothing.

Source: RFC 3261 section 17.2.2 (non-INVITE server transaction) and 17.2.3 (matching).
"""

from collections import deque

from mppsim.sip.header import TopVia
from mppsim.sip.message import SipRequest

__all__ = ["TIMER_J", "ServerTransactions", "TransactionKey", "transaction_key"]

TIMER_J = 32.0
"""Seconds for which an answer is repeated: 64 * T1 over UDP."""

_MAGIC_COOKIE = b"z9hG4bK"

TransactionKey = tuple[bytes, ...]


def transaction_key(request: SipRequest, via: TopVia) -> TransactionKey:
    """Give what is equal for a request and its retransmissions, and for nothing else.

    Branch, sent-by and method; for a branch without the magic cookie the older rule of RFC 2543:
    Request-URI, To, From, Call-ID, CSeq and the top Via. A request that comes again with the same
    Call-ID and CSeq but a new branch (Kamailio after a challenge) is a new one.
    """
    if via.branch.startswith(_MAGIC_COOKIE):
        return via.branch, via.sent_by, request.method
    fields = request.fields
    same = (b"to", b"from", b"call-id", b"cseq", b"via")
    return (request.uri, *(fields[name] for name in same))


class ServerTransactions:
    """The answers of the last 32 s, at most `capacity` of them: the oldest go first.

    At 20,000 requests a second the default holds the answers of 3 s, which covers the first two
    retransmissions (after 0.5 and 1.5 s).
    """

    __slots__ = ("_answers", "_capacity", "_order")

    def __init__(self, capacity: int = 65_536) -> None:
        self._capacity = capacity
        self._answers: dict[TransactionKey, tuple[bytes, float]] = {}
        self._order: deque[TransactionKey] = deque()

    def __len__(self) -> int:
        return len(self._answers)

    def find(self, key: TransactionKey, *, now: float) -> bytes | None:
        """Give the answer that this transaction got, if it is still to be repeated."""
        entry = self._answers.get(key)
        return entry[0] if entry is not None and now < entry[1] else None

    def store(self, key: TransactionKey, answer: bytes, *, now: float) -> None:
        """Remember the answer of a new transaction; at most two old ones are forgotten for it."""
        if key not in self._answers:
            self._forget(now)
            self._order.append(key)
        self._answers[key] = (answer, now + TIMER_J)

    def _forget(self, now: float) -> None:
        order, answers = self._order, self._answers
        for _ in range(2):
            if order and (len(order) >= self._capacity or answers[order[0]][1] <= now):
                del answers[order.popleft()]
