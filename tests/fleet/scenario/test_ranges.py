import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.fleet.scenario.ranges import (
    Repeated,
    Span,
    find_overlaps,
    find_room,
    read_address,
    read_addresses,
    show_address,
    show_mac,
)

SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 9)).map(lambda x: (x[0], x[0] + x[1])), max_size=6
)


@pytest.mark.parametrize(
    ("text", "count", "expected"),
    [
        ("127.20.0.1", 3, ["127.20.0.1", "127.20.0.2", "127.20.0.3"]),
        ("10.0.0.254", 3, ["10.0.0.254", "10.0.0.255", "10.0.1.0"]),
        ("10.20.0.0/16", 1, ["10.20.0.1"]),
        ("10.20.7.9/16", 1, ["10.20.0.1"]),
        ("10.0.0.0/30", 2, ["10.0.0.1", "10.0.0.2"]),
        ("10.0.0.0/31", 2, ["10.0.0.0", "10.0.0.1"]),
        ("10.0.0.5/32", 2, ["10.0.0.5", "10.0.0.5"]),
    ],
)
def test_addresses_follow_from_the_first_or_the_network(text, count, expected) -> None:
    assert [show_address(number) for number in read_addresses(text, count)] == expected


@pytest.mark.parametrize(
    ("text", "count", "reason"),
    [
        ("10.0.0.0/30", 3, "10.0.0.0/30 has 2 addresses for 3 phones; take a larger one"),
        ("255.255.255.254", 3, "255.255.255.254 has 2 addresses for 3 phones; take a larger one"),
        ("10.0.0.0/33", 1, "'10.0.0.0/33' is no network; write it like 10.20.0.0/16"),
        ("10.0.0.300", 1, "'10.0.0.300' is no IPv4 address; write it like 127.20.0.1"),
        ("::1", 1, "'::1' is no IPv4 address; write it like 127.20.0.1"),
    ],
)
def test_what_gives_no_such_addresses_is_refused(text: str, count: int, reason: str) -> None:
    with pytest.raises(ValueError, match=r"write|take") as raised:
        read_addresses(text, count)

    assert str(raised.value) == reason


def test_numbers_print_as_people_write_them() -> None:
    assert show_mac(0x00562B0AFF43) == "00:56:2B:0A:FF:43"
    assert show_address(read_address("127.20.0.1")) == "127.20.0.1"


def test_repeated_number_costs_nothing_and_is_a_sequence() -> None:
    million = Repeated(7, 1_000_000)

    assert (len(million), million[0], million[-1]) == (1_000_000, 7, 7)
    assert list(million[:3]) == [7, 7, 7]
    assert pickle.loads(pickle.dumps(million)) == million
    assert million != Repeated(7, 3)
    assert million != (7,)
    assert len({million, Repeated(7, 1_000_000)}) == 1
    with pytest.raises(IndexError):
        million[1_000_000]


@given(SPANS)
def test_overlap_is_found_where_there_is_one(pairs: list[tuple[int, int]]) -> None:
    spans = [Span(first, stop, group) for group, (first, stop) in enumerate(pairs)]
    sets = [set(range(first, stop)) for first, stop in pairs]
    expected = any(sets[i] & sets[j] for i in range(len(sets)) for j in range(i + 1, len(sets)))

    found = list(find_overlaps(spans))

    assert bool(found) == expected
    for earlier, later in found:
        assert earlier.group < later.group
        assert earlier.first < later.stop
        assert later.first < earlier.stop


@given(SPANS, st.integers(1, 5))
def test_room_is_the_lowest_that_is_free(pairs: list[tuple[int, int]], count: int) -> None:
    taken = {number for first, stop in pairs for number in range(first, stop)}
    spans = [Span(first, stop, 0) for first, stop in pairs]

    found = find_room(spans, 3, 50, count)

    free = [at for at in range(3, 51 - count) if not taken & set(range(at, at + count))]
    assert found == (free[0] if free else None)
