import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.sip.digest import DigestAlgorithm
from mppsim.sip.line import SipPlace, SipTransport, is_listed, parse_place
from tests.support.register_desk import make_line


@pytest.mark.parametrize(
    ("text", "place", "printed"),
    [
        ("pbx.example", SipPlace("pbx.example"), "pbx.example"),
        (" 192.0.2.7:5070 ", SipPlace("192.0.2.7", 5070), "192.0.2.7:5070"),
        ("my_pbx:5060", SipPlace("my_pbx", 5060), "my_pbx:5060"),
        ("sip:pbx.example;transport=tcp", SipPlace("pbx.example"), "pbx.example"),
        ("SIPS:pbx.example:5061", SipPlace("pbx.example", 5061), "pbx.example:5061"),
        ("[2001:db8::1]:5060", SipPlace("2001:db8::1", 5060), "[2001:db8::1]:5060"),
        ("2001:db8::1", SipPlace("2001:db8::1"), "[2001:db8::1]"),
    ],
)
def test_place_is_read_and_prints_itself(text: str, place: SipPlace, printed: str) -> None:
    assert parse_place(text) == place
    assert str(place) == printed
    assert parse_place(printed) == place


@pytest.mark.parametrize(
    "text", ["", " ", "a b", "user@host", "h:0", "h:65536", "h:sip", "[::1", "<h>", "h\r\nX: y"]
)
def test_what_is_no_place_is_none(text: str) -> None:
    assert parse_place(text) is None


@given(st.text(max_size=30))
def test_any_text_is_a_place_or_none(text: str) -> None:
    place = parse_place(text)

    assert place is None or parse_place(str(place)) == place


@pytest.mark.parametrize(
    ("status", "codes", "listed"),
    [
        (500, "500", True),
        (503, "5??", True),
        (603, "5??, 6??", True),
        (404, "5??,6??", False),
        (404, "4?4 500", True),
        (403, "4?4", False),
        (500, "", False),
        (500, "50", False),
        (500, "5000,50?0", False),
        (500, "???", True),
    ],
)
def test_list_names_a_status_by_its_signs(status: int, codes: str, listed: bool) -> None:
    assert is_listed(status, codes) is listed


def test_ports_of_transports_are_those_of_the_rfc() -> None:
    ports = [transport.default_port for transport in SipTransport]

    assert ports == [5060, 5060, 5061]


@pytest.mark.parametrize(
    ("changed", "can_register"),
    [
        ({}, True),
        ({"is_registering": False}, False),
        ({"user_id": ""}, False),
        ({"proxy": ""}, False),
        ({"proxy": "not a host"}, False),
        ({"outbound_proxy": "not a host"}, False),
    ],
)
def test_line_registers_when_it_knows_as_whom_and_where(
    changed: dict[str, object],
    can_register: bool,
) -> None:
    assert make_line(**changed).can_register is can_register


def test_requests_go_to_the_outbound_proxy_if_there_is_one() -> None:
    assert make_line().target == SipPlace("pbx.example")
    assert make_line(outbound_proxy="sbc:5080").target == SipPlace("sbc", 5080)
    assert make_line(outbound_proxy="sbc:5080").registrar == SipPlace("pbx.example")


def test_auth_id_authenticates_where_there_is_one() -> None:
    assert make_line().username == "1001"
    assert make_line(auth_id="secretary").username == "secretary"


def test_sha_is_understood_only_where_rfc8760_is_switched_on() -> None:
    assert DigestAlgorithm.SHA_256 not in make_line().algorithms
    assert DigestAlgorithm.MD5 in make_line().algorithms
    assert make_line(has_rfc8760=True).algorithms == frozenset(DigestAlgorithm)


def test_password_is_not_in_the_repr_of_a_line() -> None:
    assert "secret" not in repr(make_line())
