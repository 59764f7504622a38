"""Who a phone is: what the label on its back says, its address, and its certificate."""

import re
from itertools import product
from pathlib import Path

from mppsim.core.firmware import FirmwareRelease
from mppsim.core.frozen import frozen_value
from mppsim.core.phone_model import PhoneModel

__all__ = [
    "DEFAULT_IP",
    "PhoneIdentity",
    "make_identity",
    "make_mac",
    "make_serial",
    "parse_mac",
    "product_information",
]

DEFAULT_IP = "127.0.0.1"
"""The address of a phone that was given none."""

# As labels have them: no I and no O, which look like 1 and 0.
_SERIAL_SIGNS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_SERIAL_PAIRS = tuple(map("".join, product(_SERIAL_SIGNS, repeat=2)))


@frozen_value(kw_only=True)  # a large fleet makes one for each report
class PhoneIdentity:
    """A phone's model, MAC address, serial number, IP address and certificate."""

    model: PhoneModel
    mac: str
    """12 lower-case hex digits."""
    serial: str
    """As on the label, for example FCH2243DVK1."""
    ip: str = DEFAULT_IP
    tftp_server: str = ""
    """HOST[:PORT], as DHCP's option 66 names it; empty: it names none."""
    certificate: Path | None = None
    """PEM file of its client certificate and private key; None: none is installed."""

    @property
    def client_certificate(self) -> str:
        """What `$CCERT` and Product Information say of the certificate."""
        return "Not Installed" if self.certificate is None else "Installed"


def product_information(
    identity: PhoneIdentity, release: FirmwareRelease
) -> tuple[tuple[str, str], ...]:
    """Return the rows of "Applications > Status > Product Information", in the phone's order.

    Source: the guide, "Determine the Phone MAC Address".
    """
    model = identity.model
    return (
        ("Product Name", model.product_name),
        ("Serial Number", identity.serial),
        ("MAC Address", identity.mac.upper()),
        ("Software Version", model.software_version(release)),
        ("Hardware Version", model.hardware_version),
    )


def make_identity(
    model: PhoneModel, *, mac: str | None = None, ip: str = DEFAULT_IP
) -> PhoneIdentity:
    """Return a phone's identity; its serial number follows from its MAC address."""
    own = make_mac(model) if mac is None else mac
    return PhoneIdentity(model=model, mac=own, serial=make_serial(own), ip=ip)


def make_mac(model: PhoneModel, number: int = 1) -> str:
    """Return a MAC address that a phone of this model may have, the same one for each number."""
    assert 0 <= number < 1 << 24, "half a MAC address has 24 bits"
    return f"{model.mac_ouis[0].lower()}{number:06x}"


def parse_mac(text: str) -> str:
    """Return a MAC address as 12 lower-case hex digits; colons, hyphens, dots may be between.

    Raises `ValueError` with a sentence for anything else.
    """
    digits = text.strip()
    if not _MAC.fullmatch(digits):
        raise ValueError(f"{text!r} is no MAC address; write it like 00:56:2B:0A:FF:43")
    return re.sub("[:.-]", "", digits).lower()


_MAC = re.compile(
    r"[0-9A-Fa-f]{2}([:-]?)(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}"
)


def make_serial(mac: str) -> str:
    """Return the serial number of the phone with this MAC address: FCH2243DVK1, for example.

    Three letters of the factory, year since 1996, week, four characters. Phones whose MAC
    addresses share their first half have different ones.
    """
    number, last = divmod(int(mac, 16), len(_SERIAL_PAIRS))
    number, first = divmod(number, len(_SERIAL_PAIRS))
    years, week = divmod(number, 52)
    return f"FCH{20 + years % 8}{week + 1:02}{_SERIAL_PAIRS[first]}{_SERIAL_PAIRS[last]}"
