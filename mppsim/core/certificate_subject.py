"""Write and read the subject of a phone's certificate: product name, serial number, MAC address.

Source: the guide, "Multiplatform Phone CA Client Root Certificate", whose example is
`OU=CP-8841-3PCC, L=88012BA01234, S=000e08abcdef`. S is read as the surname, which had that name
in OpenSSL when phones got their first certificates, and has it in Apache today.
"""

import re
from collections.abc import Iterable

from mppsim.core.identity import PhoneIdentity

__all__ = ["build_subject", "find_mac"]

_MAC = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{12}(?![0-9A-Fa-f])")

# S may mean the state, too; other Cisco phones write CP-8851-SEP00562B000001 as their common name.
# Never L: a serial number can look like a MAC address, and the guide's example does.
_PLACES = ("surname", "stateOrProvinceName", "commonName")


def build_subject(identity: PhoneIdentity) -> tuple[tuple[str, str], ...]:
    """Return the elements of a phone's subject in order, by their long names in OpenSSL."""
    return (
        ("organizationalUnitName", identity.model.product_name),
        ("localityName", identity.serial),
        ("surname", identity.mac),
    )


def find_mac(subject: Iterable[tuple[str, str]]) -> str:
    """Find the MAC address in a subject, 12 lower-case hex digits; empty where there is none."""
    elements = tuple(subject)
    for place in _PLACES:
        for name, value in elements:
            if name == place and (found := _MAC.search(value)):
                return found[0].lower()
    return ""
