"""Says whether a request comes from the one user that the server knows.

Source: RFC 7617 (Basic), RFC 7616 (Digest).
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from mppsim.server.settings import AuthScheme, Login
from mppsim.sip.digest import DigestAlgorithm, compute_response, parse_auth_params

__all__ = ["REALM", "Doorkeeper", "Verdict"]

REALM = "mppsim"
NONCE_SECONDS = 300.0
"""How long a nonce may be used; after that a right answer gets a new one with `stale=true`."""

_ALGORITHMS = (DigestAlgorithm.MD5, DigestAlgorithm.SHA_256)
"""Old libcurl, which phones have, gives up when the first algorithm is one it does not know."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request is let in, and if not, what kind of answer it brought."""

    is_admitted: bool
    is_stale: bool = False
    """Everything is right but the nonce's age."""
    is_wrong: bool = False
    """There was an answer, and it is not right."""


class Doorkeeper:
    """Checks Basic or Digest credentials in constant time; keeps nothing of a request.

    Nonces carry their time and a signature made with `secret`, so none is remembered.
    """

    def __init__(self, login: Login, *, secret: bytes) -> None:
        self._login = login
        self._secret = secret

    def judge(self, header: str | None, *, method: str, uri: str, now: float) -> Verdict:
        """Judge an Authorization header; `uri` is the request target as it came."""
        if header is None:
            return Verdict(is_admitted=False)
        if self._login.scheme is AuthScheme.BASIC:
            is_right = self._is_right_basic(header)
            return Verdict(is_right, is_wrong=not is_right)
        return self._judge_digest(header, method=method, uri=uri, now=now)

    def build_challenges(self, *, now: float, is_stale: bool = False) -> tuple[str, ...]:
        """Give the values of the WWW-Authenticate headers of a 401, the first choice first."""
        if self._login.scheme is AuthScheme.BASIC:
            return (f'Basic realm="{REALM}", charset="UTF-8"',)
        nonce = self._sign(f"{max(now, 0.0):.6f}")
        stale = ", stale=true" if is_stale else ""
        return tuple(
            f'Digest realm="{REALM}", qop="auth", algorithm={algorithm}, nonce="{nonce}"{stale}'
            for algorithm in _ALGORITHMS
        )

    def _is_right_basic(self, header: str) -> bool:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            given = base64.b64decode(token.strip(), validate=True)
        except (binascii.Error, ValueError):
            return False
        return _is_same(given, _octets(f"{self._login.user}:{self._login.password}"))

    def _judge_digest(self, header: str, *, method: str, uri: str, now: float) -> Verdict:
        wrong = Verdict(is_admitted=False, is_wrong=True)
        scheme, params = parse_auth_params(header)
        nonce = params.get("nonce", "")
        made = self._read_nonce(nonce)
        expected = self._expect(params, method)
        if scheme != "digest" or made is None or expected is None or params.get("uri") != uri:
            return wrong
        is_right = _is_same(_octets(params.get("response", "").lower()), expected.encode())
        # Both are compared before either is looked at.
        is_known = _is_same(_octets(params.get("username", "")), _octets(self._login.user))
        if not (is_right and is_known):
            return wrong
        is_fresh = now - made <= NONCE_SECONDS
        return Verdict(is_fresh, is_stale=not is_fresh)

    def _expect(self, params: dict[str, str], method: str) -> str | None:
        """Compute the response that would be right; None for a form that was not offered."""
        try:
            algorithm = DigestAlgorithm(params.get("algorithm", DigestAlgorithm.MD5))
        except ValueError:
            return None
        if algorithm not in _ALGORITHMS or params.get("qop") != "auth":
            return None
        return compute_response(
            algorithm=algorithm,
            username=self._login.user,
            realm=REALM,
            password=self._login.password,
            nonce=params.get("nonce", ""),
            method=method,
            uri=params.get("uri", ""),
            qop="auth",
            nc=params.get("nc", ""),
            cnonce=params.get("cnonce", ""),
        )

    def _sign(self, stamp: str) -> str:
        seal = hmac.digest(self._secret, _octets(stamp), "sha256")
        return f"{stamp}-{seal[:16].hex()}"

    def _read_nonce(self, nonce: str) -> float | None:
        """Give the time at which the server made the nonce; None when it did not."""
        stamp = nonce.partition("-")[0]
        if not _is_same(_octets(nonce), _octets(self._sign(stamp))):
            return None
        return float(stamp)


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _is_same(given: bytes, expected: bytes) -> bool:
    # Of hashes, so that not even the length shows in the time it takes.
    return hmac.compare_digest(hashlib.sha256(given).digest(), hashlib.sha256(expected).digest())
