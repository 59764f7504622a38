"""What the server tells: one event a report, as a line of JSON or a line to read."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mppsim.core.secrets import hide_secrets

__all__ = [
    "Received",
    "ServerEvent",
    "TurnedAway",
    "find_phone",
    "hide_target",
    "render_event",
    "render_json_line",
    "render_line",
]

_AGENT_MAC = re.compile(r"\(([0-9A-Fa-f]{12})\)")
_PATH_MAC = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{12}(?![0-9A-Fa-f])")
_QUERY_SECRET = re.compile(
    r"([?&][^=&]*(?:key|pass|pwd|secret|token|auth)[^=&]*=)[^&]*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A report came and is stored."""

    method: str
    path: str
    """The request target, its secrets hidden."""
    phone: str
    """12 lower-case hex digits, or empty."""
    content: str
    encryption: str
    bytes: int
    sha256: str
    """Of the bytes as received."""
    status: int | None
    """None where it came by TFTP, which has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedAway:
    """A request was refused, or its body never came whole; nothing is stored."""

    method: str
    path: str
    phone: str
    status: int | None
    """Of HTTP, or a TFTP error's code; None when the client was gone before an answer."""
    reason: str


ServerEvent = Received | TurnedAway


def find_phone(user_agent: str, target: str) -> str:
    """Find who sent a request: `$VERSION ($MA)` names the phone, else perhaps the path does."""
    if match := _AGENT_MAC.search(user_agent):
        return match[1].lower()
    match = _PATH_MAC.search(target)
    return match[0].lower() if match else ""


def hide_target(target: str) -> str:
    """Write a request target with `***` for passwords in its URL and its query."""
    return _QUERY_SECRET.sub(r"\1***", hide_secrets(target))


def render_event(event: ServerEvent) -> dict[str, object]:
    """Give an event's phone, name and data, in the order of the manual."""
    if isinstance(event, TurnedAway):
        reason = event.reason if event.status is None else f"{event.status} {event.reason}"
        name = f"{event.method} {event.path}"
        return {"phone": event.phone, "event": "warning", "name": name, "reason": reason}
    return {
        "phone": event.phone,
        "event": "received",
        "method": event.method,
        "path": event.path,
        "content": event.content,
        "encryption": event.encryption,
        "bytes": event.bytes,
        "sha256": event.sha256,
        "status": event.status,
    }


def render_json_line(fields: Mapping[str, object], *, time: datetime, at: float) -> str:
    """Write one line of `--events`; `at` is in seconds since the server's start."""
    stamp = time.isoformat(timespec="milliseconds")
    return json.dumps({"time": stamp, "at": round(at, 3), **fields})


def render_line(event: ServerEvent) -> str:
    """Write an event for a person; what a terminal would obey comes out as text."""
    if isinstance(event, Received):
        who = f" from {event.phone}" if event.phone else ""
        how = "" if event.encryption == "none" else f" ({event.encryption})"
        status = "" if event.status is None else f" {event.status}"
        what = f"{event.content}{how} {event.bytes} bytes{status}{who}"
    else:
        status = "cut off" if event.status is None else str(event.status)
        what = f"! {status}: {event.reason}"
    line = f"{event.method} {event.path} {what}"
    return line if line.isascii() and line.isprintable() else ascii(line)
