"""Each kind of parameter has the control that suits it, on every model."""

import pytest

from mppsim.admin.address import Account
from mppsim.admin.fields import ControlKind, Field, build_field, build_groups
from mppsim.admin.layout import voice_tabs
from mppsim.core.catalogue import PhoneModel, find_model, models
from mppsim.core.firmware import load_release
from mppsim.core.parameters import Baseline, ParameterStore, ParameterView
from tests.support.admin_visits import profile_with_ua
from tests.support.timelines import make_store, profile_of

RELEASE = load_release("mpp-12.0")
SECRET = "correct horse"


def field_of(
    name: str, view: ParameterView | None = None, account: Account = Account.ADMIN, **given: str
) -> Field:
    view = view or make_store().view
    parameter = view.baseline.parameters[name]
    return build_field(view, parameter, account, given=given, errors={})


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Report_To_Server", "select"),
        ("Enable_Web_Server", "select"),
        ("Upload_Delay_On_Local_Change", "number"),
        ("SIP_T1", "number"),
        ("Report_Rule", "textarea"),
        ("Dial_Plan_1_", "textarea"),
        ("Admin_Password", "password"),
        ("Work_Days", "checkboxes"),
        ("Station_Display_Name", "text"),
        ("Resync_Periodic", "text"),
    ],
)
def test_kind_of_value_has_its_control(name: str, kind: str) -> None:
    assert field_of(name).control.kind == kind


@pytest.mark.parametrize("model", models(), ids=lambda model: model.model)
def test_every_value_from_the_factory_can_be_entered_again(model: PhoneModel) -> None:
    view = Baseline.factory(model, RELEASE).view
    for parameter in view.baseline.parameters:
        field = build_field(view, parameter, Account.ADMIN, given={}, errors={})

        assert field.control.label
        match field.control.kind:
            case ControlKind.SELECT:
                assert field.value in field.options
            case ControlKind.NUMBER:
                assert field.value == "" or (
                    float(field.control.low) <= float(field.value) <= float(field.control.high)
                )
            case ControlKind.CHECKBOXES:
                assert set(field.chosen) <= set(field.control.options)
            case ControlKind.PASSWORD:
                assert field.value == ""


def test_number_says_its_range_and_a_decimal_takes_any_step() -> None:
    delay, timer = field_of("Upload_Delay_On_Local_Change").control, field_of("SIP_T1").control

    assert (delay.low, delay.high, delay.step, delay.allowed) == ("10", "900", "1", "10 to 900")
    assert (timer.low, timer.high, timer.step) == ("0", "64", "any")


def test_text_says_how_long_it_may_be() -> None:
    control = field_of("TLS_Cipher_List").control

    assert (control.max_length, control.allowed) == ("521", "at most 521 characters")


def test_free_text_says_nothing_and_a_list_shows_itself() -> None:
    assert field_of("Station_Display_Name").control.allowed == ""
    assert field_of("Report_To_Server").control.allowed == ""


def test_value_that_no_option_is_stands_first_in_the_list() -> None:
    view = make_store({"Report_To_Server": "Never Report"}).view

    assert field_of("Report_To_Server", view).options == (
        "Never Report",
        "On Request",
        "On Local Change",
        "Periodically",
    )


@pytest.mark.parametrize("given", [{}, {"Admin_Password": "another secret"}])
def test_no_secret_is_in_a_field(given: dict[str, str]) -> None:
    view = make_store({"Admin_Password": SECRET}).view
    field = field_of("Admin_Password", view, **given)

    assert (field.value, field.is_set) == ("", True)
    assert SECRET not in repr(field)
    assert not field_of("User_Password", view).is_set
    assert not field.is_own


def test_report_rule_is_shown_whole_on_the_page_and_not_in_a_repr() -> None:
    field = field_of("Report_Rule", make_store({"Report_Rule": "[--key k3y]http://h/x"}).view)

    assert field.value == "[--key k3y]http://h/x"
    assert "k3y" not in repr(field)
    assert field.is_own


def test_refused_value_is_shown_for_correction_with_what_is_wrong() -> None:
    view = make_store().view
    section = next(
        section
        for tab in voice_tabs(view.baseline.parameters)
        for section in tab.sections
        if section.title == "Upload Configuration Options"
    )
    name = "Upload_Delay_On_Local_Change"
    groups = build_groups(
        view, section, Account.ADMIN, given={name: "5"}, errors={name: "too little"}
    )

    fields = {field.control.name: field for group in groups for field in group.fields}
    assert (fields[name].value, fields[name].error) == ("5", "too little")
    assert (fields["HTTP_Report_Method"].value, fields["HTTP_Report_Method"].error) == ("POST", "")


def test_user_reads_what_ua_lets_him_read_and_changes_what_it_lets_him_change() -> None:
    store = ParameterStore(Baseline.factory(find_model("8851"), RELEASE))
    store.provision(profile_with_ua(GPP_A="ro", GPP_B="rw"))

    assert field_of("GPP_A", store.view, Account.USER).is_read_only
    assert not field_of("GPP_B", store.view, Account.USER).is_read_only
    assert not field_of("GPP_A", store.view, Account.ADMIN).is_read_only


def test_keys_of_a_module_stand_each_by_itself() -> None:
    view = make_store().view
    units = {
        section.title: section
        for tab in voice_tabs(view.baseline.parameters)
        if tab.title == "Att Console"
        for section in tab.sections
    }
    groups = list(build_groups(view, units["Unit 2"], Account.ADMIN, given={}, errors={}))

    assert [group.title for group in groups] == [f"Key {key}" for key in range(1, 29)]
    assert [field.control.label for field in groups[4].fields] == [
        "Extension",
        "Short Name",
        "Share Call Appearance",
        "Key",
    ]
    assert groups[4].fields[0].control.name == "Unit_2_Extension_5_"


def test_multiple_choice_ticks_what_the_value_names() -> None:
    store = make_store()
    store.provision(profile_of({"Work_Days": "Monday|Friday"}))

    assert field_of("Work_Days", store.view).chosen == ("Monday", "Friday")
