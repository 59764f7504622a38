"""How a phone reaches the network: from its own address, with its own certificate."""

from mppsim.core.identity import DEFAULT_IP, PhoneIdentity
from mppsim.net.surroundings import Surroundings, UploadLine
from mppsim.net.tls import BRINGS_NOTHING, PhoneTls

__all__ = ["make_phone_tls", "open_line"]


def make_phone_tls(identity: PhoneIdentity, custom_ca: str = "") -> PhoneTls:
    """Say what a phone brings to TLS: its certificate, and the CA, PEM, that it trusts besides."""
    if identity.certificate is None and not custom_ca:
        return BRINGS_NOTHING
    return PhoneTls(certificate=identity.certificate, custom_ca=custom_ca)


def open_line(identity: PhoneIdentity, surroundings: Surroundings, tls: PhoneTls) -> UploadLine:
    """Begin requests that come from this phone; whoever asked closes the line."""
    # The address of a phone that was given none is the machine's own: let the system choose.
    source = None if identity.ip == DEFAULT_IP else identity.ip
    return surroundings.uploads.open_session(source, tls)
