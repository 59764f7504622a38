"""What the server tells: one event a report, as a line of JSON or a line to read."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from mppsim.core.secrets import hide_secrets

__all__ = [
    "Befallen",
    "FaultsChanged",
    "Full",
    "Received",
    "ServerEvent",
    "TurnedAway",
    "hide_target",
    "render_event",
    "render_json_line",
    "render_line",
]

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Befallen:
    """A request met a fault; `Received` follows where it was served all the same."""

    method: str
    path: str
    phone: str
    fault: str
    """Kind and value, as `--fault` has them."""


@dataclass(frozen=True, slots=True)
class FaultsChanged:
    """Other faults are in force now, or none."""

    faults: tuple[str, ...]
    """Kind, value and share of each, as `--fault` has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Full:
    """No more connections are taken until some have ended; told once, until there is room again."""

    connections: int
    """How many there are."""


ServerEvent = Received | TurnedAway | Befallen | FaultsChanged | Full


def hide_target(target: str) -> str:
    """Write a request target with `***` for passwords in its URL and its query."""
    return _QUERY_SECRET.sub(r"\1***", hide_secrets(target))


def render_event(event: ServerEvent) -> dict[str, object]:
    """Give an event's phone, name and data, in the order of the manual."""
    match event:
        case TurnedAway():
            reason = event.reason if event.status is None else f"{event.status} {event.reason}"
            name = f"{event.method} {event.path}"
            return {"phone": event.phone, "event": "warning", "name": name, "reason": reason}
        case FaultsChanged():
            return {"phone": "", "event": "faults", "faults": list(event.faults)}
        case Full():
            return {"phone": "", "event": "full", "connections": event.connections}
        case Befallen():
            name = "fault"
        case Received():
            name = "received"
    return {"phone": event.phone, "event": name, **_data_of(event)}


def render_json_line(data: Mapping[str, object], *, time: datetime, at: float) -> str:
    """Write one line of `--events`; `at` is in seconds since the server's start."""
    stamp = time.isoformat(timespec="milliseconds")
    return json.dumps({"time": stamp, "at": round(at, 3), **data})


def render_line(event: ServerEvent) -> str:
    """Write an event for a person; what a terminal would obey comes out as text."""
    if isinstance(event, FaultsChanged):
        return f"= faults: {', '.join(event.faults) or 'none'}"
    if isinstance(event, Full):
        return f"= full: {event.connections} connections; more wait until some have ended"
    line = f"{event.method} {event.path} {_describe(event)}"
    return line if line.isascii() and line.isprintable() else ascii(line)


def _data_of(event: Received | Befallen) -> dict[str, object]:
    values = ((field.name, getattr(event, field.name)) for field in fields(event))
    return {name: value for name, value in values if name != "phone"}


def _describe(event: Received | TurnedAway | Befallen) -> str:
    who = f" from {event.phone}" if event.phone else ""
    match event:
        case TurnedAway():
            status = "cut off" if event.status is None else str(event.status)
            return f"! {status}: {event.reason}"
        case Befallen():
            return f"! fault {event.fault}{who}"
        case Received():
            how = "" if event.encryption == "none" else f" ({event.encryption})"
            status = "" if event.status is None else f" {event.status}"
            return f"{event.content}{how} {event.bytes} bytes{status}{who}"
