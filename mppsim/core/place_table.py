"""Rows of numbers by place, small enough for a million of them."""

import json
from array import array
from collections.abc import Mapping

from mppsim.errors import MppSimError

__all__ = ["PlaceTable"]


class PlaceTable:
    """A row for each place, with a number in each column; a new row is all zeros.

    A place costs its text, about 100 bytes to find it by, and its numbers.
    """

    __slots__ = ("columns", "rows")

    def __init__(self, columns: Mapping[str, str]) -> None:
        """Make an empty table; `columns` are names and type codes of `array`."""
        self.rows: dict[str, int] = {}
        """The row of each place, in the order in which they came."""
        self.columns = {name: array(code) for name, code in columns.items()}

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, name: str) -> "array[int]":
        return self.columns[name]

    def row_of(self, place: str) -> int:
        """Return the row of a place, a new one if it has none."""
        row = self.rows.get(place)
        if row is None:
            row = self.rows[place] = len(self.rows)
            for column in self.columns.values():
                column.append(0)
        return row

    def extend(self, other: "PlaceTable") -> None:
        """Take over all rows of a table with the same columns; no place of it may be here."""
        first = len(self.rows)
        self.rows.update(zip(other.rows, range(first, first + len(other)), strict=True))
        assert len(self.rows) == first + len(other), "a place has one row"
        for name, column in self.columns.items():
            column.extend(other[name])

    def dump(self) -> bytes:
        """Give the whole table as bytes, for another process of this machine."""
        places = "\n".join(self.rows).encode("utf-8", "surrogatepass")
        head = {"rows": len(self.rows), "places": len(places)}
        parts = (column.tobytes() for column in self.columns.values())
        return b"".join((json.dumps(head).encode(), b"\n", places, *parts))

    def load(self, dumped: bytes) -> None:
        """Become what `dump` gave of a table with the same columns; raise `MppSimError`."""
        try:
            head, _, rest = dumped.partition(b"\n")
            sizes = json.loads(head)
            count, at = int(sizes["rows"]), int(sizes["places"])
            places = rest[:at].decode("utf-8", "surrogatepass").split("\n") if count else []
            loaded = {}
            for name, column in self.columns.items():
                end = at + count * column.itemsize
                loaded[name] = array(column.typecode)
                loaded[name].frombytes(rest[at:end])
                at = end
        except (ValueError, KeyError, TypeError) as error:
            raise MppSimError("this is no table of places") from error
        if at != len(rest) or len(places) != count:
            raise MppSimError("this is no table of places")
        self.rows = {place: row for row, place in enumerate(places)}
        self.columns = loaded
