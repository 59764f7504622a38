"""What both directions share: limits, strangers, errors; and whole transfers over bad wires."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.tftp import Receiving, Sending, Terms, Tid, Transfer, TransferLimits
from mppsim.tftp.packet import Ack, Data, ErrorCode, ErrorPacket, PacketError, render_packet
from mppsim.tftp.transfer import Ending, Outgoing, block_number
from tests.support.tftp_wire import CLIENT, FATE, LISTENER, SERVER, STRANGER, Wire, read_from

PLAIN = Terms()
LIMITS = TransferLimits(waits=(1.0, 2.0, 4.0), whole_seconds=20.0)
BODY = b"<flat-profile/>\n"


def put(body: bytes = BODY, terms: Terms = PLAIN) -> Transfer:
    return Sending(read_from(body), LISTENER, terms, LIMITS, path="/a.xml")


def get(terms: Terms = PLAIN) -> Transfer:
    return Receiving(lambda _body: None, LISTENER, terms, LIMITS, path="/a.xml")


both = pytest.mark.parametrize("make", [put, get])


@both
def test_request_is_repeated_ever_later_and_then_given_up(make: Callable[[], Transfer]) -> None:
    transfer = make()
    request = transfer.begin(100.0)
    deadlines, repeated = [], []
    while transfer.ending is None:
        deadlines.append(transfer.deadline)
        repeated.append(transfer.wake(transfer.deadline))

    assert deadlines == [101.0, 103.0, 107.0]
    assert repeated == [request, request, None]
    assert request.to == LISTENER
    assert transfer.ending == Ending(reason="timeout", message="no answer")
    assert not transfer.is_answered


def test_progress_starts_the_waits_anew_but_nothing_else_does() -> None:
    transfer = put(bytes(600))
    transfer.begin(0.0)
    transfer.wake(1.0)

    assert transfer.take(b"\0\4\0\0", SERVER, 2.0) is not None
    assert transfer.deadline == 3.0
    assert transfer.take(b"\0\4\0\0", SERVER, 2.5) is None
    assert transfer.take(b"\0\4\0\0", STRANGER, 2.6) is not None
    assert transfer.deadline == 3.0


def test_peer_that_keeps_a_transfer_going_is_left_when_the_whole_time_is_over() -> None:
    transfer = put(bytes(512 * 100))
    transfer.begin(0.0)
    for block in range(25):
        transfer.take(render_packet(Ack(block)), SERVER, min(block * 0.9, 19.5))

    assert transfer.deadline == 20.0
    error = transfer.wake(20.0)

    assert transfer.ending == Ending(reason="timeout", code=0, message="not whole within 20 s")
    assert error == Outgoing(b"\0\5\0\0not whole within 20 s\0", SERVER)


def test_deadline_is_never_later_than_the_whole_time_allows() -> None:
    transfer = put(terms=Terms(timeout=255))
    transfer.begin(0.0)
    transfer.take(b"\0\6timeout\x00255\0", SERVER, 3.0)

    assert transfer.deadline == 20.0


def test_agreed_timeout_replaces_the_waits() -> None:
    transfer = put(terms=Terms(timeout=5))
    transfer.begin(0.0)
    transfer.take(b"\0\6timeout\x005\0", SERVER, 0.5)

    assert transfer.deadline == 5.5
    transfer.wake(5.5)
    assert transfer.deadline == 10.5


@both
def test_stranger_gets_error_5_and_disturbs_nothing(make: Callable[[], Transfer]) -> None:
    transfer = make()
    transfer.begin(0.0)
    before = transfer.deadline
    error = Outgoing(b"\0\5\0\5unknown transfer ID\0", STRANGER)

    assert transfer.take(b"\0\4\0\0", STRANGER, 0.1) == error
    assert transfer.take(b"\0\3\0\1evil", STRANGER, 0.1) == error
    assert transfer.take(b"garbage", STRANGER, 0.1) is None
    assert transfer.take(b"\0\5\0\0over\0", STRANGER, 0.1) is None
    assert (transfer.ending, transfer.deadline) == (None, before)
    assert not transfer.is_answered


def test_another_port_of_the_server_is_a_stranger_once_one_has_answered() -> None:
    transfer = put()
    transfer.begin(0.0)
    other = Tid(SERVER.host, SERVER.port + 1)

    first = transfer.take(b"\0\4\0\0", SERVER, 0.1)
    assert first == Outgoing(render_packet(Data(1, BODY)), SERVER)
    assert transfer.take(b"\0\4\0\0", other, 0.2) == Outgoing(
        b"\0\5\0\5unknown transfer ID\0", other
    )
    assert transfer.is_answered


@both
def test_error_ends_the_transfer_and_is_not_answered(make: Callable[[], Transfer]) -> None:
    transfer = make()
    transfer.begin(0.0)

    assert transfer.take(b"\0\5\0\2no access\0", SERVER, 0.1) is None
    assert transfer.ending == Ending(reason="tftp", code=2, message="no access")


@both
def test_garbage_from_the_peer_ends_the_transfer(make: Callable[[], Transfer]) -> None:
    transfer = make()
    transfer.begin(0.0)

    assert transfer.take(b"HTTP/1.1 400", SERVER, 0.1) == Outgoing(
        b"\0\5\0\4no TFTP operation\0", SERVER
    )
    assert transfer.ending == Ending(reason="tftp", code=4, message="no TFTP operation")


@both
def test_answer_that_nobody_asked_for_ends_the_transfer(make: Callable[[], Transfer]) -> None:
    transfer = make()
    transfer.begin(0.0)
    answer = transfer.take(b"\0\6windowsize\x008\0", SERVER, 0.1)

    assert answer is not None
    assert answer.datagram[:4] == b"\0\5\0\10"
    assert transfer.ending is not None
    assert (transfer.ending.reason, transfer.ending.code) == ("tftp", ErrorCode.BAD_OPTION)


def test_request_whose_options_are_refused_goes_out_again_without_them() -> None:
    transfer = put(terms=Terms(block_bytes=1428))
    with_options = transfer.begin(0.0)
    plain = transfer.take(b"\0\5\0\10no options\0", SERVER, 0.1)

    assert with_options.datagram == b"\0\2/a.xml\0octet\0blksize\x001428\0"
    assert plain == Outgoing(b"\0\2/a.xml\0octet\0", LISTENER)
    other = Tid(SERVER.host, SERVER.port + 1)
    assert transfer.take(b"\0\4\0\0", other, 0.2) == Outgoing(b"\0\3\0\1" + BODY, other)


def test_plain_request_that_is_refused_for_its_options_has_failed() -> None:
    transfer = put()
    transfer.begin(0.0)

    assert transfer.take(b"\0\5\0\10no options\0", SERVER, 0.1) is None
    assert transfer.ending == Ending(reason="tftp", code=8, message="no options")


def test_options_refused_in_the_middle_end_the_transfer() -> None:
    transfer = put(terms=Terms(block_bytes=1428))
    transfer.begin(0.0)
    transfer.take(b"\0\6blksize\x001428\0", SERVER, 0.1)

    assert transfer.take(b"\0\5\0\10late\0", SERVER, 0.2) is None
    assert transfer.ending == Ending(reason="tftp", code=8, message="late")


def test_breaking_off_tells_the_peer_why() -> None:
    transfer = put()
    transfer.begin(0.0)

    assert transfer.break_off(0, "stopped") == Outgoing(b"\0\5\0\0stopped\0", LISTENER)
    assert transfer.ending == Ending(reason="tftp", code=0, message="stopped")


@pytest.mark.parametrize("path", ["", "/a\0b", "/" * 600])
def test_path_that_no_request_holds_is_refused_at_once(path: str) -> None:
    with pytest.raises(PacketError):
        Sending(read_from(b""), LISTENER, Terms(), LIMITS, path=path)


def test_block_numbers_wrap_to_0() -> None:
    assert [block_number(n) for n in (1, 65535, 65536, 65537)] == [1, 65535, 0, 1]


# Whole transfers, over wires that lose, double and delay.

TERMS = st.builds(
    Terms,
    block_bytes=st.sampled_from([8, 16, 512, 1428]),
    timeout=st.sampled_from([None, None, 1]),
)
PLENTY = TransferLimits(dally_seconds=5.0)


def write(body: bytes, terms: Terms, kept: list[bytes], fates: list[FATE]) -> Wire:
    """Write a file from a client to a server."""
    asked = Terms(block_bytes=terms.block_bytes, timeout=terms.timeout, size=len(body))
    wire = Wire(
        client=Sending(read_from(body), LISTENER, asked, PLENTY, path="/a.xml"),
        server=Receiving(kept.append, CLIENT, asked, PLENTY),
        fates=fates,
    )
    wire.run()
    return wire


def read(body: bytes, terms: Terms, kept: list[bytes], fates: list[FATE]) -> Wire:
    """Read a file from a server."""
    asked = Terms(block_bytes=terms.block_bytes, timeout=terms.timeout, size=0)
    agreed = Terms(block_bytes=terms.block_bytes, timeout=terms.timeout, size=len(body))
    wire = Wire(
        client=Receiving(kept.append, LISTENER, asked, PLENTY, path="/a.xml"),
        server=Sending(read_from(body), CLIENT, agreed, PLENTY),
        fates=fates,
    )
    wire.run()
    return wire


directions = pytest.mark.parametrize("go", [write, read])


@directions
@given(
    st.binary(max_size=200),
    TERMS,
    st.lists(st.sampled_from([(0.0,), (0.0,), (0.1, 0.5), (), (2.5,)]), max_size=40),
)
def test_file_is_kept_once_and_whole_or_not_at_all(
    go: Callable[..., Wire], body: bytes, terms: Terms, fates: list[FATE]
) -> None:
    kept: list[bytes] = []
    wire = go(body, terms, kept, fates)

    assert kept in ([], [body])
    sender = wire.client if go is write else wire.server
    assert sender.ending is not None
    assert kept == [body] or sender.ending.reason is not None
    assert wire.turned == []


@directions
@given(st.binary(max_size=200), TERMS, st.data())
def test_two_lost_datagrams_stop_nobody(
    go: Callable[..., Wire], body: bytes, terms: Terms, data: st.DataObject
) -> None:
    fates: list[FATE] = [(0.0,)] * 60
    for lost in data.draw(st.lists(st.integers(0, 59), max_size=2)):
        fates[lost] = ()
    kept: list[bytes] = []
    wire = go(body, terms, kept, fates)

    assert kept == [body]
    assert wire.client.ending == Ending(reason=None)


@directions
@given(
    st.binary(max_size=200),
    TERMS,
    st.lists(st.sampled_from([(0.0,), (0.0, 0.0), (0.0, 0.01, 0.02)]), max_size=60),
)
def test_doubled_datagrams_make_no_sorcerers_apprentice(
    go: Callable[..., Wire], body: bytes, terms: Terms, fates: list[FATE]
) -> None:
    kept: list[bytes] = []
    wire = go(body, terms, kept, fates)
    blocks = [datagram for datagram in wire.sent if datagram.startswith(b"\0\3")]

    assert kept == [body]
    assert len(blocks) == len(set(blocks)) == len(body) // terms.block_bytes + 1


def test_file_of_more_than_65535_blocks_arrives_whole() -> None:
    body = bytes(range(256)) * (8 * 65_600 // 256)
    kept: list[bytes] = []
    wire = write(body, Terms(block_bytes=8), kept, [])

    assert kept == [body]
    assert render_packet(Data(0, body[8 * 65_535 : 8 * 65_536])) in wire.sent


def test_message_of_an_error_that_cannot_be_kept_reaches_the_client() -> None:
    full = ErrorPacket(ErrorCode.DISK_FULL, "no space left")
    wire = Wire(
        client=Sending(read_from(BODY), LISTENER, Terms(), LIMITS, path="/a.xml"),
        server=Receiving(lambda _body: full, CLIENT, Terms(), LIMITS),
    )
    wire.run()

    assert wire.client.ending == Ending(reason="tftp", code=3, message="no space left")
    assert wire.server.ending == wire.client.ending
