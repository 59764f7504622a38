"""A phone's memory as rows: what is written when, and what is read again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.core.phone_memory import KeptParameter, PhoneMemory
from mppsim.core.phone_status import Happening
from mppsim.net.state_rows import SCHEMA, PhoneRow, changed_rows, read_memory, read_phone

PHONE = PhoneRow("00562b000001", "8851", "mpp-12.0")
OTHER = PhoneRow("00562b000002", "7841", "mpp-11.2")
NEW = PhoneMemory(load="12-0-7", parameters={}, revision=0, accepted=(0, 0))
FULL = PhoneMemory(
    load="12-0-7",
    parameters={"GPP_A": KeptParameter("1", None, 2), "GPP_B": KeptParameter(None, "rw", 0)},
    revision=2,
    accepted=(1, 0),
    reboots=(Happening(1005.5, "User Triggered"), Happening(7.0, "Upgrade")),
    resyncs=(Happening(1007.0, "ok"),),
    upgrades=(Happening(1008.0, "done"),),
)


def make_database() -> sqlite3.Connection:
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.executescript(SCHEMA)
    return database


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    with closing(make_database()) as opened:
        yield opened


def write(
    database: sqlite3.Connection,
    old: PhoneMemory | None,
    new: PhoneMemory,
    phone: PhoneRow = PHONE,
) -> list[str]:
    """Write what changed, and name the tables."""
    statements = list(changed_rows(phone, old, new))
    for statement, values in statements:
        database.execute(statement, values)
    return [statement.split(" WHERE")[0].split(" VALUES")[0] for statement, _ in statements]


def test_unknown_phone_has_no_row(database: sqlite3.Connection) -> None:
    assert read_phone(database, PHONE.mac) is None


def test_phone_is_read_as_it_was_written(database: sqlite3.Connection) -> None:
    write(database, None, FULL)

    assert read_phone(database, PHONE.mac) == PHONE
    assert read_memory(database, PHONE.mac) == FULL


def test_each_phone_has_its_own_rows(database: sqlite3.Connection) -> None:
    write(database, None, FULL)
    write(database, None, NEW, OTHER)

    assert read_memory(database, PHONE.mac) == FULL
    assert (read_phone(database, OTHER.mac), read_memory(database, OTHER.mac)) == (OTHER, NEW)


def test_only_what_changed_is_written(database: sqlite3.Connection) -> None:
    write(database, None, FULL)
    parameters = {**FULL.parameters, "GPP_C": KeptParameter("3", None, 3)}
    changed = PhoneMemory(
        load="12-0-7",
        parameters=parameters,
        revision=3,
        accepted=(1, 2),
        reboots=FULL.reboots,
        resyncs=FULL.resyncs,
        upgrades=FULL.upgrades,
    )

    assert write(database, FULL, FULL) == []
    assert write(database, FULL, changed) == [
        "UPDATE phones SET load = ?, revision = ?",
        "REPLACE INTO parameters",
        "REPLACE INTO bookmarks",
    ]
    assert read_memory(database, PHONE.mac) == changed


names = st.sampled_from(["GPP_A", "GPP_B", "GPP_C"])
kept = st.builds(
    KeptParameter,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=3),
    st.sampled_from([None, "na", "ro", "rw"]),
    st.integers(0, 9),
)
happenings = st.lists(
    st.builds(Happening, st.floats(0, 1e10), st.sampled_from(["ok", "Upgrade"])), max_size=5
).map(tuple)
memories = st.builds(
    PhoneMemory,
    load=st.sampled_from(["12-0-7", "11-2-3"]),
    parameters=st.dictionaries(names, kept),
    revision=st.integers(9, 12),
    accepted=st.tuples(st.integers(0, 9), st.integers(0, 9)),
    reboots=happenings,
    resyncs=happenings,
    upgrades=happenings,
)


@given(lives=st.lists(memories, max_size=6))
def test_any_row_of_memories_is_read_as_it_was_written(lives: list[PhoneMemory]) -> None:
    with closing(make_database()) as database:
        old = None
        for memory in lives:
            write(database, old, memory)
            old = memory

            assert read_memory(database, PHONE.mac) == memory


@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE phones SET revision = 1",
        "UPDATE bookmarks SET accepted = 3 WHERE place = 1",
        "UPDATE parameters SET revision = 3 WHERE name = 'GPP_A'",
    ],
)
def test_numbers_that_contradict_each_other_are_no_memory(
    database: sqlite3.Connection, wrong: str
) -> None:
    write(database, None, FULL)
    database.execute(wrong)

    with pytest.raises(ValueError, match=r"phone 00562b000001 has . changes, and number . among"):
        read_memory(database, PHONE.mac)


@pytest.mark.parametrize(
    "wrong",
    [
        "INSERT INTO phones VALUES ('0056', '8851', 'mpp-12.0', '', 0)",
        "UPDATE phones SET revision = -1",
        "UPDATE phones SET revision = 'many'",
        "UPDATE parameters SET revision = -1",
        "UPDATE parameters SET value = NULL WHERE name = 'GPP_A'",
        "UPDATE parameters SET ua = 'rx'",
        "UPDATE bookmarks SET accepted = 0.5",
        "UPDATE history SET kind = 'party'",
        "UPDATE history SET at = 'noon'",
    ],
)
def test_tables_refuse_what_no_phone_remembers(database: sqlite3.Connection, wrong: str) -> None:
    write(database, None, FULL)

    with pytest.raises(sqlite3.IntegrityError):
        database.execute(wrong)
