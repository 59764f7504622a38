"""Write an HTTP request the way a phone does: values in, bytes out.

Source: RFC 9112 sections 3 and 5; the order of the headers is docs/decisions.md, "headers": what
the phone's own log shows first (User-Agent, Host, then the Accept family and what describes the
body), then what an answered challenge adds, Content-Length last, which only a GET has not. There
is no Expect.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from mppsim.core.frozen import frozen_value
from mppsim.core.url import Url
from mppsim.errors import UploadError

__all__ = ["Credentials", "HttpRequest", "is_token", "render_head"]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSAFE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "expect"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """What answers a challenge: the rule's `--uid` and `--pwd`."""

    user: str
    password: str = field(repr=False)


@frozen_value(kw_only=True)
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
    _head: bytes = field(default=b"", init=False, repr=False, compare=False)

    @property
    def head(self) -> bytes:
        """What goes over the wire before the body; raises `UploadError` as `render_head` does."""
        if not self._head:
            head = render_head(self.method, self.url, self.headers, len(self.body))
            object.__setattr__(self, "_head", head)
        return self._head


def render_head(method: str, url: Url, headers: tuple[tuple[str, str], ...], length: int) -> bytes:
    """Write the head of a request whose body has `length` bytes, the empty line included.

    Host stands second, after User-Agent, as the phone has it. Raises `UploadError` with the
    reason `rule` for what would break out of its line: a line break or a control character in
    a value, a space in the target, a header that this function writes itself.
    """
    target, authority = url.target, url.authority
    first = _render_headers(headers[:1])
    rest = _render_shared(headers[1:])
    if _UNSAFE.search(target + authority):
        raise UploadError("rule", "the URL holds a control character")
    if " " in target or not is_token(method):
        raise UploadError("rule", "the method or the URL holds a space")
    size = "" if method == "GET" else f"Content-Length: {length}\r\n"
    head = f"{method} {target} HTTP/1.1\r\n{first}Host: {authority}\r\n{rest}{size}\r\n"
    return head.encode("utf-8", "surrogateescape")


def _render_headers(headers: tuple[tuple[str, str], ...]) -> str:
    for name, value in headers:
        if not is_token(name) or name.lower() in _OURS:
            raise UploadError("rule", f"{name!r} is no header to set")
        if _UNSAFE.search(value):
            raise UploadError("rule", f"the value of {name} holds a control character")
    return "".join([f"{name}: {value}\r\n" for name, value in headers])


# A fleet's phones say the same of themselves after the first header, their User-Agent.
_render_shared = lru_cache(maxsize=256)(_render_headers)


@lru_cache(maxsize=256)
def is_token(text: str) -> bool:
    """Tell whether text can be a method or a header's name (RFC 9110 section 5.6.2)."""
    return _TOKEN.fullmatch(text) is not None
