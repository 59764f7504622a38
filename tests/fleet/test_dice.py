"""Chance that follows from the seed."""

from statistics import mean

from hypothesis import given
from hypothesis import strategies as st

from mppsim.fleet.dice import Dice


@given(seed=st.integers(0, 1 << 64), number=st.integers(0, 1 << 40))
def test_the_same_seed_purpose_and_place_draw_the_same(seed: int, number: int) -> None:
    drawn = Dice(seed).share("start", number)

    assert drawn == Dice(seed).share("start", number)
    assert 0 <= drawn < 1


def test_another_seed_purpose_or_place_draws_something_else() -> None:
    dice = Dice(1)

    draws = {
        dice.share("start", 1),
        dice.share("start", 2),
        dice.share("start", 1, 2),
        dice.share("start", 12),
        dice.share("change", 1),
        Dice(2).share("start", 1),
    }

    assert len(draws) == 6


def test_shares_are_evenly_spread() -> None:
    dice = Dice(5)
    shares = [dice.share("even", number) for number in range(10_000)]

    tenths = [sum(tenth <= share * 10 < tenth + 1 for share in shares) for tenth in range(10)]

    assert all(850 < count < 1150 for count in tenths), tenths


def test_a_whole_number_stays_below_its_limit_and_reaches_every_value() -> None:
    dice = Dice(5)

    assert {dice.below(3, "pick", number) for number in range(100)} == {0, 1, 2}


def test_waits_have_the_mean_that_was_asked_for() -> None:
    dice = Dice(5)

    waits = [dice.wait(60.0, "change", number) for number in range(10_000)]

    assert 57 < mean(waits) < 63
    assert min(waits) >= 0


def test_a_source_goes_on_where_it_ended_and_begins_anew_for_another() -> None:
    source, again = Dice(5).source("salt", 1), Dice(5).source("salt", 1)

    first, second = source(8), source(100)

    assert len(second) == 100
    assert (first, second) == (again(8), again(100))
    assert first != source(8)
    assert Dice(5).source("salt", 2)(8) != first


def test_a_choice_stays_below_its_limit_and_reaches_every_value() -> None:
    choose = Dice(5).chooser("change", 1)

    assert {choose(3) for _ in range(100)} == {0, 1, 2}
    assert choose(1) == 0


def test_choices_are_the_same_each_time_whatever_could_be_chosen_before() -> None:
    first, second, other = (Dice(5).chooser("change", number) for number in (1, 1, 2))
    drawn = [first(limit) for limit in (1, 10**9, 10**9)]

    assert drawn[1:] == [second(limit) for limit in (7, 10**9, 10**9)][1:]
    assert len({*drawn, other(10**9)}) == 4
