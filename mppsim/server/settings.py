"""What a person may choose about the report server, as one typed value."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from mppsim.server.faults import Fault

__all__ = ["AuthScheme", "Limits", "Login", "ServerSettings", "TlsFiles"]


class AuthScheme(StrEnum):
    """How a client proves who it is."""

    BASIC = "basic"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """The one user that the server knows."""

    user: str
    password: str = field(repr=False)
    scheme: AuthScheme = AuthScheme.BASIC


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """Certificate chain and private key, PEM, and whom to know by theirs."""

    certificate: Path
    key: Path
    client_ca: Path | None = None
    """The CAs that phones' certificates are of: without one nobody is let in. None: none asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one client may take from the server."""

    body_bytes: int = 8 << 20
    """Of one body; the largest full report known is 0.3 MB."""
    line_bytes: int = 8190
    """Of a request line, and of one header line."""
    headers: int = 64
    """Header lines in one request."""
    head_seconds: float = 30.0
    """From the connection, or the last answer, until a whole head has come."""
    body_seconds: float = 60.0
    """From the head until the whole body has come."""
    connections: int = 8000
    """Open at the same time, where the process may have so many; more wait to be taken."""
    tftp_seconds: float = 300.0
    """From a TFTP request until its file is whole."""
    tftp_transfers: int = 256
    """TFTP transfers at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Everything that `mppsim serve` can be told."""

    host: str = "127.0.0.1"
    port: int = 8000
    """0 takes a free one."""
    directory: Path = Path("reports")
    """Reports are written below it and files served from it; made if it is not there."""
    keys: tuple[str, ...] = field(default=(), repr=False)
    """Passphrases of `--key` rules, tried in this order."""
    ikm: bytes | None = field(default=None, repr=False)
    """Opens bodies with `Content-Encoding: aes128gcm`."""
    login: Login | None = None
    tls: TlsFiles | None = None
    tftp_host: str | None = None
    """Where TFTP is received too; None: nowhere."""
    tftp_port: int = 69
    """0 takes a free one."""
    limits: Limits = Limits()
    faults: tuple[Fault, ...] = ()
    """What goes wrong on purpose, and when."""
    seed: int = 0
    """Decides which requests meet a fault."""
    keeps_bodies: bool = True
    """False: reports are told and forgotten, and `directory` is not used."""
    is_trusting: bool = False
    """Reports are taken for what their first and last lines say: faster, with phones that are
    known to write XML."""
