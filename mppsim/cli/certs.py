"""`mppsim certs`: a test authority, a server's certificate, and one for each phone."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from mppsim.cli.options import ModelOption, read_mac
from mppsim.core.identity import PhoneIdentity, make_identity, make_mac
from mppsim.core.phone_model import DEFAULT_MODEL, PhoneModel, find_model
from mppsim.net.certificate_folder import CertificateOrder, fill_folder

__all__ = ["certs"]

_MOST_PHONES = 1 << 24  # half a MAC address
_LONGEST_NAME = 64


def certs(  # noqa: PLR0913 - a command has as many arguments as it has options
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where they are kept; made if it is not there.")
    ],
    *,
    model: ModelOption = DEFAULT_MODEL,
    mac: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MAC", help="A phone's MAC address; without it: one of the model's. Repeatable."
        ),
    ] = None,
    count: Annotated[
        int,
        typer.Option(
            metavar="N", min=0, max=_MOST_PHONES, help="So many phones, from that MAC on."
        ),
    ] = 1,
    host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST",
            help="A name or address of the server; not given: this host. Repeatable.",
        ),
    ] = None,
    ca_name: Annotated[
        str, typer.Option(metavar="NAME", help="The common name of a new authority.")
    ] = "",
    force: Annotated[
        bool, typer.Option("--force", help="Make server and phones anew; never the authority.")
    ] = False,
) -> None:
    """Make certificates for tests: an authority, a server's, and one for each phone.

    What is there already is kept, so that phones can be added. Keys are readable by you alone.
    """
    order = CertificateOrder(
        phones=_read_phones(find_model(model), mac or [], count),
        hosts=tuple(map(_read_host, host or ())),
        ca_name=_read_name(ca_name),
        is_forced=force,
    )
    for filed in fill_folder(directory, order, now=datetime.now(UTC)):
        typer.echo(f"{'made' if filed.is_new else 'kept'} {filed.file}")


def _read_phones(model: PhoneModel, texts: list[str], count: int) -> tuple[PhoneIdentity, ...]:
    macs = [read_mac(text) for text in texts]
    if not macs:
        macs = [make_mac(model)]
    if len(macs) == 1:
        first = int(macs[0], 16)
        macs = [f"{number:012x}" for number in range(first, first + count)]
    elif count != 1:
        raise typer.BadParameter("--count goes on from one --mac: give one, or no count")
    if any(len(each) > 12 for each in macs[-1:]):
        raise typer.BadParameter("--count: there are not so many MAC addresses after that one")
    return tuple(make_identity(model, mac=each) for each in macs)


def _read_host(text: str) -> str:
    host = text.strip("[]")
    if not host or not host.isascii() or set(host) & set(" /@%"):
        raise typer.BadParameter(f"--host {text}: give a name or an address, without a port")
    return host


def _read_name(text: str) -> str:
    if len(text) > _LONGEST_NAME or not text.isprintable():
        raise typer.BadParameter(f"--ca-name: at most {_LONGEST_NAME} characters of text")
    return text
