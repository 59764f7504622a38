"""`mppsim …` as a person runs it: every command line in a process of its own.

    python -m tests.support.commands

reads command lines as JSON, imports the program once and forks for each, which takes a tenth of
the time that as many interpreters would.
"""

import json
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn

PATIENCE = 60.0
"""Seconds; no command of a test takes so long, even beside others."""

_ROOT = str(Path(__file__).parents[2])
_PLAIN = {"COLUMNS": "200", "TERM": "dumb", "NO_COLOR": "1", "PYTHONPATH": _ROOT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


def start_command(
    *arguments: str, folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """Start `python -m mppsim`; whoever did ends it."""
    return subprocess.Popen(
        (sys.executable, "-m", "mppsim", *arguments),
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **_PLAIN, **(environment or {})},
    )


def run_command(
    *arguments: str,
    folder: Path | None = None,
    keys: str = "",
    environment: Mapping[str, str] | None = None,
) -> Ended:
    """Run `python -m mppsim` to its end; `keys` is its standard input."""
    with start_command(*arguments, folder=folder, environment=environment) as process:
        out, err = process.communicate(keys, timeout=PATIENCE)
    return Ended(code=process.returncode, out=out, err=err)


def run_commands(lines: Iterable[Sequence[str]], *, folder: Path | None = None) -> list[Ended]:
    """Run command lines side by side, with nothing on their keypads; give how each ended."""
    done = subprocess.run(
        (sys.executable, "-m", "tests.support.commands"),
        cwd=folder,
        input=json.dumps(list(map(list, lines))),
        stdout=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, **_PLAIN},
        check=True,
    )
    return [Ended(**ended) for ended in json.loads(done.stdout)]


class _Started:
    """A fork that carries out one command line."""

    def __init__(self, line: Sequence[str]) -> None:
        self._out = tempfile.TemporaryFile()  # noqa: SIM115 -- `wait` closes it
        self._err = tempfile.TemporaryFile()  # noqa: SIM115 -- the same
        self._pid = os.fork()
        if not self._pid:
            self._become(line)

    def _become(self, line: Sequence[str]) -> NoReturn:
        code = 1
        try:
            for descriptor, file in ((1, self._out), (2, self._err)):
                os.dup2(file.fileno(), descriptor)
            sys.argv = ["mppsim", *line]
            runpy.run_module("mppsim", run_name="__main__")
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)

    def wait(self) -> Ended:
        _, status = os.waitpid(self._pid, 0)
        code = os.waitstatus_to_exitcode(status)
        return Ended(code=code, out=_read(self._out), err=_read(self._err))


def _read(file: BinaryIO) -> str:
    with file:
        file.seek(0)
        return file.read().decode()


if __name__ == "__main__":
    # For all the forks at once: each would import the same, and they are sixty.
    from mppsim.cli.commands import COMMANDS, load_command

    for name in COMMANDS:
        load_command(name)

    lines = json.load(sys.stdin)
    started = [_Started(line) for line in lines]
    sys.stdout.write(json.dumps([asdict(each.wait()) for each in started]))
