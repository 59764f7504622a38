import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.core.allowed import Reading, describe_allowed, read_value
from mppsim.core.catalogue import Parameter, ReportForm, find_model, models, parameter_set
from mppsim.core.firmware import load_release, release_names
from mppsim.errors import ParameterError

PHONE = parameter_set(find_model("8865"), load_release("mpp-12.0"))


def parameter(kind, allowed="", default="", name="P"):
    return Parameter(
        index=0,
        name=name,
        tab="",
        section="",
        kind=kind,
        allowed=allowed,
        default=default,
        ua="na",
        is_secret=kind == "secret",
        form=ReportForm.ELEMENT,
    )


@pytest.mark.parametrize("release", release_names())
def test_every_factory_value_is_allowed_as_it_is(release):
    for model in models():
        for each in parameter_set(model, load_release(release)):
            assert read_value(each, each.default) == Reading(each.default)


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("Enable_Web_Server", ["Yes", "No"]),
        ("HTTP_Report_Method", ["PUT", "POST"]),
        ("Report_To_Server", ["On Request", "On Local Change", "Periodically", "Never Report"]),
        ("Periodic_Upload_To_Server", ["600", "3600", "259200"]),
        ("Upload_Delay_On_Local_Change", ["10", "900"]),
        ("Hold_Reminder_Timer", ["", "0", "2147483647"]),
        ("RTP_Packet_Size", ["0.01", ".13", "0.020"]),
        ("SIP_T1", [".5", "64", "0", "4."]),
        ("Work_Days", ["", "Monday", "Saturday|Sunday"]),
        ("DHCP_Option_To_Use", ["", "66", "66,160, 1"]),
        ("Resync_Error_Retry_Delay", ["3600", "60,120,240", "600+30"]),
        ("Resync_Periodic", ["0", "3600", "3600+600", "10,20,30"]),
        ("SIP_TOS_DiffServ_Value_1_", ["0x68", "0xB8", "ff", "0"]),
        ("CDC_Root_CA_Fingerprint_1_", ["", "a1b2", "A1:B2:c3", "a1 b2"]),
        ("Static_IP", ["", "192.168.1.2"]),
        ("IPv6_Static_IP", ["", "2001:db8::1"]),
        ("Resync_At__HHmm_", ["", "0000", "0330", "2400"]),
        ("Set_Local_Time__HH_mm_", ["", "13/45", "13/45/30", "7/05"]),
        ("Time_Offset__HH_mm_", ["", "-01/30", "+05:45"]),
        ("Working_Hours_Start", ["07:00", "23:59"]),
        ("Set_Local_Date__mm_dd_yyyy_", ["", "12/31/2026", "1/2", "01/02/26"]),
        ("Admin_Password", ["", "x" * 127]),
        ("PAC_URL", ["http://h/" + "x" * 502]),
        ("Dial_Plan_1_", ["", "(xx.)", "\t<odd> & ünïcode 🎉"]),
        ("Proxy_1_", ["my_host:5060", "[2001:db8::1]"]),
        ("Report_Rule", ["[--delta --key test123]http://my_http_server/config-mpp-delta.enc.xml;"]),
    ],
)
def test_allowed_value_stays_as_it_is(name, good):
    for text in good:
        assert read_value(PHONE[name], text) == Reading(text)


@pytest.mark.parametrize(
    ("name", "bad", "allowed"),
    [
        ("Enable_Web_Server", ["", "1", "true", "Yes "], "one of Yes, No"),
        ("HTTP_Report_Method", ["", "GET"], "one of POST, PUT"),
        (
            "Report_To_Server",
            ["Always", "On_Request"],
            "one of On Request, On Local Change, Periodically",
        ),
        (
            "Periodic_Upload_To_Server",
            ["", "599", "259201", "1h", "3600.0", "+700", "٣٦٠٠", "9" * 40, "- 5"],
            "a whole number from 600 to 259200",
        ),
        ("Upload_Delay_On_Local_Change", ["9", "901", "-10"], "a whole number from 10 to 900"),
        ("RTP_Packet_Size", ["", "0.14", "nan", ".", "1e-2"], "a number from 0.01 to 0.13"),
        (
            "Work_Days",
            ["Mon", "Monday,Tuesday", "Monday|"],
            "none or some, with a bar between them, of Saturday, Sunday, Monday, Tuesday,"
            " Wednesday, Thursday, Friday",
        ),
        (
            "DHCP_Option_To_Use",
            ["0", "255", "66;160", "66,,1"],
            "whole numbers with commas between them, each from 1 to 254",
        ),
        (
            "SIP_TOS_DiffServ_Value_1_",
            ["", "0x100", "0xgg", "0x"],
            "hexadecimal digits from 0x00 to 0xff",
        ),
        ("CDC_Root_CA_Fingerprint_1_", ["abc", "0x12"], "hexadecimal digits"),
        ("Static_IP", ["192.168.1", "1.2.3.4.5", "host", "1.2.3.256"], "an IPv4 address"),
        ("IPv6_Static_IP", ["192.168.1.2", "1::2::3"], "an IPv6 address"),
        ("Resync_At__HHmm_", ["2401", "2460", "9:99", "noon"], "HHmm, HH:mm or HH/mm"),
        ("Set_Local_Date__mm_dd_yyyy_", ["13/01", "1/32", "2026-01-02"], "mm/dd/yyyy"),
        ("MIC_Cert_Refresh_Rule", ["x" * 1025], "at most 1024 characters"),
        ("Time_Zone", ["Berlin"], "one of GMT-12:00, "),
    ],
)
def test_other_value_is_refused_and_what_is_allowed_is_said(name, bad, allowed):
    for text in bad:
        with pytest.raises(ParameterError) as refused:
            read_value(PHONE[name], text)
        assert refused.value.name == name
        assert allowed in refused.value.reason


def test_reason_shows_the_value_shortened_and_what_is_allowed():
    with pytest.raises(ParameterError) as refused:
        read_value(PHONE["HTTP_Report_Method"], "PUSH" * 20)

    assert refused.value.reason == (
        "'PUSHPUSHPUSHPUSHPUSHPUSHPUSHPUSHPUSHP...' is not allowed: one of POST, PUT"
    )


@pytest.mark.parametrize(
    ("kind", "allowed", "text"),
    [
        ("secret", "len<=3", "hunter2"),
        ("rule", "len<=3", "[--key hunter2]http://h/x"),
        ("url", "len<=3", "http://u:hunter2@h/x"),
        ("string", "", "hunter2\x00"),
        ("int", "0-1", "hunter2\x00"),
    ],
)
def test_reason_shows_no_value_that_may_be_a_secret(kind, allowed, text):
    with pytest.raises(ParameterError) as refused:
        read_value(parameter(kind, allowed), text)

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("text", ["\x00", "a\x0bb", "\x1f", "\ud800", "\ufffe", "\uffff"])
@pytest.mark.parametrize("name", ["Dial_Plan_1_", "Admin_Password", "Report_Rule", "Time_Zone"])
def test_character_that_xml_cannot_carry_is_refused(name, text):
    with pytest.raises(ParameterError, match="a character that XML cannot carry"):
        read_value(PHONE[name], text)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("Enable_Web_Server", "yes", "Yes"),
        ("Report_To_Server", "never report", "Never Report"),
        ("Report_To_Server", "on local change", "On Local Change"),
        ("HTTP_Report_Method", "put", "PUT"),
        ("Work_Days", "monday|Friday", "Monday|Friday"),
    ],
)
def test_option_in_other_case_is_taken_as_listed_with_a_warning(name, text, value):
    reading = read_value(PHONE[name], text)

    assert reading.value == value
    assert reading.warning is not None
    assert "is read as" in reading.warning


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("Hold_Reminder_Timer", "007", "7"), ("Work_Days", "Monday | Friday", "Monday|Friday")],
)
def test_value_is_written_as_phones_write_it(name, text, value):
    assert read_value(PHONE[name], text) == Reading(value)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("Periodic_Upload_To_Server", "5", "600"),
        ("Periodic_Upload_To_Server", "2592000", "259200"),
        ("Periodic_Upload_To_Server", "-1", "600"),
        ("RTP_Packet_Size", "1.5", "0.13"),
        ("SIP_TOS_DiffServ_Value_1_", "0x1ff", "0xff"),
    ],
)
def test_number_out_of_range_is_moved_to_the_bound_when_clamped(name, text, value):
    reading = read_value(PHONE[name], text, clamp=True)

    assert reading == Reading(value, f"{text!r} is out of range: {value} is taken")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Periodic_Upload_To_Server", "soon"),
        ("HTTP_Report_Method", "GET"),
        ("DHCP_Option_To_Use", "300"),
        ("VPN_Password", "x" * 32),
    ],
)
def test_what_is_no_number_is_refused_even_when_clamped(name, text):
    with pytest.raises(ParameterError):
        read_value(PHONE[name], text, clamp=True)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Report_Rule", "any text"),
        ("Admin_Password", "at most 127 characters"),
        ("Enable_Web_Server", "one of Yes, No"),
        ("Extension_1_", "one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 5 more"),
        ("Static_IP", "an IPv4 address"),
    ],
)
def test_what_is_allowed_is_described(name, sentence):
    assert describe_allowed(PHONE[name]) == sentence


def test_repr_of_a_reading_shows_no_value():
    assert "hunter2" not in repr(Reading("hunter2"))


KINDS = list({each.kind: each for each in PHONE}.values())
LIKELY = st.text('0123456789abcfxYesNo.,:/|+- <&\x00\n"[]', max_size=12)


@given(st.sampled_from(KINDS), st.one_of(LIKELY, st.text(max_size=20)), st.booleans())
def test_any_text_is_read_or_refused_and_a_read_one_reads_as_itself(each, text, clamp):
    try:
        reading = read_value(each, text, clamp=clamp)
    except ParameterError:
        return

    assert read_value(each, reading.value) == Reading(reading.value)
