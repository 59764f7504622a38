"""A line of the phone's log as one UDP datagram.

What exactly a phone sends around its message is not documented: these are the lines that every
syslog server reads, `<133>Aug 13 12:00:00 127.0.0.1 CP-8851-3PCC ...`.

Source: RFC 3164; the provisioning guides on `Syslog_Server`, `Syslog_Identifier`, `Log_*_Msg`.
"""

import re
from datetime import datetime

__all__ = ["SYSLOG_PORT", "build_syslog_line", "parse_syslog_server"]

SYSLOG_PORT = 514

_SERVER = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s:\[\]]+))(?::([0-9]{1,5}))?")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LOCAL0 = 16 * 8
_NOTICE, _WARNING = 5, 4
_LONGEST = 1024  # RFC 3164 section 4.1, in bytes


def parse_syslog_server(text: str) -> tuple[str, int] | None:
    """Read `host[:port]`; None for an empty parameter, or what is no server."""
    matched = _SERVER.fullmatch(text)
    port = int(matched[3] or SYSLOG_PORT) if matched else 0
    if matched is None or not 0 < port < 65536:
        return None
    return matched[1] or matched[2], port


def build_syslog_line(text: str, *, is_failure: bool, time: datetime, host: str) -> bytes:
    """Write a message: notices and failures differ in severity; a long one is cut."""
    priority = _LOCAL0 + (_WARNING if is_failure else _NOTICE)
    stamp = f"{_MONTHS[time.month - 1]} {time.day:2} {time:%H:%M:%S}"
    line = f"<{priority}>{stamp} {_CONTROLS.sub(' ', f'{host} {text}')}"
    return line.encode("utf-8", "replace")[:_LONGEST]
