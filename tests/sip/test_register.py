import pytest
import sipmessage
from hypothesis import given
from hypothesis import strategies as st

from mppsim.sip.line import SipPlace, SipTransport
from mppsim.sip.message import SipRequest, SipResponse, check_request, parse_message
from mppsim.sip.register import RegisterOutcome, RegisterRequest, read_outcome
from tests.support.register_desk import make_line
from tests.support.sip_messages import answer_to, read_headers

LOCAL = SipPlace("192.0.2.7", 5060)


def make_request(expires: int = 3600, **changed: object) -> RegisterRequest:
    return RegisterRequest(
        line=make_line(**changed), local=LOCAL, expires=expires, call_id="call", tag="tag"
    )


def build(request: RegisterRequest, credentials: str = "") -> bytes:
    return request.build(branch="z9hG4bK1", sequence=7, credentials=credentials)


def test_message_is_this_to_the_byte() -> None:
    request = make_request(display_name="Lobby", user_agent="Cisco-CP-8851-3PCC/12.0.7")

    assert build(request, "Authorization: Digest x").decode() == (
        "REGISTER sip:pbx.example SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1;rport\r\n"
        'From: "Lobby" <sip:1001@pbx.example>;tag=tag\r\n'
        'To: "Lobby" <sip:1001@pbx.example>\r\n'
        "Call-ID: call@192.0.2.7\r\n"
        "CSeq: 7 REGISTER\r\n"
        "Max-Forwards: 70\r\n"
        "Authorization: Digest x\r\n"
        'Contact: "Lobby" <sip:1001@192.0.2.7:5060>;expires=3600\r\n'
        "User-Agent: Cisco-CP-8851-3PCC/12.0.7\r\n"
        "Content-Length: 0\r\n"
        "Allow: NOTIFY, OPTIONS\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("changed", "uri", "address", "contact"),
    [
        ({}, "sip:pbx.example", "sip:1001@pbx.example", "sip:1001@192.0.2.7:5060"),
        (
            {"proxy": "pbx:5070", "outbound_proxy": "sbc"},
            "sip:pbx:5070",
            "sip:1001@pbx:5070",
            "sip:1001@192.0.2.7:5060",
        ),
        (
            {"proxy": "[::1]:5070", "user_id": "a b@c"},
            "sip:[::1]:5070",
            "sip:a%20b%40c@[::1]:5070",
            "sip:a%20b%40c@192.0.2.7:5060",
        ),
        (
            {"uri": "sip:desk@corp.example"},
            "sip:pbx.example",
            "sip:desk@corp.example",
            "sip:1001@192.0.2.7:5060",
        ),
        (
            {"uri": "desk@corp.example", "transport": SipTransport.TCP},
            "sip:pbx.example",
            "sip:desk@corp.example",
            "sip:1001@192.0.2.7:5060;transport=tcp",
        ),
        (
            {"uri": "no <uri>", "transport": SipTransport.TLS},
            "sip:pbx.example",
            "sip:1001@pbx.example",
            "sip:1001@192.0.2.7:5060;transport=tls",
        ),
        (
            {"external_host": "198.51.100.1", "external_port": 6060},
            "sip:pbx.example",
            "sip:1001@pbx.example",
            "sip:1001@198.51.100.1:6060",
        ),
    ],
)
def test_addresses_follow_from_the_parameters(
    changed: dict[str, object], uri: str, address: str, contact: str
) -> None:
    request = make_request(**changed)

    assert (request.uri, request.address, request.contact) == (uri, address, contact)
    assert read_headers(build(request), "Contact") == [f"<{contact}>;expires=3600"]


@pytest.mark.parametrize("transport", SipTransport)
def test_via_names_the_transport(transport: SipTransport) -> None:
    request = make_request(transport=transport)

    assert read_headers(build(request), "Via")[0].startswith(f"SIP/2.0/{transport} 192.0.2.7:5060;")
    assert request.is_reliable is (transport != "UDP")
    assert request.method == "REGISTER"


@pytest.mark.parametrize("name", ['a "b" \\', "Größe", "two\r\nX: y", "a <sip:b>;tag=x"])
def test_stranger_reads_the_message(name: str) -> None:
    message = sipmessage.Request.parse(build(make_request(display_name=name)))

    assert (message.method, str(message.uri)) == ("REGISTER", "sip:pbx.example")
    assert str(message.contact[0].uri) == "sip:1001@192.0.2.7:5060"
    assert message.contact[0].parameters["expires"] == "3600"
    assert message.to_address.name == name.replace("\r\n", " ")


TEXT = st.text(max_size=40)


@given(user=TEXT.filter(bool), name=TEXT, uri=TEXT, agent=TEXT, auth=TEXT)
def test_no_parameter_can_add_a_header(
    user: str, name: str, uri: str, agent: str, auth: str
) -> None:
    request = make_request(user_id=user, display_name=name, uri=uri, user_agent=agent)
    message = parse_message(build(request, f"Authorization: {auth}"))

    assert isinstance(message, SipRequest)
    check_request(message)
    assert message.repeated == []
    assert message.fields.keys() <= {
        *(b"via", b"from", b"to", b"call-id", b"cseq", b"max-forwards", b"authorization"),
        *(b"contact", b"user-agent", b"content-length", b"allow"),
    }


def outcome_of(status: str, *lines: str) -> RegisterOutcome:
    request = make_request()
    answer = parse_message(answer_to(build(request), status, *lines))
    assert isinstance(answer, SipResponse)
    return read_outcome(answer, request, places=3)


OURS = "<sip:1001@192.0.2.7:5060>"


@pytest.mark.parametrize(
    ("lines", "expires"),
    [
        pytest.param([f"Contact: {OURS};expires=60"], 60, id="realistic: Asterisk"),
        pytest.param(
            [f'Contact: <sip:1001@192.0.2.9>;expires=5, "x,<y>" {OURS};q=0.5;expires=60'],
            60,
            id="realistic: another phone's binding first",
        ),
        pytest.param(
            ["Contact: <sip:1001@192.0.2.9>;expires=5", f"Contact: {OURS};expires=60"],
            60,
            id="realistic: two headers",
        ),
        pytest.param(
            ["Contact: <sip:1001@192.0.2.7:5060;transport=udp;ob>;expires=60;received=x"],
            60,
            id="realistic: parameters added to the URI",
        ),
        pytest.param(["Contact: sip:1001@192.0.2.7:5060;expires=60"], 60, id="no brackets"),
        pytest.param([f"Contact: {OURS}", "Expires: 60"], 60, id="realistic: Expires alone"),
        pytest.param(["Expires: 60"], 60, id="synthetic: no Contact"),
        pytest.param([], 3600, id="synthetic: nothing: as asked"),
        pytest.param(["Contact: <sip:x@sbc>;expires=60"], 60, id="realistic: an SBC's Contact"),
        pytest.param(
            ["Contact: <sip:x@a>;expires=6, <sip:x@b>;expires=7"], 3600, id="two of others"
        ),
        pytest.param([f"Contact: {OURS};expires=0"], 0, id="pathological: none granted"),
        pytest.param([f"Contact: {OURS};expires=x"], 3600, id="pathological: no number"),
        pytest.param([f"Contact: {OURS};expires=60", "Expires: 9"], 60, id="Contact wins"),
        pytest.param(["Contact: *", "Expires: x"], 0, id="pathological: nonsense"),
        pytest.param(['Contact: "<' + "x" * 5000], 3600, id="pathological: open quote"),
        pytest.param(["Contact: " + "<" * 15_000], 3600, id="pathological: open brackets"),
    ],
)
def test_grant_is_read_from_our_own_binding(lines: list[str], expires: int) -> None:
    assert outcome_of("200 OK", *lines) == RegisterOutcome(status=200, expires=expires, places=3)
    assert outcome_of("200 OK", *lines).is_accepted


@pytest.mark.parametrize(
    ("status", "lines", "more"),
    [
        ("403 Forbidden", [], {}),
        ("300 Multiple Choices", [], {}),
        ("302 Moved", ["Contact: <sip:elsewhere>"], {}),
        ("423 Interval Too Brief", ["Min-Expires: 600"], {"min_expires": 600}),
        ("423 Interval Too Brief", ["Min-Expires: x"], {}),
        ("503 Busy", ["Retry-After: 120 (maintenance)"], {"retry_after": 120}),
        ("503 Busy", ["Retry-After: 99999999999"], {}),
        ("500 Error", ["Retry-After: 120"], {}),
    ],
)
def test_refusal_says_what_it_asks_for(status: str, lines: list[str], more: dict[str, int]) -> None:
    code = int(status[:3])
    expected = RegisterOutcome(status=code, reason=f"status-{code}", places=3, **more)  # type: ignore[arg-type]

    assert outcome_of(status, *lines) == expected
    assert not outcome_of(status, *lines).is_accepted


@given(st.binary(max_size=400))
def test_no_contact_of_a_registrar_breaks_the_reading(noise: bytes) -> None:
    request = make_request()
    head = answer_to(build(request), "200 OK").replace(b"\r\n\r\n", b"\r\nContact: ")
    answer = parse_message(head + noise.replace(b"\r", b"").replace(b"\n", b"") + b"\r\n\r\n")
    assert isinstance(answer, SipResponse)

    assert read_outcome(answer, request, places=1).expires >= 0
