import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.sip.header import TopVia, has_tag, read_branch, read_top_via

SOURCE = ("192.0.2.10", 5061)


@pytest.mark.parametrize(
    ("value", "sent_by", "branch", "stamped"),
    [
        pytest.param(
            b"SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKa",
            b"192.0.2.10:5060",
            b"z9hG4bKa",
            b"SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKa",
            id="realistic: sipp",
        ),
        pytest.param(
            b"SIP/2.0/UDP 192.0.2.10:5060;rport;branch=z9hG4bKPj1",
            b"192.0.2.10:5060",
            b"z9hG4bKPj1",
            b"SIP/2.0/UDP 192.0.2.10:5060;rport=5061;branch=z9hG4bKPj1;received=192.0.2.10",
            id="realistic: Asterisk with rport (RFC 3581)",
        ),
        pytest.param(
            b"SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;rport",
            b"10.0.0.1:5060",
            b"z9hG4bK1",
            b"SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;rport=5061;received=192.0.2.10",
            id="realistic: from behind NAT",
        ),
        pytest.param(
            b"SIP/2.0/UDP pbx.example;branch=z9hG4bK1",
            b"pbx.example",
            b"z9hG4bK1",
            b"SIP/2.0/UDP pbx.example;branch=z9hG4bK1;received=192.0.2.10",
            id="realistic: a name, which is not looked up",
        ),
        pytest.param(
            b"SIP/2.0/UDP 192.0.2.10;i=1;rport=9;branch=z9hG4bK1.0",
            b"192.0.2.10",
            b"z9hG4bK1.0",
            b"SIP/2.0/UDP 192.0.2.10;i=1;rport=9;branch=z9hG4bK1.0",
            id="realistic: Kamailio; an rport with a value is no question",
        ),
        pytest.param(
            b"SIP/2.0/UDP a;branch=z9hG4bK1;received=10.9.9.9",
            b"a",
            b"z9hG4bK1",
            b"SIP/2.0/UDP a;branch=z9hG4bK1;received=10.9.9.9",
            id="synthetic: received is there already",
        ),
        pytest.param(
            b"SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b;rport",
            b"a",
            b"z9hG4bK1",
            b"SIP/2.0/UDP a;branch=z9hG4bK1;received=192.0.2.10, SIP/2.0/UDP b;rport",
            id="synthetic: two in one line, the first counts",
        ),
        pytest.param(
            b"SIP  / 2.0\t/ UDP  first.example.com : 4000 ;ttl=16\t;BRANCH = z9hG4bKa7c ",
            b"first.example.com : 4000",
            b"z9hG4bKa7c",
            b"SIP  / 2.0\t/ UDP  first.example.com : 4000 ;ttl=16\t;BRANCH = z9hG4bKa7c "
            b";received=192.0.2.10",
            id="RFC 4475 wsinv: white space",
        ),
        pytest.param(
            b'SIP/2.0/UDP a;x="y,\\"z;branch=no";branch=z9hG4bK1',
            b"a",
            b"z9hG4bK1",
            b'SIP/2.0/UDP a;x="y,\\"z;branch=no";branch=z9hG4bK1;received=192.0.2.10',
            id="pathological: comma and branch inside quotes",
        ),
        pytest.param(
            b"SIP/2.0/UDP 192.0.2.10", b"192.0.2.10", b"", b"SIP/2.0/UDP 192.0.2.10", id="RFC 2543"
        ),
    ],
)
def test_via_gives_its_sender_branch_and_echo(
    value: bytes, sent_by: bytes, branch: bytes, stamped: bytes
) -> None:
    actual = read_top_via(value, SOURCE)

    assert actual == TopVia(sent_by, branch, stamped)


def test_ipv6_sender_in_brackets_is_the_source() -> None:
    value = b"SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bK1"

    assert read_top_via(value, ("2001:db8::9:1", 6050)) == TopVia(
        b"[2001:db8::9:1]:6050", b"z9hG4bK1", value
    )


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"", id="synthetic: empty"),
        pytest.param(b"garbage", id="synthetic: one word"),
        pytest.param(b"SIP/3.0/UDP a;branch=z9hG4bK1", id="synthetic: another version"),
        pytest.param(b"SIP/2.0/UDP", id="synthetic: no sender"),
        pytest.param(b"SIP/2.0/UDP a b;branch=z9hG4bK1", id="pathological: two senders"),
        pytest.param(b"SIP/2.0/UDP a:99999999;branch=z9hG4bK1", id="pathological: port too long"),
        pytest.param(b'SIP/2.0/UDP a;x="y;branch=z9hG4bK1', id="pathological: open quote"),
        pytest.param(b"SIP/2.0/UDP [::1;branch=z9hG4bK1", id="pathological: open bracket"),
    ],
)
def test_malformed_via_is_none(value: bytes) -> None:
    assert read_top_via(value, SOURCE) is None


@given(st.binary() | st.binary().map(lambda tail: b"SIP/2.0/UDP a;branch=z9hG4bK" + tail))
def test_any_via_is_read_without_an_exception(value: bytes) -> None:
    via = read_top_via(value, SOURCE)

    assert via is None or via.sent_by in value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"<sip:a@b>", False),
        (b"<sip:a@b>;tag=1", True),
        (b"sip:a@b;tag=1", True),
        (b"sip:a@b", False),
        (b"<sip:a@b;tag=1>", False),
        (b"<sip:a@b;tag=1>;x=y", False),
        (b'"x;tag=1" <sip:a@b>;x', False),
        (b"<sip:a@b> ; TAG = 1", True),
        (b"<sip:a@b>;tag=", False),
        (b"<sip:stage@b>;mytag=1", False),
        (b"", False),
    ],
)
def test_tag_of_the_header_is_told_from_others(value: bytes, *, expected: bool) -> None:
    assert has_tag(value) is expected


@pytest.mark.parametrize(
    ("value", "branch"),
    [
        (b"SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1;rport=5", b"z9hG4bK1"),
        (
            b'SIP/2.0/TLS h;x=";branch=no";branch=z9hG4bK1, SIP/2.0/UDP i;branch=z9hG4bK2',
            b"z9hG4bK1",
        ),
        (b"SIP/2.0/UDP h, SIP/2.0/UDP i;branch=z9hG4bK2", b""),
        (b"nonsense;branch=z9hG4bK1", b""),
        (b"", b""),
    ],
)
def test_branch_is_that_of_the_first_via(value: bytes, branch: bytes) -> None:
    assert read_branch(value) == branch
