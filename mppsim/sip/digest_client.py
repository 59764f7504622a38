"""Answer a server's challenges in one user's name.

The last challenge is remembered, so that the requests which follow carry credentials from the
start, with the nonce counted up.

Source: RFC 3261 section 22, RFC 7616 section 3.4, RFC 8760 section 2.4.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from mppsim.sip.digest import DigestAlgorithm, compute_response, parse_auth_params
from mppsim.sip.message import SipResponse

__all__ = ["DigestClient", "DigestUser"]

_HEADERS = {
    401: (b"www-authenticate", "Authorization"),
    407: (b"proxy-authenticate", "Proxy-Authorization"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestUser:
    """Who answers, and how."""

    name: str
    """Empty: nobody, no challenge is answered."""
    password: str = field(default="", repr=False)
    algorithms: Collection[DigestAlgorithm] = frozenset(DigestAlgorithm)
    """Those that the client understands; the server's first of them is used."""


@dataclass(slots=True)
class _Challenge:
    """What a server asked for last, and how often it has been answered."""

    header: str
    params: dict[str, str]
    algorithm: DigestAlgorithm
    has_qop: bool
    count: int = 0


class DigestClient:
    """One user's credentials towards one server."""

    __slots__ = ("_challenge", "_make_token", "_user")

    def __init__(self, user: DigestUser, make_token: Callable[[], str]) -> None:
        """Answer as `user`; `make_token` gives a new random word each time it is called."""
        self._user = user
        self._make_token = make_token
        self._challenge: _Challenge | None = None

    def accept(self, response: SipResponse) -> bool:
        """Take the challenge of a 401 or 407; False when it is none that can be answered."""
        asked, header = _HEADERS.get(response.status, (b"", ""))
        if not header or not self._user.name:
            return False
        for value in response.values(asked):
            challenge = self._read(header, value.decode("utf-8", "surrogateescape"))
            if challenge is not None:
                self._challenge = challenge
                return True
        return False

    def authorize(self, method: str, uri: str) -> str:
        """Give the header line for a request; empty while nobody has asked for credentials."""
        challenge = self._challenge
        if challenge is None:
            return ""
        challenge.count += 1
        counted: dict[str, str] = {}
        if challenge.has_qop:
            counted = {"qop": "auth", "nc": f"{challenge.count:08x}"}
        if counted or challenge.algorithm.is_session:
            counted["cnonce"] = self._make_token()
        return f"{challenge.header}: Digest {self._build(challenge, method, uri, counted)}"

    def _read(self, header: str, value: str) -> _Challenge | None:
        scheme, params = parse_auth_params(value)
        if scheme != "digest" or not {"realm", "nonce"} <= params.keys():
            return None
        try:
            algorithm = DigestAlgorithm(params.get("algorithm", "MD5"))
        except ValueError:
            return None
        offered = [word.strip().lower() for word in params.get("qop", "").split(",")]
        has_qop = "auth" in offered
        is_understood = algorithm in self._user.algorithms and (has_qop or offered == [""])
        return _Challenge(header, params, algorithm, has_qop) if is_understood else None

    def _build(self, challenge: _Challenge, method: str, uri: str, counted: dict[str, str]) -> str:
        params, user = challenge.params, self._user
        response = compute_response(
            algorithm=challenge.algorithm,
            username=user.name,
            realm=params["realm"],
            password=user.password,
            nonce=params["nonce"],
            method=method,
            uri=uri,
            **counted,
        )
        quoted = {"username": user.name, "realm": params["realm"], "nonce": params["nonce"]}
        quoted |= {"uri": uri, "response": response}
        quoted |= {name: counted[name] for name in ("cnonce",) if name in counted}
        quoted |= {name: params[name] for name in ("opaque",) if name in params}
        plain = {"algorithm": str(challenge.algorithm)}
        plain |= {name: counted[name] for name in ("qop", "nc") if name in counted}
        written = [f'{name}="{_escape(value)}"' for name, value in quoted.items()]
        return ", ".join([*written, *(f"{name}={value}" for name, value in plain.items())])


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
