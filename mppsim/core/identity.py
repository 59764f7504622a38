"""Who a phone is: what the label on its back says, and its address."""

from dataclasses import dataclass

from mppsim.core.firmware import FirmwareRelease
from mppsim.core.phone_model import PhoneModel

__all__ = ["DEFAULT_IP", "PhoneIdentity", "product_information"]

DEFAULT_IP = "127.0.0.1"
"""The address of a phone that was given none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneIdentity:
    """A phone's model, MAC address, serial number and IP address."""

    model: PhoneModel
    mac: str
    """12 lower-case hex digits."""
    serial: str
    """As on the label, for example FCH2243DVK1."""
    ip: str = DEFAULT_IP


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
