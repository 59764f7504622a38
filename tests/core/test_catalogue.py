import pickle

import pytest

from mppsim.core.catalogue import (
    ReportForm,
    find_model,
    models,
    parameter_set,
    status_fields,
)
from mppsim.core.firmware import load_release, release_names
from mppsim.errors import ParameterError

NEWEST = load_release("mpp-12.0")
ENTRIES = {
    "6821": 894,
    "6841": 1158,
    "6851": 1190,
    "6861": 1192,
    "6871": 1455,
    "7811": 772,
    "7821": 902,
    "7841": 1160,
    "7861": 2708,
    "7832": 702,
    "8811": 1985,
    "8841": 1984,
    "8845": 2043,
    "8851": 2213,
    "8861": 2358,
    "8865": 2416,
    "8832": 706,
    "9841": 1480,
    "9851": 2330,
    "9861": 3014,
    "9871": 4910,
}


def parameters(model="8851", release="mpp-12.0"):
    return parameter_set(find_model(model), load_release(release))


def test_every_model_has_its_number_of_entries():
    assert {m.model: len(parameter_set(m, NEWEST).reported) for m in models()} == ENTRIES


@pytest.mark.parametrize(
    ("model", "count"), [("8865", 1826), ("7841", 942), ("8832", 577), ("7832", 582)]
)
def test_oldest_release_has_the_entries_of_the_public_dumps(model, count):
    assert len(parameters(model, "mpp-11.2").reported) == count


@pytest.mark.parametrize(
    ("release", "count"),
    [("mpp-11.2", 1707), ("mpp-11.3", 1712), ("mpp-12.0", 2213), ("spa-7", 2213)],
)
def test_older_release_has_fewer_entries(release, count):
    assert len(parameters("8851", release).reported) == count


def test_phoneos_phone_has_the_same_parameters_at_each_release():
    for name in release_names():
        assert len(parameters("9861", name).reported) == ENTRIES["9861"]


@pytest.mark.parametrize(
    ("name", "older", "newest"),
    [
        ("Enable_SSLv3", True, False),
        ("Cfwd_Setting", True, False),
        ("Auth_Support_RFC8760_1_", False, True),
        ("Report_Rule", True, True),
    ],
)
def test_release_adds_and_drops_names(name, older, newest):
    assert (name in parameters("8851", "mpp-11.3")) is older
    assert (name in parameters("8851", "mpp-12.0")) is newest


def test_order_is_that_of_a_configuration_file():
    names = [parameter.name for parameter in parameters().reported]

    assert names[:5] == [
        "Restricted_Access_Domains",
        "Enable_Web_Server",
        "Enable_Protocol",
        "Enable_Direct_Action_Url",
        "Session_Max_Timeout",
    ]
    upload = names.index("Report_Rule")
    assert names[upload : upload + 5] == [
        "Report_Rule",
        "HTTP_Report_Method",
        "Report_To_Server",
        "Periodic_Upload_To_Server",
        "Upload_Delay_On_Local_Change",
    ]
    assert names.index("Dial_Plan_1_") < names.index("Line_Enable_2_")
    assert names.index("Unit_1_Key_28_") < names.index("Unit_2_Key_1_")


def test_index_is_the_place_in_the_set():
    every = parameters()

    assert [parameter.index for parameter in every] == list(range(len(every)))
    assert every.parameters[every["Report_Rule"].index].name == "Report_Rule"


def test_hidden_parameters_are_in_the_set_but_not_among_the_reported():
    every = parameters()
    hidden = [p.name for p in every if p.form is ReportForm.NEVER]

    assert hidden == ["IKM_HTTP_Encrypt_Content", "GPP_SA", "GPP_SB", "GPP_SC", "GPP_SD"]
    assert len(every) == len(every.reported) + 5
    assert {p.name for p in every.reported}.isdisjoint(hidden)


def test_every_secret_is_hidden_or_in_a_comment():
    for model in models():
        for parameter in parameter_set(model, NEWEST):
            if parameter.is_secret:
                assert parameter.form is not ReportForm.ELEMENT
                assert not parameter.is_reportable
                assert parameter.default == ""


@pytest.mark.parametrize("name", ["Mute_Tone", "Set_Local_Date__mm_dd_yyyy_"])
@pytest.mark.parametrize(
    ("model", "release", "form"),
    [
        ("8851", "mpp-11.3", ReportForm.ELEMENT),
        ("8851", "mpp-12.0", ReportForm.COMMENT),
        ("9861", "mpp-11.3", ReportForm.COMMENT),
    ],
)
def test_tone_and_clock_became_comments_in_12_0(name, model, release, form):
    parameter = parameters(model, release)[name]

    assert parameter.form is form
    assert parameter.is_reportable is (form is ReportForm.ELEMENT)


def test_password_was_a_comment_always():
    assert parameters("8851", "mpp-11.2")["Admin_Password"].form is ReportForm.COMMENT


def test_parameter_holds_what_its_row_says():
    parameter = parameters()["SIP_Port_3_"]

    assert (parameter.tab, parameter.section) == ("Ext 3", "SIP Settings")
    assert (parameter.kind, parameter.allowed, parameter.options) == ("int", "0-65535", ())
    assert (parameter.default, parameter.ua) == ("5062", "na")
    assert parameter.is_reportable


def test_options_are_those_of_the_listed_comment():
    assert parameters()["Report_To_Server"].options == (
        "On Request",
        "On Local Change",
        "Periodically",
    )
    assert parameters()["Enable_Web_Server"].options == ("Yes", "No")


@pytest.mark.parametrize(
    ("model", "name", "default"),
    [
        ("8851", "Enable_Protocol", "Http"),
        ("9861", "Enable_Protocol", "Https"),
        ("6821", "Ring2", "n=Chirp 1;w=file://chirp1.raw;c=1"),
    ],
)
def test_default_may_differ_by_family(model, name, default):
    assert parameters(model)[name].default == default


def test_default_may_differ_by_model():
    differing = [
        p.name for p in parameters("6841") if p.default != parameters("6851")[p.name].default
    ]

    assert len(differing) == 1


def test_period_reaches_as_far_as_the_release_says():
    name = "Periodic_Upload_To_Server"
    longer = parameter_set(find_model("8851"), NEWEST.with_quirks(["periodic_max=700"]))

    assert parameters("8851", "mpp-11.2")[name].allowed == "600-2592000"
    assert parameters("8851", "mpp-11.3")[name].allowed == "600-259200"
    assert longer[name].allowed == "600-700"


def test_phone_with_more_lines_lists_them_all():
    assert parameters("9871")["Extension_32_"].options[-2:] == ("32", "Disabled")
    assert parameters("9861")["Extension_10_"].options[-2:] == ("16", "Disabled")
    assert len(parameters("6821")["Extension_1_"].options) == 17


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Report_To_Server", "Report_To_Server"),
        ("Report_to_Server", "Report_To_Server"),
        ("periodic_upload_to_server", "Periodic_Upload_To_Server"),
        ("Admin_Passwd", "Admin_Password"),
        ("FIPS_MODE", "FIPS_Mode"),
        ("ice_stun_enable", "ICE_STUN_Enable"),
        ("LDAP_User_Name", "LDAP_Username"),
        ("Cfwd_No_Answer_Dest", "Cfwd_No_Ans_Dest"),
        ("Cfwd_No_Answer_Delay", "Cfwd_No_Ans_Delay"),
        ("Text_Display", "Text_Logo"),
        ("Accessability", "Accessibility"),
        ("Privacy_Header_N_", "Privacy_Header_1_"),
        ("Privacy_Header_7_", "Privacy_Header_7_"),
        ("REPORT_RULE", "Report_Rule"),
        ("admin_PASSWD", "Admin_Password"),
    ],
)
def test_name_is_found_by_alias_and_without_regard_to_case(written, name):
    found = parameters().find(written)

    assert found.parameter.name == name
    assert found.spelling_differs is (written != name)


def test_indexed_alias_is_found_for_each_line():
    found = parameters("8865").find("Viedo_Encryption_Method_10_")

    assert found.parameter.name == "Video_Encryption_Method_10_"


def test_alias_of_what_a_phone_has_not_means_nothing():
    assert parameters("9861").look_up("Text_Display") is None


@pytest.mark.parametrize("look", ["find", "__getitem__"])
def test_unknown_name_gives_near_names(look):
    with pytest.raises(ParameterError) as refused:
        getattr(parameters(), look)("Report_Ruel")

    assert refused.value.name == "Report_Ruel"
    assert refused.value.reason == (
        "no such parameter on a CP-8851-3PCC at mpp-12.0; did you mean Report_Rule?"
    )


def test_line_that_a_phone_has_not_names_those_that_it_has():
    assert set(parameters("6821").near("Proxy_9_")) == {"Proxy_1_", "Proxy_2_"}


def test_name_like_nothing_gets_no_hint():
    assert parameters().why_unknown("zzz") == "no such parameter on a CP-8851-3PCC at mpp-12.0"
    assert "did you" not in parameters().why_unknown("Report_Ruel", hint=False)


def test_exact_name_alone_is_in_the_set():
    every = parameters()

    assert "Report_To_Server" in every
    assert "Report_to_Server" not in every
    assert every.get("Report_to_Server") is None
    assert every.get("Report_Rule") is every["Report_Rule"]


def test_set_is_made_once():
    assert parameters() is parameters()
    assert repr(parameters()) == "<ParameterSet 8851 mpp-12.0>"


def test_no_name_comes_twice():
    for model in models():
        for name in release_names():
            every = parameter_set(model, load_release(name))
            assert len({p.name.casefold() for p in every}) == len(every)


def test_status_has_its_groups_in_order_and_each_line_by_itself():
    fields = status_fields(find_model("6821"))
    groups = list(dict.fromkeys(field.group for field in fields))

    assert groups[:6] == [
        "System_Information",
        "IPv4_Information",
        "IPv6_Information",
        "Reboot_History",
        "Product_Information",
        "Phone_Status",
    ]
    assert [g for g in groups if g[:3] in {"Ext", "Lin"}] == [
        "Ext_1_Status",
        "Ext_2_Status",
        "Line_1_Call_1_Status",
        "Line_1_Call_2_Status",
        "Line_2_Call_1_Status",
        "Line_2_Call_2_Status",
    ]


def test_status_field_holds_what_its_row_says():
    field = next(f for f in status_fields(find_model("8851")) if f.indexes == (3, 2))

    assert field.group == "Line_3_Call_2_Status"
    assert (field.kind, field.example, field.change) != ("", "", "")


def test_status_names_are_unique_in_their_group():
    for model in models():
        keys = [(field.group, field.name) for field in status_fields(model)]
        assert len(set(keys)) == len(keys)


def test_phone_without_vpn_has_no_vpn_status():
    assert "VPN_Status" in {field.group for field in status_fields(find_model("8851"))}
    assert "VPN_Status" not in {field.group for field in status_fields(find_model("7832"))}


def test_parameter_set_that_came_from_another_process_is_this_ones_own():
    release = NEWEST.with_quirks(["periodic_max=2592000"])
    ours = parameter_set(find_model("6821"), release)

    assert pickle.loads(pickle.dumps(ours)) is ours
