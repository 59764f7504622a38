"""TFTP packets: what a datagram says, and how one is written.

Source: RFC 1350 section 5 (packets) and its appendix (error codes), RFC 2347 (options).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

__all__ = [
    "MOST_PATH_BYTES",
    "MOST_REQUEST_BYTES",
    "OCTET",
    "Ack",
    "Data",
    "ErrorCode",
    "ErrorPacket",
    "OptionAck",
    "Packet",
    "PacketError",
    "Request",
    "RequestKind",
    "parse_packet",
    "render_packet",
]

OCTET = "octet"
"""The mode in which a file's bytes go as they are, and the only one that is used here."""

MOST_REQUEST_BYTES = 512
"""RFC 2347: "The maximum size of a request packet is 512 octets"; what is written keeps to it."""
MOST_PATH_BYTES = 1024
"""Of a request that is read; clients of today write more than they may."""
_MOST_OPTIONS = 16
_MOST_OPTION_BYTES = 64
_MOST_MESSAGE_BYTES = 256


class PacketError(Exception):
    """A datagram that is no TFTP, or a request that cannot be written as one."""


class ErrorCode(IntEnum):
    """Why a transfer ends before its time (RFC 1350, appendix; 8: RFC 2347)."""

    NOT_DEFINED = 0
    NOT_FOUND = 1
    ACCESS_VIOLATION = 2
    DISK_FULL = 3
    ILLEGAL_OPERATION = 4
    UNKNOWN_TID = 5
    FILE_EXISTS = 6
    NO_SUCH_USER = 7
    BAD_OPTION = 8


class RequestKind(StrEnum):
    """What a request asks for, by the names of RFC 1350."""

    READ = "RRQ"
    WRITE = "WRQ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """RRQ or WRQ: a client asks for a file, or to write one."""

    kind: RequestKind
    path: str
    """UTF-8; other bytes as lone surrogates (PEP 383)."""
    mode: str = OCTET
    """In lower case."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case; of two of one name the first."""


@dataclass(frozen=True, slots=True)
class Data:
    """DATA: one block of a file; one that is shorter than the others is the last."""

    block: int
    """0 to 65535; the first one is 1, and 0 follows 65535."""
    payload: bytes


@dataclass(frozen=True, slots=True)
class Ack:
    """ACK: a block has come; 0 stands for a request to write."""

    block: int


@dataclass(frozen=True, slots=True)
class ErrorPacket:
    """ERROR: the transfer is over; nobody answers it."""

    code: int
    """An `ErrorCode`, or what a server made up."""
    message: str = ""
    """For people; only signs that every terminal can print."""


@dataclass(frozen=True, slots=True)
class OptionAck:
    """OACK: the options that the server agrees to, names in lower case."""

    options: Mapping[str, str]


Packet = Request | Data | Ack | ErrorPacket | OptionAck


def parse_packet(datagram: bytes) -> Packet:
    """Read a datagram; raise `PacketError` for what is no TFTP."""
    read = _READERS.get(datagram[:2])
    if read is None:
        raise PacketError("no TFTP operation")
    return read(datagram)


def render_packet(packet: Packet) -> bytes:
    """Write a packet; raise `PacketError` for a request that no datagram can hold."""
    match packet:
        case Request():
            return _render_request(packet)
        case Data(block, payload):
            return b"\0\3" + block.to_bytes(2) + payload
        case Ack(block):
            return b"\0\4" + block.to_bytes(2)
        case ErrorPacket(code, message):
            return b"\0\5" + code.to_bytes(2) + message.encode("ascii", "replace") + b"\0"
    return b"\0\6" + _render_options(packet.options)


def _render_request(request: Request) -> bytes:
    path = request.path.encode("utf-8", "surrogateescape")
    if not path or b"\0" in path:
        raise PacketError("a path is not empty and holds no NUL")
    operation = b"\0\1" if request.kind is RequestKind.READ else b"\0\2"
    head = operation + path + b"\0" + request.mode.encode() + b"\0"
    datagram = head + _render_options(request.options)
    if len(datagram) > MOST_REQUEST_BYTES:
        raise PacketError(f"the path is too long: a request holds {MOST_REQUEST_BYTES} bytes")
    return datagram


def _render_options(options: Mapping[str, str]) -> bytes:
    return b"".join(f"{name}\0{value}\0".encode() for name, value in options.items())


def _parse_request(datagram: bytes) -> Request:
    texts = _split_texts(datagram[2 : MOST_PATH_BYTES + 2 + _MOST_OPTIONS * _MOST_OPTION_BYTES])
    if len(texts) < 2 or not texts[0] or len(texts[0]) > MOST_PATH_BYTES:
        raise PacketError("a request has a path and a mode")
    path, mode, *rest = texts
    return Request(
        kind=RequestKind.READ if datagram[1] == 1 else RequestKind.WRITE,
        path=path.decode("utf-8", "surrogateescape"),
        mode=mode.decode("ascii", "replace").lower(),
        options=_read_options(rest),
    )


def _parse_data(datagram: bytes) -> Data:
    return Data(_read_number(datagram), datagram[4:])


def _parse_ack(datagram: bytes) -> Ack:
    return Ack(_read_number(datagram))


def _parse_error(datagram: bytes) -> ErrorPacket:
    # Some servers leave out the NUL at the end.
    message = datagram[4 : 4 + _MOST_MESSAGE_BYTES].partition(b"\0")[0].decode("ascii", "replace")
    shown = "".join(sign if sign.isascii() and sign.isprintable() else "?" for sign in message)
    return ErrorPacket(_read_number(datagram), shown)


def _parse_option_ack(datagram: bytes) -> OptionAck:
    return OptionAck(_read_options(_split_texts(datagram[2:])))


def _read_number(datagram: bytes) -> int:
    if len(datagram) < 4:
        raise PacketError("the packet ends before its number")
    return int.from_bytes(datagram[2:4])


def _split_texts(octets: bytes) -> list[bytes]:
    # A last text without its NUL is none: whoever sent it was cut off.
    return octets.split(b"\0")[:-1]


def _read_options(texts: list[bytes]) -> dict[str, str]:
    if len(texts) % 2 or len(texts) > 2 * _MOST_OPTIONS:
        raise PacketError("each option has a value, and there are not that many")
    if any(len(text) > _MOST_OPTION_BYTES for text in texts):
        raise PacketError("an option is too long")
    words = [text.decode("ascii", "replace") for text in texts]
    options: dict[str, str] = {}
    for name, value in zip(words[::2], words[1::2], strict=True):
        options.setdefault(name.lower(), value)
    return options


_READERS: dict[bytes, Callable[[bytes], Packet]] = {
    b"\0\1": _parse_request,
    b"\0\2": _parse_request,
    b"\0\3": _parse_data,
    b"\0\4": _parse_ack,
    b"\0\5": _parse_error,
    b"\0\6": _parse_option_ack,
}
