"""The rows of a state file: what phones remember, as tables, and what changes in them.

The tables are for people too: docs/state.md describes them.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mppsim.core.phone_memory import KeptParameter, PhoneMemory
from mppsim.core.phone_status import Happening
from mppsim.core.report_rule import MAX_RULES

__all__ = ["SCHEMA", "PhoneRow", "Statement", "changed_rows", "read_memory", "read_phone"]

SCHEMA = """
CREATE TABLE phones (
    mac TEXT PRIMARY KEY CHECK (length(mac) = 12),
    model TEXT NOT NULL,
    firmware TEXT NOT NULL,
    load TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (typeof(revision) = 'integer' AND revision >= 0)
) WITHOUT ROWID;
CREATE TABLE parameters (
    mac TEXT NOT NULL REFERENCES phones,
    name TEXT NOT NULL,
    value TEXT CHECK (value IS NOT NULL OR revision = 0),
    ua TEXT CHECK (ua IN ('na', 'ro', 'rw')),
    revision INTEGER NOT NULL CHECK (typeof(revision) = 'integer' AND revision >= 0),
    PRIMARY KEY (mac, name)
) WITHOUT ROWID;
CREATE TABLE bookmarks (
    mac TEXT NOT NULL REFERENCES phones,
    place INTEGER NOT NULL,
    accepted INTEGER NOT NULL CHECK (typeof(accepted) = 'integer' AND accepted >= 0),
    PRIMARY KEY (mac, place)
) WITHOUT ROWID;
CREATE TABLE history (
    mac TEXT NOT NULL REFERENCES phones,
    kind TEXT NOT NULL CHECK (kind IN ('reboot', 'resync', 'upgrade')),
    place INTEGER NOT NULL,
    at REAL NOT NULL CHECK (typeof(at) = 'real'),
    what TEXT NOT NULL,
    PRIMARY KEY (mac, kind, place)
) WITHOUT ROWID;
"""

Statement = tuple[str, tuple[str | int | float | None, ...]]
"""A line of SQL, and what stands for its question marks."""


@dataclass(frozen=True, slots=True)
class PhoneRow:
    """Which phone a memory is of: its model, and the firmware that it was first started with."""

    mac: str
    model: str
    firmware: str


def read_phone(database: sqlite3.Connection, mac: str) -> PhoneRow | None:
    """Return the row of the phone with that MAC address, if the file has one."""
    found = database.execute("SELECT mac, model, firmware FROM phones WHERE mac = ?", (mac,))
    row = found.fetchone()
    return None if row is None else PhoneRow(*row)


def read_memory(database: sqlite3.Connection, mac: str) -> PhoneMemory:
    """Return what the file has of a phone; raises `ValueError` where that contradicts itself."""
    load, revision = database.execute(
        "SELECT load, revision FROM phones WHERE mac = ?", (mac,)
    ).fetchone()
    parameters = {
        name: KeptParameter(*kept)
        for name, *kept in database.execute(
            "SELECT name, value, ua, revision FROM parameters WHERE mac = ?", (mac,)
        )
    }
    marks = dict(database.execute("SELECT place, accepted FROM bookmarks WHERE mac = ?", (mac,)))
    latest = max([*marks.values(), *(kept.revision for kept in parameters.values())], default=0)
    if latest > revision:
        raise ValueError(f"phone {mac} has {revision} changes, and number {latest} among them")
    return PhoneMemory(
        load=load,
        parameters=parameters,
        revision=revision,
        accepted=tuple(marks.get(place, 0) for place in range(MAX_RULES)),
        reboots=_read_history(database, mac, "reboot"),
        resyncs=_read_history(database, mac, "resync"),
        upgrades=_read_history(database, mac, "upgrade"),
    )


def changed_rows(phone: PhoneRow, old: PhoneMemory | None, new: PhoneMemory) -> Iterator[Statement]:
    """Yield what makes of the old rows the new ones; nothing where nothing changed."""
    mac = phone.mac
    if old is None:
        yield (
            "INSERT INTO phones VALUES (?, ?, ?, ?, ?)",
            (mac, phone.model, phone.firmware, new.load, new.revision),
        )
    elif (old.load, old.revision) != (new.load, new.revision):
        yield (
            "UPDATE phones SET load = ?, revision = ? WHERE mac = ?",
            (new.load, new.revision, mac),
        )
    yield from _changed_parameters(mac, {} if old is None else old.parameters, new.parameters)
    for place, accepted in enumerate(new.accepted):
        if old is None or old.accepted[place] != accepted:
            yield "REPLACE INTO bookmarks VALUES (?, ?, ?)", (mac, place, accepted)
    before = _histories(old)
    for kind, history in _histories(new).items():
        yield from _changed_history(mac, kind, before.get(kind, ()), history)


def _changed_parameters(
    mac: str, old: Mapping[str, KeptParameter], new: Mapping[str, KeptParameter]
) -> Iterator[Statement]:
    for name in old.keys() - new.keys():
        yield "DELETE FROM parameters WHERE mac = ? AND name = ?", (mac, name)
    for name, kept in new.items():
        if old.get(name) != kept:
            values = (mac, name, kept.value, kept.ua, kept.revision)
            yield "REPLACE INTO parameters VALUES (?, ?, ?, ?, ?)", values


def _histories(memory: PhoneMemory | None) -> dict[str, tuple[Happening, ...]]:
    if memory is None:
        return {}
    return {"reboot": memory.reboots, "resync": memory.resyncs, "upgrade": memory.upgrades}


def _read_history(database: sqlite3.Connection, mac: str, kind: str) -> tuple[Happening, ...]:
    rows = database.execute(
        "SELECT at, what FROM history WHERE mac = ? AND kind = ? ORDER BY place", (mac, kind)
    )
    return tuple(Happening(*row) for row in rows)


def _changed_history(
    mac: str, kind: str, old: tuple[Happening, ...], new: tuple[Happening, ...]
) -> Iterator[Statement]:
    for place in range(len(new), len(old)):
        yield "DELETE FROM history WHERE mac = ? AND kind = ? AND place = ?", (mac, kind, place)
    for place, happening in enumerate(new):
        if place >= len(old) or old[place] != happening:
            values = (mac, kind, place, float(happening.at), happening.what)
            yield "REPLACE INTO history VALUES (?, ?, ?, ?, ?)", values
