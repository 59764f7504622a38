"""What is kept of one line's registration, and what the answers that it gets come to.

Source: the guide's tables "SIP Timer Values" and "Response Status Code Handling": a line tries
again after Reg_Retry_Intvl, after Reg_Retry_Long_Intvl where a status came that Retry_Reg_RSC
does not list, and after the Retry-After of a 503.
"""

from collections.abc import Callable

from mppsim.sip.digest_client import DigestClient, DigestUser
from mppsim.sip.line import SipLine, is_listed
from mppsim.sip.register import RegisterOutcome
from mppsim.sip.registration_events import StartRegister
from mppsim.sip.registration_states import State, Trigger

__all__ = ["LEAST_WAIT", "MARGIN", "MOST_WAIT", "RegistrationEntry"]

LEAST_WAIT = 1.0
"""Seconds that a line waits at least before it asks again of its own accord."""
MOST_WAIT = 86_400.0
"""Seconds that a Retry-After can ask for at most."""
MARGIN = 32.0
"""How long before its end a registration is renewed, in seconds; or at half of a short one."""

_MOST_AGAIN = 8  # REGISTERs one after the other, before there is a pause


class RegistrationEntry:
    """One line, from its first REGISTER on; the Call-ID stays when the phone restarts."""

    __slots__ = (
        "_agains",
        "_digest",
        "_expires",
        "_failures",
        "_fallback_at",
        "_make_token",
        "_place",
        "_tag",
        "call_id",
        "due_at",
        "is_registered",
        "line",
        "outcome",
        "sequence",
        "state",
        "wanted",
    )

    def __init__(self, line: SipLine, make_token: Callable[[], str]) -> None:
        self._make_token = make_token
        self.line = line
        """As it was when it last began to register."""
        self.wanted: SipLine | None = None
        """As it is to be registered; None: it is not."""
        self.state = State.OFF
        self.outcome = RegisterOutcome()
        """Of the last REGISTER."""
        self.is_registered = False
        self.due_at: float | None = None
        """When to ask next."""
        self.call_id = make_token()
        self.sequence = 0
        """The last CSeq."""
        self._tag = make_token()
        self.begin(line)

    def begin(self, line: SipLine) -> None:
        """Begin with the proxy's first address, and with what the parameters say."""
        self.line = line
        self._place = self._failures = self._agains = 0
        self._expires = line.expires
        self._fallback_at: float | None = None
        user = DigestUser(
            name=line.username if line.password else "",
            password=line.password,
            algorithms=line.algorithms,
        )
        self._digest = DigestClient(user, self._make_token)

    def renew_call_id(self) -> None:
        """Begin a new series of requests."""
        self.call_id, self.sequence = self._make_token(), 0

    def request(self, *, is_to_stay: bool = True) -> StartRegister:
        """Give what to ask next; to be registered no longer, unless `is_to_stay`."""
        return StartRegister(
            self.line,
            place=self._place,
            expires=self._expires if is_to_stay else 0,
            call_id=self.call_id,
            tag=self._tag,
            sequence=self.sequence,
            digest=self._digest,
        )

    def judge(self) -> Trigger:
        """Say what the last outcome comes to."""
        if self.state is State.LEAVING:
            # Whatever came of it: nobody waits for a line that is gone.
            return Trigger.STOP if self.wanted is None else Trigger.START
        if self.outcome.is_accepted:
            return Trigger.ACCEPTED
        if self._agains < _MOST_AGAIN and (self._takes_longer() or self._takes_next_place()):
            self._agains += 1
            return Trigger.AGAIN
        self._failures += 1
        is_over = not (self.outcome.retry_after or self.line.rules.long_retry)
        return Trigger.FINAL if self._is_for_long() and is_over else Trigger.REFUSED

    def keep(self, now: float) -> float:
        """Take the registration; give for how long it is granted."""
        line = self.line
        granted = max(min(self.outcome.expires, line.rules.max_expires), line.rules.min_expires)
        self._failures = self._agains = 0
        if self._place and line.fallback and self._fallback_at is None:
            self._fallback_at = now + max(line.fallback, LEAST_WAIT)
        self.due_at = now + max(granted - MARGIN, granted / 2, LEAST_WAIT)
        if self._fallback_at is not None:
            self.due_at = min(self.due_at, self._fallback_at)
        self.is_registered = True
        return granted

    def fail(self) -> None:
        """Take the failure, and the proxy's first address for the next time."""
        self.is_registered = False
        self.due_at = None
        self._fallback_at = None
        self._place = self._agains = 0

    def lose(self, reason: str) -> None:
        """Take note that the connection is gone."""
        self.outcome = RegisterOutcome(reason=reason)
        self._failures = 0

    def take_due(self, now: float) -> bool:
        """Say whether it is time to ask; the proxy's first address again, where that is due."""
        if self.due_at is None or self.due_at > now:
            return False
        if self._fallback_at is not None and self._fallback_at <= now:
            self._place, self._fallback_at = 0, None
        return True

    def find_wait(self, chance: float) -> float:
        """Give the seconds until the next try; `chance` is drawn from 0 to 1."""
        rules, asked = self.line.rules, self.outcome.retry_after
        if asked:
            return min(max(asked, LEAST_WAIT), MOST_WAIT)
        if self._is_for_long():
            return max(rules.long_retry + chance * rules.long_retry_random, LEAST_WAIT)
        wait = rules.retry
        if rules.retry_cap:
            # "starts at the Register Retry Intvl and doubles every retry"
            doublings = min(max(self._failures - 1, 0), 32)
            wait = max(wait, min(wait * 2**doublings, rules.retry_cap))
        return max(wait + chance * rules.retry_random, LEAST_WAIT)

    def _takes_longer(self) -> bool:
        """Ask for as long as a 423 wants."""
        # "the phone retries with the value specified in the Min-Expires header of the error"
        if not self._expires < self.outcome.min_expires <= self.line.rules.max_expires:
            return False
        self._expires = self.outcome.min_expires
        return True

    def _takes_next_place(self) -> bool:
        """Turn to the next address, where the one that was asked is to blame and there is one."""
        status, codes = self.outcome.status, self.line.rules.backup_codes
        is_to_blame = status is None or is_listed(status, codes)
        if not is_to_blame or self._place + 1 >= self.outcome.places:
            return False
        self._place += 1
        return True

    def _is_for_long(self) -> bool:
        # "When registration fails with a SIP response code that does not match Retry Reg RSC"
        status = self.outcome.status
        return status is not None and not is_listed(status, self.line.rules.retry_codes)
