"""The side that gets the file, datagram by datagram."""

import pytest

from mppsim.tftp import Receiving, Terms, TransferLimits
from mppsim.tftp.packet import ErrorPacket
from mppsim.tftp.transfer import Ending
from tests.support.tftp_wire import CLIENT, LISTENER, SERVER, STRANGER

PLAIN = Terms()
LIMITS = TransferLimits(file_bytes=2000)
FIRST, LAST = b"\0\3\0\1" + bytes(512), b"\0\3\0\2end"


class Desk:
    """One receiver, and what it kept."""

    def __init__(
        self,
        terms: Terms = PLAIN,
        *,
        limits: TransferLimits = LIMITS,
        is_server: bool = False,
        refused: ErrorPacket | None = None,
    ) -> None:
        self.kept: list[bytes] = []
        self._refused = refused
        self._source = CLIENT if is_server else SERVER
        to, path = (CLIENT, None) if is_server else (LISTENER, "/a.xml")
        self.receiving = Receiving(self._keep, to, terms, limits, path=path)
        self.first = self.receiving.begin(0.0).datagram

    def say(self, datagram: bytes, now: float = 0.1) -> bytes | None:
        """Let the other side say something; give what it gets."""
        outgoing = self.receiving.take(datagram, self._source, now)
        return None if outgoing is None else outgoing.datagram

    def _keep(self, body: bytes) -> ErrorPacket | None:
        self.kept.append(body)
        return self._refused


def test_read_request_asks_for_a_block_size_and_the_files_size() -> None:
    assert Desk(Terms(block_bytes=1428, size=0)).first == (
        b"\0\1/a.xml\0octet\0blksize\x001428\0tsize\x000\0"
    )


def test_client_acknowledges_each_block_and_ends_with_the_short_one() -> None:
    desk = Desk()

    assert [desk.say(FIRST), desk.say(LAST)] == [b"\0\4\0\1", b"\0\4\0\2"]
    assert desk.kept == [bytes(512) + b"end"]
    assert desk.receiving.ending == Ending(reason=None)


def test_client_acknowledges_options_with_block_0() -> None:
    desk = Desk(Terms(block_bytes=1428, size=0))

    assert desk.say(b"\0\6blksize\x00700\0tsize\x00515\0") == b"\0\4\0\0"
    assert desk.say(b"\0\3\0\1" + bytes(515)) == b"\0\4\0\1"
    assert desk.kept == [bytes(515)]


def test_options_agreed_to_again_are_acknowledged_again_until_data_has_come() -> None:
    desk = Desk(Terms(block_bytes=1428))
    agreed = b"\0\6blksize\x00512\0"

    assert [desk.say(agreed), desk.say(agreed)] == [b"\0\4\0\0", b"\0\4\0\0"]
    assert desk.say(FIRST) == b"\0\4\0\1"
    assert desk.say(agreed) is None


def test_data_in_place_of_options_means_blocks_of_512() -> None:
    desk = Desk(Terms(block_bytes=1428, size=0))

    assert desk.say(FIRST) == b"\0\4\0\1"
    assert desk.say(LAST) == b"\0\4\0\2"
    assert desk.receiving.ending == Ending(reason=None)


def test_repeated_block_is_acknowledged_again_and_kept_once() -> None:
    desk = Desk()
    desk.say(FIRST, now=0.5)

    assert desk.say(FIRST, now=0.9) == b"\0\4\0\1"
    assert desk.receiving.deadline == 1.5
    desk.say(LAST)
    assert desk.kept == [bytes(512) + b"end"]


@pytest.mark.parametrize("block", [0, 3, 65535])
def test_block_out_of_turn_is_answered_with_nothing(block: int) -> None:
    desk = Desk()
    desk.say(FIRST)

    assert desk.say(b"\0\3" + block.to_bytes(2) + b"x") is None
    assert desk.receiving.ending is None


def test_block_0_is_no_answer_to_a_request() -> None:
    desk = Desk()

    assert desk.say(b"\0\3\0\0x") is None
    assert desk.receiving.ending is None


def test_block_larger_than_agreed_on_ends_the_transfer() -> None:
    desk = Desk()

    assert desk.say(b"\0\3\0\1" + bytes(513)) == b"\0\5\0\4a block is larger than agreed on\0"
    assert desk.kept == []


def test_announced_size_above_the_limit_ends_the_transfer_before_it_began() -> None:
    desk = Desk(Terms(block_bytes=1428, size=0))

    assert desk.say(b"\0\6tsize\x002001\0") == b"\0\5\0\3the file is larger than 2000 bytes\0"
    assert desk.receiving.ending == Ending(
        reason="tftp", code=3, message="the file is larger than 2000 bytes"
    )


def test_file_at_the_limit_is_kept_and_one_above_it_is_not() -> None:
    allowed, refused = Desk(), Desk()
    for desk, size in ((allowed, 2000 - 3 * 512), (refused, 2001 - 3 * 512)):
        for block in range(1, 4):
            desk.say(b"\0\3\0" + bytes([block]) + bytes(512))
        desk.say(b"\0\3\0\4" + bytes(size))

    assert allowed.kept == [bytes(2000)]
    assert refused.kept == []
    assert refused.receiving.ending == Ending(
        reason="tftp", code=3, message="the file is larger than 2000 bytes"
    )


@pytest.mark.parametrize("size", [0, 514, 516])
def test_file_that_is_not_as_long_as_announced_is_not_kept(size: int) -> None:
    desk = Desk(Terms(size=size), is_server=True)
    desk.say(FIRST)

    assert desk.say(LAST) == b"\0\5\0\0the file is not as long as announced\0"
    assert desk.kept == []


def test_file_that_cannot_be_kept_gets_an_error_in_place_of_its_last_ack() -> None:
    desk = Desk(is_server=True, refused=ErrorPacket(2, "not there"))
    desk.say(FIRST)

    assert desk.say(LAST) == b"\0\5\0\2not there\0"
    assert desk.receiving.ending == Ending(reason="tftp", code=2, message="not there")
    assert not desk.receiving.is_whole


@pytest.mark.parametrize("datagram", [b"\0\4\0\0", b"\0\1a\0octet\0", b"\0\2a\0octet\0"])
def test_what_no_sender_says_ends_the_transfer(datagram: bytes) -> None:
    desk = Desk()

    assert desk.say(datagram) == b"\0\5\0\4DATA was due\0"
    assert desk.receiving.ending == Ending(reason="tftp", code=4, message="DATA was due")


def test_server_without_options_answers_with_ack_0() -> None:
    desk = Desk(is_server=True)

    assert desk.first == b"\0\4\0\0"
    assert desk.say(FIRST) == b"\0\4\0\1"


def test_server_tells_what_it_agrees_to() -> None:
    desk = Desk(Terms(block_bytes=1428, size=3), is_server=True)

    assert desk.first == b"\0\6blksize\x001428\0tsize\x003\0"
    assert desk.say(b"\0\3\0\1end") == b"\0\4\0\1"
    assert desk.kept == [b"end"]


class TestDallying:
    """RFC 1350 section 6: the receiver stays for a while, since its last ACK may be lost."""

    @staticmethod
    def whole() -> Desk:
        desk = Desk(is_server=True, limits=TransferLimits(dally_seconds=5.0))
        desk.say(b"\0\3\0\1end", now=10.0)
        return desk

    def test_file_is_whole_before_the_transfer_ends(self) -> None:
        desk = self.whole()

        assert desk.receiving.is_whole
        assert (desk.receiving.ending, desk.receiving.deadline) == (None, 15.0)

    def test_last_block_is_acknowledged_again_but_not_kept_again(self) -> None:
        desk = self.whole()

        assert desk.say(b"\0\3\0\1end") == b"\0\4\0\1"
        assert desk.kept == [b"end"]

    @pytest.mark.parametrize("datagram", [b"\0\3\0\2x", b"\0\5\0\0over\0", b"garbage", b""])
    def test_nothing_else_is_answered_or_undoes_it(self, datagram: bytes) -> None:
        desk = self.whole()

        assert desk.say(datagram) is None
        assert desk.receiving.ending is None

    def test_stranger_gets_nothing_any_more(self) -> None:
        desk = self.whole()

        assert desk.receiving.take(b"\0\3\0\1end", STRANGER, 11.0) is None

    def test_it_ends_well_when_its_time_is_over(self) -> None:
        desk = self.whole()

        assert desk.receiving.wake(15.0) is None
        assert desk.receiving.ending == Ending(reason=None)
