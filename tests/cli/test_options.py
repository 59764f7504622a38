from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from mppsim.cli.options import (
    provision,
    read_mac,
    read_profile,
    read_release,
    read_settings_option,
)
from mppsim.core.catalogue import find_model, models
from mppsim.core.identity import make_mac, make_serial
from mppsim.core.phone_model import PhoneModel
from mppsim.core.profile import PROFILE_LIMIT
from mppsim.errors import CatalogueError, ParameterError, ProfileError, StartError


def settings(*given: str) -> list[tuple[str, str]]:
    return [(s.name, s.value) for s in read_settings_option(list(given)).settings]


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("HTTP_Report_Method=PUT", "HTTP_Report_Method", "PUT"),
        ("GPP_A=a=b", "GPP_A", "a=b"),
        ("GPP_A=", "GPP_A", ""),
        (" GPP_A = a b ", "GPP_A", "a b"),
        ("Report_Rule=a\nb", "Report_Rule", "a b"),
    ],
)
def test_a_setting_is_a_name_and_a_value(text: str, name: str, value: str) -> None:
    assert settings(text) == [(name, value)]


def test_settings_keep_their_order() -> None:
    assert settings("B=1", "A=2", "B=3") == [("B", "1"), ("A", "2"), ("B", "3")]


def test_an_at_sign_stands_for_the_content_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "rule").write_text("[--key test123]http://h/x\n[--status]http://h/y\n")

    assert settings(f"Report_Rule=@{tmp_path}/rule") == [
        ("Report_Rule", "[--key test123]http://h/x [--status]http://h/y")
    ]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="nothing"):
        read_settings_option([f"Report_Rule=@{tmp_path}/nothing"])


@pytest.mark.parametrize("text", ["s3cret", "", "=s3cret", " =s3cret"])
def test_what_is_no_setting_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(typer.BadParameter) as caught:
        read_settings_option([text])

    assert "s3cret" not in caught.value.format_message()


@pytest.mark.parametrize(
    "text",
    [
        "00562b0aff43",
        "00562B0AFF43",
        "00:56:2B:0A:FF:43",
        "00-56-2b-0a-ff-43",
        "0056.2b0a.ff43",
        " 00562b0aff43 ",
    ],
)
def test_a_mac_address_is_read_however_it_is_written(text: str) -> None:
    assert read_mac(text) == "00562b0aff43"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00562b0aff4",
        "00562b0aff433",
        "00562b0aff4g",
        "00:56-2b:0a-ff:43",
        "00562b:0aff43",
        "\u0660" * 12,
    ],
)
def test_what_is_no_mac_address_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="MAC"):
        read_mac(text)


@pytest.mark.parametrize("model", models(), ids=lambda model: model.model)
def test_every_model_has_a_mac_address_of_its_own(model: PhoneModel) -> None:
    mac = make_mac(model)

    assert read_mac(mac) == mac
    assert mac[:6].upper() in model.mac_ouis


def test_a_mac_address_has_one_serial_number() -> None:
    assert make_serial("00562b0aff43") == make_serial("00562b0aff43")


@given(st.integers(0, 2**48 - 1))
def test_a_serial_number_looks_like_one_on_a_label(number: int) -> None:
    serial = make_serial(f"{number:012x}")

    assert len(serial) == 11
    assert serial.startswith("FCH2")
    assert 1 <= int(serial[5:7]) <= 52
    assert serial[7:].isalnum()
    assert not set(serial[7:]) & set("IO")


@given(st.sets(st.integers(0, 2**24 - 1), min_size=2))
def test_neighbours_have_different_serial_numbers(numbers: set[int]) -> None:
    serials = {make_serial(f"00562b{number:06x}") for number in numbers}

    assert len(serials) == len(numbers)


def test_a_profile_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "p.xml"
    file.write_text('<flat-profile><GPP_A ua="na">x</GPP_A></flat-profile>')

    assert [setting.value for setting in read_profile(file).settings] == ["x"]


def test_a_profile_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="nothing"):
        read_profile(tmp_path / "nothing")


def test_a_profile_too_long_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "long.xml"
    file.write_bytes(b"<flat-profile/>" + b" " * PROFILE_LIMIT)

    with pytest.raises(ProfileError, match="long"):
        read_profile(file)


def test_a_release_takes_quirks() -> None:
    assert read_release("mpp-12.0", ["key_digest=md5"]).key_digest == "md5"


def test_an_unknown_quirk_is_refused() -> None:
    with pytest.raises(CatalogueError):
        read_release("mpp-12.0", ["nope=1"])


def provisioned(*given: str) -> tuple[str, tuple[str, ...]]:
    profile = read_settings_option(list(given))
    baseline, warnings = provision(find_model("8851"), read_release("mpp-12.0", []), profile)
    return baseline.view["HTTP_Report_Method"], warnings


def test_settings_are_what_the_phone_holds() -> None:
    assert provisioned("HTTP_Report_Method=PUT") == ("PUT", ())


def test_another_spelling_is_told() -> None:
    method, warnings = provisioned("http_report_method=PUT")

    assert method == "PUT"
    assert len(warnings) == 1
    assert warnings[0].startswith("http_report_method: ")


@pytest.mark.parametrize("setting", ["HTTP_Report_Methods=PUT", "HTTP_Report_Method=PATCH"])
def test_a_setting_that_the_phone_would_ignore_is_refused(setting: str) -> None:
    with pytest.raises(ParameterError, match="HTTP_Report_Method"):
        provisioned(setting)
