import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.errors import SipError
from mppsim.sip.message import (
    MAX_HEAD_BYTES,
    MAX_HEADERS,
    SipRequest,
    SipResponse,
    check_request,
    parse_message,
)
from tests.support.sip_messages import make_notify


def parse_request(datagram: bytes) -> SipRequest:
    message = parse_message(datagram)

    assert isinstance(message, SipRequest)
    return message


def status_of(datagram: bytes) -> int:
    """The status that a request's faults call for; 200 when it has none."""
    try:
        check_request(parse_request(datagram))
    except SipError as fault:
        return fault.status_hint
    return 200


def test_request_is_read_into_its_parts() -> None:
    request = parse_request(make_notify(body=b"hello"))

    assert (request.method, request.uri) == (b"NOTIFY", b"sip:1001@192.0.2.7:5060")
    assert request.fields[b"call-id"] == b"a84b4c76e66710@192.0.2.10"
    assert request.body == b"hello"
    assert request.fault is None


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        pytest.param("o: report", b"event", b"report", id="realistic: compact"),
        pytest.param(
            "O:report", b"event", b"report", id="synthetic: compact, upper case, no space"
        ),
        pytest.param("EVENT : report ", b"event", b"report", id="RFC 4475: space before the colon"),
        pytest.param("eVeNt:\treport", b"event", b"report", id="synthetic: mixed case, tab"),
        pytest.param("Event:", b"event", b"", id="pathological: no value"),
        pytest.param(
            "P-Asserted-Identity: <sip:a@b>", b"p-asserted-identity", b"<sip:a@b>", id="x"
        ),
        pytest.param("X:y: z", b"session-expires", b"y: z", id="synthetic: colon in the value"),
    ],
)
def test_header_is_found_however_it_is_spelt(line: str, name: bytes, value: bytes) -> None:
    request = parse_request(make_notify(line, event=None))

    assert request.values(name) == [value]


def test_folded_line_is_one_line_with_a_space() -> None:
    request = parse_request(make_notify("Subject: I know\r\n\t you are\r\n there", via=None))

    assert request.fields[b"subject"] == b"I know you are there"
    assert request.fault is None


def test_values_of_a_repeated_header_keep_their_order() -> None:
    request = parse_request(make_notify("Via: second", "v: third", "Route: r", via="first"))

    assert request.values(b"via") == [b"first", b"second", b"third"]
    assert request.values(b"absent") == []


@pytest.mark.parametrize(
    "datagram",
    [
        pytest.param(make_notify().replace(b"\r\n", b"\n"), id="synthetic: bare LF throughout"),
        pytest.param(b"\r\n\r\n" + make_notify(), id="RFC 3261 section 7.5: CRLF before the start"),
        pytest.param(make_notify().replace(b"70\r\n", b"70\n"), id="pathological: one bare LF"),
        pytest.param(make_notify().replace(b"70\r\n", b"70\r"), id="pathological: one bare CR"),
    ],
)
def test_odd_line_ends_give_the_same_headers(datagram: bytes) -> None:
    request = parse_request(datagram)

    assert request.fields == parse_request(make_notify()).fields
    assert request.fault is None


@pytest.mark.parametrize(
    "datagram",
    [
        pytest.param(b"", id="synthetic: empty"),
        pytest.param(b"\r\n\r\n", id="realistic: keepalive of RFC 5626"),
        pytest.param(b"\r\n", id="realistic: half a keepalive"),
        pytest.param(b"\0" * 4, id="realistic: keepalive of zeros"),
        pytest.param(b"\x00\x01\x00\x00\x21\x12\xa4\x42" + b"x" * 12, id="realistic: STUN binding"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", id="realistic: HTTP"),
        pytest.param(b"NOTIFY\r\n\r\n", id="synthetic: one word"),
        pytest.param(b" \r\n\r\n", id="pathological: blank start line"),
        pytest.param(b"SIP/2.0 2x0 OK\r\n\r\n", id="pathological: status with a letter"),
        pytest.param(b"SIP/2.0 2000 OK\r\n\r\n", id="RFC 4475 bigcode: status of four digits"),
        pytest.param(b"SIP/2.0\r\n\r\n", id="pathological: nothing but the version"),
        pytest.param(b"SIP/2.0 200 OK", id="pathological: a response without an empty line"),
        pytest.param(b"\xff" * 65_507, id="pathological: 64 KiB of noise"),
    ],
)
def test_what_is_no_sip_is_an_error(datagram: bytes) -> None:
    with pytest.raises(SipError):
        parse_message(datagram)


def test_response_is_read_into_its_parts() -> None:
    text = "SIP/2.0 486 Besetzt \u00fc\r\nVia: x\r\nServer: Cisco\r\nl: 2\r\n\r\nabc"
    response = parse_message(text.encode())

    assert isinstance(response, SipResponse)
    assert (response.status, response.reason) == (486, "Besetzt \u00fc")
    assert response.values(b"server") == [b"Cisco"]
    assert response.body == b"ab"


@pytest.mark.parametrize(
    ("uri", "user"),
    [
        ("sip:1001@192.0.2.7", "1001"),
        ("sips:j%40hn:pw@192.0.2.7;transport=tcp", "j@hn"),
        ("sip:100%251@h", "100%1"),
        ("sip:%zz%@h", "%zz%"),
        ("sip:j%C3%BCrg@h", "j\u00fcrg"),
        ("sip:192.0.2.7", ""),
        ("sip:192.0.2.7;x=y?z", ""),
        ("sip:user;par=u%40example.net@example.com", "user;par=u@example.net"),
        ("@", ""),
        ("sip:" + "%41" * 100 + "@h", "%41" * 100),
    ],
)
def test_user_of_the_request_uri_is_found(uri: str, user: str) -> None:
    request = parse_request(make_notify(start=f"NOTIFY {uri} SIP/2.0"))

    assert request.user == user


@pytest.mark.parametrize(
    ("datagram", "status"),
    [
        pytest.param(make_notify(), 200, id="realistic: as it should be"),
        pytest.param(
            make_notify(start="NOTIFY sips:1001@192.0.2.7 SIP/2.0"), 200, id="realistic: sips"
        ),
        pytest.param(
            make_notify(start="NOTIFY SIP:1001@192.0.2.7 SIP/2.0"), 200, id="synthetic: SIP upper"
        ),
        pytest.param(
            make_notify(start="NOTIFY  sip:1001@192.0.2.7  sip/2.0"), 200, id="RFC 4475 lwsstart"
        ),
        pytest.param(
            make_notify(max_forwards=None), 200, id="realistic: RFC 2543, no Max-Forwards"
        ),
        pytest.param(make_notify(content_length=None), 200, id="realistic: no Content-Length"),
        pytest.param(make_notify(max_forwards="0"), 200, id="RFC 4475 zeromf: it has arrived"),
        pytest.param(make_notify(cseq="2147483647 NOTIFY"), 200, id="synthetic: greatest CSeq"),
        pytest.param(make_notify(cseq="1\t NOTIFY "), 200, id="synthetic: white space in CSeq"),
        pytest.param(make_notify("X-Unknown"), 400, id="pathological: a header without colon"),
        pytest.param(make_notify(": value"), 400, id="pathological: a header without name"),
        pytest.param(make_notify("a b: value"), 400, id="pathological: a name of two words"),
        pytest.param(make_notify(via=None), 400, id="RFC 4475 insuf: no Via"),
        pytest.param(make_notify(to=None), 400, id="RFC 4475 insuf: no To"),
        pytest.param(make_notify(call_id=None), 400, id="RFC 4475 insuf: no Call-ID"),
        pytest.param(make_notify(cseq=None), 400, id="RFC 4475 insuf: no CSeq"),
        pytest.param(make_notify(**{"from": ""}), 400, id="synthetic: empty From"),
        pytest.param(make_notify("From: <sip:b@c>"), 400, id="RFC 4475 multi01: two From"),
        pytest.param(make_notify("e: gzip", "o: reboot"), 400, id="synthetic: two Event"),
        pytest.param(make_notify("l: 0"), 400, id="RFC 4475 mcl01: two Content-Length"),
        pytest.param(make_notify(cseq="1 INVITE"), 400, id="RFC 4475 mismatch01: CSeq method"),
        pytest.param(make_notify(cseq="1"), 400, id="synthetic: CSeq without method"),
        pytest.param(make_notify(cseq=" "), 400, id="pathological: blank CSeq"),
        pytest.param(make_notify(cseq="2147483648 NOTIFY"), 400, id="synthetic: CSeq 2**31"),
        pytest.param(make_notify(cseq="36893488147419103232 NOTIFY"), 400, id="RFC 4475 scalar02"),
        pytest.param(make_notify(cseq="-1 NOTIFY"), 400, id="pathological: negative CSeq"),
        pytest.param(make_notify(content_length="9999"), 400, id="RFC 4475 clerr: body too short"),
        pytest.param(make_notify(content_length="-999"), 400, id="RFC 4475 ncl: negative length"),
        pytest.param(make_notify(content_length="9" * 5000), 400, id="pathological: long length"),
        pytest.param(make_notify(content_length=""), 400, id="synthetic: empty Content-Length"),
        pytest.param(make_notify()[:-2], 400, id="synthetic: no empty line at the end"),
        pytest.param(b"NOTIFY sip:a@b SIP/2.0", 400, id="synthetic: nothing but a start line"),
        pytest.param(make_notify(start="NOTIFY <sip:a@b> SIP/2.0"), 400, id="RFC 4475 ltgtruri"),
        pytest.param(make_notify(start="NOTIFY sip:a@b; x=y SIP/2.0"), 400, id="RFC 4475 lwsruri"),
        pytest.param(make_notify(start="NOTIFY sip: SIP/2.0"), 400, id="synthetic: empty URI"),
        pytest.param(make_notify(start="NOTIFY 1001 SIP/2.0"), 400, id="synthetic: no scheme"),
        pytest.param(make_notify(start="NOTIFY SIP/2.0"), 400, id="synthetic: no URI"),
        pytest.param(
            make_notify(start="NOTIFY nobodyKnowsThisScheme:x SIP/2.0"), 416, id="RFC 4475 unkscm"
        ),
        pytest.param(make_notify(start="NOTIFY tel:+1;x SIP/2.0"), 416, id="realistic: tel"),
        pytest.param(make_notify("Require: 100rel"), 420, id="RFC 4475 bext01: Require"),
        pytest.param(make_notify(start="NOTIFY sip:a@b SIP/7.0"), 505, id="RFC 4475 badvers"),
        pytest.param(make_notify(*["X: y"] * MAX_HEADERS), 513, id="pathological: many headers"),
        pytest.param(make_notify("S: " + "x" * MAX_HEAD_BYTES), 513, id="pathological: long line"),
        pytest.param(
            make_notify("S: x" + "\r\n x" * MAX_HEADERS), 513, id="pathological: deep folding"
        ),
    ],
)
def test_fault_of_a_request_has_its_status(datagram: bytes, status: int) -> None:
    assert status_of(datagram) == status


def test_require_of_a_cancel_is_not_looked_at() -> None:
    datagram = make_notify("Require: x", start="CANCEL sip:a@192.0.2.7 SIP/2.0", cseq="1 CANCEL")

    assert status_of(datagram) == 200


def test_empty_uri_between_two_spaces_is_a_malformed_request_line() -> None:
    assert status_of(make_notify(start="NOTIFY  SIP/2.0")) == 400


def test_first_fault_is_kept_when_the_length_is_wrong_too() -> None:
    request = parse_request(make_notify(content_length="7")[:-2])

    assert str(request.fault) == "No Empty Line After the Header Fields"


def test_body_beyond_content_length_is_dropped() -> None:
    request = parse_request(make_notify(body=b"12345", content_length=" 3 "))

    assert request.body == b"123"


def test_half_a_header_line_is_not_kept_when_the_head_is_too_large() -> None:
    request = parse_request(make_notify("S: " + "x" * MAX_HEAD_BYTES, "k: late"))

    assert b"subject" not in request.fields
    assert b"supported" not in request.fields


def test_no_value_holds_a_line_end() -> None:
    request = parse_request(make_notify(call_id="a\rSet-Cookie: x\nVia: y"))
    values = [*request.fields.values(), *(value for _, value in request.repeated)]

    assert not any(b"\r" in value or b"\n" in value for value in values)


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda tail: make_notify() + tail))
def test_any_bytes_are_a_message_or_a_sip_error(datagram: bytes) -> None:
    status = 400
    with contextlib.suppress(SipError):
        message = parse_message(datagram)
        status = status_of(datagram) if isinstance(message, SipRequest) else message.status

    assert 0 <= status <= 999


HEADER_LINES = [
    b"Via: SIP/2.0/UDP a;branch=z9hG4bKx",
    b"v: SIP/2.0/UDP b",
    b"From: <sip:a@b>;tag=1",
    b"f : <sip:c@d>",
    b"To: <sip:e@f>",
    b"CALL-ID:x",
    b"cseq: 1 NOTIFY",
    b"X-Odd:y",
    b"Event:  report ",
    b"k: a,\r\n b",
]


@given(st.lists(st.sampled_from(HEADER_LINES)), st.sampled_from([b"\r\n", b"\n", b"\r\n\t"]))
def test_line_ends_and_folds_never_change_what_is_read(lines: list[bytes], end: bytes) -> None:
    usual = b"NOTIFY sip:a@b SIP/2.0\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n"
    other = usual.replace(b"\r\n ", end + b" " if end != b"\r\n\t" else end)
    if end == b"\n":
        other = other.replace(b"\r\n", b"\n")
    expected, actual = parse_request(usual), parse_request(other)

    assert actual.fields == expected.fields
    assert actual.repeated == expected.repeated
