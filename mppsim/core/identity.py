"""Who a phone is: what the label on its back says, and its address."""

from dataclasses import dataclass

from mppsim.core.catalogue import PhoneModel

__all__ = ["PhoneIdentity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneIdentity:
    """A phone's model, MAC address, serial number and IP address."""

    model: PhoneModel
    mac: str
    """12 lower-case hex digits."""
    serial: str
    """As on the label, for example FCH2243DVK1."""
    ip: str = "127.0.0.1"
