"""Read an HTTP reply: at one glance where it is whole and plain, else piece by piece.

Source: RFC 9112 section 6.3 for where a body ends; RFC 9110 section 15.2 for interim replies.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

__all__ = [
    "MOST_BODY",
    "MOST_HEAD",
    "SHORT_REPLY",
    "BadReply",
    "Reply",
    "ReplyReader",
    "parse_short_reply",
]

MOST_HEAD = 64 * 1024
"""How many bytes of head, interim replies included, a server may send for one request."""

MOST_BODY = 1024 * 1024
"""How many bytes of a body that nobody wants a server may send; a phone reads and drops them."""

SHORT_REPLY = 2048
"""The most bytes in which a reply is looked for at one glance."""

_PLAIN = re.compile(
    rb"HTTP/1\.1 ([2-5][0-9][0-9])(?: [^\r\n\0]*)?"
    rb"((?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*)*)\r\n\r\n"
)
_BODILESS = (204, 304)


class BadReply(Exception):
    """What the server sent is no HTTP reply, or is longer than anybody wants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The final reply to a request."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """Names in lower case, values without the white space around them."""
    keep_alive: bool
    """Whether the connection may carry another request."""
    location: str | None
    """The first Location header."""
    body: bytes = field(default=b"", repr=False)
    """As it came, its content coding not undone; a long one only where somebody wants it."""

    def header_values(self, name: str) -> tuple[str, ...]:
        """Return every value of a header named in lower case."""
        return _values(self.headers, name)


# Servers say the same to everybody: within a second, often byte for byte.
@lru_cache(maxsize=256)
def parse_short_reply(data: bytes) -> Reply | None:
    """Read a reply that is whole, plain and alone in `data`; None: let `ReplyReader` look.

    Plain is HTTP/1.1 with a final status and a Content-Length, or a status without a body.
    """
    matched = _PLAIN.match(data)
    if matched is None:
        return None
    status = int(matched[1])
    headers = tuple(_read_headers(matched[2]))
    lengths = _values(headers, "content-length")
    body_length = len(data) - matched.end()
    is_whole = lengths == (str(body_length),) or (
        status in _BODILESS and not lengths and not body_length
    )
    if not is_whole or _values(headers, "transfer-encoding"):
        return None
    if status in _BODILESS and body_length:
        return None
    body = data[matched.end() :]
    return _make_reply(status, headers, body, keep_alive=_is_kept("1.1", headers))


def _make_reply(
    status: int, headers: tuple[tuple[str, str], ...], body: bytes, *, keep_alive: bool
) -> Reply:
    location = next((value for name, value in headers if name == "location"), None)
    return Reply(
        status=status, headers=headers, keep_alive=keep_alive, location=location, body=body
    )


def _read_headers(block: bytes) -> Iterable[tuple[str, str]]:
    for line in block.decode("latin-1").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        yield name.lower(), value.strip(" \t")


def _values(headers: Iterable[tuple[str, str]], name: str) -> tuple[str, ...]:
    return tuple(value for key, value in headers if key == name)


def _is_kept(version: str, headers: Iterable[tuple[str, str]]) -> bool:
    """Tell whether the connection persists (RFC 9112 section 9.3)."""
    tokens = {
        token.strip().lower()
        for value in _values(headers, "connection")
        for token in value.split(",")
    }
    return "close" not in tokens and (version == "1.1" or "keep-alive" in tokens)


class ReplyReader:
    """Reads one reply in whatever pieces it comes: chunked, ended by close, after interim replies.

    `feed` what arrives and call `end` when the connection ends; each gives the reply once it is
    whole, else None, and raises `BadReply` for what can be none. Of the body, up to `keep` bytes
    are kept; a longer one is no reply then. With 0 it is dropped, up to `MOST_BODY`. `close` it in
    the end, whatever came: reader and parser know each other, and would wait for the collector.
    """

    __slots__ = (
        "_body",
        "_fed",
        "_headers",
        "_is_headed",
        "_is_surplus",
        "_keep",
        "_parser",
        "_reply",
        "_until_end",
    )

    def __init__(self, keep: int = 0) -> None:
        self._parser = HttpResponseParser(self)
        self._keep = keep
        self._body = bytearray()
        self._headers: list[tuple[str, str]] = []
        self._reply: Reply | None = None
        self._fed = 0
        self._is_headed = self._until_end = self._is_surplus = False

    def feed(self, data: bytes) -> Reply | None:
        """Take what arrived."""
        self._fed += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            # After a whole reply the fault is in what follows it, which nobody asked for.
            if self._reply is None:
                raise BadReply(str(error)) from error
            self._is_surplus = True
        most_body = self._keep or MOST_BODY
        if self._fed > (MOST_HEAD + most_body if self._is_headed else MOST_HEAD):
            raise BadReply("more than a reply needs")
        if len(self._body) > self._keep:
            raise BadReply("more than is wanted")
        if self._reply is not None and self._is_surplus:
            return replace(self._reply, keep_alive=False)
        return self._reply

    def end(self) -> Reply | None:
        """Say that the connection ended."""
        return self._make_reply(keep_alive=False) if self._until_end else None

    def close(self) -> None:
        """Be done; nothing may be fed any more."""
        del self._parser

    def _make_reply(self, *, keep_alive: bool) -> Reply:
        status = self._parser.get_status_code()
        return _make_reply(status, tuple(self._headers), bytes(self._body), keep_alive=keep_alive)

    # What the parser calls.

    def on_message_begin(self) -> None:
        """Begin a reply: the first, the one after an interim one, or one too many."""
        self._is_surplus = self._reply is not None

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header of the reply."""
        if self._reply is None:
            self._headers.append(
                (name.decode("latin-1").lower(), value.decode("latin-1").strip(" \t"))
            )

    def on_headers_complete(self) -> None:
        """Decide where the body ends (RFC 9112 section 6.3)."""
        if self._is_surplus:
            return
        status = self._parser.get_status_code()
        self._is_headed = status >= 200
        self._until_end = (
            self._is_headed
            and status not in _BODILESS
            and not any(key in {"content-length", "transfer-encoding"} for key, _ in self._headers)
        )

    def on_body(self, data: bytes) -> None:
        """Keep what somebody wants of the final reply's body."""
        if self._keep and self._reply is None:
            self._body += data

    def on_message_complete(self) -> None:
        """End a reply, or forget an interim one."""
        if not self._is_headed:
            self._headers.clear()
        elif self._reply is None:
            version = self._parser.get_http_version()
            self._reply = self._make_reply(keep_alive=_is_kept(version, self._headers))
