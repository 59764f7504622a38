"""Remember answers, so that a retransmission gets the same one and triggers nothing.

Source: RFC 3261 section 17.2.2 (non-INVITE server transaction) and 17.2.3 (matching).
"""

from collections import deque

from mppsim.sip.header import TopVia
from mppsim.sip.message import SipRequest

__all__ = ["TIMER_J", "ServerTransactions", "branch_key", "transaction_key"]

TIMER_J = 32.0
"""Seconds for which an answer is repeated: 64 * T1 over UDP."""

_MAGIC_COOKIE = b"z9hG4bK"  # of branches that are unique by themselves
_AT_ONCE = 64  # answers forgotten for one request: its time is short


def transaction_key(request: SipRequest, via: TopVia) -> bytes:
    """Give what is equal for a request and its retransmissions, and for nothing else.

    Branch, sent-by and method; for a branch without the magic cookie the older rule of RFC 2543:
    Request-URI, To, From, Call-ID, CSeq and the top Via. A request that comes again with the same
    Call-ID and CSeq but a new branch (Kamailio after a challenge) is a new one.
    """
    if via.branch.startswith(_MAGIC_COOKIE):
        return branch_key(via.branch, via.sent_by, request.method)
    fields = request.fields
    same = (b"to", b"from", b"call-id", b"cseq", b"via")
    return b"\n".join((request.uri, *(fields[name] for name in same)))


def branch_key(branch: bytes, sent_by: bytes, method: bytes) -> bytes:
    """Give the key of a request whose branch has the magic cookie."""
    # None of the three holds a line end, so no two triples are joined to the same text.
    return b"%b\n%b\n%b" % (branch, sent_by, method)


class ServerTransactions:
    """The answers of the last 32 s, at most `capacity` of them: the oldest go first.

    At 20,000 requests a second the default holds the answers of 3 s, which covers the first two
    retransmissions (after 0.5 and 1.5 s).
    """

    __slots__ = ("_answers", "_capacity", "_due", "_order")

    def __init__(self, capacity: int = 65_536) -> None:
        self._capacity = capacity
        # Bytes and floats only: nothing here is a container that the garbage collector visits.
        self._answers: dict[bytes, bytes] = {}
        self._order: deque[bytes] = deque()
        self._due: deque[float] = deque()

    def __len__(self) -> int:
        return len(self._answers)

    def find(self, key: bytes, *, now: float) -> bytes | None:
        """Give the answer that this transaction got, if it is still to be repeated.

        What is due is forgotten first, but never so much that it would be felt.
        """
        if self._due and self._due[0] <= now:
            self._forget_due(now)
        return self._answers.get(key)

    def store(self, key: bytes, answer: bytes, *, now: float) -> None:
        """Remember the answer of a new transaction."""
        if len(self._order) >= self._capacity:
            self._forget_oldest()
        self._answers[key] = answer
        self._order.append(key)
        self._due.append(now + TIMER_J)

    def _forget_due(self, now: float) -> None:
        for _ in range(_AT_ONCE):
            if not self._due or self._due[0] > now:
                return
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        self._due.popleft()
        del self._answers[self._order.popleft()]
