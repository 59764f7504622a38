"""Which tabs and sections there are, for every model, and who sees what of them."""

import pytest

from mppsim.admin.address import Account, Detail
from mppsim.admin.layout import Access, access_to, show_tabs, voice_tabs
from mppsim.core.catalogue import PhoneModel, ReportForm, find_model, models
from mppsim.core.firmware import load_release
from mppsim.core.parameters import Baseline, ParameterStore, ParameterView
from tests.support.admin_visits import profile_with_ua

RELEASE = load_release("mpp-12.0")


def view_of(model: str = "8851") -> ParameterView:
    return Baseline.factory(find_model(model), RELEASE).view


def titles(view: ParameterView, account: Account, detail: Detail) -> list[str]:
    return [tab.title for tab in show_tabs(view, account, detail)]


@pytest.mark.parametrize("model", models(), ids=lambda model: model.model)
def test_every_parameter_of_a_model_is_on_one_tab_unless_it_is_hidden(model: PhoneModel) -> None:
    parameters = Baseline.factory(model, RELEASE).parameters
    shown = [p for tab in voice_tabs(parameters) for p in tab.parameters]

    assert sorted(p.index for p in shown) == [
        p.index for p in parameters if p.tab != "Hidden" and p.form is not ReportForm.NEVER
    ]


@pytest.mark.parametrize("model", models(), ids=lambda model: model.model)
def test_sections_of_a_tab_are_in_the_catalogue_s_order_and_none_stands_twice(
    model: PhoneModel,
) -> None:
    parameters = Baseline.factory(model, RELEASE).parameters
    for tab in voice_tabs(parameters):
        in_order = dict.fromkeys(
            p.section for p in parameters if p.tab == tab.title and p.form is not ReportForm.NEVER
        )

        assert [section.title for section in tab.sections] == list(in_order)


def test_tabs_stand_in_the_page_s_order_and_extensions_last() -> None:
    assert titles(view_of(), Account.ADMIN, Detail.ADVANCED) == [
        *("System", "SIP", "Provisioning", "Regional", "Phone", "User", "Att Console"),
        *("TR-069", "Certificate"),
        *(f"Ext {line}" for line in range(1, 11)),
    ]


def test_upload_options_hold_the_five_fields_in_both_views() -> None:
    for detail in Detail:
        tabs = {tab.slug: tab for tab in show_tabs(view_of(), Account.ADMIN, detail)}
        sections = {section.anchor: section for section in tabs["provisioning"].sections}
        upload = sections["section-upload-configuration-options"]

        assert [p.name for p in upload.parameters] == [
            "Report_Rule",
            "HTTP_Report_Method",
            "Report_To_Server",
            "Periodic_Upload_To_Server",
            "Upload_Delay_On_Local_Change",
        ]


def test_basic_view_shows_less_and_nothing_that_the_advanced_one_does_not() -> None:
    shown = {
        detail: {
            p.name for tab in show_tabs(view_of(), Account.ADMIN, detail) for p in tab.parameters
        }
        for detail in Detail
    }

    assert shown[Detail.BASIC] < shown[Detail.ADVANCED]
    assert "SIP_T1" not in shown[Detail.BASIC]
    assert "Password_1_" in shown[Detail.BASIC]


def test_user_sees_what_ua_allows_and_no_tab_that_holds_nothing_else() -> None:
    view = view_of()
    tabs = show_tabs(view, Account.USER, Detail.ADVANCED)

    assert [tab.title for tab in tabs][:3] == ["System", "User", "Ext 1"]
    assert {view.ua(p.index) for tab in tabs for p in tab.parameters} == {"rw"}


def test_profile_gives_the_user_a_parameter_and_takes_it() -> None:
    store = ParameterStore(Baseline.factory(find_model("8851"), RELEASE))
    store.provision(profile_with_ua(Report_Rule="ro", Ringer_Volume="na"))

    tabs = show_tabs(store.view, Account.USER, Detail.ADVANCED)
    names = {p.name for tab in tabs for p in tab.parameters}
    rule = store.view.baseline.parameters["Report_Rule"]
    assert "Report_Rule" in names
    assert "Ringer_Volume" not in names
    assert access_to(store.view, rule, Account.USER) is Access.READ


def test_ua_never_limits_the_administrator() -> None:
    view = view_of()

    accesses = {access_to(view, p, Account.ADMIN) for p in view.baseline.parameters}
    assert accesses == {Access.WRITE}
