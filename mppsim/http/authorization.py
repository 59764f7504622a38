"""Answer a 401 or 407: find the best challenge that the server offers, and write the answer.

Source: RFC 9110 section 11 for challenges, RFC 7617 for Basic, RFC 7616 for Digest (RFC 2069 where
a server knows no qop).
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator

from mppsim.core.encryption import RandomBytes
from mppsim.http.request import HttpRequest
from mppsim.sip.digest import DigestAlgorithm, compute_response, parse_auth_params

__all__ = ["answer_challenges", "split_challenges"]

_PIECE = re.compile(r'(?:"(?:[^"\\]|\\.)*+"|[^",])++', re.DOTALL)
_SCHEME = re.compile(r"\s*[!#$%&'*+.^_`|~0-9A-Za-z-]++(?!\s*=)(?:\s|$)")
_QUOTED = re.compile(r'(["\\])')
_STRENGTH = {"basic": 1, "md5": 2, "md5-sess": 2, "sha-256": 3, "sha-256-sess": 3}


def answer_challenges(
    offers: Iterable[str], request: HttpRequest, random_bytes: RandomBytes
) -> str | None:
    """Write the value of Authorization for the strongest of the offers; None: none can be met.

    `offers` are the values of WWW-Authenticate or Proxy-Authenticate. SHA-256 goes before MD5
    before Basic; of equals the server's first counts.
    """
    best, answer = 0, None
    for offer in offers:
        for challenge in split_challenges(offer):
            scheme, params = parse_auth_params(challenge)
            strength = _judge(scheme, params)
            if strength > best:
                best = strength
                answer = (
                    _answer_basic(request)
                    if scheme == "basic"
                    else _answer_digest(params, request, random_bytes)
                )
    return answer


def split_challenges(offer: str) -> Iterator[str]:
    """Split one header value that may hold several challenges, parameters and all."""
    challenge = ""
    for piece in _PIECE.findall(offer):
        if _SCHEME.match(piece):
            if challenge:
                yield challenge
            challenge = piece.strip()
        elif challenge:
            challenge += "," + piece
    if challenge:
        yield challenge


def _judge(scheme: str, params: dict[str, str]) -> int:
    """Give a challenge its strength; 0: it cannot be met."""
    if scheme != "digest":
        return _STRENGTH["basic"] if scheme == "basic" else 0
    if "nonce" not in params or "realm" not in params:
        return 0
    if "qop" in params and "auth" not in _read_qop(params):
        return 0
    return _STRENGTH.get(params.get("algorithm", "MD5").lower(), 0)


def _read_qop(params: dict[str, str]) -> list[str]:
    return [option.strip().lower() for option in params["qop"].split(",")]


def _answer_basic(request: HttpRequest) -> str:
    assert request.credentials is not None
    pair = f"{request.credentials.user}:{request.credentials.password}"
    return "Basic " + b64encode(pair.encode("utf-8", "surrogateescape")).decode("ascii")


def _answer_digest(params: dict[str, str], request: HttpRequest, random_bytes: RandomBytes) -> str:
    assert request.credentials is not None
    algorithm = DigestAlgorithm(params.get("algorithm", "MD5"))
    uri = request.url.target
    # Each answer is the first to its nonce: the phone asks anew for every report.
    nc, cnonce = "00000001", random_bytes(8).hex()
    response = compute_response(
        algorithm=algorithm,
        username=request.credentials.user,
        realm=params["realm"],
        password=request.credentials.password,
        nonce=params["nonce"],
        method=request.method,
        uri=uri,
        qop="auth" if "qop" in params else "",
        nc=nc,
        cnonce=cnonce,
    )
    quoted = {"username": request.credentials.user, "realm": params["realm"]}
    quoted |= {"nonce": params["nonce"], "uri": uri, "response": response}
    plain = {"algorithm": params["algorithm"]} if "algorithm" in params else {}
    if "qop" in params:
        plain |= {"qop": "auth", "nc": nc}
    if "qop" in params or algorithm.is_session:
        quoted["cnonce"] = cnonce
    if "opaque" in params:
        quoted["opaque"] = params["opaque"]
    parts = [f"{name}={_quote(value)}" for name, value in quoted.items()]
    return "Digest " + ", ".join((*parts, *(f"{name}={value}" for name, value in plain.items())))


def _quote(text: str) -> str:
    return '"' + _QUOTED.sub(r"\\\1", text) + '"'
