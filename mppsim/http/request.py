"""Write an HTTP request the way a phone does: values in, bytes out.

Source: RFC 9112 sections 3 and 5; the order of the headers is docs/decisions.md, "headers": what
the phone's own log shows first (User-Agent, Host, then the Accept family and what describes the
body), then what an answered challenge adds, Content-Length last, which only a GET has not. There
is no Expect.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from mppsim.core.url import Url
from mppsim.errors import UploadError

__all__ = ["Credentials", "HttpRequest", "is_token", "render_head"]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSAFE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "expect"})
# A phone that keeps its configuration sends the same head again; a fleet's phones all differ, and
# a miss costs little more than the writing itself.
_HEADS_KEPT = 1024


@dataclass(frozen=True, slots=True)
class Credentials:
    """What answers a challenge: the rule's `--uid` and `--pwd`."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request to send.

    `headers` are in the order of the wire and hold neither Host nor Content-Length nor anything
    else that belongs to the connection; `render_head` adds those.
    """

    method: str
    url: Url
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    credentials: Credentials | None = None
    keep_body: int = 0
    """The longest reply's body that is wanted, in bytes; 0: it is read and dropped."""


@lru_cache(maxsize=_HEADS_KEPT)
def render_head(method: str, url: Url, headers: tuple[tuple[str, str], ...], length: int) -> bytes:
    """Write the head of a request whose body has `length` bytes, the empty line included.

    Host stands second, after User-Agent, as the phone has it. Raises `UploadError` with the
    reason `rule` for what would break out of its line: a line break or a control character in
    a value, a space in the target, a header that this function writes itself.
    """
    lines = [f"{method} {url.target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines.insert(2 if headers else 1, f"Host: {url.authority}")
    if method != "GET":
        lines.append(f"Content-Length: {length}")
    if _UNSAFE.search("".join(lines)):
        raise UploadError("rule", "a header or the URL holds a control character")
    if " " in url.target or not is_token(method):
        raise UploadError("rule", "the method or the URL holds a space")
    for name, _ in headers:
        if not is_token(name) or name.lower() in _OURS:
            raise UploadError("rule", f"{name!r} is no header to set")
    return "\r\n".join((*lines, "", "")).encode("utf-8", "surrogateescape")


@lru_cache(maxsize=256)
def is_token(text: str) -> bool:
    """Tell whether text can be a method or a header's name (RFC 9110 section 5.6.2)."""
    return _TOKEN.fullmatch(text) is not None
