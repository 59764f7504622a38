"""The file that phones remember in: what it keeps, and what it refuses without touching it."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mppsim.core.catalogue import find_model
from mppsim.core.firmware import load_release
from mppsim.core.identity import PhoneIdentity, make_identity
from mppsim.core.phone_memory import KeptParameter, PhoneMemory
from mppsim.core.phone_status import Happening
from mppsim.errors import StartError
from mppsim.net.state_file import FILE_NAME, PhoneFlash, StateFile, open_state

RELEASE = load_release("mpp-12.0")
MEMORY = PhoneMemory(
    parameters={"GPP_A": KeptParameter("1", None, 1), "GPP_B": KeptParameter("2", "rw", 0)},
    revision=1,
    accepted=(1, 0),
    reboots=(Happening(1005.0, "User Triggered"),),
)


def identity(mac: str = "00562b000001", model: str = "8851") -> PhoneIdentity:
    return make_identity(find_model(model), mac=mac)


def flash_of(state: StateFile, **which: str) -> PhoneFlash:
    return state.flash_of(identity(**which), RELEASE)


def keep(folder: Path, memory: PhoneMemory = MEMORY, **which: str) -> None:
    with open_state(folder) as state:
        flash_of(state, **which).keep(memory)


def recalled(folder: Path, **which: str) -> PhoneMemory | None:
    with open_state(folder) as state:
        return flash_of(state, **which).recalled


def run_sql(file: Path, script: str) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.executescript(script)


# What it keeps.


def test_directory_and_file_are_made_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"

    assert recalled(folder) is None
    assert [path.name for path in folder.iterdir()] == [FILE_NAME]
    assert (folder / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_what_was_kept_is_recalled(tmp_path: Path) -> None:
    keep(tmp_path)

    assert recalled(tmp_path) == MEMORY


def test_each_phone_has_its_own_memory(tmp_path: Path) -> None:
    other = replace(MEMORY, revision=7)
    keep(tmp_path)
    keep(tmp_path, other, mac="00562b000002")

    assert recalled(tmp_path) == MEMORY
    assert recalled(tmp_path, mac="00562b000002") == other


def test_what_was_kept_last_is_recalled(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        flash = flash_of(state)
        for revision in range(1, 4):
            flash.keep(replace(MEMORY, revision=revision))

    assert recalled(tmp_path) == replace(MEMORY, revision=3)


def test_what_is_kept_already_is_not_written_again(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        flash = flash_of(state)
        flash.keep(MEMORY)
        written = (tmp_path / f"{FILE_NAME}-wal").stat().st_size
        flash.keep(replace(MEMORY))

        assert (tmp_path / f"{FILE_NAME}-wal").stat().st_size == written


def test_each_change_is_on_the_disk_before_anything_else(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        assert state._database.execute("PRAGMA synchronous").fetchone() == (2,)
        assert state._database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_file_can_be_read_while_a_phone_writes_to_it(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        flash_of(state).keep(MEMORY)
        with closing(sqlite3.connect(tmp_path / FILE_NAME)) as onlooker:
            rows = onlooker.execute("SELECT name, value FROM parameters ORDER BY name").fetchall()

    assert rows == [("GPP_A", "1"), ("GPP_B", "2")]


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.net import test_state_file as own
with own.open_state(Path(sys.argv[1])) as state:
    own.flash_of(state).keep(own.MEMORY)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_kept_survives_a_kill(tmp_path: Path) -> None:
    killed = subprocess.run((sys.executable, "-c", KILLED, str(tmp_path)), check=False)

    assert killed.returncode == -9
    assert (tmp_path / f"{FILE_NAME}-wal").stat().st_size > 0
    assert recalled(tmp_path) == MEMORY


VERSION_1 = """
CREATE TABLE phones (mac TEXT PRIMARY KEY, model TEXT, firmware TEXT, load TEXT, revision INTEGER)
    WITHOUT ROWID;
CREATE TABLE parameters (mac TEXT, name TEXT, value TEXT, ua TEXT, revision INTEGER,
    PRIMARY KEY (mac, name)) WITHOUT ROWID;
CREATE TABLE bookmarks (mac TEXT, place INTEGER, accepted INTEGER, PRIMARY KEY (mac, place))
    WITHOUT ROWID;
CREATE TABLE history (mac TEXT, kind TEXT, place INTEGER, at REAL, what TEXT,
    PRIMARY KEY (mac, kind, place)) WITHOUT ROWID;
INSERT INTO phones VALUES ('00562b000001', '8851', 'mpp-12.0', '', 1);
INSERT INTO parameters VALUES ('00562b000001', 'GPP_A', '1', NULL, 1);
INSERT INTO parameters VALUES ('00562b000001', 'GPP_B', '2', 'rw', 0);
INSERT INTO bookmarks VALUES ('00562b000001', 0, 1);
INSERT INTO bookmarks VALUES ('00562b000001', 1, 0);
INSERT INTO history VALUES ('00562b000001', 'reboot', 0, 1005.0, 'User Triggered');
PRAGMA application_id = 1836085363;
PRAGMA user_version = 1;
"""
"""Written once and for ever: files of this version have to be read by every later one."""


def test_file_of_version_1_is_read(tmp_path: Path) -> None:
    run_sql(tmp_path / FILE_NAME, VERSION_1)

    assert recalled(tmp_path) == MEMORY


def test_leftovers_of_a_file_that_was_never_finished_are_swept_away(tmp_path: Path) -> None:
    workshop = tmp_path / "unfinished"
    workshop.mkdir()
    (workshop / FILE_NAME).write_bytes(b"half")
    (workshop / f"{FILE_NAME}-journal").write_bytes(b"half")

    assert recalled(tmp_path) is None
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


# What it refuses.


def overwrite(at: int, data: bytes) -> Callable[[Path], None]:
    def damage(file: Path) -> None:
        body = bytearray(file.read_bytes())
        body[at : at + len(data)] = data
        file.write_bytes(body)

    return damage


def cut(length: int) -> Callable[[Path], None]:
    return lambda file: os.truncate(file, length)


def sql(script: str) -> Callable[[Path], None]:
    return lambda file: run_sql(file, script)


def become(body: bytes) -> Callable[[Path], object]:
    return lambda file: file.write_bytes(body)


def become_directory(file: Path) -> None:
    file.unlink()
    file.mkdir()


def become_database(file: Path) -> None:
    file.unlink()
    run_sql(file, "CREATE TABLE phones (mac)")


UNCHECKED = "PRAGMA ignore_check_constraints = 1; "
REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "text": (become(b"GPP_A=1\n" * 100), "is no state file"),
    "a few bytes": (become(b"\0\1\2"), "is no state file"),
    "nothing": (become(b""), "is no state file"),
    "a directory": (become_directory, "is no state file"),
    "another program's database": (
        sql("PRAGMA application_id = 7"),
        "is the database of another program",
    ),
    "nobody's database": (become_database, "is the database of another program"),
    "a newer one": (
        sql("PRAGMA user_version = 2"),
        "a newer mppsim has written it (version 2, this one knows 1); use that one",
    ),
    "cut in the middle": (cut(9000), "is damaged: "),
    "cut after its head": (cut(4096), "is damaged: "),
    "a page of zeros": (overwrite(8192, bytes(4096)), "is damaged: "),
    "a page of noise": (overwrite(4096, bytes(range(256)) * 16), "is damaged: "),
    "a head that is overwritten": (overwrite(0, b"SQLite format 4"), "is no state file"),
    "without its table": (sql("DROP TABLE bookmarks"), "is damaged: it has no bookmarks"),
    "without any table": (
        sql("DROP TABLE history; DROP TABLE bookmarks; DROP TABLE parameters; DROP TABLE phones"),
        "is damaged: it has no bookmarks, history, parameters, phones",
    ),
    "a revision below 0": (
        sql(f"{UNCHECKED} UPDATE phones SET revision = -1"),
        "is damaged: CHECK constraint failed in phones",
    ),
    "a bookmark past the end": (
        sql("UPDATE bookmarks SET accepted = 5"),
        "is damaged: phone 00562b000001 has 1 changes, and number 5 among them",
    ),
    "tables of another shape": (
        sql("DROP TABLE history; CREATE TABLE history (mac TEXT)"),
        "is damaged: no such column: at",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_file_is_refused_and_stays_as_it_is(what: str, tmp_path: Path) -> None:
    damage, sentence = REFUSED[what]
    file = tmp_path / FILE_NAME
    keep(tmp_path)
    damage(file)
    before = file.read_bytes() if file.is_file() else None

    with pytest.raises(StartError) as refusal:
        recalled(tmp_path)

    assert str(refusal.value).startswith(f"{file}: {sentence}")
    assert str(refusal.value).endswith(("give another --state", "other --state"))
    assert (file.read_bytes() if file.is_file() else None) == before


def test_newer_file_whose_last_changes_are_not_in_it_yet_is_refused_as_it_is(
    tmp_path: Path,
) -> None:
    keep(tmp_path)
    file, wal = tmp_path / FILE_NAME, tmp_path / f"{FILE_NAME}-wal"
    with closing(sqlite3.connect(file, isolation_level=None)) as newer:
        newer.execute("PRAGMA user_version = 2")
        killed = file.read_bytes(), wal.read_bytes()
    file.write_bytes(killed[0])
    wal.write_bytes(killed[1])

    with pytest.raises(StartError, match="a newer mppsim has written it"):
        recalled(tmp_path)

    assert (file.read_bytes(), wal.read_bytes()) == killed


@pytest.mark.parametrize("ending", ["-wal", "-journal"])
def test_rest_of_a_file_that_is_gone_is_not_taken_for_changes_of_a_new_one(
    ending: str, tmp_path: Path
) -> None:
    (tmp_path / f"{FILE_NAME}{ending}").write_bytes(b"changes")

    with pytest.raises(StartError, match=f"is not there, but {FILE_NAME}{ending} is"):
        recalled(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == [f"{FILE_NAME}{ending}"]


def test_directory_that_another_process_uses_is_refused(tmp_path: Path) -> None:
    with (
        open_state(tmp_path),
        pytest.raises(StartError, match=f"--state {tmp_path}: another mppsim uses it"),
        open_state(tmp_path),
    ):
        pass

    assert recalled(tmp_path) is None


@pytest.mark.parametrize(
    ("doing", "sentence"),
    [
        ("BEGIN IMMEDIATE", "cannot be written: database is locked"),
        (
            "PRAGMA locking_mode = EXCLUSIVE; DELETE FROM history",
            "cannot be opened: database is locked",
        ),
    ],
)
def test_file_that_another_program_holds_is_refused(
    doing: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mppsim.net.state_file._PATIENCE", 0.0)
    keep(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as other:
        other.executescript(doing)

        with pytest.raises(StartError, match=f"{FILE_NAME}: {sentence}"):
            recalled(tmp_path)


@pytest.mark.parametrize(
    ("path", "why"),
    [("file", "File exists"), ("file/below", "Not a directory")],
)
def test_directory_that_cannot_be_is_refused(path: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")

    with pytest.raises(StartError, match=f"--state {tmp_path / path}: {why}; name a directory"):
        recalled(tmp_path / path)

    assert (tmp_path / "file").read_text() == "mine"


def test_file_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "unfinished").write_text("somebody's")

    with pytest.raises(StartError, match=f"{FILE_NAME}: cannot be made: .*Not a directory"):
        recalled(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["unfinished"]


@pytest.mark.parametrize(("model", "firmware"), [("7841", "mpp-12.0"), ("8851", "mpp-11.2")])
def test_phone_that_is_remembered_as_another_is_refused(
    model: str, firmware: str, tmp_path: Path
) -> None:
    keep(tmp_path)

    with (
        open_state(tmp_path) as state,
        pytest.raises(
            StartError,
            match=f"has phone 00562b000001 as model 8851 with mpp-12.0, not as model {model} with"
            f" {firmware}: start it with --model 8851 --firmware mpp-12.0, or give another --state",
        ),
    ):
        state.flash_of(identity(model=model), load_release(firmware))

    assert recalled(tmp_path) == MEMORY


def test_change_that_cannot_be_written_is_told_and_leaves_what_was_kept(tmp_path: Path) -> None:
    keep(tmp_path)
    with open_state(tmp_path) as state:
        flash = flash_of(state)
        state._database.execute("PRAGMA query_only = 1")

        with pytest.raises(OSError, match=f"{FILE_NAME}: cannot be written: attempt to write"):
            flash.keep(replace(MEMORY, revision=2))

        state._database.execute("PRAGMA query_only = 0")
        flash.keep(replace(MEMORY, revision=3))

    assert recalled(tmp_path) == replace(MEMORY, revision=3)


def test_change_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    keep(tmp_path)
    wrong = {**MEMORY.parameters, "GPP_C": KeptParameter("3", "nonsense", 2)}
    with open_state(tmp_path) as state:
        flash = flash_of(state)

        with pytest.raises(OSError, match="cannot be written: CHECK constraint failed"):
            flash.keep(replace(MEMORY, revision=2, parameters=wrong))

        assert flash_of(state).recalled == MEMORY
