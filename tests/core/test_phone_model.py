from dataclasses import replace

import pytest

from mppsim.core.firmware import load_release
from mppsim.core.phone_model import DEFAULT_MODEL, find_model, models, read_rows
from mppsim.errors import CatalogueError


def test_catalogue_knows_twenty_one_models():
    assert [model.model for model in models()] == [
        "6821",
        "6841",
        "6851",
        "6861",
        "6871",
        "7811",
        "7821",
        "7841",
        "7861",
        "7832",
        "8811",
        "8841",
        "8845",
        "8851",
        "8861",
        "8865",
        "8832",
        "9841",
        "9851",
        "9861",
        "9871",
    ]


def test_model_holds_what_its_row_says():
    model = find_model("8865")

    assert (model.family, model.product_name, model.psn) == ("8800", "CP-8865-3PCC", "8865-3PCC")
    assert (model.lines, model.line_keys, model.kem_units, model.kem_keys) == (10, 10, 3, 28)
    assert (model.wifi, model.bluetooth, model.video) == (True, True, True)
    assert model.mac_ouis[0] == "00562B"
    assert model.http_user_agent == f"{model.sip_user_agent} ({{mac}})"
    assert (model.vendor_class, model.hardware_version) == ("CP-8865-3PCC", "2.0.1")
    assert not find_model("6821").wifi


@pytest.mark.parametrize("name", ["8851", "CP-8851", "cp-8851-3pcc", "8851-3PCC", " 8851 "])
def test_model_is_found_by_number_and_by_product_name(name):
    assert find_model(name).model == DEFAULT_MODEL


@pytest.mark.parametrize("name", ["9861", "DP-9861"])
def test_phoneos_model_is_found_by_its_product_name(name):
    assert find_model(name).product_name == "DP-9861"


@pytest.mark.parametrize(
    ("name", "said"),
    [("8852", "8851"), ("iPhone", "6821, 6841"), ("", "6821, 6841"), ("CP-8831", "8851")],
)
def test_unknown_model_names_the_near_ones(name, said):
    with pytest.raises(CatalogueError, match="no phone model") as refused:
        find_model(name)

    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("model", "release", "version", "software"),
    [
        ("8851", "mpp-12.0", "Cisco-CP-8851-3PCC/12.0.7", "sip88xx.12-0-7MPP0201-66"),
        ("8851", "mpp-11.3", "Cisco-CP-8851-3PCC/11.3.1", "sip88xx.11-3-1MPP-678"),
        ("8851", "mpp-11.2", "Cisco-CP-8851-3PCC/11.2.3", "sip88xx.11-2-3MPP-398"),
        ("8851", "spa-7", "Cisco-CP-8851-3PCC/12.0.7", "sip88xx.12-0-7MPP0201-66"),
        # no load of 11.2(3) was seen: named as the other series name theirs
        ("7841", "mpp-11.2", "Cisco-CP-7841-3PCC/11.2.3", "sip78xx.11-2-3MPP-398"),
        # two loads of 12.0(7) were seen: the newer one
        ("6821", "mpp-12.0", "Cisco-CP-6821-3PCC/12.0.7", "sip6821.12-0-7MPP0501-123"),
        # PhoneOS counts its own versions
        ("9861", "mpp-12.0", "Cisco-DP-9861/3.2.1", "PHONEOS.3-2-1-0003-28"),
        ("9861", "mpp-11.2", "Cisco-DP-9861/3.2.1", "PHONEOS.3-2-1-0003-28"),
    ],
)
def test_software_is_named_after_the_release(model, release, version, software):
    phone = find_model(model)

    assert phone.version(load_release(release)) == version
    assert phone.software_version(load_release(release)) == software


def test_load_of_a_version_that_begins_alike_is_not_taken():
    phone = replace(find_model("8851"), firmware_examples=("sip88xx.12-0-71MPP0001-1",))

    assert phone.software_version(load_release("mpp-12.0")) == "sip88xx.12-0-7MPP0201-66"


def test_version_at_the_newest_release_is_the_user_agent_that_was_seen():
    for model in models():
        assert model.version(load_release("mpp-12.0")) == model.sip_user_agent


def test_rows_are_read_by_column_name():
    rows = read_rows("models")

    assert len(rows) == 21
    assert rows[0]["model"] == "6821"
