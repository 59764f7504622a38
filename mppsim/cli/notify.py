"""`mppsim notify`: asks a phone for a report, as a PBX does."""

import asyncio
import os
import re
from enum import StrEnum
from typing import Annotated
from urllib.parse import quote

import typer

from mppsim import __version__
from mppsim.cli.duration import read_duration
from mppsim.cli.options import CaOption, InsecureOption
from mppsim.cli.secret import read_secret
from mppsim.net.sip_client import NotifyOutcome, send_notify
from mppsim.net.tls import TlsSettings, make_client_context
from mppsim.sip.client import NotifyRequest

__all__ = ["Transport", "notify"]

_REFUSED = 3

# RFC 3261 section 25.1: what may stand in a user part unescaped, besides letters and digits.
_USER_MARKS = "-_.!~*'()&=+$,;?/"
_PLACE = re.compile(
    r"(?:\[([0-9A-Fa-f:.%\w]+)\]|([\w.-]+)|([0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*))"
    r"(?::(\d{1,5}))?"
)


class Transport(StrEnum):
    """What carries the NOTIFY."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


def notify(  # noqa: PLR0913 -- one argument for each option of the command line
    phone: Annotated[str, typer.Argument(metavar="HOST[:PORT]", help="Where the phone listens.")],
    *,
    event: Annotated[
        str, typer.Option(metavar="EVENT", help="The event: report, reboot_now …")
    ] = "report",
    to: Annotated[
        str, typer.Option(metavar="USER", help="User part of the Request-URI: the line.")
    ] = "",
    user: Annotated[
        str | None, typer.Option(metavar="USER", help="Who answers a challenge.")
    ] = None,
    password: Annotated[
        str | None,
        typer.Option(metavar="PASSWORD", help="The line's password; @FILE reads it from a file."),
    ] = None,
    transport: Annotated[
        Transport,
        typer.Option(help="What carries it; a phone of mppsim takes all three at one port."),
    ] = Transport.UDP,
    timeout: Annotated[
        str, typer.Option(metavar="DURATION", help="Give up after this time: 500ms, 32s.")
    ] = "32s",
    ca: CaOption = None,
    insecure: InsecureOption = False,
) -> None:
    """Send a phone a NOTIFY and print its answer; exit code 3 unless that is a 2xx."""
    if (user is None) != (password is None):
        raise typer.BadParameter("--user and --password belong together")
    host, port = _read_place(phone, 5061 if transport is Transport.TLS else 5060)
    request = NotifyRequest(
        host=host,
        port=port,
        event=_read_text("--event", event),
        to=quote(to, safe=_USER_MARKS),
        user=_read_text("--user", user or "") if user is not None else "",
        password=read_secret(password or ""),
        transport=transport.value,
        timeout=read_duration(timeout),
        user_agent=f"mppsim/{__version__}",
    )
    trust = TlsSettings(ca_file=ca, insecure=insecure)
    tls = make_client_context(trust) if transport is Transport.TLS else None
    outcome = asyncio.run(send_notify(request, random_bytes=os.urandom, tls=tls))
    _show(phone, outcome)
    if outcome.status is None or outcome.status >= 300:
        raise typer.Exit(_REFUSED)


def _show(phone: str, outcome: NotifyOutcome) -> None:
    if outcome.status is None:
        typer.echo(f"mppsim: {phone}: {outcome.reason}", err=True)
        return
    notes = [
        *([outcome.server] if outcome.server else []),
        *(["challenged"] if outcome.challenged else []),
        f"{outcome.seconds * 1000:.0f} ms",
    ]
    typer.echo(f"{outcome.status} {outcome.reason} ({', '.join(notes)})")


def _read_place(text: str, default_port: int) -> tuple[str, int]:
    match = _PLACE.fullmatch(text)
    if match is None or int(match[4] or 1) not in range(1, 65536):
        raise typer.BadParameter(f"{text!r} is no HOST:PORT; write 192.0.2.7:5060 or [::1]:5060")
    return match[1] or match[2] or match[3], int(match[4] or default_port)


def _read_text(option: str, text: str) -> str:
    if not text or not text.isprintable():
        raise typer.BadParameter(f"{option} needs a text of printable characters")
    return text
