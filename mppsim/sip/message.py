"""Read SIP messages from bytes, with bounds on everything that a stranger may send.

Reading is lenient where senders are known to differ (compact and odd spellings, folded lines,
bare LF, white space) and never costs more than its bounds allow: at most 16 KiB of head and 256
header lines are looked at, each once. A message that can be answered is always returned; what is
wrong with it stands in `SipRequest.fault`, so that its sender gets a 4xx. Header values stay
bytes, unread until somebody asks.

Source: RFC 3261 section 7 and 18.3; RFC 4475 for what goes wrong in practice.
"""

import re
from typing import NamedTuple

from mppsim.errors import SipError

__all__ = [
    "MAX_HEADERS",
    "MAX_HEAD_BYTES",
    "SipRequest",
    "SipResponse",
    "check_request",
    "parse_message",
]

MAX_HEAD_BYTES = 16_384
"""Start line and headers; beyond it the answer is 513 Message Too Large."""

MAX_HEADERS = 256
"""Header lines, folded ones counted singly; beyond it the answer is 513 as well."""

_REQUIRED = {b"via": "Via", b"from": "From", b"to": "To", b"call-id": "Call-ID", b"cseq": "CSeq"}
_SINGLE = frozenset(b"from to call-id cseq content-length event max-forwards content-type".split())
_COMPACT = {  # RFC 3261 section 7.3.3, and the later ones of the IANA registry
    b"a": b"accept-contact",
    b"b": b"referred-by",
    b"c": b"content-type",
    b"d": b"request-disposition",
    b"e": b"content-encoding",
    b"f": b"from",
    b"i": b"call-id",
    b"j": b"reject-contact",
    b"k": b"supported",
    b"l": b"content-length",
    b"m": b"contact",
    b"o": b"event",
    b"r": b"refer-to",
    b"s": b"subject",
    b"t": b"to",
    b"u": b"allow-events",
    b"v": b"via",
    b"x": b"session-expires",
    b"y": b"identity",
}
_USUAL = (
    b"Via From To Call-ID CSeq Contact Max-Forwards Event Subscription-State Content-Length"
    b" Content-Type User-Agent Allow Supported Authorization Allow-Events Date Route Require"
    b" Server WWW-Authenticate"
).split()
_KEYS = {name: name.lower() for name in _USUAL} | _COMPACT

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(rb"[ \t]*\n[ \t]+")
_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*+")
_ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})")
_MAX_USER = 256
_DIGITS = re.compile(rb"[0-9]{1,10}")


class SipRequest(NamedTuple):
    """A request as it came; a named tuple, because one is made for each datagram.

    `fields` holds the first value of each header by its full lower-case name, `repeated` the
    further ones in written order. `fault` is what `check_request` will raise.
    """

    method: bytes
    uri: bytes
    fields: dict[bytes, bytes]
    repeated: list[tuple[bytes, bytes]]
    body: bytes
    fault: SipError | None

    @property
    def user(self) -> str:
        """The user part of the Request-URI, unescaped and without password; often empty."""
        userinfo, at, _ = self.uri.partition(b"@")
        if not at:
            return ""
        user = userinfo.partition(b":")[2].partition(b":")[0]
        # No line has so long a name; unescaping it is work that a stranger could ask for.
        if b"%" in user and len(user) <= _MAX_USER:
            user = _ESCAPED.sub(lambda match: bytes.fromhex(match[1].decode()), user)
        return user.decode("utf-8", "surrogateescape")

    def values(self, name: bytes) -> list[bytes]:
        """Give all values of a header (full lower-case name), in written order."""
        return _values(self.fields, self.repeated, name)


class SipResponse(NamedTuple):
    """A response as it came; `fields` and `repeated` as in `SipRequest`."""

    status: int
    reason: str
    fields: dict[bytes, bytes]
    repeated: list[tuple[bytes, bytes]]
    body: bytes

    def values(self, name: bytes) -> list[bytes]:
        """Give all values of a header (full lower-case name), in written order."""
        return _values(self.fields, self.repeated, name)


def parse_message(datagram: bytes) -> SipRequest | SipResponse:
    """Read one datagram.

    Raises `SipError` for what is no SIP message at all (keepalives among it): RFC 3261 section 18.3
    wants it dropped without an answer.
    """
    fault = None
    end = datagram.find(b"\r\n\r\n", 0, MAX_HEAD_BYTES)
    if end > 0:
        # Bare CR and LF end a line too: no value ever holds one, so no echo can forge a line.
        lines, body = datagram[:end].splitlines(), datagram[end + 4 :]
    else:
        lines, body, fault = _find_head(datagram.lstrip(b"\r\n"))
    if len(lines) > MAX_HEADERS + 1:
        del lines[MAX_HEADERS + 1 :]
        fault = _too_large()
    start = lines.pop(0) if lines else b""
    fields, repeated = _read_fields(lines)
    length = fields.get(b"content-length")
    if length is not None and (body or length != b"0"):
        body, fault = _cut_body(length.strip(), body, fault)
    words = start.split(b" ")
    if len(words) == 3 and words[2] == b"SIP/2.0" and words[1]:
        return SipRequest(words[0], words[1], fields, repeated, body, fault)
    return _read_odd_start(start.split(), (fields, repeated, body), fault)


def check_request(request: SipRequest) -> None:
    """Check what every request needs, whatever its method.

    Raises `SipError` with the status of the answer: 400, 416 (scheme), 420 (Require), 505 or 513.
    """
    if request.fault is not None:
        raise request.fault
    fields = request.fields
    for name, spelling in _REQUIRED.items():
        if not fields.get(name):
            raise SipError(f"Missing {spelling} Header Field")
    if b"" in fields:
        raise SipError("Header Line Without Name and Colon")
    if request.repeated and not _SINGLE.isdisjoint(name for name, _ in request.repeated):
        raise SipError("Header Field Twice That May Come Once")
    _check_cseq(fields[b"cseq"], request.method)
    _check_scheme(request.uri)
    # RFC 3261 section 8.2.2.3; a CANCEL's and an ACK's Require is not looked at.
    if b"require" in fields and request.method != b"CANCEL":
        raise SipError("Bad Extension", status_hint=420)


def _find_head(datagram: bytes) -> tuple[list[bytes], bytes, SipError | None]:
    """Find head and body of a message whose head does not end as it should, or not in bounds."""
    match = _HEAD_END.search(datagram, 0, MAX_HEAD_BYTES)
    if match is not None:
        return datagram[: match.start()].splitlines(), datagram[match.end() :], None
    if len(datagram) <= MAX_HEAD_BYTES:
        fault = SipError("No Empty Line After the Header Fields")
        return datagram.splitlines(), b"", fault
    # The last line is cut somewhere: half a value must not be echoed as if it were whole.
    return datagram[:MAX_HEAD_BYTES].splitlines()[:-1], b"", _too_large()


def _read_fields(lines: list[bytes]) -> tuple[dict[bytes, bytes], list[tuple[bytes, bytes]]]:
    fields: dict[bytes, bytes] = {}
    repeated: list[tuple[bytes, bytes]] = []
    for line in lines:
        name, _, value = line.partition(b": ")
        key = _KEYS.get(name)
        if key is None:
            if line.startswith((b" ", b"\t")):
                # RFC 3261 section 7.3.1: a fold is the same as one space.
                return _read_fields(_FOLD.sub(b" ", b"\n".join(lines)).lstrip().split(b"\n"))
            key, value = _read_odd_line(line)
        if key in fields:
            repeated.append((key, value))
        else:
            fields[key] = value
    return fields, repeated


def _too_large() -> SipError:
    return SipError("Message Too Large", status_hint=513)


def _read_odd_line(line: bytes) -> tuple[bytes, bytes]:
    """Read a header line that is not spelt as usual; an empty name marks one that is none."""
    name, colon, value = line.partition(b":")
    key = name.rstrip(b" \t").lower()
    if not colon or not key or b" " in key:
        return b"", line
    return _COMPACT.get(key, key), value.strip(b" \t")


def _cut_body(length: bytes, body: bytes, fault: SipError | None) -> tuple[bytes, SipError | None]:
    """RFC 3261 section 18.3: octets beyond Content-Length are dropped, too few are a 400."""
    if not _DIGITS.fullmatch(length) or int(length) > len(body):
        return body, fault or SipError("Content-Length Does Not Fit the Body")
    return body[: int(length)], fault


def _read_odd_start(
    words: list[bytes],
    rest: tuple[dict[bytes, bytes], list[tuple[bytes, bytes]], bytes],
    fault: SipError | None,
) -> SipRequest | SipResponse:
    """Read the start line of a response, or of a request that is not written as it should."""
    if len(words) > 1 and words[0].upper() == b"SIP/2.0":
        if len(words[1]) != 3 or not _DIGITS.fullmatch(words[1]) or fault is not None:
            raise SipError("not a SIP response")
        reason = b" ".join(words[2:]).decode("utf-8", "replace")
        return SipResponse(int(words[1]), reason, *rest)
    version = words[-1].upper() if len(words) > 1 else b""
    if not version.startswith(b"SIP/"):
        raise SipError("not a SIP message")
    if version != b"SIP/2.0":
        fault = SipError("Version Not Supported", status_hint=505)
    elif len(words) != 3:
        fault = fault or SipError("Malformed Request Line")
    return SipRequest(words[0], words[1], *rest, fault)


def _check_cseq(value: bytes, method: bytes) -> None:
    words = value.split()
    if len(words) != 2 or words[1] != method:
        raise SipError("CSeq Method Differs")
    # RFC 3261 section 8.1.1.5: "The sequence number value MUST be [...] less than 2**31".
    number = words[0]
    if not number.isdigit() or len(number) > 10 or int(number) >= 2**31:
        raise SipError("CSeq Number Out of Range")


def _check_scheme(uri: bytes) -> None:
    scheme, colon, rest = uri.partition(b":")
    if scheme.lower() in {b"sip", b"sips"} and rest:
        return
    if not colon or not rest or not _SCHEME.fullmatch(scheme):
        raise SipError("Malformed Request-URI")
    raise SipError("Unsupported URI Scheme", status_hint=416)


def _values(
    fields: dict[bytes, bytes], repeated: list[tuple[bytes, bytes]], name: bytes
) -> list[bytes]:
    first = [fields[name]] if name in fields else []
    return first + [value for key, value in repeated if key == name]
