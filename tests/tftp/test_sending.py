"""The side that has the file, datagram by datagram."""

import pytest

from mppsim.tftp import Sending, Terms, TransferLimits
from mppsim.tftp.transfer import Ending
from tests.support.tftp_wire import CLIENT, LISTENER, SERVER, read_from

PLAIN = Terms()
LIMITS = TransferLimits()
BODY = bytes(range(256)) * 4  # two whole blocks, so that an empty third one ends it
FIRST, SECOND, THIRD = b"\0\3\0\1" + BODY[:512], b"\0\3\0\2" + BODY[512:], b"\0\3\0\3"


def client(body: bytes = BODY, terms: Terms = PLAIN) -> Sending:
    sending = Sending(read_from(body), LISTENER, terms, LIMITS, path="/a.xml")
    sending.begin(0.0)
    return sending


def server(body: bytes = BODY, terms: Terms = PLAIN) -> Sending:
    return Sending(read_from(body), CLIENT, terms, LIMITS)


def say(sending: Sending, datagram: bytes, now: float = 0.1) -> bytes | None:
    """Let the other side say something; give what it gets."""
    source = CLIENT if sending._server == CLIENT else SERVER
    outgoing = sending.take(datagram, source, now)
    return None if outgoing is None else outgoing.datagram


def test_write_request_names_the_path_as_it_stands_and_its_options() -> None:
    terms = Terms(block_bytes=1428, size=1024)
    request = Sending(read_from(BODY), LISTENER, terms, LIMITS, path="/a.xml").begin(0.0)

    assert request.datagram == b"\0\2/a.xml\0octet\0blksize\x001428\0tsize\x001024\0"
    assert request.to == LISTENER


def test_client_sends_a_block_for_each_ack_and_an_empty_one_at_the_end() -> None:
    sending = client()
    said = [say(sending, b"\0\4\0" + bytes([block])) for block in range(4)]

    assert said == [FIRST, SECOND, THIRD, None]
    assert sending.ending == Ending(reason=None)


def test_empty_file_is_one_empty_block() -> None:
    sending = client(b"")

    assert say(sending, b"\0\4\0\0") == b"\0\3\0\1"
    assert say(sending, b"\0\4\0\1") is None
    assert sending.ending == Ending(reason=None)


def test_client_keeps_to_the_block_size_that_was_agreed_to() -> None:
    sending = client(terms=Terms(block_bytes=1428, size=1024))

    assert say(sending, b"\0\6blksize\x001000\0") == b"\0\3\0\1" + BODY[:1000]
    assert say(sending, b"\0\4\0\1") == b"\0\3\0\2" + BODY[1000:]


def test_ack_in_place_of_options_means_blocks_of_512() -> None:
    sending = client(terms=Terms(block_bytes=1428))

    assert say(sending, b"\0\4\0\0") == FIRST


def test_repeated_or_early_ack_is_answered_with_nothing() -> None:
    sending = client()
    say(sending, b"\0\4\0\0")

    assert say(sending, b"\0\4\0\0") is None
    assert say(sending, b"\0\4\0\2") is None
    assert sending.ending is None
    assert say(sending, b"\0\4\0\1") == SECOND


def test_ack_of_a_block_is_no_answer_to_a_request() -> None:
    sending = client()

    assert say(sending, b"\0\4\0\1") is None
    assert say(sending, b"\0\4\0\0") == FIRST


def test_options_agreed_to_again_are_answered_with_nothing() -> None:
    sending = client(terms=Terms(block_bytes=1428))
    say(sending, b"\0\6blksize\x001428\0")

    assert say(sending, b"\0\6blksize\x001428\0") is None
    assert sending.ending is None


@pytest.mark.parametrize("datagram", [b"\0\3\0\1data", b"\0\1a\0octet\0", b"\0\2a\0octet\0"])
def test_what_no_receiver_says_ends_the_transfer(datagram: bytes) -> None:
    sending = client()

    assert say(sending, datagram) == b"\0\5\0\4an ACK was due\0"
    assert sending.ending == Ending(reason="tftp", code=4, message="an ACK was due")


def test_unanswered_block_goes_out_again_as_it_was() -> None:
    sending = client()
    say(sending, b"\0\4\0\0", now=0.5)
    again = sending.wake(1.5)

    assert again is not None
    assert (again.datagram, again.to) == (FIRST, SERVER)
    assert sending.deadline == 3.5


def test_server_without_options_answers_with_the_first_block() -> None:
    sending = server()

    assert sending.begin(0.0).datagram == FIRST
    assert say(sending, b"\0\4\0\1") == SECOND


def test_server_tells_what_it_agrees_to_and_waits_for_ack_0() -> None:
    sending = server(terms=Terms(block_bytes=600, timeout=2, size=1024))

    assert sending.begin(0.0).datagram == b"\0\6blksize\x00600\0timeout\x002\0tsize\x001024\0"
    assert sending.deadline == 2.0
    assert say(sending, b"\0\4\0\1") is None
    assert say(sending, b"\0\4\0\0") == b"\0\3\0\1" + BODY[:600]
