"""Read a CSV file of real phones: who each is, and what it alone is set to.

The columns `mac`, `ip`, `model`, `firmware` and `serial` say who a phone is, any other is a
parameter. An empty cell says nothing. Spreadsheets' semicolons are read as commas are.

Source: RFC 4180; docs/scenario.md, "A CSV of phones".
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import StringIO

from mppsim.core.identity import parse_mac
from mppsim.core.profile import clean_value
from mppsim.fleet.scenario.fault_list import FaultList
from mppsim.fleet.scenario.ranges import read_address

__all__ = ["PhoneRow", "PhoneTable", "read_phones"]

_LIMIT = 256 * 1024 * 1024
_IDENTITY = ("mac", "ip", "model", "firmware", "serial")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneRow:
    """One phone of a file."""

    line: int
    mac: int
    ip: int | None = None
    model: str = ""
    """Empty: the group's; the same with `firmware`."""
    firmware: str = ""
    serial: str = ""
    settings: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Names and values as the file has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneTable:
    """All phones of a file."""

    source: str
    rows: tuple[PhoneRow, ...]
    names: tuple[str, ...]
    """The columns that are parameters."""

    @property
    def has_addresses(self) -> bool:
        """Whether it says where the phones are."""
        return bool(self.rows) and self.rows[0].ip is not None


def read_phones(body: bytes, source: str, faults: FaultList) -> PhoneTable:
    """Return the phones of a file, without the rows that have a fault, which is noted."""
    empty = PhoneTable(source=source, rows=(), names=())
    if len(body) > _LIMIT:
        faults.add_elsewhere(source, 1, f"{len(body):,} bytes; at most {_LIMIT:,} are read")
        return empty
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        faults.add_elsewhere(source, line, "octets that are not UTF-8: save the file as UTF-8")
        return empty
    head = text.partition("\n")[0]
    rows = csv.reader(
        StringIO(text, newline=""), delimiter=";" if ";" in head and "," not in head else ","
    )
    try:
        reader = _Reader(next(rows, []), source, faults)
        return reader.read((rows.line_num, cells) for cells in rows)
    except csv.Error as error:
        faults.add_elsewhere(source, rows.line_num, f"this is no CSV: {error}")
        return empty


class _Reader:
    """Reads the rows of one file by its head."""

    def __init__(self, head: Sequence[str], source: str, faults: FaultList) -> None:
        self._source = source
        self._faults = faults
        self._columns: dict[str, int] = {}
        """Of what says who a phone is; the others are in `_names`."""
        self._names: dict[str, int] = {}
        self._width = len(head)
        for place, cell in enumerate(head):
            self._take(cell.strip(), place)

    def read(self, rows: Iterable[tuple[int, list[str]]]) -> PhoneTable:
        """Return the phones of the rows that follow the head, each with its line."""
        found: list[PhoneRow] = []
        if "mac" not in self._columns:
            reason = f"a column is named mac; there are {', '.join((*self._columns, *self._names))}"
            self._note(
                1, reason if self._names or self._columns else "its first line names columns"
            )
            return PhoneTable(source=self._source, rows=(), names=())
        for line, cells in rows:
            row = self._read_row([cell.strip() for cell in cells], line)
            if row is not None:
                found.append(row)
        if not found and not self._faults:
            self._note(1, "there is no phone in it")
        return PhoneTable(source=self._source, rows=tuple(found), names=tuple(self._names))

    def _take(self, name: str, place: int) -> None:
        columns = self._columns if name.lower() in _IDENTITY else self._names
        name = name.lower() if columns is self._columns else name
        if not name:
            self._note(1, f"column {place + 1} has no name")
        elif name in columns:
            self._note(1, f"two columns are named {name}: remove one")
        else:
            columns[name] = place

    def _read_row(self, cells: list[str], line: int) -> PhoneRow | None:
        if not any(cells):
            return None
        if len(cells) != self._width:
            self._note(line, f"{len(cells)} cells; the first line has {self._width}")
            return None
        who = {name: cells[place] for name, place in self._columns.items()}
        try:
            mac = int(parse_mac(who["mac"]), 16)
            ip = read_address(who["ip"]) if "ip" in who else None
        except ValueError as error:
            self._note(line, str(error))
            return None
        own = ((name, clean_value(cells[place])) for name, place in self._names.items())
        return PhoneRow(
            line=line,
            mac=mac,
            ip=ip,
            model=who.get("model", ""),
            firmware=who.get("firmware", ""),
            serial=who.get("serial", ""),
            settings=tuple((name, value) for name, value in own if value),
        )

    def _note(self, line: int, reason: str) -> None:
        self._faults.add_elsewhere(self._source, line, reason)
