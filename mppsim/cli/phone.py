"""`mppsim phone`: one phone, with its label, its lines and its keypad."""

import asyncio
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer

from mppsim.cli.duration import read_duration
from mppsim.cli.options import (
    CaOption,
    EventsOption,
    FirmwareOption,
    InsecureOption,
    MacOption,
    ModelOption,
    QuirkOption,
    SetOption,
    read_mac,
    read_profile,
    read_release,
    read_settings_option,
)
from mppsim.cli.station import PhoneSettings, operate
from mppsim.core.catalogue import find_model
from mppsim.core.firmware import DEFAULT_RELEASE
from mppsim.core.identity import (
    DEFAULT_IP,
    make_identity,
)
from mppsim.core.parameters import Baseline
from mppsim.core.phone_model import DEFAULT_MODEL
from mppsim.core.url import parse_url
from mppsim.errors import ReportRuleError
from mppsim.net.certificates import read_certificate_mac
from mppsim.net.tls import TlsSettings

__all__ = ["phone"]


def phone(  # noqa: PLR0913 - a command has as many arguments as it has options
    *,
    model: ModelOption = DEFAULT_MODEL,
    firmware: FirmwareOption = DEFAULT_RELEASE,
    mac: MacOption = None,
    ip: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="The phone's address: it listens there and sends from it."
        ),
    ] = DEFAULT_IP,
    sip_port: Annotated[
        int,
        typer.Option(metavar="PORT", min=0, max=65535, help="Port for SIP; 0 takes a free one."),
    ] = 5060,
    web_port: Annotated[
        int,
        typer.Option(
            metavar="PORT", min=0, max=65535, help="TCP port for its web page; 0 takes a free one."
        ),
    ] = 8080,
    tftp_server: Annotated[
        str,
        typer.Option(metavar="HOST[:PORT]", help="Where reports to a bare path go, as by DHCP."),
    ] = "",
    profile: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A configuration file to start with. Repeatable."),
    ] = None,
    settings: SetOption = None,
    quirk: QuirkOption = None,
    state: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Remember values there, over kills and power failures."),
    ] = None,
    speed: Annotated[
        float,
        typer.Option(
            metavar="X",
            min=0.001,
            max=1e6,
            help="How fast its clock runs: 60 is a minute a second.",
        ),
    ] = 1.0,
    seconds: Annotated[
        str | None,
        typer.Option("--for", metavar="DURATION", help="Switch off after 90s, 15m or 1h."),
    ] = None,
    events: EventsOption = None,
    cert: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="PEM file of its client certificate and private key."),
    ] = None,
    ca: CaOption = None,
    insecure: InsecureOption = False,
) -> None:
    """Switch on one phone and operate it.

    Standard input is its keypad, a line an action: set NAME=VALUE, show NAME, restart,
    menu [SCREEN], quit.
    Exit code 0 when it is switched off, 130 when it is interrupted.
    """
    phone_model = find_model(model)
    shown_mac = "" if cert is None else read_certificate_mac(cert)
    own_mac = shown_mac or None if mac is None else read_mac(mac)
    identity = make_identity(phone_model, mac=own_mac, ip=_read_ip(ip))
    given = PhoneSettings(
        identity=replace(identity, tftp_server=_read_tftp_server(tftp_server), certificate=cert),
        baseline=Baseline.factory(phone_model, read_release(firmware, quirk or [])),
        profiles=(*map(read_profile, profile or ()), read_settings_option(settings or [])),
        sip_port=sip_port,
        web_port=web_port,
        speed=speed,
        seconds=None if seconds is None else read_duration(seconds),
        tls=TlsSettings(ca_file=ca, insecure=insecure),
        state=state,
    )
    raise typer.Exit(asyncio.run(operate(given, events)))


def _read_ip(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        raise typer.BadParameter(f"--ip {text}: give an address, for example 127.0.0.5") from None


def _read_tftp_server(text: str) -> str:
    if not text:
        return ""
    try:
        url = parse_url(f"tftp://{text}/")
    except ReportRuleError as error:
        raise typer.BadParameter(f"--tftp-server {text}: {error.reason}") from None
    if url.target != "/" or url.user:
        raise typer.BadParameter(f"--tftp-server {text}: give HOST or HOST:PORT")
    return url.authority
