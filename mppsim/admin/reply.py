"""What a request asks of the page, and what it answers, as values: nothing here waits."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, unquote_plus

from mppsim.errors import MppSimError

__all__ = ["PageRequest", "Reply", "RequestError", "page", "redirect", "sentence", "xml"]


class RequestError(MppSimError):
    """What a request asks for is not done; says why in a sentence that holds no value."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


_MOST_NAMES = 8
_LOGIN = re.compile("(?:^|&)xuser=([^&]*)&xpassword=([^&]*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """A whole request, its limits already kept."""

    method: str
    target: str
    """As it came: what a Digest answer was made for."""
    path: str
    """Decoded, without the query."""
    query: str = ""
    """As it came."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By lower-case name."""
    body: bytes = field(default=b"", repr=False)

    @property
    def is_form(self) -> bool:
        """Say whether it sends a form."""
        return self.method == "POST"

    def asks(self, name: str) -> str:
        """Return the first value of a name in the query, empty where there is none.

        Raises `RequestError` for a query of more names than any page has.
        """
        try:
            return parse_qs(self.query, max_num_fields=_MOST_NAMES).get(name, [""])[0]
        except ValueError:
            raise RequestError(400, "the query cannot be read") from None

    @property
    def argument(self) -> str:
        """Return the whole query as one text, as direct URLs take it: `+` is a space.

        Credentials that follow it are not part of it.
        """
        return unquote_plus(_LOGIN.sub("", self.query, count=1))

    @property
    def login(self) -> tuple[str, str] | None:
        """Return user and password where the query ends in `&xuser=…&xpassword=…`."""
        found = _LOGIN.search(self.query)
        return (unquote_plus(found[1]), unquote_plus(found[2])) if found else None

    @property
    def is_from_browser(self) -> bool:
        """Say whether a person's browser sent it, which a page of somebody else may have asked to.

        Every browser begins its User-Agent so, and no page can make it send another one.
        """
        return self.headers.get("user-agent", "").startswith("Mozilla/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer."""

    status: int = 200
    media_type: str = "text/html"
    body: bytes = field(default=b"", repr=False)
    headers: tuple[tuple[str, str], ...] = ()

    def adding(self, *headers: tuple[str, str]) -> "Reply":
        """Return the answer with more headers."""
        return replace(self, headers=(*self.headers, *headers))


def page(text: str, *, status: int = 200) -> Reply:
    """Answer with a page."""
    return Reply(status=status, body=text.encode("utf-8", "replace"))


def xml(body: bytes) -> Reply:
    """Answer with a configuration or a status."""
    return Reply(media_type="text/xml", body=body)


def sentence(status: int, text: str) -> Reply:
    """Answer with one line, which says why nothing was done."""
    return Reply(status=status, media_type="text/plain", body=f"{text}\n".encode())


def redirect(path: str) -> Reply:
    """Send on to a page of this phone, by GET."""
    return Reply(status=303, headers=(("Location", path),))
