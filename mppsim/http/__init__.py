"""Decides: HTTP requests and responses on the wire, redirects and 401. Bytes in, bytes out.

- `request` writes a request in the phone's order of headers.
- `response` reads a reply, at one glance or piece by piece.
- `exchange` decides what follows it, and `authorization` answers what it asks.

Nothing here opens a connection, reads a clock or rolls dice; `mppsim.net` does, and hands in what
arrived.
"""

from mppsim.http.exchange import Ending, Exchange, HttpOutcome, MayGo
from mppsim.http.request import Credentials, HttpRequest, render_head
from mppsim.http.response import BadReply, Reply, ReplyReader, parse_short_reply

__all__ = [
    "BadReply",
    "Credentials",
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
