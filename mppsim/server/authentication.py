"""Says whether a request comes from the one user that the server knows.

Source: RFC 7617 (Basic); Digest is `mppsim.http.digest_realm`'s.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from mppsim.http import DigestRealm
from mppsim.server.settings import AuthScheme, Login

__all__ = ["REALM", "Doorkeeper", "Verdict"]

REALM = "mppsim"


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

    `secret` is random and at least 16 bytes long: nonces are signed with it.
    """

    def __init__(self, login: Login, *, secret: bytes) -> None:
        self._login = login
        self._realm = DigestRealm(REALM, secret=secret)

    def judge(self, header: str | None, *, method: str, uri: str, now: float) -> Verdict:
        """Judge an Authorization header; `uri` is the request target as it came."""
        if header is None:
            return Verdict(is_admitted=False)
        if self._login.scheme is AuthScheme.BASIC:
            is_right = self._is_right_basic(header)
            return Verdict(is_right, is_wrong=not is_right)
        passwords = {self._login.user: self._login.password}
        verdict = self._realm.judge(header, passwords, method=method, uri=uri, now=now)
        return Verdict(
            verdict.user is not None, is_stale=verdict.is_stale, is_wrong=verdict.is_wrong
        )

    def build_challenges(self, *, now: float, is_stale: bool = False) -> tuple[str, ...]:
        """Give the values of the WWW-Authenticate headers of a 401, the first choice first."""
        if self._login.scheme is AuthScheme.BASIC:
            return (f'Basic realm="{REALM}", charset="UTF-8"',)
        return self._realm.build_challenges(now=now, is_stale=is_stale)

    def _is_right_basic(self, header: str) -> bool:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            given = base64.b64decode(token.strip(), validate=True)
        except (binascii.Error, ValueError):
            return False
        expected = f"{self._login.user}:{self._login.password}"
        return _is_same(given, expected.encode("utf-8", "surrogateescape"))


def _is_same(given: bytes, expected: bytes) -> bool:
    # Of hashes, so that not even the length shows in the time it takes.
    return hmac.compare_digest(hashlib.sha256(given).digest(), hashlib.sha256(expected).digest())
