import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.core.firmware import load_release
from mppsim.core.identity import (
    DEFAULT_IP,
    PhoneIdentity,
    make_identity,
    make_mac,
    make_serial,
    parse_mac,
    product_information,
)
from mppsim.core.phone_model import find_model, models

E8851 = find_model("8851")
HALF = st.integers(0, 0xFFFFFF)


@pytest.mark.parametrize("model", models(), ids=lambda model: model.model)
def test_phone_has_a_mac_of_its_model(model) -> None:
    mac = make_mac(model)

    assert re.fullmatch(r"[0-9a-f]{12}", mac)
    assert mac[:6].upper() in {oui.upper() for oui in model.mac_ouis}
    assert make_mac(model) == mac != make_mac(model, 2)


@pytest.mark.parametrize("number", [-1, 1 << 24])
def test_mac_never_gets_a_13th_digit(number: int) -> None:
    assert len(make_mac(E8851, (1 << 24) - 1)) == 12
    with pytest.raises(AssertionError, match="24 bits"):
        make_mac(E8851, number)


@given(mac=st.integers(0, 0xFFFFFFFFFFFF))
def test_serial_looks_like_one_on_a_label(mac: int) -> None:
    serial = make_serial(f"{mac:012x}")

    place, year, week, signs = serial[:3], int(serial[3:5]), int(serial[5:7]), serial[7:]
    assert (place, len(signs)) == ("FCH", 4)
    assert 20 <= year <= 27  # 2016 to 2023
    assert 1 <= week <= 52
    assert not set(signs) & set("IO")


@given(oui=HALF, one=HALF, other=HALF)
def test_phones_of_one_maker_have_different_serials(oui: int, one: int, other: int) -> None:
    serials = {make_serial(f"{oui:06x}{half:06x}") for half in (one, other)}

    assert len(serials) == len({one, other})


def test_identity_is_made_of_what_is_given() -> None:
    usual = make_identity(E8851)
    own = make_identity(E8851, mac="00562b0aff43", ip="127.0.0.5")

    assert (usual.mac, usual.ip) == (make_mac(E8851), DEFAULT_IP)
    assert own == PhoneIdentity(
        model=E8851, mac="00562b0aff43", serial=make_serial("00562b0aff43"), ip="127.0.0.5"
    )


@pytest.mark.parametrize(
    ("certificate", "shown"), [(None, "Not Installed"), (Path("phone.pem"), "Installed")]
)
def test_phone_shows_whether_it_has_a_certificate(certificate: Path | None, shown: str) -> None:
    assert replace(make_identity(E8851), certificate=certificate).client_certificate == shown


def test_product_information_is_what_the_guide_has_one_look_at() -> None:
    # "Applications > Status > Product Information, and look at the MAC address field"
    identity = make_identity(E8851, mac="00562b0aff43")
    rows = dict(product_information(identity, load_release("mpp-12.0")))

    assert list(rows)[:3] == ["Product Name", "Serial Number", "MAC Address"]
    assert rows["Product Name"] == "CP-8851-3PCC"
    assert rows["MAC Address"] == "00562B0AFF43"
    assert rows["Serial Number"] == identity.serial
    assert rows["Software Version"].startswith("sip88xx.12-0-7")


@pytest.mark.parametrize(
    "text",
    ["00562b0aff43", "00:56:2B:0A:FF:43", "00-56-2b-0a-ff-43", "0056.2B0A.FF43", " 00562B0AFF43 "],
)
def test_mac_address_is_read_however_it_is_written(text: str) -> None:
    assert parse_mac(text) == "00562b0aff43"


@pytest.mark.parametrize(
    "text", ["", "00562b0aff4", "00:56:2b:0a:ff-43", "00562b0aff4g", "0056.2b0aff43"]
)
def test_what_is_no_mac_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write it like 00:56:2B:0A:FF:43"):
        parse_mac(text)
