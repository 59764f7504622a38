from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.errors import SipError
from mppsim.sip.message import MAX_HEAD_BYTES
from mppsim.sip.stream import MAX_STREAM_MESSAGE, MessageCutter
from tests.support.sip_messages import answer_to, make_notify

MESSAGES = [make_notify(body=b"one"), make_notify(), answer_to(make_notify(), "200 OK")]


def cut(*pieces: bytes) -> list[bytes]:
    cutter = MessageCutter()
    found = []
    for piece in pieces:
        cutter.feed(piece)
        found += cutter.messages()
    return found


@pytest.mark.parametrize("gap", [b"", b"\r\n", b"\r\n\r\n", b"\n\r\n\r\n"])
def test_messages_are_cut_at_their_content_length_and_keepalives_left_out(gap: bytes) -> None:
    assert cut(gap + gap.join(MESSAGES) + gap) == MESSAGES


@given(st.sets(st.integers(0, sum(map(len, MESSAGES)) + 8)))
def test_it_does_not_matter_where_the_stream_is_divided(places: set[int]) -> None:
    stream = b"\r\n\r\n" + b"\r\n".join(MESSAGES)
    pieces = [stream[a:b] for a, b in pairwise([0, *sorted(places), len(stream)])]

    assert cut(*pieces) == MESSAGES


@pytest.mark.parametrize("piece", [b"", b"\r\n", MESSAGES[0][:-1], MESSAGES[0][:40]])
def test_piece_of_a_message_is_kept_until_the_rest_is_there(piece: bytes) -> None:
    cutter = MessageCutter()
    cutter.feed(piece)

    assert list(cutter.messages()) == []
    assert cutter.is_empty == (not piece.strip())


@pytest.mark.parametrize(
    "line",
    ["Content-Length: 3", "content-length:3", "l: 3", "L : 3 ", "Content-Length:\t003"],
)
def test_length_is_read_however_it_is_spelt(line: str) -> None:
    message = make_notify(line, content_length=None) + b"abc"

    assert cut(message + MESSAGES[1]) == [message, MESSAGES[1]]


HEAD = b"NOTIFY sip:a SIP/2.0\r\nX: "


@pytest.mark.parametrize(
    ("stream", "reason", "status"),
    [
        (HEAD + b"x" * MAX_HEAD_BYTES, "head of a message does not end", 513),
        (make_notify(content_length=None), "needs a Content-Length", 400),
        (make_notify(content_length="x"), "needs a Content-Length", 400),
        (make_notify(content_length="-1"), "needs a Content-Length", 400),
        (make_notify(content_length=str(MAX_STREAM_MESSAGE)), "too large", 513),
        (make_notify(content_length="9999999999"), "too large", 513),
        (b"GET / HTTP/1.1\r\n\r\n", "not a SIP message", 400),
    ],
)
def test_stream_that_makes_no_sense_is_an_error_after_what_did(
    stream: bytes, reason: str, status: int
) -> None:
    cutter = MessageCutter()
    cutter.feed(MESSAGES[0] + stream)
    messages = cutter.messages()

    assert next(messages) == MESSAGES[0]
    with pytest.raises(SipError, match=reason) as caught:
        next(messages)
    assert caught.value.status_hint == status


def test_message_that_comes_octet_by_octet_is_scanned_once() -> None:
    class Counting(bytearray):
        scanned = 0

        def find(self, sub: bytes, start: int = 0, end: int = MAX_HEAD_BYTES) -> int:  # type: ignore[override]
            Counting.scanned += max(0, min(end, len(self)) - start)
            return super().find(sub, start, end)

    cutter = MessageCutter()
    cutter._buffer = Counting()
    message = make_notify("X: " + "x" * 10_000)
    for octet in message:
        cutter.feed(bytes([octet]))
        found = list(cutter.messages())

    assert found == [message]
    assert Counting.scanned < 10 * len(message)


@pytest.mark.parametrize(("more", "is_whole"), [(0, True), (1, False)])
def test_largest_message_is_as_large_as_a_datagram(*, more: int, is_whole: bool) -> None:
    head = make_notify(content_length="00000")
    length = MAX_STREAM_MESSAGE - len(head) + more
    message = head.replace(b"00000", b"%05d" % length) + bytes(length)
    cutter = MessageCutter()
    cutter.feed(message)

    if is_whole:
        assert list(cutter.messages()) == [message]
    else:
        with pytest.raises(SipError, match="too large"):
            list(cutter.messages())
