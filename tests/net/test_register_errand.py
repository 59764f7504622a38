import asyncio

from mppsim.net.register_errand import RegisterErrand
from mppsim.net.resolver import Address
from mppsim.net.sip_endpoint import SipEndpoint
from mppsim.sip.digest_client import DigestClient, DigestUser
from mppsim.sip.registration_events import StartRegister
from tests.support.register_desk import make_line
from tests.support.sip_messages import read_headers
from tests.support.turns import turns


async def make_errand(place: int = 0, **changed: object) -> RegisterErrand:
    endpoint = SipEndpoint(lambda _l, _u: None, secret=b"0123456789abcdef")
    port = endpoint.open("127.0.0.1", 0)
    endpoint.close()
    digest = DigestClient(DigestUser(name=""), lambda: "")
    order = StartRegister(
        make_line(**changed),  # type: ignore[arg-type]
        place=place,
        expires=60,
        call_id="call",
        tag="tag",
        sequence=8,
        digest=digest,
    )
    return RegisterErrand(order, port, asyncio.get_running_loop())


async def test_message_is_the_orders() -> None:
    errand = await make_errand(timeout=5.0, t1=0.25, max_auth=3)
    message = errand.begin(lambda: "token")

    assert read_headers(message, "CSeq") == ["9 REGISTER"]
    assert read_headers(message, "Call-ID") == ["call@127.0.0.1"]
    assert read_headers(message, "Contact")[0].endswith(";expires=60")
    assert errand.exchange is not None
    patience = errand.exchange._patience
    assert (patience.timeout, patience.t1, patience.challenges) == (5.0, 0.25, 3)


async def test_sequence_counts_once_something_was_sent() -> None:
    errand = await make_errand()
    before = errand.sequence
    errand.begin(lambda: "token")

    assert (before, errand.sequence) == (8, 9)


async def test_address_is_counted_round() -> None:
    errand = await make_errand(place=5)
    errand.addresses = tuple(Address(2, (str(n), 5060)) for n in range(3))

    assert errand.address.place == ("2", 5060)


async def test_only_what_was_said_last_is_done() -> None:
    errand, done = await make_errand(), []
    errand.wait(0.0, lambda: done.append("first"))
    errand.wait(0.0, lambda: done.append("second"))
    await turns(3)
    errand.wait(0.0, lambda: done.append("third"))
    errand.stop_waiting()
    errand.stop_waiting()
    await turns(3)

    assert done == ["second"]


async def test_nothing_is_sent_before_the_way_is_known() -> None:
    errand = await make_errand()
    errand.send(b"anything")

    assert errand.addresses == ()
