"""What a phone shows to who comes to it by TLS: its certificate, or one made when first needed.

The made one is signed by an authority that nobody knows, as a real phone's is by Cisco's: a PBX
that connects to phones checks no names.
"""

import ssl
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from mppsim.net.certificates import make_authority

__all__ = ["make_own_context", "make_phone_context"]


@lru_cache(maxsize=64)
def make_phone_context(certificate: Path | None) -> ssl.SSLContext:
    """Make what a phone shows as a TLS server; the same each time it is asked for.

    `certificate` is a PEM file with its private key; None: this program's own. Raises `OSError`
    where the file cannot be used.
    """
    if certificate is None:
        return make_own_context()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    # Without a password at hand, OpenSSL would ask for one on the terminal.
    context.load_cert_chain(certificate, password=lambda: "")
    return context


@lru_cache(maxsize=1)
def make_own_context() -> ssl.SSLContext:
    """Make what this program shows where a phone has nothing; the same each time."""
    now = datetime.now(UTC)
    issued = make_authority("mppsim", now=now).issue_server(("mppsim",), now=now)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with TemporaryDirectory(prefix="mppsim-") as directory:
        # The library takes certificates from files only.
        file = Path(directory) / "phone.pem"
        file.touch(mode=0o600)
        file.write_bytes(issued.certificate + issued.key)
        context.load_cert_chain(file)
    return context
