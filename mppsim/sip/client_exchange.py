"""One request of ours to its final answer: repeated while it may be lost, challenges answered.

Nothing here waits: the shell sends what it is given, and calls `handle_deadline` when it is due.

Source: RFC 3261 sections 8.1, 17.1.2 (timers E and F), 17.1.3 and 22.2.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from mppsim.errors import SipError
from mppsim.sip.digest_client import DigestClient
from mppsim.sip.header import read_branch
from mppsim.sip.message import SipResponse, parse_message

__all__ = ["T1", "T2", "ClientExchange", "Outgoing", "Patience"]

T1 = 0.5
"""Seconds until the first retransmission over UDP; doubled for each further one."""
T2 = 4.0
"""Seconds between retransmissions at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for an answer, and how often to ask for it, in seconds of real time."""

    t1: float = T1
    t2: float = T2
    timeout: float = 64 * T1
    """Until no answer is an answer, for each request of an exchange (timer F)."""
    challenges: int = 1
    """How many are answered."""


class Outgoing(Protocol):
    """A request, but for what is new each time it is sent anew."""

    @property
    def method(self) -> str:
        """For example `NOTIFY`."""

    @property
    def uri(self) -> str:
        """The Request-URI."""

    @property
    def is_reliable(self) -> bool:
        """Whether the transport loses nothing: TCP and TLS."""

    def build(self, *, branch: str, sequence: int, credentials: str) -> bytes:
        """Write the message; `credentials` is a whole header line, or empty."""


class ClientExchange:
    """One request to its final answer.

    `start` gives the first message; `receive` and `handle_deadline` give the next one to send, or
    nothing. `answer` is the final response once there is one; `is_over` is also true when the
    time is up. `sequence` is the last CSeq that was used, before and after.
    """

    def __init__(
        self,
        request: Outgoing,
        digest: DigestClient,
        *,
        make_token: Callable[[], str],
        patience: Patience,
        sequence: int = 0,
    ) -> None:
        self._request = request
        self._digest = digest
        self._make_token = make_token
        self._patience = patience
        self._message = b""
        self._interval = 0.0
        self._resend_at: float | None = None
        self._give_up_at = 0.0
        self._challenges = 0
        self.branch = ""
        self.sequence = sequence
        self.answer: SipResponse | None = None
        self.is_over = False

    @property
    def challenged(self) -> bool:
        """Tell whether a challenge was answered on the way."""
        return self._challenges > 0

    @property
    def deadline(self) -> float | None:
        """When `handle_deadline` is due; None once the exchange is over."""
        if self.is_over:
            return None
        return (
            self._give_up_at if self._resend_at is None else min(self._resend_at, self._give_up_at)
        )

    def start(self, *, now: float) -> bytes:
        """Give the first message to send."""
        return self._send(now)

    def receive(self, datagram: bytes, *, now: float) -> bytes:
        """Take what came in; give the message to send next, or nothing."""
        try:
            response = parse_message(datagram)
        except SipError:
            return b""
        if self.is_over or not isinstance(response, SipResponse) or not self._is_ours(response):
            return b""
        if response.status < 200:
            # RFC 3261 section 17.1.2.2: in "Proceeding" timer E runs at T2.
            if self._resend_at is not None:
                self._interval = max(self._patience.t1, self._patience.t2)
                self._resend_at = now + self._interval
            return b""
        if self._challenges < self._patience.challenges and self._digest.accept(response):
            self._challenges += 1
            return self._send(now)
        self.answer, self.is_over = response, True
        return b""

    def handle_deadline(self, *, now: float) -> bytes:
        """Give the message to send again, or nothing when the time is up."""
        if now >= self._give_up_at:
            self.is_over = True
        if self.is_over or self._resend_at is None or now < self._resend_at:
            return b""
        self._interval = min(2 * self._interval, self._patience.t2)
        self._resend_at = now + self._interval
        return self._message

    def _send(self, now: float) -> bytes:
        request, patience = self._request, self._patience
        self.sequence += 1
        self.branch = f"z9hG4bK{self._make_token()}"
        self._give_up_at = now + patience.timeout
        self._interval = patience.t1
        self._resend_at = None if request.is_reliable else now + patience.t1
        self._message = request.build(
            branch=self.branch,
            sequence=self.sequence,
            credentials=self._digest.authorize(request.method, request.uri),
        )
        return self._message

    def _is_ours(self, response: SipResponse) -> bool:
        """RFC 3261 section 17.1.3: branch and method tell whose answer it is."""
        method = response.fields.get(b"cseq", b"").split()[-1:]
        is_ours = read_branch(response.fields.get(b"via", b"")) == self.branch.encode()
        return is_ours and method == [self._request.method.encode()]
