"""Where deltas have come to: what the next one looks back on, and what the server has."""

import pytest

from mppsim.core.bookmarks import Bookmarks
from mppsim.core.firmware import DeltaBase

REPORT, SYNC = DeltaBase.REPORT, DeltaBase.SYNC


def test_nothing_was_reported_at_first() -> None:
    assert Bookmarks() == Bookmarks(since=(0, 0), accepted=(0, 0))


@pytest.mark.parametrize(
    ("place", "base", "expected"),
    [
        (0, REPORT, Bookmarks((7, 0), (7, 0))),
        (1, REPORT, Bookmarks((0, 7), (0, 7))),
        (0, SYNC, Bookmarks((0, 0), (7, 0))),
        (1, SYNC, Bookmarks((0, 0), (0, 7))),
    ],
)
def test_accepted_delta_moves_the_mark_of_its_own_place(
    place: int, base: DeltaBase, expected: Bookmarks
) -> None:
    assert Bookmarks().accept(place, 7, base) == expected


def test_delta_without_news_moves_no_mark() -> None:
    marks = Bookmarks((7, 0), (7, 0))

    assert marks.accept(0, 7, REPORT) is marks


def test_resync_begins_a_delta_since_it_anew() -> None:
    assert Bookmarks((1, 2), (3, 4)).sync(9, SYNC) == Bookmarks((9, 9), (9, 9))


def test_resync_leaves_a_delta_since_the_last_report() -> None:
    marks = Bookmarks((1, 2), (1, 2))

    assert marks.sync(9, REPORT) is marks


def test_restart_leaves_out_what_the_server_has() -> None:
    assert Bookmarks((1, 2), (3, 4)).restart() == Bookmarks((3, 4), (3, 4))
