"""Decides: HTTP requests and responses on the wire, redirects and 401. Bytes in, bytes out.

- `request` writes a request in the phone's order of headers.
- `response` reads a reply, at one glance or piece by piece.
- `exchange` decides what follows it, and `authorization` answers what it asks.
- `digest_realm` is the other side of that: it asks, and judges the answer.

Nothing here opens a connection, reads a clock or rolls dice; `mppsim.net` does, and hands in what
arrived.
"""

from mppsim.http.digest_realm import DigestRealm
from mppsim.http.exchange import Ending, Exchange, HttpOutcome, MayGo
from mppsim.http.request import Credentials, HttpRequest, render_head
from mppsim.http.response import BadReply, Reply, ReplyReader, parse_short_reply

__all__ = [
    "BadReply",
    "Credentials",
    "DigestRealm",
    "Ending",
    "Exchange",
    "HttpOutcome",
    "HttpRequest",
    "MayGo",
    "Reply",
    "ReplyReader",
    "parse_short_reply",
    "render_head",
]
