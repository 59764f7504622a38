"""What a network does to one upload."""

from statistics import mean

import pytest

from mppsim.fleet.dice import Dice
from mppsim.fleet.passage import Passage, draw_passage
from mppsim.fleet.plan import NetworkPlan

DICE = Dice(7)


def draw(plan: NetworkPlan, place: int = 0, *, size: int = 0, is_first: bool = False) -> Passage:
    return draw_passage(plan, DICE, "phone", place, size=size, is_first=is_first)


def test_a_perfect_network_adds_nothing() -> None:
    assert draw(NetworkPlan(), size=150_000, is_first=True) == Passage()


def test_latency_is_once_there_and_once_back() -> None:
    passage = draw(NetworkPlan(latency=0.02))

    assert (passage.there, passage.back) == (0.02, 0.02)


def test_a_new_connection_goes_there_and_back_once_more() -> None:
    assert draw(NetworkPlan(latency=0.02), is_first=True).there == pytest.approx(0.06)


def test_a_lost_first_packet_costs_a_second_and_twice_as_much_when_it_is_lost_again() -> None:
    plan = NetworkPlan(loss=0.5)
    waits = {
        draw(plan, place, is_first=True).there - draw(plan, place).there for place in range(99)
    }

    assert {0.0, 1.0, 3.0, 7.0} <= {round(wait, 6) for wait in waits}


def test_a_longer_report_loses_more_packets() -> None:
    plan = NetworkPlan(loss=0.01)
    short = mean(draw(plan, place, size=500).there for place in range(2_000))
    long = mean(draw(plan, place, size=150_000).there for place in range(200))

    # One packet in a hundred, 0.2 s each, and a little for those that are lost twice.
    assert 0.0012 < short < 0.003
    assert 0.15 < long < 0.3


def test_a_packet_that_is_always_lost_is_given_up_at_some_time() -> None:
    assert draw(NetworkPlan(loss=1.0)).there == pytest.approx(0.2 * (2**6 - 1))


def test_as_many_are_cut_as_was_said_and_anywhere_in_their_middle() -> None:
    plan = NetworkPlan(kill=0.25)
    cut = [passage.killed_at for place in range(4_000) if (passage := draw(plan, place)).killed_at]

    assert 900 < len(cut) < 1100
    assert 0.25 <= min(part for part in cut if part) < 0.26
    assert 0.74 < max(part for part in cut if part) <= 0.75


def test_the_same_upload_always_fares_the_same_and_another_otherwise() -> None:
    plan = NetworkPlan(latency=0.01, loss=0.3, kill=0.5)
    drawn = [draw(plan, place, size=9_000, is_first=True) for place in range(50)]

    assert drawn == [draw(plan, place, size=9_000, is_first=True) for place in range(50)]
    assert len(set(drawn)) > 25
