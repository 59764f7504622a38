"""A folder as `mppsim certs` makes it: an authority, a server's certificate, and phones'."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mppsim.core.catalogue import find_model
from mppsim.core.identity import make_identity
from mppsim.net.certificate_folder import CertificateOrder, fill_folder

MAC = "00562b000001"


@dataclass(frozen=True, slots=True)
class CertificateFolder:
    path: Path

    @property
    def ca(self) -> Path:
        return self.path / "ca.pem"

    def phone(self, mac: str = MAC) -> Path:
        return self.path / "phones" / f"{mac}.pem"

    def server_context(self, *, client_ca: Path | None = None) -> ssl.SSLContext:
        """Make a server's context; with `client_ca` it insists on its clients' certificates."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=client_ca)
        context.load_cert_chain(self.path / "server.pem", self.path / "server.key")
        context.verify_mode = ssl.CERT_NONE if client_ca is None else ssl.CERT_REQUIRED
        return context


def make_folder(path: Path, *macs: str, ca_name: str = "") -> CertificateFolder:
    model = find_model("8851")
    phones = tuple(make_identity(model, mac=mac) for mac in macs or (MAC,))
    order = CertificateOrder(phones=phones, ca_name=ca_name)
    for _ in fill_folder(path, order, now=datetime.now(UTC)):
        pass
    return CertificateFolder(path)
