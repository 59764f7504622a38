"""Write a REGISTER, and read what its answer grants.

What stands in the headers comes from parameters, so whatever is in them is made harmless: a
control character becomes a space, and a user part is escaped.

Source: RFC 3261 section 10.2 (REGISTER), 20.10 (Contact) and 25.1 (what needs escaping).
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

from mppsim.sip.answer import ALLOWED_METHODS
from mppsim.sip.line import SipLine, SipPlace, SipTransport
from mppsim.sip.message import SipResponse

__all__ = ["RegisterOutcome", "RegisterRequest", "read_outcome"]

_USER_MARKS = "-_.!~*'()&=+$,;?/"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BINDING = re.compile(rb'<([^<>]*+)>((?:[^,"]++|"(?:[^"\\]++|\\.)*+")*+)', re.DOTALL)
_EXPIRES = re.compile(rb";[ \t]*+expires[ \t]*+=[ \t]*+([0-9]{1,10})", re.IGNORECASE)
_NUMBER = re.compile(rb"[ \t]*+([0-9]{1,10})(?![0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterOutcome:
    """How one REGISTER ended."""

    status: int | None = None
    """Of the final answer; None: there was none."""
    reason: str = ""
    """Empty when the line is registered; else `status-NNN`, or why no answer came."""
    expires: float = 0.0
    """For how long the registrar keeps the line, in seconds."""
    min_expires: int = 0
    """What a 423 asks for."""
    retry_after: float = 0.0
    """What a 503 asks for, in seconds."""
    places: int = 0
    """How many addresses the proxy has."""

    @property
    def is_accepted(self) -> bool:
        """Whether the registrar agreed."""
        return not self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRequest:
    """A REGISTER of a line, but for what is new each time it is sent anew."""

    line: SipLine
    local: SipPlace
    """Where the line listens: what Via and Contact say, unless its parameters say otherwise."""
    expires: int
    """0 takes the registration back."""
    call_id: str
    tag: str

    @property
    def method(self) -> str:
        """REGISTER."""
        return "REGISTER"

    @property
    def uri(self) -> str:
        """The Request-URI: the registrar, without a user."""
        return f"sip:{self.line.registrar}"

    @property
    def is_reliable(self) -> bool:
        """Whether the transport loses nothing."""
        return self.line.transport is not SipTransport.UDP

    @property
    def address(self) -> str:
        """The address of record: `SIP_URI_n_`, else the User ID at the proxy."""
        written = _one_line(self.line.uri).strip().removeprefix("sip:")
        if written and not set(written) & set('<>" '):
            return f"sip:{written}"
        return f"sip:{_escape_user(self.line.user_id)}@{self.line.registrar}"

    @property
    def contact(self) -> str:
        """The URI under which the line can be reached."""
        transport = self.line.transport
        named = "" if transport is SipTransport.UDP else f";transport={transport.lower()}"
        return f"sip:{_escape_user(self.line.user_id)}@{self._place}{named}"

    def build(self, *, branch: str, sequence: int, credentials: str) -> bytes:
        """Write the message, its headers in the order of SPA phones."""
        line, name = self.line, _quote_name(self.line.display_name)
        call_host = str(SipPlace(self._place.host))
        lines = [
            f"REGISTER {self.uri} SIP/2.0",
            f"Via: SIP/2.0/{line.transport} {self._place};branch={branch};rport",
            f"From: {name}<{self.address}>;tag={self.tag}",
            f"To: {name}<{self.address}>",
            f"Call-ID: {self.call_id}@{call_host}",
            f"CSeq: {sequence} REGISTER",
            "Max-Forwards: 70",
            *([_one_line(credentials)] if credentials else []),
            f"Contact: {name}<{self.contact}>;expires={self.expires}",
            *([f"User-Agent: {_one_line(line.user_agent)}"] if line.user_agent else []),
            "Content-Length: 0",
            f"Allow: {ALLOWED_METHODS.decode()}",
        ]
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")

    @property
    def _place(self) -> SipPlace:
        line, local = self.line, self.local
        return SipPlace(line.external_host or local.host, line.external_port or local.port)


def read_outcome(answer: SipResponse, request: RegisterRequest, *, places: int) -> RegisterOutcome:
    """Read the final answer to a REGISTER; `places` is how many addresses the proxy has."""
    if 200 <= answer.status < 300:
        granted = _read_granted(answer, request)
        return RegisterOutcome(status=answer.status, expires=granted, places=places)
    return RegisterOutcome(
        status=answer.status,
        reason=f"status-{answer.status}",
        min_expires=_read_number(answer, b"min-expires") if answer.status == 423 else 0,
        retry_after=_read_number(answer, b"retry-after") if answer.status == 503 else 0,
        places=places,
    )


def _read_granted(answer: SipResponse, request: RegisterRequest) -> int:
    """RFC 3261 section 10.2.4: the `expires` of our own binding, else the header, else as asked."""
    bindings = [found for value in answer.values(b"contact") for found in _split_bindings(value)]
    ours = [params for uri, params in bindings if _same_place(uri, request.contact.encode())]
    for params in ours or [params for _, params in bindings[:1] if len(bindings) == 1]:
        match = _EXPIRES.search(params)
        if match is not None:
            return int(match[1])
    if b"expires" in answer.fields:
        return _read_number(answer, b"expires")
    return request.expires


def _split_bindings(value: bytes) -> list[tuple[bytes, bytes]]:
    """Split a Contact value into URIs and what follows each."""
    if b"<" not in value:
        uri, semicolon, params = value.partition(b";")
        return [(uri, semicolon + params)]
    return [(match[1], match[2]) for match in _BINDING.finditer(value)]


def _same_place(one: bytes, other: bytes) -> bool:
    """Compare two URIs without their parameters: registrars add some."""
    return one.strip().partition(b";")[0].lower() == other.partition(b";")[0].lower()


def _read_number(answer: SipResponse, name: bytes) -> int:
    match = _NUMBER.match(answer.fields.get(name, b""))
    return int(match[1]) if match else 0


def _escape_user(user: str) -> str:
    return quote(_CONTROL.sub("", user), safe=_USER_MARKS, errors="surrogateescape")


def _quote_name(name: str) -> str:
    if not name:
        return ""
    escaped = _one_line(name).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}" '


def _one_line(text: str) -> str:
    return _CONTROL.sub(" ", text)
