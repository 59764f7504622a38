"""What a phone writes into its log about a resync or an upgrade.

Source: the provisioning guides on `Log_Request_Msg`, `Log_Success_Msg`, `Log_Failure_Msg`, the
same for upgrades, `Syslog_Server` and `Syslog_Identifier`; the words are those of the ATA guide.
"""

from datetime import datetime

from mppsim.core.macros import Lookup, expand_macros
from mppsim.core.parameters import ParameterView
from mppsim.core.resync_events import Log
from mppsim.core.syslog import build_syslog_line, parse_syslog_server

__all__ = ["FAILURE_MESSAGES", "build_log", "describe_failure"]

FAILURE_MESSAGES = ("Log_Failure_Msg", "Log_Upgrade_Failure_Msg")
"""The parameters whose messages say that something went wrong."""

_WORDS = {
    "dns": "DNS query failed",
    "connect": "connection error",
    "refused": "connection error: refused",
    "reset": "connection error: reset",
    "timeout": "connection error: timeout",
    "tls": "connection error: TLS",
    "bad-reply": "bad reply of the server, or a file that is too long",
    "redirect-loop": "too many redirects",
    "auth": "access violation: the credentials were refused",
    "tftp": "TFTP transfer failed",
    "no-tftp-server": "no TFTP server is known",
    "status-401": "access violation: the server asks for credentials",
    "status-403": "access violation",
    "status-404": "file not found",
    "status-500": "internal server error",
    "status-501": "not implemented",
    "status-502": "bad gateway",
    "status-503": "service unavailable",
}


def describe_failure(reason: str, *, is_missing: bool = False, detail: str = "") -> str:
    """Return a reason of the closed list in the words of `$ERR`.

    A server's own words, the `detail`, come first, but for a file that is not there.
    """
    if is_missing:
        return _WORDS["status-404"]
    return detail or _WORDS.get(reason) or reason.replace("status-", "the server answered ")


def build_log(
    view: ParameterView, lookup: Lookup, message: str, time: datetime, *, note: str = ""
) -> Log | None:
    """Return the line that the parameter `message` asks for; None: it is empty, or nobody logs.

    A `note` stands at its end.
    """
    server = parse_syslog_server(view["Syslog_Server"])
    text = view[message]
    if server is None or not text:
        return None
    identifier = view["Syslog_Identifier"]
    line = build_syslog_line(
        expand_macros(text, lookup) + (note and f"; {note}"),
        is_failure=message in FAILURE_MESSAGES,
        time=time,
        host=expand_macros("$IP" if identifier == "None" else identifier, lookup),
    )
    return Log(host=server[0], port=server[1], line=line)
