from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.core.catalogue import find_model
from mppsim.core.firmware import load_release
from mppsim.core.identity import PhoneIdentity
from mppsim.core.line_status import LineStatus
from mppsim.core.macros import BORN, LiveState, PhoneMacros, expand_macros
from mppsim.core.parameters import Baseline, ParameterView
from mppsim.core.profile import Profile, ProfileSetting
from mppsim.core.url import parse_url

VALUES = {"A": "ABCDEF", "MA": "000e08012345", "MAU": "000E08012345", "PN": "CP-8841-3PCC"}
VALUES |= {"SN": "88012BA01234", "SA": "hidden", "E": "", "M": "$MA"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # realistic: the guides' own
        ("$MA.cfg", "000e08012345.cfg"),
        ("$(MA).cfg", "000e08012345.cfg"),
        ("$(MA)config", "000e08012345config"),
        ("$STRANGE$MAU.cfg", "$STRANGE000E08012345.cfg"),
        ("$$MAU", "$MAU"),
        ("$PN_$MA_$SN", "CP-8841-3PCC_000e08012345_88012BA01234"),
        ("$(A:2)", "CDEF"),
        ("$(A:2:3)", "CDE"),
        ("$GPP_A/x", "ABCDEF/x"),
        ("$(GPP_A:4)", "EF"),
        # names end where they end
        ("$MAconfig", "000e08012345config"),
        ("$MAX", "$MAX"),
        ("$GPP_AB", "$GPP_AB"),
        ("$GPP_A_$A", "ABCDEF_ABCDEF"),
        ("$GPP_Z", "$GPP_Z"),
        ("$GPP", "$GPP"),
        ("$ma", "$ma"),
        # substrings beyond the end, empty ones, and what is none
        ("<$(A:6)$(A:9)$(A:0:0)$(A:4:9)>", "<EF>"),
        ("$(A:-1)", "$(A:-1)"),
        ("$(A:)", "$(A:)"),
        ("$(A:1:)", "$(A:1:)"),
        ("$(A:1:2:3)", "$(A:1:2:3)"),
        ("$(A:\u0662)", "$(A:\u0662)"),
        ("$(A:" + "9" * 5000 + ")", "$(A:" + "9" * 5000 + ")"),
        ("$MAC(3:5)", "$MAC(3:5)"),
        # once, not again
        ("$M", "$MA"),
        ("$$$A", "$ABCDEF"),
        ("$$$$", "$$"),
        # pathological
        ("<$E>", "<>"),
        ("$", "$"),
        ("$()", "$()"),
        ("$(MA", "$(MA"),
        ("$( MA )", "$( MA )"),
        ("$(STRANGE:2)", "$(STRANGE:2)"),
        ("", ""),
        ("plain", "plain"),
    ],
)
def test_a_text_expands_to_this(text: str, expected: str) -> None:
    actual = expand_macros(text, VALUES.get)

    assert actual == expected


@pytest.mark.parametrize("text", ["$SA", "$(SA)", "$(SA:1:2)"])
def test_a_secret_macro_stays_as_it_is_outside_an_option(text: str) -> None:
    assert expand_macros(text, VALUES.get) == text


@pytest.mark.parametrize(
    ("text", "expected"), [("$SA", "hidden"), ("$(SA:1:2)", "id"), ("$SE", "$SE")]
)
def test_a_secret_macro_expands_in_an_option(text: str, expected: str) -> None:
    assert expand_macros(text, VALUES.get, secrets=True) == expected


def test_a_secret_macro_has_no_second_spelling() -> None:
    assert expand_macros("$GPP_SA $(GPP_SA)", VALUES.get, secrets=True) == "$GPP_SA $(GPP_SA)"


@given(st.text())
def test_a_text_with_every_dollar_doubled_expands_to_itself(text: str) -> None:
    assert expand_macros(text.replace("$", "$$"), VALUES.get) == text


@given(st.text(st.sampled_from("$()ABMASN:123_x")))
def test_nothing_known_leaves_everything_but_double_dollars(text: str) -> None:
    assert expand_macros(text, lambda _: None).replace("$", "") == text.replace("$", "")


def view(**values: str) -> ParameterView:
    baseline = Baseline.factory(find_model("8851"), load_release("mpp-12.0"))
    settings = tuple(ProfileSetting(name=name, value=value) for name, value in values.items())
    provisioned, _ = baseline.provisioned(Profile(settings))
    return provisioned.view


PHONE = PhoneIdentity(
    model=find_model("8851"), mac="00562b0aff43", serial="FCH2243DVK1", ip="127.20.0.7"
)


NEW = LiveState()


def macros(live: LiveState = NEW, /, **values: str) -> PhoneMacros:
    return PhoneMacros(PHONE, view(**values), live)


def test_phone_with_a_certificate_says_so() -> None:
    phone = replace(PHONE, certificate=Path("phone.pem"))

    assert expand_macros("$CCERT", PhoneMacros(phone, view())) == "Installed"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("MA", "00562b0aff43"),
        ("MAU", "00562B0AFF43"),
        ("MAC", "00:56:2b:0a:ff:43"),
        ("PN", "CP-8851-3PCC"),
        ("PSN", "8851-3PCC"),
        ("SN", "FCH2243DVK1"),
        ("HWVER", "2.0.1"),
        ("SWVER", "sip88xx.12-0-7MPP0201-66"),
        ("VERSION", "Cisco-CP-8851-3PCC/12.0.7"),
        ("IP", "127.20.0.7"),
        ("EXTIP", ""),
        ("CCERT", "Not Installed"),
        ("ISCUST", "0"),
        ("PRVST", "0"),
        ("PRVTMR", "0"),
        ("UPGST", "1"),
        ("UPGTMR", "0"),
        ("UPGERR", ""),
        ("UPGCOND", ""),
        ("REGTMR1", "0"),
        ("REGTMR2", "0"),
        ("SCHEME", ""),
        ("METH", ""),
        ("SERV", ""),
        ("SERVIP", ""),
        ("PORT", ""),
        ("PATH", ""),
        ("ERR", ""),
        ("EMS", ""),
        ("MUID", ""),
        ("MPWD", ""),
        ("A", ""),
        ("UID1", ""),
        ("UID10", ""),
        ("UID11", None),
        ("UID0", None),
        ("UID", None),
        ("Q", None),
        ("SE", None),
        ("CURR", None),
    ],
)
def test_a_phone_to_which_nothing_happened_knows(name: str, expected: str | None) -> None:
    assert macros()(name) == expected


@pytest.mark.parametrize("letter", "ABCDEFGHIJKLMNOP")
def test_a_letter_is_a_general_purpose_parameter(letter: str) -> None:
    assert macros(**{f"GPP_{letter}": "x"})(letter) == "x"


@pytest.mark.parametrize("name", ["SA", "SB", "SC", "SD"])
def test_a_letter_after_s_is_a_secret_parameter(name: str) -> None:
    assert macros(**{f"GPP_{name}": "x"})(name) == "x"


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("UID2", "User_ID_2_"),
        ("DISPLAYNAME1", "Display_Name_1_"),
        ("AUTHID10", "Auth_ID_10_"),
        ("PROXY3", "Proxy_3_"),
        ("EXTIP", "EXT_IP"),
    ],
)
def test_a_name_stands_for_a_parameter(name: str, parameter: str) -> None:
    assert macros(**{parameter: "192.0.2.7"})(name) == "192.0.2.7"


LIVED = LiveState(
    external_ip="192.0.2.1",
    is_customised=True,
    resync_state=-1,
    seconds_since_resync=60,
    upgrade_state=2,
    seconds_since_upgrade=3600,
    upgrade_result="no such file",
    seconds_unregistered=(5, 7),
    request=parse_url("https://h:8443/$MA.cfg"),
    request_ip="192.0.2.9",
    request_result="404",
    mobile_user="joe",
    mobile_password="s3cret",
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("EXTIP", "192.0.2.1"),
        ("ISCUST", "1"),
        ("PRVST", "-1"),
        ("PRVTMR", "60"),
        ("UPGST", "2"),
        ("UPGTMR", "3600"),
        ("UPGERR", "no such file"),
        ("REGTMR1", "5"),
        ("REGTMR2", "7"),
        ("SCHEME", "https"),
        ("METH", "https"),
        ("SERV", "h"),
        ("SERVIP", "192.0.2.9"),
        ("PORT", "8443"),
        ("PATH", "/$MA.cfg"),
        ("ERR", "404"),
        ("EMS", "mobile"),
        ("MUID", "joe"),
        ("MPWD", "s3cret"),
    ],
)
def test_a_phone_that_lived_knows(name: str, expected: str) -> None:
    assert macros(LIVED, EXT_IP="192.0.2.200")(name) == expected


def test_a_phone_whose_lines_lost_their_registrations_knows_for_how_long() -> None:
    lost = LineStatus().after_success(10.0, 60.0).after_failure(20.0, 50.0)

    assert BORN.with_lines({}, 50.0) is BORN
    assert macros(BORN.with_lines({2: lost}, 50.0))("REGTMR2") == "30"


def test_the_password_of_a_login_is_not_printed() -> None:
    assert "s3cret" not in repr(PhoneMacros(PHONE, view(), LIVED))


def test_the_user_agent_of_the_factory_is_the_one_seen_on_the_wire() -> None:
    phone = macros()

    actual = expand_macros(phone.view["HTTP_User_Agent_Name"], phone)

    assert actual == "Cisco-CP-8851-3PCC/12.0.7 (00562b0aff43)"
