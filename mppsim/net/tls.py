"""TLS for uploads: whom a phone trusts, and the wrapping of a connected socket.

Source: phone.md's section on HTTPS in docs/phone.md: the phone checks the server's certificate
against CAs that it knows or one that it was given, and checks the name.
"""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from mppsim.errors import StartError

__all__ = ["TLS_WAITS", "TlsClient", "TlsSettings"]

TLS_WAITS = (ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""What a non-blocking TLS socket raises where a plain one raises `BlockingIOError`."""


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Whom to trust."""

    ca_file: Path | None = None
    """PEM file of the only CAs to trust; None: the system's."""
    insecure: bool = False
    """Check neither the server's certificate nor its name."""


class TlsClient:
    """Wraps connected sockets; loads the CAs once, and the system's only when first needed."""

    def __init__(self, settings: TlsSettings) -> None:
        """Raise `StartError` where `ca_file` holds no certificates."""
        self._settings = settings
        self._context = None if settings.ca_file is None else _make_context(settings)

    def wrap(self, plain: socket.socket, host: str) -> ssl.SSLSocket:
        """Begin TLS on a connected, non-blocking socket; the caller does the handshake.

        Raises `UnicodeError` for a name that cannot be one, and leaves `plain` alone then;
        `OSError` where the connection has gone.
        """
        if self._context is None:
            self._context = _make_context(self._settings)
        name = host.partition("%")[0]
        # The library looks at the name too late: it has taken the socket by then, and drops it.
        name.encode("idna")
        return self._context.wrap_socket(plain, server_hostname=name, do_handshake_on_connect=False)


def _make_context(settings: TlsSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:
        reason = "there is no CA certificate in it" if isinstance(error, ssl.SSLError) else error
        raise StartError(f"{settings.ca_file}: {reason}") from error
    # 3.13 began to refuse what private CAs leave out (RFC 5280's key identifiers); phones do not.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if settings.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
