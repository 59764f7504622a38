"""`mppsim serve`: receives reports until it is stopped."""

import asyncio
import contextlib
import resource
import signal
from pathlib import Path
from typing import Annotated

import typer

from mppsim.cli.decrypt import IkmEncoding
from mppsim.cli.options import EventsOption
from mppsim.cli.secret import read_ikm_option, read_secret
from mppsim.cli.serve_voice import Voice, open_voice
from mppsim.server import (
    AuthScheme,
    Limits,
    Login,
    ReportServer,
    ServerEvent,
    ServerSettings,
    TlsFiles,
)

__all__ = ["parse_listen", "serve"]

_DESCRIPTORS = 20_000


def serve(  # noqa: PLR0913 - a command has as many arguments as it has options
    *,
    listen: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT", help="Where to listen; port 0 takes a free one and tells it."
        ),
    ] = "127.0.0.1:8000",
    tftp: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Receive by TFTP there, too.")
    ] = None,
    directory: Annotated[
        Path,
        typer.Option(
            "--dir", metavar="DIR", help="Reports are kept below it, files served from it."
        ),
    ] = Path("reports"),
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY", help="Opens encrypted reports; may be given again; @FILE reads a file."
        ),
    ] = None,
    ikm: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Opens aes128gcm reports; @FILE reads a file."),
    ] = None,
    ikm_encoding: Annotated[IkmEncoding, typer.Option(help="How the IKM is written.")] = (
        IkmEncoding.RAW
    ),
    user: Annotated[
        str | None, typer.Option(metavar="USER", help="Ask clients for this user.")
    ] = None,
    password: Annotated[
        str | None,
        typer.Option(metavar="PASSWORD", help="The user's password; @FILE reads a file."),
    ] = None,
    auth: Annotated[
        AuthScheme | None, typer.Option(help="How clients prove it; basic if not given.")
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Certificate chain, PEM.")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Its private key, PEM.")
    ] = None,
    client_ca: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Let in only who shows a certificate of these CAs, PEM."),
    ] = None,
    max_body: Annotated[
        int,
        typer.Option(metavar="BYTES", min=1, help="Bytes of the largest report that is accepted."),
    ] = Limits().body_bytes,
    events: EventsOption = None,
) -> None:
    """Receive reports: PUT writes where the path says, POST keeps every report with a number.

    A line tells of each report. Ends at Ctrl-C or SIGTERM with exit code 0:
    that is how a server ends.
    """
    host, port = parse_listen(listen)
    tftp_host, tftp_port = (None, 69) if tftp is None else parse_listen(tftp, option="--tftp")
    settings = ServerSettings(
        host=host,
        port=port,
        directory=directory,
        keys=_read_keys(key or []),
        ikm=None if ikm is None else read_ikm_option(ikm, ikm_encoding),
        login=_read_login(user, password, auth),
        tls=_read_tls(tls_cert, tls_key, client_ca),
        tftp_host=tftp_host,
        tftp_port=tftp_port,
        limits=Limits(body_bytes=max_body),
    )
    _raise_descriptor_limit()
    with open_voice(events, settings) as voice:
        asyncio.run(_serve(settings, voice))


def parse_listen(text: str, *, option: str = "--listen") -> tuple[str, int]:
    """Read HOST:PORT, the host of IPv6 in brackets; raise `typer.BadParameter`."""
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise typer.BadParameter(f"{option} {text}: an IPv6 address stands in brackets, [::1]:8000")
    is_port = port.isascii() and port.isdigit() and int(port) <= 65535
    if not (colon and host and is_port):
        raise typer.BadParameter(f"{option} {text}: give HOST:PORT, for example 127.0.0.1:8000")
    return host, int(port)


def _read_keys(texts: list[str]) -> tuple[str, ...]:
    keys = tuple(read_secret(text) for text in texts)
    if not all(keys):
        raise typer.BadParameter("--key: a key cannot be empty")
    return keys


def _read_login(user: str | None, password: str | None, scheme: AuthScheme | None) -> Login | None:
    if user is None and password is None and scheme is None:
        return None
    if not user or password is None:
        raise typer.BadParameter("--auth needs both --user and --password")
    if ":" in user and scheme is not AuthScheme.DIGEST:
        raise typer.BadParameter("--user: Basic authentication has no way to send a colon")
    return Login(user=user, password=read_secret(password), scheme=scheme or AuthScheme.BASIC)


def _read_tls(
    certificate: Path | None, key: Path | None, client_ca: Path | None
) -> TlsFiles | None:
    if certificate is None and key is None:
        if client_ca is not None:
            raise typer.BadParameter("--client-ca needs --tls-cert and --tls-key")
        return None
    if certificate is None or key is None:
        raise typer.BadParameter("--tls-cert and --tls-key belong together")
    return TlsFiles(certificate=certificate, key=key, client_ca=client_ca)


def _raise_descriptor_limit() -> None:
    """Make room for connections: the usual 1,024 files are fewer than a load test's phones."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _serve(settings: ServerSettings, voice: Voice) -> None:
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def end(error: OSError | None = None) -> None:
        if ended.done():
            return
        if error is None:
            ended.set_result(None)
        else:
            ended.set_exception(error)

    def tell(event: ServerEvent) -> None:
        try:
            voice.event(event)
        except OSError as error:
            # Whoever read is gone, or the disk is full: nobody is served in silence.
            end(error)

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end)
    server = ReportServer(settings, tell)
    url = await server.start()
    try:
        voice.ready(url, server.tftp_address)
        await ended
    finally:
        await server.stop()
    voice.stopped()
