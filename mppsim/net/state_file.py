"""Keeps what phones remember in one SQLite file, so that no kill and no power failure takes it.

A file that is damaged, newer, another program's, in use or another phone's is refused as it is.
"""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from mppsim.core.firmware import FirmwareRelease
from mppsim.core.identity import PhoneIdentity
from mppsim.core.phone_memory import PhoneMemory
from mppsim.errors import StartError
from mppsim.net.state_rows import (
    SCHEMA,
    PhoneRow,
    changed_rows,
    read_memory,
    read_phone,
)

__all__ = ["FILE_NAME", "StateFile", "open_state"]

FILE_NAME = "phones.sqlite"
"""The file's name below the directory."""

_APPLICATION_ID = 0x6D707073  # "mpps": says whose file it is
_VERSION = 1
"""Of the tables; a file with a higher one is of a newer mppsim."""

_EMPTY_FILE = (
    f"BEGIN; {SCHEMA}"
    f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {_VERSION}; COMMIT;"
)
_TABLES = {"phones", "parameters", "bookmarks", "history"}
_PATIENCE = 1.0
"""Seconds of real time that another program may hold the file up."""
_SPARE = "move it away, or give another --state"


@contextmanager
def open_state(folder: Path) -> Iterator["StateFile"]:
    """Open the state file below a directory; both are made if they are not there.

    Raises `StartError`, which says what is wrong with it, and has changed nothing then.
    """
    file = folder / FILE_NAME
    with _locked(folder) as lock:
        if not os.path.lexists(file):
            _create(file)
            os.fsync(lock)  # the file's name, too, is there after a power failure
        _look_at(file)
        with closing(_connect(file)) as database:
            yield StateFile(file, database)


class StateFile:
    """An open state file: it gives each phone its flash memory."""

    def __init__(self, file: Path, database: sqlite3.Connection) -> None:
        self._file = file
        self._database = database

    def flash_of(self, identity: PhoneIdentity, release: FirmwareRelease) -> "PhoneFlash":
        """Return the memory of a phone that is started with that firmware.

        Raises `StartError` where the file has this phone as another model, or with another
        firmware, or contradicts itself.
        """
        asked = PhoneRow(identity.mac, identity.model.model, release.name)
        try:
            phone = read_phone(self._database, asked.mac)
            recalled = None if phone is None else read_memory(self._database, asked.mac)
        except (sqlite3.Error, ValueError) as error:
            raise _damaged(self._file, error) from error
        if phone is not None and phone != asked:
            raise StartError(
                f"{self._file}: has phone {phone.mac} as model {phone.model} with {phone.firmware},"
                f" not as model {asked.model} with {asked.firmware}: start it with"
                f" --model {phone.model} --firmware {phone.firmware}, or give another --state"
            )
        return PhoneFlash(self, asked, recalled)

    def write(self, phone: PhoneRow, old: PhoneMemory | None, new: PhoneMemory) -> None:
        """Make of a phone's old rows the new ones, all of them or none; see `PhoneFlash.keep`."""
        statements = list(changed_rows(phone, old, new))
        if not statements:
            return
        try:
            self._database.execute("BEGIN IMMEDIATE")
            for statement, values in statements:
                self._database.execute(statement, values)
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
            raise OSError(f"{self._file}: cannot be written: {error}") from error


class PhoneFlash:
    """The memory of one phone."""

    __slots__ = ("_kept", "_phone", "_state", "recalled")

    def __init__(self, state: StateFile, phone: PhoneRow, recalled: PhoneMemory | None) -> None:
        self.recalled = recalled
        """What the phone knew when its power failed; None: the file does not know it."""
        self._state = state
        self._phone = phone
        self._kept = recalled

    def keep(self, memory: PhoneMemory) -> None:
        """Keep this; once it returns, neither a kill nor a power failure takes it.

        Raises `OSError` where the file cannot be written; it holds what it held then.
        """
        self._state.write(self._phone, self._kept, memory)
        self._kept = memory


@contextmanager
def _locked(folder: Path) -> Iterator[int]:
    """Make the directory if need be and hold it against other processes; they lose it by dying."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise StartError(f"--state {folder}: {error.strerror}; name a directory") from error
    try:
        _lock(folder, lock)
        yield lock
    finally:
        os.close(lock)


def _lock(folder: Path, lock: int) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StartError(
            f"--state {folder}: another mppsim uses it; end that one, or give another directory"
        ) from None


def _create(file: Path) -> None:
    """Make an empty state file: it is there whole or not at all."""
    for ending in ("-wal", "-journal"):
        # SQLite would take what they hold for changes of the new file.
        if os.path.lexists(f"{file}{ending}"):
            raise StartError(
                f"{file} is not there, but {file.name}{ending} is, which is a part of it:"
                " bring it back, or move that away"
            )
    workshop = file.parent / "unfinished"
    try:
        with suppress(FileNotFoundError):
            shutil.rmtree(workshop)  # of a process that was killed here
        workshop.mkdir(mode=0o700)
        unfinished = workshop / file.name
        unfinished.touch(mode=0o600)  # it will hold passwords, as a phone does
        with closing(sqlite3.connect(unfinished, isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.executescript(_EMPTY_FILE)
        unfinished.rename(file)
        workshop.rmdir()
    except (OSError, sqlite3.Error) as error:
        raise StartError(f"{file}: cannot be made: {error}") from error


def _look_at(file: Path) -> None:
    """Refuse a file that is not to be touched; it is only read here."""
    if not file.is_file() or not file.stat().st_size:
        raise _no_state_file(file)
    place = f"{file.resolve().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(place, uri=True, timeout=_PATIENCE)) as database:
            if _read_pragma(database, "application_id") != _APPLICATION_ID:
                raise StartError(f"{file}: is the database of another program; {_SPARE}")
            version = _read_pragma(database, "user_version")
            if version > _VERSION:
                raise StartError(
                    f"{file}: a newer mppsim has written it (version {version}, this one knows"
                    f" {_VERSION}); use that one, or give another --state"
                )
            _check(file, database)
    except sqlite3.Error as error:
        raise _REASONS.get(error.sqlite_errorcode, _damaged)(file, error) from error


def _check(file: Path, database: sqlite3.Connection) -> None:
    found = _read_pragma(database, "quick_check")
    if found != "ok":
        raise _damaged(file, found)
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    if not tables >= _TABLES:
        raise _damaged(file, f"it has no {', '.join(sorted(_TABLES - tables))}")


def _connect(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file, isolation_level=None, timeout=_PATIENCE)
    try:
        # In WAL mode only FULL has each change on the disk when its COMMIT returns.
        database.execute("PRAGMA synchronous = FULL")
        database.execute("BEGIN IMMEDIATE")
        _check(file, database)  # once more: what a row may hold is not checked by who only reads
        database.execute("ROLLBACK")
    except sqlite3.Error as error:
        database.close()
        raise StartError(f"{file}: cannot be written: {error}; {_SPARE}") from error
    except StartError:
        database.close()
        raise
    return database


def _read_pragma(database: sqlite3.Connection, name: str) -> Any:
    return database.execute(f"PRAGMA {name}").fetchone()[0]


def _damaged(file: Path, why: object) -> StartError:
    return StartError(f"{file}: is damaged: {why}; bring back a copy of it, or {_SPARE}")


def _no_state_file(file: Path, _: object = "") -> StartError:
    return StartError(f"{file}: is no state file; {_SPARE}")


def _unreadable(file: Path, why: object) -> StartError:
    return StartError(f"{file}: cannot be opened: {why}; {_SPARE}")


_REASONS: Mapping[int, Callable[[Path, object], StartError]] = {
    sqlite3.SQLITE_NOTADB: _no_state_file,
    sqlite3.SQLITE_CANTOPEN: _unreadable,
    sqlite3.SQLITE_BUSY: _unreadable,
}
