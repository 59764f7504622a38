"""The barrier as a table: who rests with what due next, and who is told to go how far."""

from math import inf

import pytest

from mppsim.fleet.barrier import SENDER, SERVER, Barrier, Order


def said(orders: list[Order]) -> list[tuple[int, float]]:
    return [(order.member, order.until) for order in orders]


def begun(shards: int, **due: float) -> tuple[Barrier, list[tuple[int, float]]]:
    """A barrier at which everybody has said what is due first, and its next orders."""
    barrier = Barrier(shards)
    barrier.begin()
    barrier.rested(SERVER, due.get("server"))
    orders = barrier.rested(SENDER, due.get("sender"))
    for shard in range(shards):
        assert orders == []
        orders = barrier.rested(shard, due.get(f"s{shard}"))
    return barrier, said(orders)


def test_everybody_is_asked_first_and_nobody_moves() -> None:
    assert said(Barrier(2).begin()) == [(SERVER, -inf), (SENDER, -inf), (0, -inf), (1, -inf)]


@pytest.mark.parametrize(
    ("due", "orders"),
    [
        ({"s0": 5.0, "s1": 7.0}, [(0, 5.0), (1, 5.0)]),
        ({"s0": 7.0, "s1": 5.0}, [(0, 5.0), (1, 5.0)]),
        ({"s1": 0.0}, [(0, 0.0), (1, 0.0)]),
        ({"s0": 5.0, "server": 5.0}, [(SERVER, 5.0)]),
        ({"s0": 5.0, "server": 3.0}, [(SERVER, 3.0)]),
        ({"s0": 5.0, "sender": 3.0}, [(0, 3.0), (1, 3.0)]),
        ({"server": 3.0, "sender": 3.0}, [(SERVER, 3.0)]),
        ({}, []),
    ],
    ids=str,
)
def test_earliest_of_all_comes_next(due: dict[str, float], orders: list[tuple[int, float]]) -> None:
    assert begun(2, **due)[1] == orders


def test_nobody_moves_before_the_last_one_rests() -> None:
    barrier, _ = begun(2, s0=5.0, s1=7.0)

    assert barrier.rested(0, 6.0) == []
    assert said(barrier.rested(1, 7.0)) == [(0, 6.0), (1, 6.0)]
    assert barrier.moment == 6.0


def test_server_comes_before_the_phones_of_its_moment_and_the_sender_after_them() -> None:
    barrier, first = begun(1, server=5.0, s0=5.0, sender=5.0)

    steps = [
        first,
        said(barrier.rested(SERVER, None)),
        said(barrier.rested(0, 9.0)),
        said(barrier.rested(SENDER, 50.0)),
    ]

    assert steps == [[(SERVER, 5.0)], [(0, 5.0)], [(SENDER, 5.0)], [(0, 5.0)]]


def test_phones_are_asked_anew_after_a_notify_and_what_they_say_then_counts() -> None:
    barrier, _ = begun(2, s0=5.0, s1=100.0, sender=5.0)
    barrier.rested(0, 90.0)
    barrier.rested(1, 100.0)
    asked = said(barrier.rested(SENDER, None))
    barrier.rested(0, 90.0)

    assert asked == [(0, 5.0), (1, 5.0)]
    assert said(barrier.rested(1, 6.0)) == [(0, 6.0), (1, 6.0)]


def test_sender_alone_moves_everybody_to_its_moment() -> None:
    barrier, orders = begun(2, sender=30.0)
    barrier.rested(0, None)

    assert orders == [(0, 30.0), (1, 30.0)]
    assert said(barrier.rested(1, None)) == [(SENDER, 30.0)]


def test_run_without_phones_goes_on_by_itself() -> None:
    barrier, orders = begun(0, server=5.0, sender=5.0)

    assert orders == [(SERVER, 5.0)]
    assert said(barrier.rested(SERVER, None)) == [(SENDER, 5.0)]
    assert barrier.rested(SENDER, None) == []


def test_shard_that_dies_while_others_wait_for_it_is_waited_for_no_longer() -> None:
    barrier, _ = begun(2, s0=5.0, s1=5.0)
    barrier.rested(0, 8.0)

    assert said(barrier.drop(1)) == [(0, 8.0)]
    assert said(barrier.rested(0, 9.0)) == [(0, 9.0)]


def test_shard_that_dies_at_rest_changes_nothing_for_those_who_work() -> None:
    barrier, _ = begun(2, s0=5.0, s1=5.0)
    barrier.rested(1, 6.0)

    assert barrier.drop(1) == []
    assert said(barrier.rested(0, 9.0)) == [(0, 9.0)]


def test_last_shard_that_dies_leaves_the_deeds_to_come() -> None:
    barrier, _ = begun(1, s0=5.0, sender=7.0)

    assert said(barrier.drop(0)) == [(SENDER, 7.0)]


def test_end_lets_the_phones_do_what_they_have_begun_and_nobody_else_anything() -> None:
    barrier, _ = begun(1, s0=100.0, server=500.0, sender=60.0)
    barrier.end()
    barrier.rested(0, 100.0)
    asked = said(barrier.rested(SENDER, 120.0))

    assert asked == [(0, 60.0)]
    assert not barrier.is_over
    assert said(barrier.rested(0, 90.0)) == [(0, 90.0)]
    assert barrier.rested(0, None) == []
    assert barrier.is_over


def test_end_without_phones_is_over() -> None:
    barrier, _ = begun(1, s0=5.0, sender=7.0)
    barrier.end()

    assert not barrier.is_over

    assert barrier.drop(0) == []
    assert barrier.is_over


def test_answer_that_nobody_asked_for_is_a_bug() -> None:
    barrier, _ = begun(1)

    with pytest.raises(AssertionError):
        barrier.rested(0, 5.0)
