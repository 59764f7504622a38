"""What is on the phone's own screen, place by place."""

import pytest

from mppsim.admin.address import Account
from mppsim.admin.screen import (
    PRODUCT_INFORMATION,
    Row,
    Screen,
    screen_account,
    setting_at,
    show_screen,
)
from tests.support.admin_visits import Visitor, profile_with_ua

SETTINGS = "applications/settings"


def screen_at(place: str, visitor: Visitor | None = None) -> Screen:
    screen = show_screen((visitor or Visitor()).phone, place)
    assert screen is not None
    return screen


async def test_product_information_is_where_the_guide_looks_for_it() -> None:
    screen = screen_at(PRODUCT_INFORMATION)

    assert screen.trail == "Applications > Status > Product Information"
    assert screen.rows == (
        Row(label="Product Name", value="CP-8851-3PCC"),
        Row(label="Serial Number", value="FCH2543SJFB"),
        Row(label="MAC Address", value="00562B000001"),
        Row(label="Software Version", value="sip88xx.12-0-7MPP0201-66"),
        Row(label="Hardware Version", value="2.0.1"),
    )
    assert [(key.label, key.place) for key in screen.soft_keys] == [("Back", "applications/status")]


async def test_every_place_can_be_reached_from_the_first_and_left_again() -> None:
    visitor = Visitor()
    seen, ahead = set(), [""]
    while ahead:
        place = ahead.pop()
        seen.add(place)
        screen = screen_at(place, visitor)
        assert screen.place == place
        ways = [row.place for row in screen.rows if row.place is not None]
        ways += [key.place for key in screen.soft_keys]
        ahead += [way for way in ways if way not in seen]
        if place:
            assert screen.soft_keys[0].place == place.rpartition("/")[0]

    assert PRODUCT_INFORMATION in seen
    assert f"{SETTINGS}/ringer-volume" in seen


async def test_first_screen_shows_the_station_and_its_lines() -> None:
    names = {
        "Station_Display_Name": "Lobby",
        "User_ID_1_": "2001",
        "User_ID_2_": "2002",
        "Short_Name_2_": "Boss",
        "Extension_3_": "Disabled",
        "User_ID_3_": "2003",
    }
    screen = screen_at("", Visitor(names))

    assert screen.title == "Lobby"
    assert screen.rows == (Row(label="1", value="2001"), Row(label="2", value="Boss"))
    assert [key.label for key in screen.soft_keys] == ["Apps"]
    assert screen_at("").title == "CP-8851-3PCC"
    assert screen_at("").rows == ()


async def test_status_screens_show_what_the_phone_lived_through() -> None:
    visitor = Visitor()
    visitor.phone.restart("User Triggered")
    await visitor.settle()

    rows = screen_at("applications/status/reboot-history", visitor).rows
    assert rows[0].label == "Reboot Reason 1"
    assert rows[0].value.endswith("User Triggered")


async def test_settings_show_their_values_and_lead_to_their_entry() -> None:
    visitor = Visitor({"Ringer_Volume": "3"})
    rows = {row.label: row for row in screen_at(SETTINGS, visitor).rows}

    assert rows["Ringer Volume"].value == "3"
    entry = screen_at(rows["Ringer Volume"].place or "", visitor).entry
    assert entry is not None
    assert (entry.control.name, entry.value, entry.is_read_only) == ("Ringer_Volume", "3", False)


async def test_model_without_a_setting_does_not_offer_it() -> None:
    labels = [row.label for row in screen_at(SETTINGS, Visitor(model="7832")).rows]

    assert "Headset Volume" not in labels
    assert "Ringer Volume" in labels


async def test_ua_governs_the_menus_only_where_the_phone_is_told_so() -> None:
    visitor = Visitor()
    visitor.phone.provision(
        profile_with_ua(Ringer_Volume="na", Speaker_Volume="ro", Station_Display_Name="rw")
    )
    assert screen_account(visitor.phone.parameters) is Account.ADMIN
    assert setting_at(visitor.phone.parameters, f"{SETTINGS}/ringer-volume") is not None

    visitor.provision(**{"Phone-UI-User-Mode": "Yes"})

    assert screen_account(visitor.phone.parameters) is Account.USER
    assert setting_at(visitor.phone.parameters, f"{SETTINGS}/ringer-volume") is None
    assert show_screen(visitor.phone, f"{SETTINGS}/ringer-volume") is None
    entry = screen_at(f"{SETTINGS}/speaker-volume", visitor).entry
    assert entry is not None
    assert entry.is_read_only


async def test_refused_value_is_shown_for_correction() -> None:
    screen = show_screen(
        Visitor().phone,
        f"{SETTINGS}/ringer-volume",
        given={"Ringer_Volume": "99"},
        error="too loud",
    )

    assert screen is not None
    assert screen.entry is not None
    assert (screen.entry.value, screen.entry.error) == ("99", "too loud")


@pytest.mark.parametrize(
    "place",
    ["nothing", f"{SETTINGS}/admin-password", "ringer-volume", "applications/status/ringer-volume"],
)
async def test_place_that_is_not_there_is_none(place: str) -> None:
    assert show_screen(Visitor().phone, place) is None
