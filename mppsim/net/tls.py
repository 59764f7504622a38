"""TLS for uploads: whom a phone trusts, what it shows of itself, the wrapping of a socket.

Source: phone.md's section on HTTPS in docs/phone.md: the phone checks the server's certificate
against CAs that it knows or one that it was given, and checks the name; it offers a certificate
of its own to a server that asks.
"""

import socket
import ssl
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from mppsim.errors import StartError

__all__ = [
    "BRINGS_NOTHING",
    "TLS_WAITS",
    "PhoneTls",
    "TlsClient",
    "TlsSettings",
    "check_certificate",
    "make_client_context",
]

TLS_WAITS = (ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""What a non-blocking TLS socket raises where a plain one raises `BlockingIOError`."""

_MOST_CONTEXTS = 256
"""Kept ready: one takes a millisecond and 25 KB; with the system's CAs 20 ms and 0.8 MB."""


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Whom to trust."""

    ca_file: Path | None = None
    """PEM file of the only CAs to trust; None: the system's."""
    insecure: bool = False
    """Check neither the server's certificate nor its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneTls:
    """What one phone brings along."""

    certificate: Path | None = None
    """PEM file of its client certificate and private key; None: it has none to show."""
    custom_ca: str = ""
    """CA certificates, PEM, that it trusts besides those of the settings."""


BRINGS_NOTHING = PhoneTls()
"""Most phones: they trust what all trust, and have nothing to show."""


class TlsClient:
    """Wraps connected sockets; loads the CAs once, and the system's only when first needed.

    Phones that bring nothing along share one context; the others have one each, of which those
    used last are kept.
    """

    def __init__(self, settings: TlsSettings) -> None:
        """Raise `StartError` where `ca_file` holds no certificates."""
        self._settings = settings
        self._shared: ssl.SSLContext | None = None
        self._own: OrderedDict[PhoneTls, ssl.SSLContext] = OrderedDict()
        if settings.ca_file is not None:
            self._shared = make_client_context(settings)

    def wrap(
        self, plain: socket.socket, host: str, phone: PhoneTls = BRINGS_NOTHING
    ) -> ssl.SSLSocket:
        """Begin TLS on a connected, non-blocking socket; the caller does the handshake.

        Raises `UnicodeError` for a name that cannot be one, and `ssl.SSLError` where certificates
        cannot be loaded any more, and leaves `plain` alone then; `OSError` where the connection
        has gone.
        """
        name = host.partition("%")[0]
        # The library looks at the name too late: it has taken the socket by then, and drops it.
        name.encode("idna")
        context = self._find_context(phone)
        return context.wrap_socket(plain, server_hostname=name, do_handshake_on_connect=False)

    def _find_context(self, phone: PhoneTls) -> ssl.SSLContext:
        if phone == BRINGS_NOTHING:
            if self._shared is None:
                self._shared = _make_context(self._settings)
            return self._shared
        context = self._own.get(phone)
        if context is None:
            context = self._own[phone] = self._equip(phone)
            if len(self._own) > _MOST_CONTEXTS:
                self._own.popitem(last=False)
        else:
            self._own.move_to_end(phone)
        return context

    def _equip(self, phone: PhoneTls) -> ssl.SSLContext:
        try:
            context = _make_context(self._settings)
            if phone.custom_ca:
                context.load_verify_locations(cadata=phone.custom_ca)
            if phone.certificate is not None:
                _load(context, phone.certificate)
        except ssl.SSLError:
            raise
        except OSError as error:
            # A file has gone since the start: it is this phone's TLS that does not work.
            raise ssl.SSLError(error.errno, error.strerror) from error
        return context


def check_certificate(file: Path) -> None:
    """Raise `StartError` unless a file holds a PEM certificate and its private key, unlocked."""
    try:
        _load(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), file)
    except ssl.SSLError as error:
        raise StartError(
            f"{file}: it holds no PEM certificate with its private key (without a password)"
        ) from error
    except OSError as error:
        raise StartError(f"{file}: {error.strerror}") from error


def make_client_context(settings: TlsSettings) -> ssl.SSLContext:
    """Make what a client trusts; raise `StartError` where the CA file cannot be used."""
    try:
        return _make_context(settings)
    except OSError as error:
        is_bad = isinstance(error, ssl.SSLError)
        reason = "there is no CA certificate in it" if is_bad else error.strerror
        raise StartError(f"{settings.ca_file}: {reason}") from error


def _make_context(settings: TlsSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.ca_file)
    # 3.13 began to refuse what private CAs leave out (RFC 5280's key identifiers); phones do not.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if settings.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _load(context: ssl.SSLContext, certificate: Path) -> None:
    # Without a password at hand, OpenSSL would ask for one on the terminal.
    context.load_cert_chain(certificate, password=lambda: "")
