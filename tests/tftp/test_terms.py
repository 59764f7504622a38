"""What is asked for, what is agreed to, and what nobody asked for."""

from collections.abc import Mapping

import pytest

from mppsim.tftp.packet import PacketError
from mppsim.tftp.terms import BLOCK_BYTES, Terms, read_answer, read_offer

ASKED = Terms(block_bytes=1428, timeout=3, size=5000)


def test_terms_are_told_by_the_options_of_their_rfcs() -> None:
    assert ASKED.options == {"blksize": "1428", "timeout": "3", "tsize": "5000"}
    assert Terms().options == {}


@pytest.mark.parametrize(
    ("options", "terms"),
    [
        ({"blksize": "1428", "timeout": "3", "tsize": "5000"}, ASKED),
        ({"blksize": "1024"}, Terms(block_bytes=1024)),
        ({"blksize": "8"}, Terms(block_bytes=8)),
        ({"timeout": "3"}, Terms(timeout=3)),
        ({"tsize": "0"}, Terms(size=0)),
        ({}, Terms()),
    ],
)
def test_answer_holds_what_was_agreed_to(options: Mapping[str, str], terms: Terms) -> None:
    assert read_answer(ASKED, options) == terms


@pytest.mark.parametrize(
    "options",
    [
        {"blksize": "1429"},
        {"blksize": "7"},
        {"blksize": "-8"},
        {"blksize": ""},
        {"blksize": "1e3"},
        {"timeout": "4"},
        {"timeout": "3s"},
        {"tsize": "-1"},
        {"tsize": "9" * 16},
        {"windowsize": "64"},
    ],
)
def test_answer_to_what_nobody_asked_for_is_refused(options: Mapping[str, str]) -> None:
    with pytest.raises(PacketError):
        read_answer(ASKED, options)


def test_option_that_was_not_asked_for_cannot_be_agreed_to() -> None:
    with pytest.raises(PacketError):
        read_answer(Terms(), {"blksize": "512"})


@pytest.mark.parametrize(
    ("options", "terms"),
    [
        ({}, Terms()),
        ({"blksize": "1024", "timeout": "255", "tsize": "17"}, Terms(
            block_bytes=1024, timeout=255, size=17
        )),
        ({"blksize": "65464"}, Terms(block_bytes=BLOCK_BYTES)),
        ({"blksize": "8", "timeout": "1", "tsize": "0"}, Terms(block_bytes=8, timeout=1, size=0)),
        ({"blksize": "7", "timeout": "0", "tsize": "-1"}, Terms()),
        ({"blksize": "65465", "timeout": "256", "tsize": "many"}, Terms()),
        ({"windowsize": "16"}, Terms()),
    ],
)  # fmt: skip
def test_offer_that_cannot_be_agreed_to_is_as_if_it_were_not_there(
    options: Mapping[str, str], terms: Terms
) -> None:
    assert read_offer(options) == terms
