"""Keeps reports below one directory: whole or not at all, and nowhere else.

A report is written beside its place under a name that no request can have, then renamed: a
reader sees the old file or the new one. The system may lose the last seconds in a power cut; a
test server does not wait for the disk.
"""

# ruff: noqa: PTH103, PTH105, PTH108, PTH123, PTH208
# Path has no exclusive descriptors, and costs 20 microseconds a report

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from mppsim.errors import StartError
from mppsim.server.refusal import Refused
from mppsim.server.target import Target

__all__ = ["ReportStore"]

_TEMPORARY = ".mppsim-"
_INDEX = "index"
"""Stands for the file name where a POST goes to a directory."""
_MOST_COUNTERS = 4096

_STATUS_OF = {
    errno.EACCES: (403, "the server may not write or read there"),
    errno.EROFS: (403, "the server may not write or read there"),
    errno.EEXIST: (409, "a file stands where the path has a directory"),
    errno.EISDIR: (409, "a directory is in the way"),
    errno.ENOTDIR: (409, "a file stands where the path has a directory"),
    errno.ENAMETOOLONG: (414, "the path is too long for this file system"),
    errno.ELOOP: (403, "symbolic links lead in a circle"),
    errno.ENOSPC: (507, "no space left"),
    errno.EDQUOT: (507, "no space left"),
}


class ReportStore:
    """One directory of reports; every way into it is resolved, link by link, before its use."""

    def __init__(self, directory: Path) -> None:
        """Make the directory if need be; raise `StartError` where that cannot be."""
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except FileExistsError as error:
            raise StartError(f"{directory}: is a file; name a directory") from error
        except OSError as error:
            raise StartError(f"{directory}: {error.strerror}") from error
        if not os.access(directory, os.W_OK | os.X_OK):
            raise StartError(f"{directory}: not writable")
        self.directory = Path(os.path.realpath(directory))
        self._root = str(self.directory).rstrip("/")
        self._serial = 0
        self._counters: dict[str, int] = {}

    def put(self, target: Target, body: bytes) -> bool:
        """Write a report where its path says; tell whether it is new there.

        Raise `Refused` where it cannot be kept; what was there before stays.
        """
        if target.is_directory:
            raise Refused(409, "the path names a directory: a PUT needs the name of a file")
        with _refusing():
            path, found = self._resolve(target.names)
            if found is not None and not stat.S_ISREG(found.st_mode):
                raise Refused(409, "the path names a directory or a device")
            self._place(path.rpartition("/")[0], body, lambda beside: os.replace(beside, path))
        return found is None

    def add(self, target: Target, body: bytes) -> Target:
        """Keep one more report of those posted to a path; tell where it can be read again.

        `/up.php` keeps its reports as `/up.php.d/000001.xml` and so on; none is ever replaced.
        Raise `Refused` where it cannot be kept.
        """
        *parents, last = (*target.names, _INDEX) if target.is_directory else target.names
        names = (*parents, f"{last}.d")
        with _refusing():
            directory, _ = self._resolve(names)
            self._place(directory, body, lambda beside: self._number(beside, directory))
        return Target((*names, _name_of(self._counters[directory])), is_directory=False)

    def open(self, target: Target) -> BinaryIO:
        """Open a stored file for reading; raise `Refused` (404) where there is none."""
        with _refusing():
            path, found = self._resolve(target.names)
            if found is None or target.is_directory or not stat.S_ISREG(found.st_mode):
                raise Refused(404, "no such file")
            return open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")

    def _resolve(self, names: tuple[str, ...]) -> tuple[str, os.stat_result | None]:
        """Follow the names; give the path with no link in it, and what is there."""
        path, found = self._root, None
        for place, name in enumerate(names):
            path = f"{path}/{name}"
            try:
                found = os.lstat(path)
                if stat.S_ISLNK(found.st_mode):
                    path = self._follow(path)
                    found = os.lstat(path)
            except (FileNotFoundError, NotADirectoryError):
                return "/".join((path, *names[place + 1 :])), None
        return path, found

    def _follow(self, link: str) -> str:
        path = os.path.realpath(link)
        if not f"{path}/".startswith(f"{self._root}/"):
            raise Refused(403, "a symbolic link leads out of the directory")
        return path

    def _place(self, directory: str, body: bytes, place: Callable[[str], None]) -> None:
        """Write the body to a file of its own in the directory, then let `place` name it."""
        beside, descriptor = self._create_beside(directory)
        try:
            _write(descriptor, body)
            place(beside)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(beside)
            raise

    def _create_beside(self, directory: str) -> tuple[str, int]:
        is_made = False
        while True:
            self._serial += 1
            beside = f"{directory}/{_TEMPORARY}{os.getpid()}-{self._serial}"
            try:
                return beside, os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            except FileExistsError:
                continue  # left behind by a server that was killed
            except FileNotFoundError:
                if is_made:
                    raise
                os.makedirs(directory, exist_ok=True)
                is_made = True

    def _number(self, beside: str, directory: str) -> None:
        """Give the file the next free number; another server may be counting there too."""
        if len(self._counters) > _MOST_COUNTERS:
            self._counters.clear()
        number = self._counters.get(directory) or _last_number(directory)
        while True:
            number += 1
            try:
                os.link(beside, f"{directory}/{_name_of(number)}")
                break
            except FileExistsError:
                continue
        self._counters[directory] = number
        os.unlink(beside)


def _write(descriptor: int, body: bytes) -> None:
    try:
        at = os.write(descriptor, body)
        while at < len(body):
            at += os.write(descriptor, memoryview(body)[at:])
    finally:
        os.close(descriptor)


def _name_of(number: int) -> str:
    return f"{number:06d}.xml"


def _last_number(directory: str) -> int:
    stems = (name.removesuffix(".xml") for name in os.listdir(directory) if name.endswith(".xml"))
    return max((int(stem) for stem in stems if stem.isascii() and stem.isdigit()), default=0)


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn what the file system says into a status."""
    try:
        yield
    except OSError as error:
        status, reason = _STATUS_OF.get(error.errno or 0, (500, "the file system failed"))
        raise Refused(status, reason) from error
