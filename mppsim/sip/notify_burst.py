"""Send one NOTIFY to each of many phones, as a PBX does, from one socket and without waiting.

Written for tens of thousands a second: messages are filled into a template, and the answer that
nearly every phone gives is read by two look-ups. Each exchange is that of `client_exchange`:
retransmissions, and one answer to a challenge.

Source: RFC 3261 sections 8.1, 17.1.2 (timers E and F), 17.1.3 and 22.2; RFC 6665 section 4.1.3.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from mppsim.errors import SipError
from mppsim.sip.client_exchange import Patience
from mppsim.sip.digest_client import DigestClient, DigestUser
from mppsim.sip.message import SipResponse, parse_message

__all__ = [
    "BurstCounts",
    "BurstTarget",
    "BurstTerms",
    "NotifyBurst",
    "Outbound",
    "read_burst",
]

Outbound = tuple[bytes, tuple[str, int]]
"""A datagram, and where it is to go."""

_USUAL_PATIENCE = Patience()
_WINDOW = 128  # datagrams under way: no socket's buffer on the way need hold more
_CATCH_UP = 0.1  # seconds for which a sender that was held up goes faster than its rate
_START = b"SIP/2.0 "
_MARK = b";branch=z9hG4bK"
_TOKEN_BYTES, _SERIAL_BYTES = 8, 8  # hex digits
_TEMPLATE = """NOTIFY %b SIP/2.0
Via: SIP/2.0/UDP {place};branch=z9hG4bK{token}%b;rport
Max-Forwards: 70
From: <sip:mppsim@{host}>;tag={token}
To: <%b>
Call-ID: {token}%b@{host}
CSeq: %d NOTIFY
Contact: <sip:mppsim@{place}>
Event: {event}
Subscription-State: terminated
User-Agent: mppsim
%bContent-Length: 0

"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstTerms:
    """What is sent, and how."""

    event: str
    """The package, with its parameters."""
    rate: float | None = None
    """NOTIFYs a second at most; None: as fast as they are answered."""
    patience: Patience = _USUAL_PATIENCE


class BurstTarget(NamedTuple):
    """One phone to be reached."""

    number: int
    """Whatever the sender knows it by."""
    user: str
    """User part of the Request-URI."""
    place: tuple[str, int]


@dataclass(slots=True)
class BurstCounts:
    """What became of NOTIFYs; retransmissions are not counted."""

    sent: int = 0
    accepted: int = 0
    challenged: int = 0
    """Of all, those whose challenge was answered."""
    refused: int = 0
    unanswered: int = 0


class _Pending:
    """A NOTIFY under way."""

    __slots__ = ("call", "give_up_at", "interval", "is_fresh", "message", "sequence", "target")

    def __init__(self, target: BurstTarget, call: bytes, sequence: int = 1) -> None:
        self.target = target
        self.call = call
        self.sequence = sequence
        self.message = b""
        self.interval = 0.0
        self.give_up_at = 0.0
        self.is_fresh = True  # it may still be in some socket's buffer


class NotifyBurst:
    """One round of NOTIFYs; every method gives what is to be sent now.

    `start` first, `receive` for each datagram of which `read_burst` gives this burst's `token`,
    `handle_deadline` when `deadline` has come, until it `is_over`.
    """

    def __init__(
        self,
        terms: BurstTerms,
        targets: Iterator[BurstTarget],
        *,
        local: tuple[str, int],
        find_user: Callable[[int], DigestUser],
        make_token: Callable[[], str],
    ) -> None:
        """Take the phones in their order; `local` is where answers come to.

        `find_user` says who answers the challenge of a phone, by its number; `make_token` gives
        at least 8 new random hex digits each time.
        """
        token = make_token()[:_TOKEN_BYTES]
        host, place = local[0], f"{local[0]}:{local[1]}"
        filled = _TEMPLATE.format(
            host=host, place=place, token=token, event=terms.event.replace("%", "%%")
        )
        self.token = token.encode()
        self.counts = BurstCounts()
        self._template = filled.replace("\n", "\r\n").encode("utf-8", "surrogateescape")
        self._targets = targets
        self._find_user = find_user
        self._make_token = make_token
        self._patience = terms.patience
        self._pause = 0.0 if terms.rate is None else 1.0 / terms.rate
        self._next_at: float | None = 0.0  # None: all phones have had theirs
        self._pending: dict[bytes, _Pending] = {}
        self._due: list[tuple[float, bytes]] = []
        self._serial = 0
        self._fresh = 0
        self._is_lost: Callable[[int], bool] | None = None

    @property
    def is_over(self) -> bool:
        """Whether each phone was reached, and each answer is here or waited for no longer."""
        return self._next_at is None and not self._pending

    @property
    def deadline(self) -> float | None:
        """When `handle_deadline` is due, in the seconds of `now`."""
        while self._due and self._due[0][1] not in self._pending:
            heapq.heappop(self._due)
        moments = [self._due[0][0]] if self._due else []
        if self._next_at is not None and self._fresh < _WINDOW:
            moments.append(self._next_at)
        return min(moments, default=None)

    def start(self, *, now: float) -> list[Outbound]:
        """Send the first."""
        self._next_at = now
        return self._send_more(now, [])

    def receive(self, datagram: bytes, *, now: float) -> list[Outbound]:
        """Take an answer."""
        serial = _read_serial(datagram)
        pending = self._pending.get(serial)
        if pending is None or datagram[8:9] == b"1":
            return []
        self._end(serial, pending)
        if datagram[8:9] == b"2":
            self.counts.accepted += 1
        elif (again := self._answer_challenge(pending, datagram, now)) is not None:
            return [again]
        else:
            self.counts.refused += 1
        return self._send_more(now, [])

    def handle_deadline(self, *, now: float) -> list[Outbound]:
        """Repeat what is due, give up what has waited for long enough, send the next."""
        sent: list[Outbound] = []
        while self._due and self._due[0][0] <= now:
            _, serial = heapq.heappop(self._due)
            pending = self._pending.get(serial)
            if pending is None:
                continue
            if now >= pending.give_up_at:
                self._end(serial, pending)
                self.counts.unanswered += 1
                continue
            self._settle(pending)
            pending.interval = min(2 * pending.interval, self._patience.t2)
            self._wait(serial, pending, now)
            sent.append((pending.message, pending.target.place))
        return self._send_more(now, sent)

    def lose(self, is_lost: Callable[[int], bool]) -> None:
        """Wait for no phone, by its number, that has gone for good; it counts as unanswered.

        Those that are still to be reached are sent theirs all the same: a PBX knows no better.
        """
        self._is_lost = is_lost
        for serial, pending in list(self._pending.items()):
            self._give_up_if_lost(serial, pending.target)

    def stop(self) -> None:
        """Reach no further phones; those that were are waited for."""
        self._next_at = None

    def give_up(self) -> None:
        """Send nothing any more: what has no answer by now has none."""
        self.stop()
        self.counts.unanswered += len(self._pending)
        self._pending.clear()

    def _send_more(self, now: float, sent: list[Outbound]) -> list[Outbound]:
        for _ in range(_WINDOW):  # what is lost holds no place in it
            if self._next_at is None or self._next_at > now or self._fresh >= _WINDOW:
                break
            target = next(self._targets, None)
            if target is None:
                self._next_at = None
                break
            self.counts.sent += 1
            self._next_at = max(self._next_at, now - _CATCH_UP) + self._pause
            call = self._next_serial()
            sent.append(self._send(_Pending(target, call), call, b"", now))
            self._give_up_if_lost(call, target)
        return sent

    def _give_up_if_lost(self, serial: bytes, target: BurstTarget) -> None:
        if self._is_lost is not None and self._is_lost(target.number):
            self._end(serial, self._pending[serial])
            self.counts.unanswered += 1

    def _answer_challenge(self, pending: _Pending, datagram: bytes, now: float) -> Outbound | None:
        """Send a NOTIFY again with credentials; None where that is no use."""
        if datagram[8:11] not in {b"401", b"407"} or pending.sequence > 1:
            return None
        try:
            response = parse_message(datagram)
        except SipError:
            return None
        target = pending.target
        digest = DigestClient(self._find_user(target.number), self._make_token)
        if not isinstance(response, SipResponse) or not digest.accept(response):
            return None
        self.counts.challenged += 1
        credentials = digest.authorize("NOTIFY", _uri(target)) + "\r\n"
        again = _Pending(target, pending.call, sequence=2)
        return self._send(again, self._next_serial(), credentials.encode(), now)

    def _send(self, pending: _Pending, serial: bytes, credentials: bytes, now: float) -> Outbound:
        uri = _uri(pending.target).encode()
        pending.message = self._template % (
            *(uri, serial, uri),
            *(pending.call, pending.sequence, credentials),
        )
        pending.give_up_at = now + self._patience.timeout
        pending.interval = self._patience.t1
        self._pending[serial] = pending
        self._fresh += 1
        self._wait(serial, pending, now)
        return pending.message, pending.target.place

    def _wait(self, serial: bytes, pending: _Pending, now: float) -> None:
        due = min(now + pending.interval, pending.give_up_at)
        heapq.heappush(self._due, (due, serial))

    def _end(self, serial: bytes, pending: _Pending) -> None:
        del self._pending[serial]
        self._settle(pending)

    def _settle(self, pending: _Pending) -> None:
        if pending.is_fresh:
            pending.is_fresh = False
            self._fresh -= 1

    def _next_serial(self) -> bytes:
        self._serial += 1
        return b"%08x" % self._serial


def read_burst(datagram: bytes) -> bytes:
    """Read the token of the burst that a datagram answers; empty where it answers none."""
    at = datagram.find(_MARK) + len(_MARK)
    return datagram[at : at + _TOKEN_BYTES] if datagram.startswith(_START) else b""


def _read_serial(datagram: bytes) -> bytes:
    at = datagram.find(_MARK) + len(_MARK) + _TOKEN_BYTES
    return datagram[at : at + _SERIAL_BYTES]


def _uri(target: BurstTarget) -> str:
    host, port = target.place
    place = host if port == 5060 else f"{host}:{port}"
    return f"sip:{target.user}@{place}" if target.user else f"sip:{place}"
