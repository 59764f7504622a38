"""Where a report goes: `[scheme://][user:password@][server[:port]]path`, with a phone's defaults.

No scheme means TFTP, no server the phone's own TFTP server, no port 69, 80 or 443. A path has to
be there and begins with a slash; only http and https with a server may leave it out, and ask for
`/` then, as every HTTP client does (RFC 9110, section 4.2.3).

Source: the provisioning guides' URL syntax; RFC 3986 for what may stand where.
"""

import ipaddress
import re
from dataclasses import field
from urllib.parse import quote, unquote

from mppsim.core.frozen import frozen_value
from mppsim.errors import ReportRuleError

__all__ = ["DEFAULT_PORTS", "Url", "parse_url"]

DEFAULT_PORTS = {"tftp": 69, "http": 80, "https": 443}
"""The port of each scheme that a phone can report by."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_SCHEME_SLIP = re.compile(r"(?:tftp|https?):(?!//|[0-9])", re.IGNORECASE)
_AUTHORITY = re.compile(r"[^/?#]*")
# Underscores are in no host name of RFC 1123, but in the guide's own `my_http_server`.
_NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?")
_LONGEST_NAME = 253
_NOT_NAME = re.compile(r"[^A-Za-z0-9_.-]")
_IPV6 = re.compile(r"([0-9A-Fa-f:.]+)(?:%(?:25)?([A-Za-z0-9_.-]+))?")
# What nearly every URL is, and then is read at one glance.
_PLAIN = re.compile(
    r"(https?)://([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?::([1-9][0-9]{0,3}|[1-5][0-9]{4}))?"
    r"(/[A-Za-z0-9/?:@!$&'()*+,;=~%._-]*)"
)
# What may stand in path and query as it is (RFC 3986, section 3.3 and 3.4), and `%` of an escape.
_TARGET_SAFE = "/?:@!$&'()*+,;=~%"


@frozen_value()
class Url:
    """Where a report goes. Prints itself without user and password."""

    scheme: str
    """`tftp`, `http` or `https`."""
    host: str
    """In lower case, an IPv6 address without its brackets; empty: the phone's TFTP server."""
    port: int
    target: str
    """Path and query, percent-encoded where a client must; begins with a slash."""
    user: str = ""
    """From `user:password@`, decoded."""
    password: str = field(default="", repr=False)

    @property
    def origin(self) -> tuple[str, str, int]:
        """Return what a connection is made to, and may be kept for."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """Return host and port as the Host header has them: no port where it is the default."""
        host = f"[{self.host.replace('%', '%25')}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        if not self.host:
            return self.target
        return f"{self.scheme}://{self.authority}{self.target}"


def parse_url(text: str) -> Url:
    """Read a URL whose macros are expanded; raise `ReportRuleError` where it is wrong."""
    plain = _PLAIN.fullmatch(text)
    if plain is None or len(plain[2]) > _LONGEST_NAME:
        return _parse_carefully(text)
    scheme, host, port, target = plain.groups()
    # By position: each report makes one, and named arguments take twice as long.
    return Url(scheme, host, int(port or DEFAULT_PORTS[scheme]), target)


def _parse_carefully(text: str) -> Url:
    matched = _SCHEME.match(text)
    scheme = matched[1].lower() if matched else "tftp"
    if scheme not in DEFAULT_PORTS:
        raise ReportRuleError(
            "a report goes by tftp, http or https, and by nothing else", text=text, at=0
        )
    slip = _SCHEME_SLIP.match(text)
    if slip:
        raise ReportRuleError("two slashes follow a scheme", text=text, at=slip.end())
    start = matched.end() if matched else 0
    end = _authority_end(text, start)
    user_end = text.rfind("@", start, end)
    user, _, password = text[start : max(user_end, start)].partition(":")
    host, port = _parse_server(text, user_end + 1 if user_end >= start else start, end)
    if not host and (scheme != "tftp" or user_end >= start or port):
        raise ReportRuleError("no server name", text=text, at=start)
    return Url(
        scheme=scheme,
        host=host,
        port=port or DEFAULT_PORTS[scheme],
        target=_parse_target(text, end, scheme),
        user=unquote(user),
        password=unquote(password),
    )


def _authority_end(text: str, start: int) -> int:
    matched = _AUTHORITY.match(text, start)
    return matched.end() if matched else start  # the pattern also matches nothing


def _parse_server(text: str, start: int, end: int) -> tuple[str, int]:
    """Read `server[:port]`, which ends before `end`; return port 0 where none is given."""
    if text.startswith("[", start):
        closed = text.find("]", start, end)
        if closed < 0:
            raise ReportRuleError("this bracket is never closed", text=text, at=start)
        host_end, host = closed + 1, _parse_ipv6(text, start + 1, closed)
    else:
        colon = text.find(":", start, end)
        host_end = colon if colon >= 0 else end
        host = _parse_name(text, start, host_end)
    if host_end < end and text[host_end] != ":":
        raise ReportRuleError("only :port may follow the server", text=text, at=host_end)
    return host, _parse_port(text, host_end + 1, end)


def _parse_name(text: str, start: int, end: int) -> str:
    name = text[start:end]
    wrong = _NOT_NAME.search(name)
    if wrong:
        reason = "a server name has letters, digits, hyphens, underscores and dots"
        if not wrong[0].isascii():
            reason += "; write others in their xn-- form"
        raise ReportRuleError(reason, text=text, at=start + wrong.start())
    if name and (not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME):
        raise ReportRuleError("this is no server name", text=text, at=start)
    return name.lower()


def _parse_ipv6(text: str, start: int, end: int) -> str:
    matched = _IPV6.fullmatch(text, start, end)
    try:
        address = ipaddress.IPv6Address(matched[1] if matched else "")
    except ValueError:
        raise ReportRuleError("this is no IPv6 address", text=text, at=start) from None
    return f"{address}%{matched[2]}" if matched and matched[2] else str(address)


def _parse_port(text: str, start: int, end: int) -> int:
    digits = text[start:end]
    if not digits:
        return 0
    wrong = re.search(r"[^0-9]", digits)
    if wrong:
        raise ReportRuleError("a port is a number", text=text, at=start + wrong.start())
    if len(digits) > 5 or not 1 <= int(digits) <= 65535:
        raise ReportRuleError("a port is between 1 and 65535", text=text, at=start)
    return int(digits)


def _parse_target(text: str, start: int, scheme: str) -> str:
    target = text[start:].partition("#")[0]  # a fragment is never sent
    if not target.startswith("/"):
        if scheme == "tftp":
            raise ReportRuleError("no path: it begins with a slash", text=text, at=start)
        target = "/" + target
    return quote(target, safe=_TARGET_SAFE, errors="surrogatepass")
