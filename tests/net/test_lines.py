import pytest

from mppsim.core.catalogue import find_model
from mppsim.core.firmware import load_release
from mppsim.core.parameters import Baseline, ParameterChange, ParameterStore
from mppsim.net.lines import read_lines
from mppsim.sip.line import RegisterRules, SipLine, SipTransport
from tests.support.timelines import profile_of


def make_store(values: dict[str, str], release: str = "mpp-12.0") -> ParameterStore:
    factory = Baseline.factory(find_model("8851"), load_release(release))
    baseline, done = factory.provisioned(profile_of(values))
    assert not done.refused
    return ParameterStore(baseline)


def line_of(values: dict[str, str]) -> SipLine:
    (line,) = read_lines(make_store({"User_ID_1_": "1001", **values}).view)
    return line


def test_line_of_factory_values_registers_by_the_guides_timers() -> None:
    assert line_of({}) == SipLine(
        number=1, user_id="1001", port=5060, user_agent="$VERSION", rules=RegisterRules()
    )


@pytest.mark.parametrize(
    ("name", "value", "field", "read"),
    [
        ("Proxy_1_", "pbx:5070", "proxy", "pbx:5070"),
        ("Outbound_Proxy_1_", "sbc", "outbound_proxy", "sbc"),
        ("Register_1_", "No", "is_registering", False),
        ("Register_Expires_1_", "60", "expires", 60),
        ("Proxy_Fallback_Intvl_1_", "0", "fallback", 0.0),
        ("Auth_ID_1_", "a", "auth_id", "a"),
        ("Password_1_", "p", "password", "p"),
        ("SIP_URI_1_", "a@b", "uri", "a@b"),
        ("Display_Name_1_", "Lobby", "display_name", "Lobby"),
        ("SIP_Transport_1_", "TLS", "transport", SipTransport.TLS),
        ("SIP_Transport_1_", "AUTO", "transport", SipTransport.UDP),
        ("SIP_Port_1_", "5080", "port", 5080),
        ("EXT_SIP_Port_1_", "6060", "external_port", 6060),
        ("EXT_IP", "198.51.100.1", "external_host", "198.51.100.1"),
        ("EXT_IP", "0.0.0.0", "external_host", ""),
        ("Auth_Support_RFC8760_1_", "Yes", "has_rfc8760", True),
        ("SIP_Reg_User_Agent_Name", "reg", "user_agent", "reg"),
        ("SIP_User_Agent_Name", "ua", "user_agent", "ua"),
    ],
)
def test_parameter_of_a_line_is_read(name: str, value: str, field: str, read: object) -> None:
    assert getattr(line_of({name: value}), field) == read


@pytest.mark.parametrize(
    ("name", "value", "field", "read"),
    [
        ("SIP_T1", "1", "t1", 1.0),
        ("SIP_T1", "0", "t1", 0.1),
        ("SIP_T2", "8", "t2", 8.0),
        ("SIP_T2", "0", "t2", 0.5),
        ("SIP_Timer_F", "32", "timeout", 32.0),
        ("SIP_Timer_F", "0", "timeout", 0.5),
        ("Max_Auth", "5", "max_auth", 5),
        ("Reg_Min_Expires", "60", "min_expires", 60.0),
        ("Reg_Max_Expires", "600", "max_expires", 600.0),
        ("Reg_Retry_Intvl", "5", "retry", 5.0),
        ("Reg_Retry_Random_Delay", "5", "retry_random", 5.0),
        ("Reg_Retry_Intvl_Cap", "5", "retry_cap", 5.0),
        ("Reg_Retry_Long_Intvl", "0", "long_retry", 0.0),
        ("Reg_Retry_Long_Random_Delay", "5", "long_retry_random", 5.0),
        ("Retry_Reg_RSC", "4??", "retry_codes", "4??"),
        ("Try_Backup_RSC", "5??", "backup_codes", "5??"),
        ("Remove_Last_Reg", "Yes", "is_leaving_last", True),
        ("Random_REG_CID_on_Reboot", "Yes", "is_call_id_new", True),
    ],
)
def test_parameter_of_all_lines_is_read(name: str, value: str, field: str, read: object) -> None:
    assert getattr(line_of({name: value}).rules, field) == read


def test_lines_in_use_are_enabled_and_have_a_user() -> None:
    values = {"User_ID_1_": "1", "Line_Enable_1_": "No", "User_ID_2_": "2", "Proxy_3_": "pbx"}
    lines = read_lines(make_store(values).view)

    assert [(line.number, line.user_id, line.port) for line in lines] == [(2, "2", 5061)]


def test_last_line_of_the_model_is_one_of_them() -> None:
    count = find_model("8851").lines
    (line,) = read_lines(make_store({f"User_ID_{count}_": "last"}).view)

    assert (line.number, line.port) == (count, 5059 + count)


def test_number_that_was_set_empty_has_its_usual_value() -> None:
    store = make_store({"User_ID_2_": "1002"})
    names = ("SIP_Port_2_", "Register_Expires_2_", "EXT_SIP_Port_2_", "Max_Auth", "SIP_T1")
    store.change([ParameterChange(name, "") for name in names])
    (line,) = read_lines(store.view)

    assert (line.port, line.expires, line.external_port) == (5061, 3600, 0)
    assert (line.rules.max_auth, line.rules.t1) == (2, 0.5)


@pytest.mark.parametrize("release", ["mpp-11.2", "mpp-11.3", "spa-7"])
def test_release_without_a_parameter_has_its_usual_value(release: str) -> None:
    (line,) = read_lines(make_store({"User_ID_1_": "1001"}, release).view)

    assert not line.has_rfc8760


def test_phones_of_a_group_share_their_lines_until_one_differs() -> None:
    one = make_store({"User_ID_1_": "1001"})
    other = ParameterStore(one.view.baseline)
    one.change([ParameterChange("GPP_A", "x")])

    assert read_lines(one.view) is read_lines(other.view)
    one.change([ParameterChange("User_ID_1_", "1002")])
    assert [line.user_id for line in read_lines(one.view)] == ["1002"]
