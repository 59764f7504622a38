"""Setting a value on the drawn screen is a local change made on the phone."""

import pytest

from mppsim.core.events import Origin, ParametersApplied
from tests.support.admin_visits import Visitor, headers_of, profile_with_ua

VOLUME = "/screen/applications/settings/ringer-volume"


async def test_screen_draws_rows_soft_keys_and_the_phone_s_clock() -> None:
    page = Visitor().page("/screen/applications/status/product-information")
    screen = page.xpath("//section[@class='handset']")[0].text_content()

    assert "MAC Address" in screen
    assert "00562B000001" in screen
    assert "8/13/2024" in screen
    back = page.xpath("//a[@class='softkey']")[0]
    assert (back.text, back.get("href")) == ("Back", "/screen/applications/status")


async def test_value_set_there_is_a_change_by_the_phone() -> None:
    visitor = Visitor()

    reply = visitor.submit(VOLUME, Ringer_Volume="3")

    assert headers_of(reply, "Location") == ["/screen/applications/settings"]
    assert visitor.phone.parameters["Ringer_Volume"] == "3"
    assert visitor.desk.occurrences == [ParametersApplied(Origin.PHONE, ("Ringer_Volume",))]


async def test_phone_without_user_mode_lets_its_user_set_what_the_page_does_not() -> None:
    visitor = Visitor()

    name = "/screen/applications/settings/station-display-name"
    assert visitor.submit(name, Station_Display_Name="Lobby").status == 303
    assert visitor.phone.parameters["Station_Display_Name"] == "Lobby"
    assert "Station_Display_Name" not in visitor.ask("/user/advanced/phone").body.decode()


async def test_same_value_again_is_no_change() -> None:
    visitor = Visitor()

    assert visitor.submit(VOLUME, Ringer_Volume="9").status == 303
    assert visitor.desk.occurrences == []


async def test_wrong_value_is_shown_with_what_is_wrong() -> None:
    visitor = Visitor()

    reply = visitor.submit(VOLUME, Ringer_Volume="99")

    page = visitor.read(reply)
    assert reply.status == 422
    assert page.get_element_by_id("Ringer_Volume").get("value") == "99"
    assert page.xpath("//p[@role='alert']")[0].text == (
        "'99' is not allowed: a whole number from 0 to 15"
    )
    assert visitor.phone.parameters["Ringer_Volume"] == "9"


async def test_setting_that_may_only_be_read_has_no_key_to_set_it_and_is_refused() -> None:
    visitor = Visitor({"Phone-UI-User-Mode": "Yes"})
    visitor.phone.provision(profile_with_ua(Ringer_Volume="ro"))

    assert visitor.page(VOLUME).xpath("//button[@class='softkey']") == []
    assert visitor.submit(VOLUME, Ringer_Volume="3").status == 403


@pytest.mark.parametrize(
    ("path", "status"), [("/screen", 405), ("/screen/applications/settings", 405), (VOLUME, 400)]
)
async def test_form_sets_what_stands_on_its_screen_only(path: str, status: int) -> None:
    visitor = Visitor()
    token = visitor.token(VOLUME)

    assert visitor.submit(path, token=token, Report_Rule="/x").status == status
    assert visitor.phone.parameters["Report_Rule"] == ""


async def test_form_of_a_stranger_sets_nothing() -> None:
    visitor = Visitor()

    assert visitor.submit(VOLUME, token="0" * 32, Ringer_Volume="3").status == 403
    assert visitor.phone.parameters["Ringer_Volume"] == "9"


async def test_markup_in_a_name_is_text() -> None:
    body = Visitor({"Station_Display_Name": "<b onclick=x>"}).ask("/screen").body

    assert b"<b onclick" not in body
