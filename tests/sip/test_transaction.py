import pytest

from mppsim.sip.header import read_top_via
from mppsim.sip.message import SipRequest, parse_message
from mppsim.sip.transaction import TIMER_J, ServerTransactions, transaction_key
from tests.support.sip_messages import SOURCE, make_notify

VIA = "SIP/2.0/UDP 192.0.2.10:5060;branch="


def key_of(datagram: bytes) -> bytes:
    request = parse_message(datagram)
    assert isinstance(request, SipRequest)
    via = read_top_via(request.fields[b"via"], SOURCE)
    assert via is not None
    return transaction_key(request, via)


NEW = make_notify(via=VIA + "z9hG4bK1")
OLD = make_notify(via=VIA + "1")


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        pytest.param(NEW, NEW, True, id="realistic: a retransmission"),
        pytest.param(
            NEW,
            make_notify(via=VIA + "z9hG4bK2"),
            False,
            id="realistic: Kamailio, same CSeq and Call-ID, new branch",
        ),
        pytest.param(
            NEW,
            make_notify(via="SIP/2.0/UDP 192.0.2.11:5060;branch=z9hG4bK1"),
            False,
            id="synthetic: another sender",
        ),
        pytest.param(
            NEW,
            make_notify(
                via=VIA + "z9hG4bK1", start="OPTIONS sip:1001@192.0.2.7 SIP/2.0", cseq="1 OPTIONS"
            ),
            False,
            id="synthetic: another method",
        ),
        pytest.param(OLD, OLD, True, id="RFC 2543: a retransmission"),
        pytest.param(OLD, make_notify(via=VIA + "1", cseq="2 NOTIFY"), False, id="RFC 2543: CSeq"),
        pytest.param(OLD, make_notify(via=VIA + "1", call_id="x"), False, id="RFC 2543: Call-ID"),
        pytest.param(OLD, make_notify(via=VIA + "2"), False, id="RFC 2543: Via"),
        pytest.param(
            OLD,
            make_notify(via=VIA + "1", start="NOTIFY sip:1002@192.0.2.7 SIP/2.0"),
            False,
            id="RFC 2543: Request-URI",
        ),
    ],
)
def test_transaction_is_told_by_its_key(first: bytes, second: bytes, *, is_same: bool) -> None:
    assert (key_of(first) == key_of(second)) is is_same


def test_answer_is_repeated_for_32_seconds_and_not_longer() -> None:
    transactions = ServerTransactions()
    transactions.store(b"a", b"200", now=100.0)
    found = [transactions.find(b"a", now=at) for at in (100.0, 131.9, 100.0 + TIMER_J)]

    assert found == [b"200", b"200", None]


def test_unknown_transaction_has_no_answer() -> None:
    assert ServerTransactions().find(b"a", now=0.0) is None


def test_oldest_answer_goes_when_the_memory_is_full() -> None:
    transactions = ServerTransactions(capacity=2)
    for name in (b"a", b"b", b"c"):
        transactions.store(name, name, now=0.0)

    assert [transactions.find(name, now=1.0) for name in (b"a", b"b", b"c")] == [None, b"b", b"c"]


def test_no_request_pays_for_more_than_64_old_answers() -> None:
    transactions = ServerTransactions()
    for number in range(100):
        transactions.store(b"%d" % number, b"", now=0.0)
    transactions.find(b"0", now=TIMER_J)
    left = len(transactions)
    transactions.find(b"0", now=TIMER_J)

    assert (left, len(transactions)) == (36, 0)
