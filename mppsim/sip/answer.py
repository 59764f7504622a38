"""Build the answer to a request.

Via, From, To, Call-ID and CSeq are echoed byte for byte (but for `received` and `rport`, and a tag
added to To): real clients compare them. Source: RFC 3261 section 8.2.6, RFC 3581 section 4.
"""

from functools import lru_cache
from hashlib import blake2b

from mppsim.sip.header import TopVia, has_tag
from mppsim.sip.message import SipRequest

__all__ = ["ALLOWED_METHODS", "build_answer"]

ALLOWED_METHODS = b"NOTIFY, OPTIONS"


def build_answer(
    request: SipRequest,
    status_line: bytes,
    *,
    via: TopVia | None,
    secret: bytes,
    server_name: str,
    extra: tuple[tuple[bytes, bytes], ...] = (),
) -> bytes:
    """Build an answer without a body.

    `status_line` is status and reason, `200 OK`. `secret` flavours the tag added to To. A
    malformed request may lack headers: what is not there is not echoed.
    """
    fields = request.fields
    vias = via.stamped if via is not None else fields[b"via"]
    if request.repeated:
        vias = b"\r\nVia: ".join((vias, *request.values(b"via")[1:]))
    parts = [b"SIP/2.0 ", status_line, b"\r\nVia: ", vias]
    if b"from" in fields:
        parts += (b"\r\nFrom: ", fields[b"from"])
    if b"to" in fields:
        parts += (b"\r\nTo: ", fields[b"to"])
        if not has_tag(fields[b"to"]):
            parts += (b";tag=", _make_tag(fields, secret))
    if b"call-id" in fields:
        parts += (b"\r\nCall-ID: ", fields[b"call-id"])
    if b"cseq" in fields:
        parts += (b"\r\nCSeq: ", fields[b"cseq"])
    for name, value in extra:
        parts += (b"\r\n", name, b": ", value)
    parts.append(_build_end(server_name))
    return b"".join(parts)


def _make_tag(fields: dict[bytes, bytes], secret: bytes) -> bytes:
    """Make the tag of our side: the same for each copy of a request, not to be guessed by others.

    RFC 3261 section 19.3 wants at least 32 random bits; these are 64, from the dialog's ids.
    """
    ids = fields.get(b"call-id", b"") + b"\0" + fields.get(b"from", b"")
    return blake2b(ids, key=secret, digest_size=8).hexdigest().encode()


@lru_cache(maxsize=256)
def _build_end(server_name: str) -> bytes:
    server = b"\r\nServer: %b" % server_name.encode() if server_name else b""
    return server + b"\r\nContent-Length: 0\r\n\r\n"
