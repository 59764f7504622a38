import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.sip.challenge import SipAccount
from mppsim.sip.notify import Answer, NotifyServer, _Target
from mppsim.sip.transaction import branch_key
from mppsim.sip.usual import read_usual_notify
from tests.support.sip_messages import SOURCE, make_notify
from tests.support.sip_phone import NotedPhone

PHONE = NotedPhone(accounts=(SipAccount(user_id="1002", password="secret"),))
VIA = "SIP/2.0/UDP 192.0.2.10:5060"


def test_usual_notify_is_read_into_its_parts() -> None:
    via = b"SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds"
    from_, to = b"<sip:pbx@192.0.2.10>;tag=1928301774", b"<sip:1001@192.0.2.7>"

    assert read_usual_notify(make_notify(), SOURCE) == (
        b"1001",
        b"report",
        branch_key(b"z9hG4bK776asdhds", b"192.0.2.10:5060", b"NOTIFY"),
        (via, from_, to, b"a84b4c76e66710@192.0.2.10", b"1 NOTIFY"),
    )


@pytest.mark.parametrize(
    ("via", "stamped"),
    [
        (f"{VIA};rport;branch=z9hG4bK1", f"{VIA};rport=5060;branch=z9hG4bK1;received=192.0.2.10"),
        (f"{VIA};branch=z9hG4bK1;rport", f"{VIA};branch=z9hG4bK1;rport=5060;received=192.0.2.10"),
        ("SIP/2.0/UDP pbx;branch=z9hG4bK1", "SIP/2.0/UDP pbx;branch=z9hG4bK1;received=192.0.2.10"),
    ],
)
def test_via_is_stamped_where_it_has_to_be(via: str, stamped: str) -> None:
    usual = read_usual_notify(make_notify(via=via), SOURCE)

    assert usual is not None
    assert usual[-1][0] == stamped.encode()


@pytest.mark.parametrize(
    "datagram",
    [
        pytest.param(make_notify(body=b"x"), id="a body"),
        pytest.param(make_notify("Authorization: Digest x"), id="credentials"),
        pytest.param(make_notify("Require: x"), id="Require"),
        pytest.param(make_notify("Via: SIP/2.0/UDP b"), id="a second Via"),
        pytest.param(make_notify(f"Via: {VIA};branch=z9hG4bK2"), id="a second usual Via"),
        pytest.param(make_notify("From: x"), id="a second From"),
        pytest.param(make_notify("To: <x>"), id="a second To"),
        pytest.param(make_notify("Call-ID: x"), id="a second Call-ID"),
        pytest.param(make_notify("CSeq: 1 NOTIFY"), id="a second CSeq"),
        pytest.param(make_notify("Event: report"), id="a second Event"),
        pytest.param(make_notify("Content-Length: 0"), id="a second Content-Length"),
        pytest.param(make_notify("Max-Forwards: 1"), id="a second Max-Forwards"),
        pytest.param(make_notify("Date: x\r\n y"), id="a fold"),
        pytest.param(make_notify("Date: x\ny"), id="a bare LF"),
        pytest.param(make_notify("Date: x\ry"), id="a bare CR"),
        pytest.param(make_notify("Date: x\ty"), id="a tab"),
        pytest.param(make_notify(call_id="x\0y"), id="a control character"),
        pytest.param(make_notify("o: report", event=None), id="a compact name"),
        pytest.param(make_notify(event=None), id="no Event"),
        pytest.param(make_notify(via=f"{VIA};branch=1"), id="a branch of RFC 2543"),
        pytest.param(make_notify(via=f"{VIA};branch=z9hG4bK1, {VIA}"), id="two Via in a line"),
        pytest.param(make_notify(to="<sip:a@b>;tag=1"), id="a tag in To"),
        pytest.param(make_notify(to="sip:a@b"), id="a To without brackets"),
        pytest.param(make_notify(cseq="1 OPTIONS"), id="another method in CSeq"),
        pytest.param(make_notify(cseq="2147483648 NOTIFY"), id="a CSeq out of range"),
        pytest.param(make_notify(start="NOTIFY tel:1 SIP/2.0"), id="another scheme"),
        pytest.param(make_notify(start="NOTIFY sip:a%40@b SIP/2.0"), id="an escaped user"),
        pytest.param(make_notify(start="OPTIONS sip:a@b SIP/2.0"), id="another method"),
        pytest.param(make_notify()[:-2], id="no empty line"),
        pytest.param(make_notify("Date: " + "x" * 2048), id="more than 2 KiB"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_is_not_usual_is_left_to_the_careful_way(datagram: bytes) -> None:
    assert read_usual_notify(datagram, SOURCE) is None


LINES = [
    f"Via: {VIA};branch=z9hG4bK1",
    f"Via: {VIA};rport;branch=z9hG4bK2",
    "Via: SIP/2.0/UDP pbx.example;branch=z9hG4bK3;rport",
    "Via: SIP/2.0/UDP pbx.example;branch=4",
    "From: <sip:a@b>;tag=1",
    "From:  x ",
    "To: <sip:a@b>",
    "To: sip:a@b",
    "To: <sip:a@b>;tag=1",
    "Call-ID: x",
    "call-id: y",
    "CSeq: 1 NOTIFY",
    "CSeq: 999999999 NOTIFY",
    "Event: report",
    "Event: reboot;x=y",
    "Event: unknown",
    "o: report",
    "Max-Forwards: 70",
    "Content-Length: 0",
    "Content-Length: 5",
    "Allow-Events: a",
    "Date: now\r\n then",
    "Date: now\tthen",
    "From: \xe9\x7f",
    "Call-ID: a\0b",
    "Require: x",
    "X-Other: y",
    "garbage",
]
STARTS = [
    "sip:1001@h",
    "sip:1002@h",
    "sip:h",
    "sip:@h",
    "sip:a:b@h",
    "sip:",
    "sips:a@h",
    "sip:%31@h",
]


@given(
    st.sampled_from(STARTS),
    st.permutations(["Via", "From", "To", "Call-ID", "CSeq", "Event", "Max-Forwards"]).flatmap(
        lambda names: st.tuples(
            *(st.sampled_from([line for line in LINES if line.startswith(name)]) for name in names)
        )
    ),
    st.lists(st.sampled_from(LINES), max_size=2),
)
def test_both_ways_give_the_same_answer(uri: str, lines: tuple[str, ...], more: list[str]) -> None:
    datagram = "\r\n".join([f"NOTIFY {uri} SIP/2.0", *lines, *more, "", ""]).encode()

    assert _ask(datagram, carefully=False) == _ask(datagram, carefully=True)


def _ask(datagram: bytes, *, carefully: bool) -> list[Answer[NotedPhone]]:
    """Send a datagram twice, so that its transaction is compared as well."""
    server = NotifyServer(lambda _local, _user: PHONE, secret=b"0123456789abcdef")
    if carefully:
        return [server._receive_carefully(datagram, SOURCE, _Target("h", 0), 0.0) for _ in range(2)]
    return [server.receive(datagram, SOURCE, local="h", now=0.0) for _ in range(2)]
