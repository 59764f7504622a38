"""Build the answer to a request.

Via, From, To, Call-ID and CSeq are echoed byte for byte (but for `received` and `rport`, and a tag
added to To): real clients compare them. Source: RFC 3261 section 8.2.6, RFC 3581 section 4.
"""

from functools import lru_cache
from hashlib import blake2b

from mppsim.sip.header import TopVia, has_tag
from mppsim.sip.message import SipRequest
from mppsim.sip.usual import Echo

__all__ = ["ALLOWED_METHODS", "AnswerBuilder"]

ALLOWED_METHODS = b"NOTIFY, OPTIONS"

_USUAL_OK = b"SIP/2.0 200 OK\r\nVia: %b\r\nFrom: %b\r\nTo: %b;tag=%b\r\nCall-ID: %b\r\nCSeq: %b%b"


class AnswerBuilder:
    """Builds answers without a body; `secret` flavours the tags that they add to To."""

    __slots__ = ("_tagger",)

    def __init__(self, secret: bytes) -> None:
        self._tagger = blake2b(key=secret[:64], digest_size=8)

    def build(
        self,
        request: SipRequest,
        status_line: bytes,
        *,
        via: TopVia | None,
        server_name: str,
        extra: tuple[tuple[bytes, bytes], ...] = (),
    ) -> bytes:
        """Build an answer; `status_line` is status and reason, `200 OK`.

        A malformed request may lack headers: what is not there is not echoed.
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
                ids = fields.get(b"call-id", b""), fields.get(b"from", b"")
                parts += (b";tag=", self._make_tag(*ids))
        if b"call-id" in fields:
            parts += (b"\r\nCall-ID: ", fields[b"call-id"])
        if b"cseq" in fields:
            parts += (b"\r\nCSeq: ", fields[b"cseq"])
        for name, value in extra:
            parts += (b"\r\n", name, b": ", value)
        parts.append(_build_end(server_name))
        return b"".join(parts)

    def build_ok(self, echo: Echo, server_name: str) -> bytes:
        """Build the 200 for a usual NOTIFY, byte for byte as `build` does."""
        via, from_, to, call_id, cseq = echo
        tag = self._make_tag(call_id, from_)
        return _USUAL_OK % (via, from_, to, tag, call_id, cseq, _build_end(server_name))

    def _make_tag(self, call_id: bytes, from_: bytes) -> bytes:
        """Make the tag of our side: the same for each copy of a request.

        RFC 3261 section 19.3 wants at least 32 random bits; these are 64, from the dialog's ids
        and the secret.
        """
        hashed = self._tagger.copy()
        hashed.update(call_id + b"\0" + from_)
        return hashed.hexdigest().encode()


@lru_cache(maxsize=256)
def _build_end(server_name: str) -> bytes:
    server = b"\r\nServer: %b" % server_name.encode() if server_name else b""
    return server + b"\r\nContent-Length: 0\r\n\r\n"
