"""What each datagram says, and that what is written reads as itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.tftp.packet import (
    MOST_PATH_BYTES,
    MOST_REQUEST_BYTES,
    Ack,
    Data,
    ErrorCode,
    ErrorPacket,
    OptionAck,
    Packet,
    PacketError,
    Request,
    RequestKind,
    parse_packet,
    render_packet,
)

READ, WRITE = RequestKind.READ, RequestKind.WRITE

ROWS: list[tuple[str, bytes, Packet]] = [
    (
        "the phone's write request",
        b"\0\2/00562b000001.xml\0octet\0blksize\x001428\0tsize\x00114185\0",
        Request(
            kind=WRITE,
            path="/00562b000001.xml",
            options={"blksize": "1428", "tsize": "114185"},
        ),
    ),
    ("a read request of 1992", b"\0\1a\0octet\0", Request(kind=READ, path="a")),
    ("a path in UTF-8", b"\0\1/\xc3\xa9\0octet\0", Request(kind=READ, path="/é")),
    ("a path in no known code", b"\0\1/\xe9\0octet\0", Request(kind=READ, path="/\udce9")),
    ("the longest block number", b"\0\3\xff\xffabc", Data(65535, b"abc")),
    ("an empty last block", b"\0\3\0\7", Data(7, b"")),
    ("an acknowledgement", b"\0\4\0\1", Ack(1)),
    ("an error", b"\0\5\0\1File not found\0", ErrorPacket(ErrorCode.NOT_FOUND, "File not found")),
    ("an error without a word", b"\0\5\0\0\0", ErrorPacket(0, "")),
    ("options agreed to", b"\0\6blksize\x001024\0", OptionAck({"blksize": "1024"})),
    ("no option agreed to", b"\0\6", OptionAck({})),
]


@pytest.mark.parametrize(
    ("datagram", "packet"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_packet_reads_and_writes_as_it_stands(datagram: bytes, packet: Packet) -> None:
    assert parse_packet(datagram) == packet
    assert render_packet(packet) == datagram


@pytest.mark.parametrize(
    ("datagram", "packet"),
    [
        (b"\0\1a\0OCTET\0BLKSIZE\x008\0", Request(kind=READ, path="a", options={"blksize": "8"})),
        (b"\0\1a\0NetASCII\0", Request(kind=READ, path="a", mode="netascii")),
        (b"\0\4\0\1 and more", Ack(1)),
        (b"\0\5\0\2no NUL at its end", ErrorPacket(2, "no NUL at its end")),
        (b"\0\5\0\2\x1b[2J\xff\0", ErrorPacket(2, "?[2J?")),
        (b"\0\5\xff\xffmade up\0", ErrorPacket(65535, "made up")),
        (b"\0\6blksize\x008\0BLKSIZE\x009\0", OptionAck({"blksize": "8"})),
        (b"\0\1a\0octet\0cut o", Request(kind=READ, path="a")),
    ],
)
def test_what_others_write_otherwise_is_understood(datagram: bytes, packet: Packet) -> None:
    assert parse_packet(datagram) == packet


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\0",
        b"\0\0\0\0",
        b"\0\7a\0",
        b"\1\4\0\1",
        b"GET / HTTP/1.1\r\n",
        b"\0\1",
        b"\0\1a",
        b"\0\1a\0",
        b"\0\1\0octet\0",
        b"\0\1a\0octet",
        b"\0\1a\0octet\0blksize\0",
        b"\0\3\0",
        b"\0\4",
        b"\0\5\0",
        b"\0\6blksize\0",
        b"\0\6" + b"o\x001\0" * 17,
        b"\0\6" + b"o" * 65 + b"\x001\0",
        b"\0\2/" + b"a" * MOST_PATH_BYTES + b"\0octet\0",
        b"\0\2" + b"a" * 60_000,
    ],
)
def test_what_is_no_tftp_is_refused(datagram: bytes) -> None:
    with pytest.raises(PacketError):
        parse_packet(datagram)


@pytest.mark.parametrize("path", ["", "/a\0b", "/" + "a" * MOST_REQUEST_BYTES])
def test_request_that_no_datagram_holds_is_not_written(path: str) -> None:
    with pytest.raises(PacketError):
        render_packet(Request(kind=WRITE, path=path))


def test_longest_path_fills_its_request() -> None:
    path = "/" * (MOST_REQUEST_BYTES - len(b"\0\2\0octet\0"))

    assert len(render_packet(Request(kind=WRITE, path=path))) == MOST_REQUEST_BYTES


def test_message_that_is_no_ascii_is_written_so_that_everybody_can_read_it() -> None:
    assert render_packet(ErrorPacket(0, "gewährt")) == b"\0\5\0\0gew?hrt\0"


@given(st.binary(max_size=700))
def test_any_datagram_is_a_packet_or_refused(datagram: bytes) -> None:
    try:
        packet = parse_packet(datagram)
    except PacketError:
        return
    if not isinstance(packet, (Request, ErrorPacket)):
        assert parse_packet(render_packet(packet)) == packet


TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30)


@given(
    st.sampled_from(RequestKind),
    TEXT,
    st.dictionaries(TEXT.map(str.lower), TEXT, max_size=5),
)
def test_request_reads_as_it_was_written(
    kind: RequestKind, path: str, options: dict[str, str]
) -> None:
    request = Request(kind=kind, path=path, options=options)

    assert parse_packet(render_packet(request)) == request
