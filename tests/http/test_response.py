import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.http.response import MOST_BODY, MOST_HEAD, BadReply, Reply, ReplyReader
from mppsim.http.response import parse_short_reply as parse

CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nLocation: /a.xml\r\n\r\nok"


def read(*pieces: bytes, ends: bool = False, keep: int = 0) -> Reply | None:
    reader = ReplyReader(keep)
    for piece in pieces:
        reply = reader.feed(piece)
        if reply is not None:
            return reply
    return reader.end() if ends else None


@pytest.mark.parametrize(
    ("data", "status", "keep_alive"),
    [
        pytest.param(CREATED, 201, True, id="realistic: created"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", 204, True, id="realistic: no content"),
        pytest.param(
            b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", 204, True, id="needless length"
        ),
        pytest.param(b"HTTP/1.1 304 \r\n\r\n", 304, True, id="synthetic: not modified, no reason"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            200,
            False,
            id="realistic: the server closes",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nConnection: upgrade , Close\r\nContent-Length: 0\r\n\r\n",
            200,
            False,
            id="synthetic: close among others",
        ),
        pytest.param(
            b"HTTP/1.1 503\r\ncontent-length:\t3 \r\n\r\nsad", 503, True, id="synthetic: no reason"
        ),
    ],
)
def test_plain_reply_reads_the_same_at_one_glance_and_piece_by_piece(
    data: bytes, status: int, keep_alive: bool
) -> None:
    glanced = parse(data)

    assert glanced is not None
    assert (glanced.status, glanced.keep_alive) == (status, keep_alive)
    assert read(data, keep=100) == glanced
    assert read(*(bytes([byte]) for byte in data), keep=100) == glanced


def test_reply_gives_its_headers_by_lower_case_name() -> None:
    reply = parse(b"HTTP/1.1 401 No\r\nWWW-Authenticate: A\r\nContent-Length: 0\r\n"
                  b"www-authenticate:  B \r\n\r\n")  # fmt: skip

    assert reply is not None
    assert reply.header_values("www-authenticate") == ("A", "B")
    assert reply.location is None


def test_location_is_kept() -> None:
    reply = parse(CREATED)

    assert reply is not None
    assert reply.location == "/a.xml"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(CREATED[:-1], id="a byte short"),
        pytest.param(CREATED + b"!", id="a byte too much"),
        pytest.param(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", id="another version"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n", id="interim"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n", id="ended by close"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="chunked"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            id="two framings",
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 00\r\n\r\n", id="odd length"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n", id="two lengths"
        ),
        pytest.param(b"HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\nok", id="body where none is"),
        pytest.param(b"HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\n", id="length where none is"),
        pytest.param(b"HTTP/1.1 200 OK\r\n X: 1\r\nContent-Length: 0\r\n\r\n", id="folded"),
        pytest.param(b"HTTP/1.1 200 OK\nContent-Length: 0\n\n", id="LF alone"),
        pytest.param(b"HTTP/1.1 600 Odd\r\nContent-Length: 0\r\n\r\n", id="no such class"),
    ],
)
def test_anything_else_is_left_to_the_reader(data: bytes) -> None:
    assert parse(data) is None


@given(st.binary(max_size=300))
def test_any_bytes_give_a_reply_none_or_bad_reply(data: bytes) -> None:
    glanced = parse(b"HTTP/1.1 2" + data)
    reader = ReplyReader()
    try:
        careful = reader.feed(b"HTTP/1.1 2" + data)
    except BadReply:
        careful = None

    assert glanced is None or careful is not None


@pytest.mark.parametrize(
    ("pieces", "status"),
    [
        pytest.param([b"HTTP/1.1 100 Continue\r\n\r\n", CREATED], 201, id="after an interim reply"),
        pytest.param([b"HTTP/1.1 102 P\r\nX: 1\r\n\r\n" + CREATED], 201, id="in the same read"),
        pytest.param(
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", b"0\r\n\r\n"],
            200,
            id="chunked",
        ),
    ],
)
def test_reader_finds_the_final_reply(pieces: list[bytes], status: int) -> None:
    reply = read(*pieces)

    assert reply is not None
    assert reply.status == status
    assert reply.keep_alive
    assert ("x", "1") not in reply.headers


def test_reply_without_length_ends_with_its_connection() -> None:
    data = b"HTTP/1.0 200 OK\r\nLocation: /x\r\n\r\nabc"

    assert read(data) is None
    assert read(data, ends=True) == Reply(
        status=200, headers=(("location", "/x"),), keep_alive=False, location="/x"
    )


@pytest.mark.parametrize(
    ("head", "keep_alive"),
    [(b"HTTP/1.0 200 OK\r\n", False), (b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n", True)],
)
def test_older_server_keeps_a_connection_only_when_it_says_so(
    head: bytes, keep_alive: bool
) -> None:
    reply = read(head + b"Content-Length: 0\r\n\r\n")

    assert reply is not None
    assert reply.keep_alive is keep_alive


@pytest.mark.parametrize("cut", [0, 5, 30, len(CREATED) - 1])
def test_cut_reply_is_no_reply(cut: int) -> None:
    assert read(CREATED[:cut], ends=True) is None


@pytest.mark.parametrize(
    "surplus",
    [b"garbage", CREATED, b"HTTP/1.1", b"HTTP/1.1 500 Oops\r\nLocation: /b.xml\r\n\r\n"],
)
def test_connection_with_unasked_bytes_after_the_reply_is_not_kept(surplus: bytes) -> None:
    reply = read(CREATED + surplus)

    assert reply is not None
    assert (reply.status, reply.location, reply.keep_alive) == (201, "/a.xml", False)


def test_interim_reply_after_the_reply_does_not_lower_the_limit_of_its_body() -> None:
    size = MOST_BODY - 1000
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size

    reply = ReplyReader().feed(head + b"x" * size + b"HTTP/1.1 100 Continue\r\n\r\n")

    assert reply is not None
    assert (reply.status, reply.keep_alive) == (200, False)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"220 smtp.example.com ESMTP\r\n", id="realistic: another protocol"),
        pytest.param(b"\x15\x03\x01\x00\x02\x02\x46", id="realistic: a TLS alert"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", id="a length of letters"),
        pytest.param(
            b"HTTP/1.1 101 Up\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", id="an upgrade"
        ),
    ],
)
def test_garbage_is_a_bad_reply(data: bytes) -> None:
    with pytest.raises(BadReply):
        read(data)


def test_head_beyond_the_limit_is_a_bad_reply() -> None:
    line = b"X: " + b"x" * 1000 + b"\r\n"

    with pytest.raises(BadReply):
        read(b"HTTP/1.1 200 OK\r\n", *[line] * (MOST_HEAD // len(line) + 1))


def test_interim_replies_without_end_are_a_bad_reply() -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"

    with pytest.raises(BadReply):
        read(*[interim] * (MOST_HEAD // len(interim) + 1))


def test_body_beyond_the_limit_is_a_bad_reply() -> None:
    with pytest.raises(BadReply):
        read(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 65536] * ((MOST_HEAD + MOST_BODY) // 65536))


def test_body_within_the_limit_is_read_and_dropped() -> None:
    reply = read(
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % MOST_BODY,
        *[b"x" * 65536] * (MOST_BODY // 65536),
    )

    assert reply is not None
    assert reply.status == 200
    assert reply.body == b""


CHUNKED = (
    b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"3\r\nabc\r\n2\r\nde",
    b"\r\n0\r\n\r\n",
)


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param((b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", b"cde"), id="a length"),
        pytest.param(CHUNKED, id="chunked, after an interim reply"),
        pytest.param((b"HTTP/1.1 200 OK\r\n\r\nabc", b"de"), id="ended by the connection"),
        pytest.param(
            (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde" + CREATED,), id="one too many"
        ),
    ],
)
def test_body_that_is_wanted_is_kept_however_it_comes(pieces: tuple[bytes, ...]) -> None:
    reply = read(*pieces, ends=True, keep=5)

    assert reply is not None
    assert reply.body == b"abcde"


@pytest.mark.parametrize("pieces", [CHUNKED, (b"HTTP/1.1 200 OK\r\n\r\nabcde",)])
def test_body_that_is_longer_than_wanted_is_a_bad_reply(pieces: tuple[bytes, ...]) -> None:
    with pytest.raises(BadReply):
        read(*pieces, ends=True, keep=4)


def test_body_that_is_wanted_may_be_longer_than_one_that_is_not() -> None:
    reply = read(
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (2 * MOST_BODY),
        *[b"x" * 65536] * (2 * MOST_BODY // 65536),
        keep=2 * MOST_BODY,
    )

    assert reply is not None
    assert len(reply.body) == 2 * MOST_BODY
