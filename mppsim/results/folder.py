"""The directory of a run's results: written as a whole, and never over anything else."""

from collections.abc import Mapping
from pathlib import Path

from mppsim.errors import ResultsError, StartError
from mppsim.results.html import REPORT, render_html
from mppsim.results.junit import render_junit
from mppsim.results.markdown import render_markdown
from mppsim.results.outcome import Outcome
from mppsim.results.summary import SUMMARY, read_summary, render_summary

__all__ = ["FILES", "ResultFolder", "open_folder", "read_folder", "render_files"]

FILES = ("events.jsonl", "junit.xml", REPORT, "scenario.yaml", "summary.json", "summary.md")
"""All that a run may leave behind; anything else in the directory is left alone."""

_PARTIAL = ".partial"


class ResultFolder:
    """A directory that is there, and is a run's to write to."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def partial(self, name: str) -> Path:
        """Return where to write one of `FILES` while the run goes on; `write` gives it its name."""
        assert name in FILES, f"{name} is none of a run's files"
        return self._path / f".{name}{_PARTIAL}"

    def write(self, files: Mapping[str, str]) -> None:
        """Replace an earlier run's files by these and by those that were written as partial ones.

        Each is whole or not there; the summary goes first and comes last, so that what is beside a
        summary belongs to it. Raises `OSError` where there is no room, and leaves none then.
        """
        try:
            for name, text in files.items():
                self.partial(name).write_text(text, encoding="utf-8")
        except OSError:
            for name in files:
                self.partial(name).unlink(missing_ok=True)
            raise
        for name in sorted(FILES, key=lambda name: name != SUMMARY):
            (self._path / name).unlink(missing_ok=True)
        for name in sorted(FILES, key=lambda name: name == SUMMARY):
            if self.partial(name).exists():
                self.partial(name).replace(self._path / name)


def render_files(outcome: Outcome) -> dict[str, str]:
    """Return the files that follow from an outcome, by name."""
    return {
        SUMMARY: render_summary(outcome),
        "summary.md": render_markdown(outcome),
        "junit.xml": render_junit(outcome),
        REPORT: render_html(outcome),
    }


def open_folder(path: Path) -> ResultFolder:
    """Make a directory for a run's results, or take that of an earlier run.

    Raises `StartError` where something else is there, or it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        _check_ours(path)
        probe = path / f".{SUMMARY}{_PARTIAL}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StartError(f"{path}: {error.strerror}; name a directory to write to") from error
    return ResultFolder(path)


def read_folder(path: Path) -> dict[str, object]:
    """Return the summary of a run, given its directory or its `summary.json`.

    Raises `StartError` where nothing is there, `ResultsError` where it is no run's.
    """
    file = path / SUMMARY if path.is_dir() else path
    try:
        text = file.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise ResultsError(f"{file}: is no {SUMMARY} of a run: no text") from error
    except OSError as error:
        hint = f"; name a directory that `mppsim run --out` wrote, or a {SUMMARY}"
        raise StartError(f"{file}: {error.strerror}{hint}") from error
    return read_summary(text, source=str(file))


def _check_ours(path: Path) -> None:
    names = {entry.name for entry in path.iterdir()}
    if names <= {f".{name}{_PARTIAL}" for name in FILES}:
        return  # it is empty, or a run was killed in it
    try:
        read_folder(path)
    except (ResultsError, StartError) as error:
        raise StartError(
            f"{path}: there are files in it, and not those of an earlier run; name another"
            " directory, or one that is not there yet"
        ) from error
