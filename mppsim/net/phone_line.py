"""How a phone reaches the network: from its own address, with its own certificate."""

from mppsim.core.identity import DEFAULT_IP, PhoneIdentity
from mppsim.net.surroundings import Surroundings, UploadLine
from mppsim.net.tls import BRINGS_NOTHING, PhoneTls

__all__ = ["open_line"]


def open_line(
    identity: PhoneIdentity, surroundings: Surroundings, *, custom_ca: str = ""
) -> UploadLine:
    """Begin requests that come from this phone; whoever asked closes the line.

    `custom_ca` is PEM: what the phone trusts besides what all trust.
    """
    # The address of a phone that was given none is the machine's own: let the system choose.
    source = None if identity.ip == DEFAULT_IP else identity.ip
    tls = BRINGS_NOTHING
    if identity.certificate is not None or custom_ca:
        tls = PhoneTls(certificate=identity.certificate, custom_ca=custom_ca)
    return surroundings.uploads.open_session(source, tls)
