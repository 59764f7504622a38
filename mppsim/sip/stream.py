"""Cut whole messages off a TCP or TLS stream, at a bounded cost whatever comes in.

Each octet is looked at once, and kept until its message is whole.

Source: RFC 3261 section 18.3 (framing by Content-Length) and 7.5 (empty lines before a message).
"""

import re
from collections.abc import Iterator

from mppsim.errors import SipError
from mppsim.sip.message import MAX_HEAD_BYTES, parse_message

__all__ = ["MAX_STREAM_MESSAGE", "MessageCutter"]

MAX_STREAM_MESSAGE = 65_535
"""The largest message on a stream, head and body: as much as a datagram can carry."""

_END = b"\r\n\r\n"
_LINE_ENDS = b"\r\n"
_LENGTH = re.compile(
    rb"^(?:content-length|l)[ \t]*+:[ \t]*+([0-9]{1,10})[ \t]*+\r?$", re.IGNORECASE | re.MULTILINE
)


class MessageCutter:
    """The incoming half of one stream: `feed` what came, then take the `messages`."""

    __slots__ = ("_buffer", "_length", "_scanned")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._scanned = 0  # how much of an unfinished head holds no end
        self._length = 0  # of the message whose head is whole; 0: it is not

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is kept: whatever comes next begins a message."""
        return not self._buffer

    def feed(self, data: bytes) -> None:
        """Take what came in."""
        self._buffer += data

    def messages(self) -> Iterator[bytes]:
        """Give the messages that are whole, keepalives left out.

        Raises `SipError` when the stream can never make sense any more: a head or a message
        beyond its bound, no readable Content-Length, or no SIP at all.
        """
        while message := self._cut():
            yield message

    def _cut(self) -> bytes:
        if not self._length:
            self._length = self._measure()
        if not self._length or len(self._buffer) < self._length:
            return b""
        message = bytes(self._buffer[: self._length])
        del self._buffer[: self._length]
        self._length = 0
        return message

    def _measure(self) -> int:
        """Give the length of the first message; 0 while its head is not whole."""
        buffer = self._buffer
        if not self._scanned and buffer[:1].isspace():
            buffer = self._buffer = buffer.lstrip(_LINE_ENDS)
        end = buffer.find(_END, max(0, self._scanned - len(_END)), MAX_HEAD_BYTES)
        if end < 0:
            if len(buffer) >= MAX_HEAD_BYTES:
                raise SipError("the head of a message does not end", status_hint=513)
            self._scanned = len(buffer)
            return 0
        self._scanned = 0
        return _measure(bytes(buffer[: end + len(_END)]))


def _measure(head: bytes) -> int:
    match = _LENGTH.search(head)
    if match is None:
        parse_message(head)  # what is no SIP at all is said to be so
        raise SipError("a message on a stream needs a Content-Length")
    length = len(head) + int(match[1])
    if length > MAX_STREAM_MESSAGE:
        raise SipError("a message is too large", status_hint=513)
    return length
