"""Challenge a request and judge its credentials: signed nonces, each (nonce, nc) good for once.

A nonce carries its serial number, the time it was made and a signature, so an unanswered
challenge costs no memory. Only accepted credentials are remembered.

Source: RFC 3261 section 22, RFC 7616 section 3.4 and 5.12, RFC 8760.
"""

import hmac
import re
from collections import OrderedDict
from dataclasses import dataclass, field
from enum import Enum

from mppsim.sip.digest import DigestAlgorithm, compute_response, parse_auth_params
from mppsim.sip.message import SipRequest

__all__ = ["NONCE_SECONDS", "Challenger", "SipAccount", "Verdict"]

NONCE_SECONDS = 60.0
"""Seconds for which a nonce can be used."""

_COUNT = re.compile(r"[0-9A-Fa-f]{1,8}")
_FORGOTTEN = 0x1_0000_0000  # one more than any nc: a nonce that nothing may use again


@dataclass(frozen=True, slots=True, kw_only=True)
class SipAccount:
    """The SIP account of one line, as far as a NOTIFY needs it."""

    user_id: str
    """`User_ID_n_`, which a Request-URI addresses."""
    auth_id: str = ""
    """`Auth_ID_n_`; empty: the User ID authenticates."""
    password: str = field(default="", repr=False)
    """`Password_n_`; empty: this line challenges nobody."""
    realm: str = ""
    """`Reversed_Auth_Realm_n_`, else the proxy's host; empty: the phone's own address."""
    challenge: bool = True
    """`Auth_Resync-Reboot_n_` is Yes."""
    sha256: bool = False
    """Offer SHA-256 after MD5 (`Auth_Support_RFC8760_n_`)."""
    line: int = 0
    """The n of its parameters; 0: of no line that has a port of its own."""

    @property
    def username(self) -> str:
        """The name that a digest must carry."""
        return self.auth_id or self.user_id


class Verdict(Enum):
    """What a request's credentials are worth."""

    ACCEPTED = "accepted"
    STALE = "stale"
    """Right, but for the nonce: too old, or used already."""
    MISSING = "missing"
    """None at all, or wrong ones; the sender is not told which."""


class Challenger:
    """Makes challenges and judges answers to them; one serves all phones of an endpoint.

    `secret` is random and at least 16 bytes long; it must not change while nonces are out.
    `capacity` bounds the replay memory. When it is full the oldest nonce is forgotten, and that
    nonce and all before it count as stale from then on: forgetting never lets a replay in.
    """

    __slots__ = ("_capacity", "_floor", "_secret", "_serial", "_used")

    def __init__(self, secret: bytes, *, capacity: int = 65_536) -> None:
        self._secret = secret
        self._capacity = capacity
        self._serial = 0
        self._floor = 0
        self._used: OrderedDict[int, int] = OrderedDict()  # serial of a nonce -> highest nc

    def build_challenges(
        self, account: SipAccount, realm: str, *, stale: bool, now: float
    ) -> tuple[bytes, ...]:
        """Build the values of the WWW-Authenticate headers, in the order they are to stand.

        MD5 comes first: clients that know nothing else answer the first one.
        """
        quoted = realm.replace("\\", "\\\\").replace('"', '\\"')
        start = f'Digest realm="{quoted}", nonce="{self._make_nonce(now)}"'
        end = 'qop="auth", stale=true' if stale else 'qop="auth"'
        return tuple(
            _raw(f"{start}, algorithm={algorithm}, {end}") for algorithm in _offered(account)
        )

    def judge(self, request: SipRequest, account: SipAccount, realm: str, *, now: float) -> Verdict:
        """Judge the Authorization headers of a request; what is accepted is used up by it."""
        for value in request.values(b"authorization"):
            scheme, params = parse_auth_params(value.decode("utf-8", "surrogateescape"))
            if scheme == "digest" and params.get("realm") == realm:
                return self._judge_digest(request, account, params, now)
        return Verdict.MISSING

    def _judge_digest(
        self, request: SipRequest, account: SipAccount, params: dict[str, str], now: float
    ) -> Verdict:
        made = self._open_nonce(params.get("nonce", ""))
        if made is None or not _is_right(request, account, params):
            return Verdict.MISSING
        serial, made_at = made
        # A digest without qop (RFC 2069) has no count: it is good for the whole nonce, once.
        count = int(params["nc"], 16) if params.get("qop") else _FORGOTTEN
        if not made_at <= now <= made_at + NONCE_SECONDS or not self._use(serial, count):
            return Verdict.STALE
        return Verdict.ACCEPTED

    def _use(self, serial: int, count: int) -> bool:
        if serial <= self._floor or count <= self._used.get(serial, 0):
            return False
        self._used[serial] = count
        if len(self._used) > self._capacity:
            self._floor = max(self._floor, self._used.popitem(last=False)[0])
        return True

    def _make_nonce(self, now: float) -> str:
        self._serial += 1
        stamp = f"{self._serial:012x}{int(now * 1000):012x}"
        return stamp + self._sign(stamp)

    def _open_nonce(self, nonce: str) -> tuple[int, float] | None:
        """Give serial number and time of a nonce that this challenger made, else None."""
        stamp, signature = nonce[:24], nonce[24:]
        if not hmac.compare_digest(self._sign(stamp).encode(), _raw(signature)):
            return None
        return int(stamp[:12], 16), int(stamp[12:], 16) / 1000

    def _sign(self, stamp: str) -> str:
        return hmac.digest(self._secret, _raw(stamp), "sha256").hex()[:32]


def _offered(account: SipAccount) -> tuple[DigestAlgorithm, ...]:
    first = (DigestAlgorithm.MD5,)
    return (*first, DigestAlgorithm.SHA_256) if account.sha256 else first


def _is_right(request: SipRequest, account: SipAccount, params: dict[str, str]) -> bool:
    """Tell whether a digest proves that its sender knows the account's password."""
    algorithm = params.get("algorithm", "MD5").upper()
    if algorithm not in _offered(account) or not _is_counted(params):
        return False
    if params.get("username") != account.username or not _is_sip(params.get("uri", "")):
        return False
    expected = compute_response(
        algorithm=DigestAlgorithm(algorithm),
        username=account.username,
        realm=params["realm"],
        password=account.password,
        nonce=params["nonce"],
        method=request.method.decode("utf-8", "surrogateescape"),
        uri=params["uri"],
        qop=params.get("qop", ""),
        nc=params.get("nc", ""),
        cnonce=params.get("cnonce", ""),
    )
    return hmac.compare_digest(expected.encode(), _raw(params.get("response", "").lower()))


def _is_counted(params: dict[str, str]) -> bool:
    """Tell whether qop is the offered one with all that belongs to it, or is not there at all."""
    if not params.get("qop"):
        return True
    has_count = _COUNT.fullmatch(params.get("nc", "")) is not None
    return params["qop"].lower() == "auth" and has_count and bool(params.get("cnonce"))


def _is_sip(uri: str) -> bool:
    """Tell whether a digest's URI is one of SIP's at all; it need not be the request's.

    A registrar that hands a request on writes the phone's address in place of its own, so the two
    differ: "it is not necessarily a failure", says RFC 3261 section 22.4.
    """
    return uri.lower().startswith(("sip:", "sips:"))


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
