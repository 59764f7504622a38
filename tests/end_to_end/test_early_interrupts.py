"""Ctrl-C and SIGTERM at any early moment, and at the last: Python says no word of its own."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from random import Random

import pytest

from mppsim.core.encryption import encrypt_key
from tests.support.commands import PATIENCE

_ROOT = str(Path(__file__).parents[2])
_TRIES = 12

_INTERRUPTED_ON_ITS_WAY = """\
import runpy, signal, sys

number, moment, *line = sys.argv[1:]
sys.argv = ["mppsim", *line]
install, count = signal.signal, 0

def interrupt(event, arguments):
    global count
    count += 1
    if moment in (str(count), event):
        signal.raise_signal(int(number))

def begin(*given):
    # Its very first words; what the interpreter does before them is nobody's.
    install(*given)
    if given[0] == int(number):
        signal.signal = install
        sys.addaudithook(interrupt)

signal.signal = begin
runpy.run_module("mppsim", run_name="__main__", alter_sys=True)
"""
"""Interrupts itself at the N-th thing that Python tells its auditors of (imports, files, sockets),
or at one of a name."""

_INTERRUPTED_AT_THE_LAST = """\
import runpy, signal, sys

number, *line = sys.argv[1:]

class Last:
    # Taken down with the module that holds it, when no handler is called any more.
    def __del__(self, interrupt=signal.raise_signal, number=int(number)):
        interrupt(number)

signal.last = Last()
sys.argv = ["mppsim", *line]
runpy.run_module("mppsim", run_name="__main__", alter_sys=True)
"""

COMMANDS = {
    "run": (("run", "--phones", "4"), {130}),
    "phone": (("phone", "--sip-port", "0", "--web-port", "0"), {130}),
    "serve": (("serve", "--listen", "127.0.0.1:0"), {130, 0}),  # at Ctrl-C a server ends well
    "notify": (("notify", "127.0.0.1:9", "--timeout", "100ms"), {130}),
}


def interrupt_at(
    moment: int | str, *line: str, folder: Path, number: int = signal.SIGINT
) -> tuple[int, str]:
    """Run a command line that is interrupted at that moment; give its exit code and errors."""
    return _run(_INTERRUPTED_ON_ITS_WAY, str(int(number)), str(moment), *line, folder=folder)


def _run(program: str, *arguments: str, folder: Path) -> tuple[int, str]:
    ended = subprocess.run(
        (sys.executable, "-c", program, *arguments),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, "PYTHONPATH": _ROOT, "TMPDIR": str(folder)},
        check=False,
    )
    return ended.returncode, ended.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_interruption_at_any_early_moment_is_exit_code_130_and_no_traceback(
    name: str, tmp_path: Path
) -> None:
    line, codes = COMMANDS[name]
    # Each of them comes to 5,000 such moments at least before it has done anything.
    drawn = Random(name)
    moments = [1, *(drawn.randrange(2, 5000) for _ in range(_TRIES - 1))]
    tries = zip(moments, cycle((signal.SIGINT, signal.SIGINT, signal.SIGTERM)), strict=False)

    def interrupt(a_try: tuple[int, int]) -> tuple[int, str]:
        return interrupt_at(a_try[0], *line, folder=tmp_path, number=a_try[1])

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(interrupt, tries))

    assert {code for code, _ in ends} <= codes
    assert [said for _, said in ends if "Traceback" in said or "ignored" in said] == []
    assert [path.name for path in tmp_path.glob("mppsim-*")] == []


def test_interruption_leaves_nothing_of_what_is_being_decrypted(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_bytes(encrypt_key(b"<flat-profile/>\n", "k", digest="sha256", random_bytes=bytes))
    line = ("decrypt", str(report), "--key", "k", "--out", str(tmp_path / "opened.xml"))
    code, _ = interrupt_at("os.rename", *line, folder=tmp_path)

    assert code == 130
    assert [path.name for path in tmp_path.iterdir()] == ["report.xml"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("line", "code"), [("models", 0), ("params No_Such_Parameter", 2)])
def test_interruption_while_the_interpreter_ends_changes_no_exit_code(
    line: str, code: int, number: signal.Signals, tmp_path: Path
) -> None:
    ended, said = _run(_INTERRUPTED_AT_THE_LAST, str(int(number)), *line.split(), folder=tmp_path)

    assert ended == code
    assert "Traceback" not in said
