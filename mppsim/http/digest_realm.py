"""Judge who a request comes from, by Digest: the server's side, which waits for nothing.

A nonce carries its time and a signature, so none is remembered.

Source: RFC 7616.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from mppsim.sip.digest import DigestAlgorithm, compute_response, parse_auth_params

__all__ = ["NONCE_SECONDS", "DigestRealm", "DigestVerdict"]

NONCE_SECONDS = 300.0
"""How long a nonce may be used; after that a right answer gets a new one with `stale=true`."""

_ALGORITHMS = (DigestAlgorithm.MD5, DigestAlgorithm.SHA_256)
"""Old libcurl gives up when the first algorithm is one that it does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestVerdict:
    """Who asks, and if nobody who is known, what kind of answer the request brought."""

    user: str | None = None
    """The user whose password was proved; None: nobody's."""
    is_stale: bool = False
    """Everything is right but the nonce's age."""
    is_wrong: bool = False
    """There was an answer, and it is not right: a guess."""


class DigestRealm:
    """Challenges, and judges the answers in constant time; keeps nothing of a request.

    `secret` is random and at least 16 bytes long. An answer that was made for one realm opens no
    other one, though the secret and the passwords be the same.
    """

    __slots__ = ("_name", "_secret")

    def __init__(self, name: str, *, secret: bytes) -> None:
        self._name = name
        self._secret = secret

    def judge(
        self,
        header: str | None,
        passwords: Mapping[str, str],
        *,
        method: str,
        uri: str,
        now: float,
    ) -> DigestVerdict:
        """Judge an Authorization header for users of these passwords.

        `uri` is the request target as it came, `now` seconds on any clock that does not go back.
        """
        if header is None:
            return DigestVerdict()
        scheme, params = parse_auth_params(header)
        user = params.get("username", "")
        expected = self._expect(params, passwords.get(user, ""), method)
        made = self._read_nonce(params.get("nonce", ""))
        if scheme != "digest" or expected is None or made is None or params.get("uri") != uri:
            return DigestVerdict(is_wrong=True)
        is_right = _is_same(params.get("response", "").lower(), expected)
        if not is_right or user not in passwords:
            return DigestVerdict(is_wrong=True)
        if now - made > NONCE_SECONDS:
            return DigestVerdict(is_stale=True)
        return DigestVerdict(user=user)

    def build_challenges(self, *, now: float, is_stale: bool = False) -> tuple[str, ...]:
        """Return the values of the WWW-Authenticate headers of a 401, the first choice first."""
        nonce = self._sign(f"{max(now, 0.0):.6f}")
        end = f'nonce="{nonce}"' + (", stale=true" if is_stale else "")
        return tuple(
            f'Digest realm="{self._name}", qop="auth", algorithm={algorithm}, {end}'
            for algorithm in _ALGORITHMS
        )

    def _expect(self, params: Mapping[str, str], password: str, method: str) -> str | None:
        """Compute the response that would be right; None for a form that was not offered."""
        try:
            algorithm = DigestAlgorithm(params.get("algorithm", DigestAlgorithm.MD5))
        except ValueError:
            return None
        if algorithm not in _ALGORITHMS or params.get("qop") != "auth":
            return None
        if params.get("realm") != self._name:
            return None
        return compute_response(
            algorithm=algorithm,
            username=params.get("username", ""),
            realm=self._name,
            password=password,
            nonce=params.get("nonce", ""),
            method=method,
            uri=params.get("uri", ""),
            qop="auth",
            nc=params.get("nc", ""),
            cnonce=params.get("cnonce", ""),
        )

    def _sign(self, stamp: str) -> str:
        seal = hmac.digest(self._secret, _octets(f"{self._name}\n{stamp}"), "sha256")
        return f"{stamp}-{seal[:16].hex()}"

    def _read_nonce(self, nonce: str) -> float | None:
        """Return the time at which the nonce was made; None when it was not made here."""
        stamp = nonce.partition("-")[0]
        if not _is_same(nonce, self._sign(stamp)):
            return None
        return float(stamp)


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _is_same(given: str, expected: str) -> bool:
    # Of hashes, so that not even the length shows in the time it takes.
    given_hash, expected_hash = (hashlib.sha256(_octets(text)) for text in (given, expected))
    return hmac.compare_digest(given_hash.digest(), expected_hash.digest())
