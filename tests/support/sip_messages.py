"""SIP messages for tests: a NOTIFY with any header replaced, added or left out."""

from mppsim.sip.digest import DigestAlgorithm, compute_response, parse_auth_params

__all__ = ["SOURCE", "answer_to", "authorize", "make_notify", "read_headers"]

SOURCE = ("192.0.2.10", 5060)
"""Where the messages of `make_notify` come from."""

_HEADERS = {
    "Via": "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds",
    "Max-Forwards": "70",
    "From": "<sip:pbx@192.0.2.10>;tag=1928301774",
    "To": "<sip:1001@192.0.2.7>",
    "Call-ID": "a84b4c76e66710@192.0.2.10",
    "CSeq": "1 NOTIFY",
    "Contact": "<sip:pbx@192.0.2.10:5060>",
    "Event": "report",
    "Content-Length": "0",
}


def make_notify(
    *extra: str,
    start: str = "NOTIFY sip:1001@192.0.2.7:5060 SIP/2.0",
    body: bytes = b"",
    **headers: str | None,
) -> bytes:
    """Build a NOTIFY; `call_id="x"` replaces a header, None leaves it out, `extra` adds lines."""
    given = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    if body:
        given.setdefault("content-length", str(len(body)))
    lines = [start]
    for name, usual in _HEADERS.items():
        value = given.pop(name.lower(), usual)
        if value is not None:
            lines.append(f"{name}: {value}")
    assert not given, f"no such header to replace: {given}"
    text = "\r\n".join([*lines, *extra, "", ""])
    return text.encode("utf-8", "surrogateescape") + body


def read_headers(message: bytes, name: str) -> list[str]:
    """Give the values of a header of an answer, in written order."""
    lines = message.partition(b"\r\n\r\n")[0].decode("utf-8", "surrogateescape").split("\r\n")[1:]
    pairs = [line.partition(": ") for line in lines]
    return [value for key, _, value in pairs if key.lower() == name.lower()]


def answer_to(request: bytes, status: str, *lines: str) -> bytes:
    """Build an answer without a body; `lines` are further headers."""
    echoed = [
        f"{name}: {value}"
        for name in ("Via", "From", "To", "Call-ID", "CSeq")
        for value in read_headers(request, name)
    ]
    return "\r\n".join([f"SIP/2.0 {status}", *echoed, *lines, "Content-Length: 0", "", ""]).encode()


def authorize(
    challenge: str,
    *,
    user: str = "1001",
    password: str = "secret",
    uri: str = "sip:1001@192.0.2.7:5060",
    method: str = "NOTIFY",
    nc: str = "00000001",
    qop: str = "auth",
    **override: str,
) -> str:
    """Build the Authorization line that answers a WWW-Authenticate value.

    `override` replaces parameters after the response was computed.
    """
    params = parse_auth_params(challenge)[1]
    counted = {"qop": qop, "nc": nc, "cnonce": "0a4f113b"} if qop else {}
    algorithm = DigestAlgorithm(params.get("algorithm", "MD5"))
    response = compute_response(
        algorithm=algorithm,
        username=user,
        realm=params["realm"],
        password=password,
        nonce=params["nonce"],
        method=method,
        uri=uri,
        **counted,
    )
    given = {"username": user, "realm": params["realm"], "nonce": params["nonce"], "uri": uri}
    given |= {"response": response, "algorithm": str(algorithm)} | counted | override
    return "Authorization: Digest " + ", ".join(f'{k}="{v}"' for k, v in given.items())
