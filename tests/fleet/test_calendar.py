"""The turns of many phones, in the order of their moments."""

from itertools import pairwise
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.fleet.calendar import Calendar, EvenCalendar, RandomCalendar, Turn
from mppsim.fleet.dice import Dice


def calendar_of(*numbers: int, every: float = 60.0, is_random: bool = False) -> Calendar:
    make = RandomCalendar if is_random else EvenCalendar
    return make(Dice(5), "change", numbers, every=every)


def turns_of(calendar: Calendar, *, until: float) -> list[tuple[float, Turn]]:
    turns = []
    while calendar.next_at is not None and calendar.next_at < until:
        turns.append((calendar.next_at, calendar.take()))
    return turns


@pytest.mark.parametrize("is_random", [False, True])
def test_nobody_has_no_turn(is_random: bool) -> None:
    assert calendar_of(is_random=is_random).next_at is None


@given(st.sets(st.integers(0, (1 << 32) - 1), min_size=1, max_size=20), st.booleans())
def test_turns_come_in_the_order_of_their_moments(numbers: set[int], is_random: bool) -> None:
    calendar = calendar_of(*numbers, is_random=is_random)
    turns = turns_of(calendar, until=300.0)

    assert all(one <= other for (one, _), (other, _) in pairwise(turns))
    for number in numbers:
        counts = [turn.nth for _, turn in turns if turn.number == number]
        assert counts == list(range(len(counts)))


@given(st.sets(st.integers(0, 1000), min_size=2, max_size=20), st.booleans())
def test_moments_of_a_phone_are_the_same_whoever_else_is_there(
    numbers: set[int], is_random: bool
) -> None:
    alone = min(numbers)
    together = turns_of(calendar_of(*numbers, is_random=is_random), until=300.0)

    assert [row for row in together if row[1].number == alone] == turns_of(
        calendar_of(alone, is_random=is_random), until=300.0
    )


def test_even_turns_are_as_long_apart_from_an_even_first_one() -> None:
    calendar = calendar_of(*range(1000), every=60.0)
    first = turns_of(calendar, until=60.0)
    second = turns_of(calendar, until=120.0)

    assert [round(at + 60.0, 6) for at, _ in first] == [round(at, 6) for at, _ in second]
    assert 28.0 < mean(at for at, _ in first) < 32.0


def test_random_turns_have_the_mean_that_was_asked_for() -> None:
    turns = turns_of(calendar_of(*range(100), every=60.0, is_random=True), until=6000.0)

    assert 9_700 < len(turns) < 10_300
    gaps = [other - one for (one, _), (other, _) in pairwise(turns)]
    assert 0.58 < mean(gaps) < 0.62
