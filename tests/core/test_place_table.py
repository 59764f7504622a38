"""Rows of numbers by place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.core.place_table import PlaceTable
from mppsim.errors import MppSimError

COLUMNS = {"last": "Q", "count": "I", "kind": "B"}


def filled(*places: str) -> PlaceTable:
    table = PlaceTable(COLUMNS)
    for number, place in enumerate(places, start=1):
        row = table.row_of(place)
        table["last"][row] = (1 << 64) - number
        table["count"][row] += number
    return table


def contents(table: PlaceTable) -> dict[str, tuple[int, ...]]:
    return {
        place: tuple(column[row] for column in table.columns.values())
        for place, row in table.rows.items()
    }


def test_new_row_is_all_zeros_and_found_again() -> None:
    table = PlaceTable(COLUMNS)
    row = table.row_of("a")
    table["count"][row] += 1

    assert table.row_of("a") == row
    assert (len(table), contents(table)) == (1, {"a": (0, 1, 0)})


@given(st.lists(st.text(st.characters(exclude_characters="\n")), unique=True))
def test_table_is_the_same_after_its_way_to_another_process(places: list[str]) -> None:
    table, loaded = filled(*places), PlaceTable(COLUMNS)
    loaded.load(table.dump())

    assert contents(loaded) == contents(table)
    assert loaded.row_of("one more\n") == len(places)


def test_loading_replaces_what_was_there() -> None:
    table = filled("a", "b")
    table.load(filled("c").dump())

    assert list(contents(table)) == ["c"]


def test_rows_of_another_table_follow_those_that_are_here() -> None:
    table, more = filled("a", "b"), filled("c", "d")
    before = contents(table)
    table.extend(more)

    assert contents(table) == {**before, **contents(more)}
    assert table.row_of("e") == 4


def test_no_place_may_be_in_both_tables() -> None:
    with pytest.raises(AssertionError, match="one row"):
        filled("a", "b").extend(filled("b"))


@pytest.mark.parametrize(
    "dumped",
    [
        b"",
        b"no JSON\n",
        b"[]\n",
        b"{}\n",
        b'{"rows": "x", "places": 1}\n',
        filled("a", "b").dump()[:-1],
        filled("a", "b").dump() + b"x",
        filled("a", "b").dump().replace(b'"rows": 2', b'"rows": 1'),
        filled("a", "b").dump().replace(b"a\nb", b"a b"),
        filled("é").dump().replace("é".encode(), b"\xff\xff"),
    ],
)
def test_what_is_no_table_is_refused_and_changes_nothing(dumped: bytes) -> None:
    table = filled("kept")

    with pytest.raises(MppSimError, match="no table of places"):
        table.load(dumped)

    assert list(contents(table)) == ["kept"]
