import pytest

from mppsim.sip.answer import AnswerBuilder
from mppsim.sip.header import read_top_via
from mppsim.sip.message import SipRequest, parse_message
from mppsim.sip.usual import read_usual_notify
from tests.support.sip_messages import SOURCE, make_notify, read_headers

SECRET = b"0123456789abcdef"


def answer(datagram: bytes, *, secret: bytes = SECRET, server_name: str = "") -> bytes:
    request = parse_message(datagram)
    assert isinstance(request, SipRequest)
    via = read_top_via(request.fields[b"via"], SOURCE)
    return AnswerBuilder(secret).build(request, b"200 OK", via=via, server_name=server_name)


def test_answer_is_this_to_the_byte() -> None:
    to_tag = read_headers(answer(make_notify()), "To")[0].partition(";tag=")[2]

    assert answer(make_notify(), server_name="Cisco-CP-8851-3PCC/12.0.7").decode() == (
        "SIP/2.0 200 OK\r\n"
        "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds\r\n"
        "From: <sip:pbx@192.0.2.10>;tag=1928301774\r\n"
        f"To: <sip:1001@192.0.2.7>;tag={to_tag}\r\n"
        "Call-ID: a84b4c76e66710@192.0.2.10\r\n"
        "CSeq: 1 NOTIFY\r\n"
        "Server: Cisco-CP-8851-3PCC/12.0.7\r\n"
        "Content-Length: 0\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("from", '"J. \\"x\\" R\u00f6del"  <sip:a@b>;tag=1;y', id="realistic: UTF-8"),
        pytest.param("call_id", "%ZE^u[]<>()'\"", id="RFC 4475: odd Call-ID"),
        pytest.param("cseq", "0009   NOTIFY", id="RFC 4475: leading zeros"),
        pytest.param("from", "<sip:a@b>;tag=\udcff", id="pathological: no UTF-8"),
    ],
)
def test_value_is_echoed_byte_for_byte(name: str, value: str) -> None:
    echoed = read_headers(answer(make_notify(**{name: value})), name.replace("_", "-"))

    assert echoed == [value]


def test_every_via_is_echoed_in_order() -> None:
    vias = ["SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK1", "SIP/2.0/TCP b, SIP/2.0/TLS c", "x"]

    assert (
        read_headers(answer(make_notify(*(f"v: {via}" for via in vias), via=None)), "Via") == vias
    )


def test_malformed_via_is_echoed_as_it_is() -> None:
    assert read_headers(answer(make_notify(via="nonsense")), "Via") == ["nonsense"]


def test_what_a_malformed_request_lacks_is_not_echoed() -> None:
    lame = make_notify(**dict.fromkeys(("from", "to", "call_id", "cseq")))

    assert answer(lame).decode() == (
        "SIP/2.0 200 OK\r\n"
        "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds\r\n"
        "Content-Length: 0\r\n\r\n"
    )


def test_tag_of_to_is_kept_when_there_is_one() -> None:
    assert read_headers(answer(make_notify(to="<sip:a@b>;tag=x")), "To") == ["<sip:a@b>;tag=x"]


def test_tag_is_the_same_for_the_same_ids_and_differs_for_others() -> None:
    def tag(datagram: bytes, secret: bytes = SECRET) -> str:
        return read_headers(answer(datagram, secret=secret), "To")[0].partition(";tag=")[2]

    tags = [
        tag(make_notify()),
        tag(make_notify(call_id="other")),
        tag(make_notify(**{"from": "<sip:a@b>;tag=2"})),
        tag(make_notify(), b"another-secret--"),
    ]

    assert tag(make_notify(cseq="2 NOTIFY")) == tags[0]
    assert len(set(tags)) == 4
    assert all(len(text) == 16 for text in tags)


def test_further_headers_stand_before_the_end() -> None:
    request = parse_message(make_notify())
    assert isinstance(request, SipRequest)
    extra = ((b"WWW-Authenticate", b"a"), (b"WWW-Authenticate", b"b"))
    builder = AnswerBuilder(SECRET)
    text = builder.build(request, b"401 x", via=None, server_name="S", extra=extra).decode()

    assert text.endswith(
        "CSeq: 1 NOTIFY\r\nWWW-Authenticate: a\r\nWWW-Authenticate: b\r\nServer: S\r\n"
        "Content-Length: 0\r\n\r\n"
    )


def test_answer_to_a_usual_notify_is_the_same_to_the_byte() -> None:
    usual = read_usual_notify(make_notify(), SOURCE)
    assert usual is not None

    assert AnswerBuilder(SECRET).build_ok(usual[-1], "S") == answer(make_notify(), server_name="S")
