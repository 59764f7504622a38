"""`mppsim serve`: receives reports until it is stopped."""

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import typer

from mppsim.cli.decrypt import IkmEncoding
from mppsim.cli.fault import parse_fault
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
from mppsim.server.descriptors import raise_descriptor_limit

__all__ = ["parse_listen", "serve"]


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
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND=SHARE",
            help="Goes wrong on purpose: status:503=30%@10m-20m, delay:2s=10%, cut=5%,"
            " slow:1kB/s=10%, redirect=100%, auth=10%, down@5m-6m; may be given again.",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(metavar="N", help="Decides which requests meet a fault.")
    ] = 0,
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
        faults=tuple(map(parse_fault, fault or ())),
        seed=seed,
    )
    raise_descriptor_limit()
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


class _Ending:
    """Waits for what ends the server: somebody's wish, or that it cannot go on."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self.reached: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def reach(self, error: BaseException | None = None) -> None:
        if self.reached.done():
            return
        if error is None:
            self.reached.set_result(None)
        else:
            self.reached.set_exception(error)

    def tell(self, event: ServerEvent) -> None:
        try:
            self._voice.event(event)
        except OSError as error:
            # Whoever read is gone, or the disk is full: nobody is served in silence.
            self.reach(error)

    def see(self, following: asyncio.Task[None]) -> None:
        """Notice that a server which was down cannot come up again."""
        if not following.cancelled() and (error := following.exception()):
            self.reach(error)


async def _serve(settings: ServerSettings, voice: Voice) -> None:
    ending = _Ending(voice)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ending.reach)
    server = ReportServer(settings, ending.tell)
    url = await server.start()
    try:
        voice.ready(url, server.tftp_address)
        following = asyncio.create_task(server.follow())
        following.add_done_callback(ending.see)
        await ending.reached
        following.cancel()
    finally:
        await server.stop()
    voice.stopped()
