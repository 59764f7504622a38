"""Submit All Changes: all good values as one local change, or nothing and what is wrong."""

import pytest

from mppsim.core.events import Origin, ParametersApplied, ValueRefused
from mppsim.core.profile import parse_profile
from tests.support.admin_visits import Visitor, headers_of, profile_with_ua

PROVISIONING = "/admin/advanced/provisioning"
SYSTEM = "/admin/advanced/system"
FIVE = {
    "Report_Rule": "[--delta --key k3y]http://127.0.0.1:1/$MA.xml",
    "HTTP_Report_Method": "PUT",
    "Report_To_Server": "On Local Change",
    "Periodic_Upload_To_Server": "7200",
    "Upload_Delay_On_Local_Change": "10",
}
MARKUP = "</textarea><script>alert(1)</script>\"'&lt;"


def held_by(visitor: Visitor, *names: str) -> list[str]:
    return [visitor.phone.parameters[name] for name in names]


async def test_good_values_are_one_local_change_by_the_page() -> None:
    visitor = Visitor()

    reply = visitor.submit(PROVISIONING, **FIVE)

    assert (reply.status, headers_of(reply, "Location")) == (303, [f"{PROVISIONING}?changed=5"])
    assert held_by(visitor, *FIVE) == list(FIVE.values())
    assert visitor.desk.occurrences == [ParametersApplied(Origin.PAGE, tuple(FIVE))]


async def test_whole_form_of_every_tab_changes_nothing_by_itself() -> None:
    visitor = Visitor({"Admin_Password": "", "Password_1_": "hunter22", "GPP_A": "a\tb"})
    before = visitor.phone.parameters
    for slug in ("system", "sip", "provisioning", "regional", "phone", "user", "att-console"):
        address = f"/admin/advanced/{slug}"

        reply = visitor.send(address, visitor.form(address))

        assert headers_of(reply, "Location") == [f"{address}?changed=0"]
    assert visitor.phone.parameters is before


@pytest.mark.parametrize("model", ["6821", "7832", "8865", "9871"])
async def test_any_model_s_form_changes_nothing_by_itself(model: str) -> None:
    visitor = Visitor(model=model)
    before = visitor.phone.parameters
    links = visitor.page("/admin/advanced").xpath("//nav//a/@href")
    for address in (link for link in links if link.startswith("/admin/advanced/")):
        if not address.endswith("/status"):
            reply = visitor.send(address, visitor.form(address))

            assert headers_of(reply, "Location") == [f"{address}?changed=0"]
    assert visitor.phone.parameters is before


async def test_bad_value_is_shown_at_its_field_and_nothing_is_changed() -> None:
    visitor = Visitor()
    before = visitor.phone.parameters

    reply = visitor.submit(
        PROVISIONING,
        **FIVE | {"Upload_Delay_On_Local_Change": "5", "Periodic_Upload_To_Server": "x"},
    )

    assert reply.status == 422
    assert visitor.phone.parameters is before
    page = visitor.read(reply)
    wrong = page.xpath("//*[@aria-invalid='true']")
    assert [control.get("id") for control in wrong] == [
        "Periodic_Upload_To_Server",
        "Upload_Delay_On_Local_Change",
    ]
    errors = [
        page.get_element_by_id(name).text_content()
        for control in wrong
        for name in control.get("aria-describedby").split()
        if name.endswith("-error")
    ]
    assert errors == [
        "'x' is not allowed: a whole number from 600 to 259200",
        "'5' is not allowed: a whole number from 10 to 900",
    ]
    # the way to them, and all that was entered, for correction
    assert page.xpath("//*[@role='alert']//a/@href") == [f"#{c.get('id')}" for c in wrong]
    assert page.get_element_by_id("Upload_Delay_On_Local_Change").get("value") == "5"
    assert page.get_element_by_id("Report_Rule").text.strip() == FIVE["Report_Rule"]
    selected = page.xpath("//select[@id='HTTP_Report_Method']/option[@selected]")
    assert [option.text for option in selected] == ["PUT"]
    assert [type(told) for told in visitor.desk.occurrences] == [ValueRefused] * 2


async def test_corrected_form_is_taken() -> None:
    visitor = Visitor()
    refused = visitor.read(visitor.submit(PROVISIONING, **FIVE | {"HTTP_Report_Method": "GET"}))

    values = visitor.values_of(refused) | {"HTTP_Report_Method": "PUT"}
    reply = visitor.send(PROVISIONING, values)

    assert reply.status == 303
    assert held_by(visitor, *FIVE) == list(FIVE.values())


async def test_value_that_the_phone_reads_leniently_is_taken_as_it_reads_it() -> None:
    visitor = Visitor(quirks=("out_of_range=clamp",))

    visitor.submit(PROVISIONING, Upload_Delay_On_Local_Change="5", HTTP_Report_Method="put")

    assert held_by(visitor, "Upload_Delay_On_Local_Change", "HTTP_Report_Method") == ["10", "PUT"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ("0", "Nothing was changed."),
        ("1", "1 parameter was changed."),
        ("5", "5 parameters were changed."),
    ],
)
async def test_page_says_how_much_was_changed(changed: str, said: str) -> None:
    notice = Visitor().page(f"{PROVISIONING}?changed={changed}").get_element_by_id("notice")

    assert (notice.get("role"), notice.text_content().strip()) == ("status", said)


@pytest.mark.parametrize("query", ["", "?changed=", "?changed=many", "?changed=%3Cb%3E", "?x=1"])
async def test_page_says_nothing_for_a_made_up_count(query: str) -> None:
    assert Visitor().page(f"{PROVISIONING}{query}").xpath("//*[@id='notice']") == []


async def test_page_that_was_overtaken_shows_both_values_and_changes_nothing() -> None:
    visitor = Visitor()
    form = visitor.form(PROVISIONING) | {"GPP_A": "mine"}
    visitor.provision(GPP_B="theirs")

    reply = visitor.send(PROVISIONING, form)

    assert reply.status == 422
    assert held_by(visitor, "GPP_A", "GPP_B") == ["", "theirs"]
    page = visitor.read(reply)
    errors = {e.get("id"): e.text_content() for e in page.xpath("//p[@class='error']")}
    assert errors == {
        "GPP_A-error": "the phone holds “”",
        "GPP_B-error": "the phone holds “theirs”",
    }
    again = visitor.values_of(page) | {"GPP_B": "theirs"}
    assert visitor.send(PROVISIONING, again).status == 303
    assert held_by(visitor, "GPP_A", "GPP_B") == ["mine", "theirs"]


async def test_page_that_was_overtaken_but_changes_nothing_is_no_conflict() -> None:
    visitor = Visitor()
    form = visitor.form(PROVISIONING)
    visitor.provision(GPP_B="theirs")

    sent = {"_token": form["_token"], "_seen": form["_seen"], "GPP_A": ""}
    assert visitor.send(PROVISIONING, sent).status == 303


async def test_overtaken_page_does_not_tell_a_password() -> None:
    visitor = Visitor({"User_Password": "hunter22"})
    form = visitor.form(SYSTEM) | {"User_Password": "another1"}
    visitor.provision(Asset_ID="x")

    text = visitor.send(SYSTEM, form).body.decode()

    assert "hunter22" not in text
    assert "another1" not in text


async def test_password_is_set_kept_and_cleared() -> None:
    visitor = Visitor()
    visitor.submit(SYSTEM, User_Password="hunter22")

    box = visitor.page(SYSTEM).get_element_by_id("User_Password")
    assert (box.get("value"), box.get("placeholder")) == ("", "set: leave empty to keep it")
    visitor.submit(SYSTEM, User_Password="")
    assert held_by(visitor, "User_Password") == ["hunter22"]
    visitor.submit(SYSTEM, User_Password="", _clear="User_Password")
    assert held_by(visitor, "User_Password") == [""]


async def test_markup_in_any_value_is_text() -> None:
    visitor = Visitor()
    names = {"Report_Rule": MARKUP, "GPP_A": MARKUP, "Log_Request_Msg": MARKUP}

    assert visitor.submit(PROVISIONING, **names).status == 303

    reply = visitor.ask(PROVISIONING)
    assert b"<script>alert" not in reply.body
    page = visitor.read(reply)
    assert page.get_element_by_id("GPP_A").get("value") == MARKUP
    assert page.get_element_by_id("Report_Rule").text == f"\n{MARKUP}"
    assert parse_profile(visitor.ask("/admin/cfg.xml").body, source="cfg.xml").settings


@pytest.mark.parametrize("token", ["", "0" * 32])
async def test_form_of_a_stranger_changes_nothing(token: str) -> None:
    visitor = Visitor()
    visitor.ask("/admin")

    assert visitor.submit(PROVISIONING, token=token, Report_Rule="/x").status == 403
    assert held_by(visitor, "Report_Rule") == [""]


async def test_user_s_token_submits_no_administrator_s_form() -> None:
    visitor = Visitor()
    token = visitor.token("/user/advanced/user")

    assert visitor.submit(PROVISIONING, token=token, Report_Rule="/x").status == 403


async def test_user_changes_what_ua_allows_and_nothing_else() -> None:
    visitor = Visitor()
    page = "/user/advanced/user"

    assert visitor.submit(page, Ringer_Volume="3").status == 303
    # what is not on his page, as if it were
    assert visitor.submit(page, Ringer_Volume="4", Report_Rule="/x").status == 400
    assert visitor.submit(page, Ringer_Volume="4", Time_Format="24hr").status == 400
    assert held_by(visitor, "Ringer_Volume", "Report_Rule", "Time_Format") == ["3", "", "12hr"]


async def test_user_reads_what_he_may_not_change() -> None:
    visitor = Visitor()
    visitor.phone.provision(profile_with_ua(GPP_A="ro"))
    address = "/user/advanced/provisioning"

    page = visitor.page(address)

    assert page.get_element_by_id("GPP_A").get("readonly") is not None
    assert page.xpath("//main//button") == []
    token = visitor.token(address)
    assert visitor.submit(address, token=token, GPP_A="2").status == 403
    assert held_by(visitor, "GPP_A") == ["1"]


@pytest.mark.parametrize(
    ("address", "leads_to"),
    [
        ("/user/advanced/provisioning", "/user/advanced/status"),
        ("/admin/basic/tr-069", "/admin/basic/status"),
    ],
)
async def test_tab_that_is_not_for_this_view_leads_to_the_status(
    address: str, leads_to: str
) -> None:
    reply = Visitor().ask(address)

    assert (reply.status, headers_of(reply, "Location")) == (303, [leads_to])


async def test_phone_that_went_down_takes_nothing() -> None:
    visitor = Visitor(quirks=("boot_seconds=60",))
    form = visitor.form(PROVISIONING) | FIVE
    visitor.phone.restart("User Triggered")

    reply = visitor.send(PROVISIONING, form)

    assert reply.status == 422
    assert b"Nothing was changed: the phone is down and takes no changes." in reply.body
    assert b"some values are not allowed" not in reply.body
    assert held_by(visitor, "Report_Rule") == [""]
