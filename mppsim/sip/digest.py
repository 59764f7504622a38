"""Compute and read Digest authentication, for SIP and HTTP alike.

Source: RFC 7616 (with RFC 2069's form for peers without qop), RFC 8760 for SIP.
"""

import hashlib
import re
from enum import StrEnum

__all__ = ["DigestAlgorithm", "compute_response", "hash_text", "parse_auth_params"]


class DigestAlgorithm(StrEnum):
    """The `algorithm` of a challenge, as it stands on the wire (RFC 7616 section 6.1)."""

    MD5 = "MD5"
    MD5_SESS = "MD5-sess"
    SHA_256 = "SHA-256"
    SHA_256_SESS = "SHA-256-sess"
    SHA_512_256 = "SHA-512-256"
    SHA_512_256_SESS = "SHA-512-256-sess"

    @classmethod
    def _missing_(cls, value: object) -> "DigestAlgorithm | None":
        wanted = str(value).lower()
        return next((member for member in cls if member.lower() == wanted), None)

    @property
    def is_session(self) -> bool:
        """Tell whether A1 mixes in nonce and cnonce (RFC 7616 section 3.4.2)."""
        return self.endswith("-sess")


_HASH_NAMES = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}

# Possessive quantifiers: what a part has taken it never gives back, so reading is linear.
_PARAM = re.compile(
    r"""[\s,]*+([^\s=,"]++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s,"=][^\s,"]*+|))\s*+(?=,|\Z)""",
    re.DOTALL,
)
_MAX_PARAMS = 64  # no digest has so many; a stranger's header must not cost a millisecond
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def hash_text(algorithm: DigestAlgorithm, data: str | bytes) -> str:
    """Hash text (as UTF-8) or bytes with the algorithm's function; the result is lower-case hex."""
    raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    name = _HASH_NAMES[algorithm.removesuffix("-sess")]
    return hashlib.new(name, raw, usedforsecurity=False).hexdigest()


def compute_response(  # noqa: PLR0913 -- a digest has this many parts (RFC 7616 section 3.4.1)
    *,
    algorithm: DigestAlgorithm,
    username: str,
    realm: str,
    password: str,
    nonce: str,
    method: str,
    uri: str,
    qop: str = "",
    nc: str = "",
    cnonce: str = "",
    body_hash: str = "",
) -> str:
    """Compute the `response` of a digest (RFC 7616 section 3.4.1).

    `qop` is `auth`, `auth-int` or empty: empty gives the form of RFC 2069. `nc` is the eight hex
    digits as sent. `body_hash`, only read for `auth-int`, is `hash_text(algorithm, body)`.
    """
    secret = hash_text(algorithm, f"{username}:{realm}:{password}")
    if algorithm.is_session:
        secret = hash_text(algorithm, f"{secret}:{nonce}:{cnonce}")
    subject = f"{method}:{uri}:{body_hash}" if qop == "auth-int" else f"{method}:{uri}"
    fresh = f"{nonce}:{nc}:{cnonce}:{qop}" if qop else nonce
    return hash_text(algorithm, f"{secret}:{fresh}:{hash_text(algorithm, subject)}")


def parse_auth_params(header_value: str) -> tuple[str, dict[str, str]]:
    """Read one challenge or one set of credentials: the scheme, and its parameters by name.

    Scheme and names come in lower case, quoted values without quotes and escapes. Of a name that
    comes twice the first value counts. Nothing is raised: reading ends where it stops making
    sense, and whoever misses a parameter refuses the header. A header with several challenges
    gives the first: the next scheme is not a `name=value`.
    """
    scheme, rest = (*header_value.split(None, 1), "", "")[:2]
    params: dict[str, str] = {}
    at = 0
    for _ in range(_MAX_PARAMS):
        match = _PARAM.match(rest, at)
        if match is None:
            break
        name, quoted, token = match.groups()
        value = token if quoted is None else _ESCAPED.sub(r"\1", quoted)
        params.setdefault(name.lower(), value)
        at = match.end()
    return scheme.lower(), params
