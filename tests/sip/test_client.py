import itertools

import pytest
import sipmessage

from mppsim.sip.challenge import SipAccount
from mppsim.sip.client import NotifyExchange, NotifyRequest
from mppsim.sip.notify import NotifyServer
from tests.support.sip_phone import NotedPhone

REQUEST = NotifyRequest(host="192.0.2.7", port=5060, to="1001", user="1001", password="secret")


def make_exchange(request: NotifyRequest = REQUEST) -> NotifyExchange:
    numbers = itertools.count(1)
    return NotifyExchange(
        request,
        local=("192.0.2.10", 40000),
        random_bytes=lambda size: next(numbers).to_bytes(size, "big"),
    )


def test_first_message_is_this_to_the_byte() -> None:
    message = make_exchange().start(now=0.0)

    assert message.decode() == (
        "NOTIFY sip:1001@192.0.2.7 SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 192.0.2.10:40000;branch=z9hG4bK0000000000000003;rport\r\n"
        "Max-Forwards: 70\r\n"
        "From: <sip:mppsim@192.0.2.10>;tag=0000000000000002\r\n"
        "To: <sip:1001@192.0.2.7>\r\n"
        "Call-ID: 0000000000000001@192.0.2.10\r\n"
        "CSeq: 1 NOTIFY\r\n"
        "Contact: <sip:mppsim@192.0.2.10:40000>\r\n"
        "Event: report\r\n"
        "Subscription-State: terminated\r\n"
        "User-Agent: mppsim\r\n"
        "Content-Length: 0\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("request_", "uri"),
    [
        (NotifyRequest(host="h", port=5060), "sip:h"),
        (NotifyRequest(host="h", port=5061), "sip:h:5061"),
        (NotifyRequest(host="::1", port=5080, to="a"), "sip:a@[::1]:5080"),
        (NotifyRequest(host="h", port=5060, transport="tcp"), "sip:h;transport=tcp"),
        (NotifyRequest(host="h", port=5061, transport="tls"), "sips:h"),
    ],
)
def test_request_uri_names_the_place(request_: NotifyRequest, uri: str) -> None:
    assert request_.uri == uri


def test_stranger_reads_the_request() -> None:
    message = NotifyExchange(REQUEST, local=("::1", 5), random_bytes=bytes).start(now=0.0)
    request = sipmessage.Request.parse(message)

    assert (request.method, str(request.uri)) == ("NOTIFY", "sip:1001@192.0.2.7")
    assert str(request.contact[0].uri) == "sip:mppsim@[::1]:5"


def test_our_own_phone_is_satisfied() -> None:
    account = SipAccount(user_id="1001", password="secret", realm="pbx", sha256=True)
    server = NotifyServer(
        lambda _local, _user: NotedPhone(accounts=(account,)), secret=b"0123456789abcdef"
    )
    exchange = make_exchange()
    message = exchange.start(now=0.0)
    while message:
        answer = server.receive(message, ("192.0.2.10", 40000), local="192.0.2.7", now=0.0)
        message = exchange.receive(answer.datagram or b"", now=0.0)

    assert exchange.answer is not None
    assert (exchange.answer.status, exchange.challenged) == (200, True)


def test_password_is_not_in_the_repr_of_a_request() -> None:
    assert "secret" not in repr(REQUEST)
