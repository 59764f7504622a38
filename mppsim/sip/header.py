"""Read the few header values that a server must understand: the top Via and a tag.

Source: RFC 3261 sections 18.2.1 and 20.42, RFC 3581 (rport).
"""

import re
from typing import NamedTuple

__all__ = ["TopVia", "has_tag", "read_branch", "read_top_via"]

# Possessive quantifiers: nothing is given back, so a hostile value costs one pass.
_VIA = re.compile(
    rb"""[ \t]*+[Ss][Ii][Pp][ \t]*+/[ \t]*+2\.0[ \t]*+/[ \t]*+[^\s/;,]++[ \t]++
    (?P<sent_by>(?P<host>\[[^\]\s]*+\]|[^\s:;,\[]++)(?:[ \t]*+:[ \t]*+[0-9]{1,5}+)?+)[ \t]*+
    (?P<params>(?:;(?:[^,"]++|"(?:[^"\\]++|\\.)*+")*+)?+)(?=,|\Z)""",
    re.VERBOSE | re.DOTALL,
)
_BRANCH = re.compile(rb";[ \t]*+branch[ \t]*+=[ \t]*+([^\s;,]++)", re.IGNORECASE)
_QUOTED = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_RPORT = re.compile(rb";[ \t]*+rport[ \t]*+(?=;|\Z)", re.IGNORECASE)
_RECEIVED = re.compile(rb";[ \t]*+received[ \t]*+=", re.IGNORECASE)
_TAG = re.compile(rb";[ \t]*+tag[ \t]*+=[ \t]*+[^\s;]", re.IGNORECASE)


class TopVia(NamedTuple):
    """The first Via of a message: who sent it here, and the transaction it belongs to.

    `stamped` is the whole header value as the answer must echo it.
    """

    sent_by: bytes
    branch: bytes
    stamped: bytes


def read_top_via(value: bytes, source: tuple[str, int]) -> TopVia | None:
    """Read a Via value that came from `source` (host and port); None when it is malformed.

    `stamped` is `value` unless the sender asked with `rport` or names another host than the
    packet's source: then `received` and `rport` tell it (RFC 3261 section 18.2.1, RFC 3581
    section 4).
    """
    sender = source[0].encode()
    match = _VIA.match(value)
    if match is None:
        return None
    host, params = match["host"], match["params"]
    found = _BRANCH.search(_QUOTED.sub(b"", params))
    if host != sender or b"rport" in params.lower():
        is_other = host.strip(b"[]") != sender
        value = _stamp(value, match.span("params"), source, is_other=is_other)
    return TopVia(match["sent_by"], found[1] if found else b"", value)


def read_branch(value: bytes) -> bytes:
    """Read the branch of the first Via in a value; empty when there is none."""
    match = _VIA.match(value)
    found = _BRANCH.search(_QUOTED.sub(b"", match["params"])) if match else None
    return found[1] if found else b""


def has_tag(value: bytes) -> bool:
    """Tell whether a From or To value carries a tag (of its own, not inside its URI)."""
    if value.endswith(b">") or b"tag" not in value.lower():
        return False
    _, bracket, params = value.rpartition(b">")
    return _TAG.search(params if bracket else value) is not None


def _stamp(
    value: bytes, span: tuple[int, int], source: tuple[str, int], *, is_other: bool
) -> bytes:
    params = value[slice(*span)]
    stamped, asked = _RPORT.subn(b";rport=%d" % source[1], params, count=1)
    if (asked or is_other) and not _RECEIVED.search(params):
        stamped += b";received=" + source[0].encode()
    return value[: span[0]] + stamped + value[span[1] :]
