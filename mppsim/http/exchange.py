"""Decide what follows a reply: the same body elsewhere, the same with an answer, or the end.

Source: the guide's table of status codes ("301, 302: at once at the new place", "401, 407: at
once with credentials, at most two retries", other 3xx a failure); docs/decisions.md, "redirects,
auth"; RFC 9110 section 15.4.

- Method and body are kept on every redirect, at most 5 are followed.
- The first request goes without credentials, and so does the first to a redirect's target;
  they are dropped for good on another scheme, host or port.
- Each place may ask twice. `auth`: the credentials were refused, or fit no challenge;
  `status-401`: there are none.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import quote, urljoin

from mppsim.core.encryption import RandomBytes
from mppsim.core.url import Url, parse_url
from mppsim.errors import ReportRuleError
from mppsim.http.authorization import answer_challenges
from mppsim.http.request import HttpRequest
from mppsim.http.response import Reply

__all__ = ["MOST_ANSWERS", "MOST_REDIRECTS", "Ending", "Exchange", "HttpOutcome", "MayGo"]

MOST_REDIRECTS = 5
"""How many redirects one upload follows."""

MOST_ANSWERS = 2
"""How often one upload answers a challenge at one place."""

MayGo = Callable[[Url], bool]
"""Says whether a redirect may lead there."""

_FOLLOWED = frozenset({301, 302, 307, 308})
_CHALLENGES = {
    401: ("www-authenticate", "Authorization"),
    407: ("proxy-authenticate", "Proxy-Authorization"),
}
# What a Location may hold as it is; a raw space or an eight-bit character is escaped.
_LOCATION_SAFE = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The last reply and what it means: `reason` is None for 2xx, else of the closed list."""

    status: int
    reason: str | None = None
    location: str | None = None


_Octets = bytes  # the word means a field below


# A named tuple where everything else is a frozen dataclass, because one is made for every upload:
# it takes half the time.
class HttpOutcome(NamedTuple):
    """How an upload ended."""

    status: int | None
    """Of the last reply; None where none came."""
    reason: str | None
    """None: the server accepted it (2xx). Else one of the closed list of `mppsim.core.events`."""
    seconds: float
    """Real time from its first connection attempt to its end, redirects and challenges included;
    not the time it waited for a place among the connections."""
    bytes: int
    """Length of the body."""
    location: str | None
    """What the last reply's Location header said."""
    url: Url
    """Where the last request went."""
    body: _Octets = b""
    """What the server gave to a request that wants it (`HttpRequest.keep_body`)."""
    coding: str = ""
    """The Content-Encoding of that body, in lower case; not undone yet."""
    detail: str = ""
    """What the server said of a failure where no status says it: a TFTP error. For people."""


class Exchange:
    """One upload's way from its first request over the replies to its end."""

    __slots__ = ("_answers", "_may_go", "_random_bytes", "_redirects", "_request")

    def __init__(
        self, request: HttpRequest, *, random_bytes: RandomBytes, may_go: MayGo | None = None
    ) -> None:
        self._request = request
        self._random_bytes = random_bytes
        self._may_go = may_go
        self._redirects = self._answers = 0

    def take(self, reply: Reply) -> HttpRequest | Ending:
        """Take the reply to the last request; give the next request, or the end."""
        if reply.status in _CHALLENGES:
            return self._answer(reply)
        if reply.status in _FOLLOWED:
            return self._follow(reply)
        if 200 <= reply.status < 300:
            return Ending(status=reply.status, location=reply.location)
        return _end(reply, f"status-{reply.status}")

    def _answer(self, reply: Reply) -> HttpRequest | Ending:
        if self._request.credentials is None:
            return _end(reply, f"status-{reply.status}")
        asked, answered = _CHALLENGES[reply.status]
        offers = reply.header_values(asked)
        answer = answer_challenges(offers, self._request, self._random_bytes)
        if answer is None or self._answers == MOST_ANSWERS:
            return _end(reply, "auth")
        self._answers += 1
        return replace(self._request, headers=(*self._request.headers, (answered, answer)))

    def _follow(self, reply: Reply) -> HttpRequest | Ending:
        location = reply.location
        if location is None:
            return _end(reply, f"status-{reply.status}")
        url = _resolve(self._request.url, location)
        if url is None:
            return _end(reply, "bad-reply")
        if self._redirects == MOST_REDIRECTS:
            return _end(reply, "redirect-loop")
        if self._may_go is not None and not self._may_go(url):
            return _end(reply, f"status-{reply.status}")
        self._redirects += 1
        self._answers = 0
        credentials = self._request.credentials if _is_same(url, self._request.url) else None
        self._request = replace(self._request, url=url, credentials=credentials)
        return self._request


def _end(reply: Reply, reason: str) -> Ending:
    return Ending(status=reply.status, reason=reason, location=reply.location)


def _resolve(base: Url, location: str) -> Url | None:
    """Read a Location, relative to where the request went; None: no http or https URL."""
    try:
        text = urljoin(str(base), quote(location, safe=_LOCATION_SAFE, encoding="latin-1"))
        url = parse_url(text)
    except (ValueError, ReportRuleError):
        return None
    # Credentials in a Location are the server's words, not the administrator's: not used.
    return replace(url, user="", password="") if url.scheme in {"http", "https"} else None


def _is_same(one: Url, other: Url) -> bool:
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)
