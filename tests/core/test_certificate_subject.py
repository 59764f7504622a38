"""A phone's subject, and whose it is."""

import pytest

from mppsim.core.catalogue import find_model
from mppsim.core.certificate_subject import build_subject, find_mac
from mppsim.core.identity import PhoneIdentity


def test_subject_has_the_guides_elements_in_the_guides_order() -> None:
    model = find_model("8841")
    identity = PhoneIdentity(model=model, mac="000e08abcdef", serial="88012BA01234")

    assert build_subject(identity) == (
        ("organizationalUnitName", "CP-8841-3PCC"),
        ("localityName", "88012BA01234"),
        ("surname", "000e08abcdef"),
    )


def test_phone_is_found_by_the_subject_that_it_has() -> None:
    identity = PhoneIdentity(model=find_model("8841"), mac="000e08abcdef", serial="88012BA01234")

    assert find_mac(build_subject(identity)) == "000e08abcdef"


@pytest.mark.parametrize(
    ("subject", "mac"),
    [
        ([("surname", "000E08ABCDEF")], "000e08abcdef"),
        ([("stateOrProvinceName", "000e08abcdef")], "000e08abcdef"),
        ([("commonName", "CP-8851-SEP00562B000001")], "00562b000001"),
        ([("commonName", "SEP00562B000002"), ("surname", "00562b000001")], "00562b000001"),
        ([("stateOrProvinceName", "Texas"), ("commonName", "SEP00562B000002")], "00562b000002"),
        ([("surname", "Doe"), ("surname", "00562b000001")], "00562b000001"),
        # A serial number is no MAC address, even if it looks like one.
        ([("localityName", "88012BA01234")], ""),
        ([("serialNumber", "88012BA01234"), ("surname", "generic")], ""),
        ([("commonName", "00562b00000")], ""),
        ([("commonName", "00562b0000012")], ""),
        ([], ""),
    ],
)
def test_mac_address_is_taken_from_where_phones_have_it(
    subject: list[tuple[str, str]], mac: str
) -> None:
    assert find_mac(subject) == mac
