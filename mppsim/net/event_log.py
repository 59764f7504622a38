"""What a run tells the outside: each event as a value, as a line of text, and as one of JSON.

The first sign of a text line: `<` came in, `>` went out, `=` a new state, `!` an error. People
script against the names and keys of the JSON; docs/command-line.md lists them all.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, TextIO

from mppsim.core.custom_ca_events import CustomCaEnded
from mppsim.core.events import (
    Notice,
    ParametersApplied,
    RuleFault,
    TriggerFell,
    ValueRefused,
    Warned,
)
from mppsim.core.frozen import frozen_value
from mppsim.core.resync_events import ResyncEnded, UpgradeEnded
from mppsim.net.clock import RunClock

__all__ = [
    "Listener",
    "NotifyAnswered",
    "Occurrence",
    "Ready",
    "RegistrationChanged",
    "ReportsDue",
    "Stopped",
    "UploadFailed",
    "UploadFinished",
    "UploadStarted",
    "json_lines",
]


@dataclass(frozen=True, slots=True)
class Ready:
    """A phone can be reached; addresses as HOST:PORT, empty where it does not listen."""

    sip: str
    web: str = ""

    def __str__(self) -> str:
        page = f", web page at http://{self.web}/" if self.web else ""
        return f"= ready: SIP on {self.sip}{page}"


@frozen_value()
class ReportsDue:
    """A run of uploads is handed out: each of these reports will be told as finished or failed.

    It is there to be counted. It is no line of its own, for people or of JSON: what becomes of
    the reports is.
    """

    contents: tuple[str, ...]


# Named tuples where all others are frozen dataclasses: two are made for every report, in half the
# time.
class UploadStarted(NamedTuple):
    """A report is handed to the network. `url` never shows a password."""

    content: str
    method: str
    url: str
    bytes: int
    encryption: str

    def __str__(self) -> str:
        sealed = "" if self.encryption == "none" else f", {self.encryption}"
        return f"> {self.method} {self.url} ({self.content}, {self.bytes:,} bytes{sealed})"


class UploadFinished(NamedTuple):
    """The server accepted a report. `status` is None where TFTP's last ACK says it.

    All three times are real: `seconds` from sent to done, `late` how long mppsim kept the report
    beyond its due time, `waited` how long its phone was busy with an earlier run beyond that time.
    """

    content: str
    method: str
    url: str
    status: int | None
    bytes: int
    seconds: float
    late: float
    waited: float = 0.0

    def __str__(self) -> str:
        answer = "acknowledged" if self.status is None else self.status
        return f"< {answer} for {self.content} in {self.seconds * 1000:.1f} ms"


class UploadFailed(NamedTuple):
    """A report did not arrive; `status` is None where no answer came."""

    content: str
    method: str
    url: str
    status: int | None
    bytes: int
    seconds: float
    late: float
    reason: str
    detail: str = ""
    """What the server said, where no status says it."""
    waited: float = 0.0

    def __str__(self) -> str:
        detail = f", {self.detail}" if self.detail else ""
        return f"! {self.method} {self.url} ({self.content}) failed: {self.reason}{detail}"


@dataclass(frozen=True, slots=True)
class NotifyAnswered:
    """A NOTIFY was answered with this code."""

    package: str
    code: int

    def __str__(self) -> str:
        return f"< NOTIFY {self.package or 'without an event'}, answered {self.code}"


@dataclass(frozen=True, slots=True)
class RegistrationChanged:
    """A line is registered from now on, or an attempt has failed, or it is not to be any more.

    `next` is in how many seconds it asks again; None: not at all.
    """

    line: int
    state: str
    reason: str
    next: float | None

    def __str__(self) -> str:
        again = "" if self.next is None else f"; next in {self.next:g} s"
        if self.reason:
            return f"! line {self.line}: registration failed: {self.reason}{again}"
        return f"= line {self.line}: {self.state.lower()}{again}"


@dataclass(frozen=True, slots=True)
class Stopped:
    """The phone was switched off."""

    def __str__(self) -> str:
        return "= off"


Occurrence = (
    Notice
    | Ready
    | ReportsDue
    | UploadStarted
    | UploadFinished
    | UploadFailed
    | NotifyAnswered
    | RegistrationChanged
    | Stopped
)

Listener = Callable[[str, Occurrence], None]
"""Is told what happened to a phone, named by its MAC address."""

_NAMES: dict[type, str] = {
    Ready: "ready",
    TriggerFell: "trigger",
    ParametersApplied: "parameters_changed",
    UploadStarted: "upload_started",
    UploadFinished: "upload_finished",
    UploadFailed: "upload_failed",
    RuleFault: "rule_error",
    ValueRefused: "value_refused",
    Warned: "warning",
    ResyncEnded: "resync_finished",
    UpgradeEnded: "upgrade_finished",
    CustomCaEnded: "custom_ca_finished",
    NotifyAnswered: "notify",
    RegistrationChanged: "registration",
    Stopped: "stopped",
}


def json_lines(out: TextIO, clock: RunClock) -> Listener:
    """Return a listener that writes each event to `out` as a line of JSON, at once."""

    def write(phone: str, occurrence: Occurrence) -> None:
        if isinstance(occurrence, ReportsDue):
            return
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "at": round(clock.now(), 3),
            "phone": phone,
            "event": _NAMES[type(occurrence)],
        }
        line |= {name: getattr(occurrence, name) for name in occurrence.__match_args__}
        out.write(json.dumps(line) + "\n")
        out.flush()

    return write
