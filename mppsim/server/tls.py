"""The server's side of TLS: the certificate that it shows, and how it knows phones by theirs.

Source: the guide's chapter on HTTPS: a server "can use the Client Root Certificate to verify the
client certificate", and reads the phone's MAC address in its subject.
"""

import ssl
from collections.abc import Callable, Mapping
from typing import Any

from mppsim.core.certificate_subject import find_mac
from mppsim.errors import StartError
from mppsim.server.events import ServerEvent, TurnedAway
from mppsim.server.settings import TlsFiles

__all__ = ["load_tls", "read_peer_mac"]


def load_tls(files: TlsFiles, tell: Callable[[ServerEvent], None]) -> ssl.SSLContext:
    """Load the server's certificate and key, and whose clients' certificates it accepts.

    `tell` is told of handshakes that fail. Raises `StartError` for a file that cannot be used.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.sslobject_class = _make_handshake(tell)
    try:
        context.load_cert_chain(files.certificate, files.key, password=_no_password)
    except ssl.SSLError as error:
        raise StartError(
            f"{files.certificate} and {files.key} are not a PEM certificate and its key"
        ) from error
    except OSError as error:
        raise StartError(f"{files.certificate}, {files.key}: {error.strerror}") from error
    if files.client_ca is not None:
        _ask_clients(context, files)
    return context


def read_peer_mac(peer: Mapping[str, Any] | None) -> str:
    """Read the phone's MAC address in what `getpeercert` gave; empty: it has shown none."""
    subject = () if peer is None else peer.get("subject", ())
    return find_mac(element for part in subject for element in part)


def _ask_clients(context: ssl.SSLContext, files: TlsFiles) -> None:
    # Whoever comes without a certificate is let through to HTTP, where the answer can say why not.
    context.verify_mode = ssl.CERT_OPTIONAL
    # 3.13 began to refuse what private CAs leave out (RFC 5280's key identifiers).
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    try:
        context.load_verify_locations(files.client_ca)
    except ssl.SSLError as error:
        raise StartError(f"{files.client_ca}: there is no CA certificate in it") from error
    except OSError as error:
        raise StartError(f"{files.client_ca}: {error.strerror}") from error


def _make_handshake(tell: Callable[[ServerEvent], None]) -> type[ssl.SSLObject]:
    class Handshake(ssl.SSLObject):
        """Tells of a handshake that fails, and lets whoever is not accepted know why."""

        _verdict: ssl.SSLError | None = None

        def do_handshake(self) -> None:
            if self._verdict is not None:
                raise self._verdict
            try:
                super().do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise
            except ssl.SSLCertVerificationError as error:
                self._verdict = error
                tell(
                    _turn_away(f"the client's certificate is not accepted: {error.verify_message}")
                )
                # asyncio would hang up at once; if it has to wait, it sends the alert first.
                raise ssl.SSLWantReadError from error
            except ssl.SSLError as error:
                tell(_turn_away(f"it failed: {(error.reason or 'unknown').lower()}"))
                raise

    return Handshake


def _turn_away(reason: str) -> TurnedAway:
    return TurnedAway(method="TLS", path="handshake", phone="", status=None, reason=reason)


def _no_password() -> str:
    # Without this, OpenSSL would ask for one on the terminal.
    raise StartError("the private key asks for a password: give one without")
