"""What becomes of an error, and of output that nobody takes."""

import errno
import io
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from mppsim.cli import app as command
from mppsim.errors import (
    CatalogueError,
    EncryptionError,
    MppSimError,
    ParameterError,
    ProfileError,
    ReportRuleError,
    ScenarioError,
    SipError,
    StartError,
    UploadError,
)
from tests.support.commands import PATIENCE, run_command, start_command

GONE = "mppsim: this is a bug in mppsim ({}); please report it with the output of the same command"

ENDINGS = [
    (CatalogueError("no such model"), 2, "no such model"),
    (ParameterError("GPP_A", "is short"), 2, "GPP_A: is short"),
    (ReportRuleError("no scheme", text="[--key secret]x", at=9), 2, "column 10: no scheme"),
    (ProfileError("a.xml, line 2: broken"), 2, "a.xml, line 2: broken"),
    (SipError("odd"), 2, "odd"),
    (MppSimError("odd"), 2, "odd"),
    (EncryptionError("does not open"), 3, "does not open"),
    (UploadError("dns", "no such host"), 3, "dns: no such host"),
    (UploadError("timeout", ""), 3, "timeout"),
    (StartError("port taken"), 4, "port taken"),
    (OSError(28, "No space left on device"), 4, "No space left on device"),
    (FileNotFoundError(2, "No such file or directory", "x.xml"), 4, "x.xml: No such file or dir"),
    (OSError("something"), 4, "something"),
    (StartError("two\nlines"), 4, "two lines"),
    (typer.BadParameter("--ip x: give an address"), 2, "give an address (`--help` lists"),
]


def end_with(error: BaseException) -> int:
    def run() -> None:
        raise error

    return command._guarded(run)


@pytest.mark.parametrize(("error", "code", "says"), ENDINGS, ids=str)
def test_known_error_is_one_line_and_its_exit_code(
    error: Exception, code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert end_with(error) == code

    out, err = capsys.readouterr()
    assert err.startswith("mppsim: ")
    assert says in err
    assert (out, err.count("\n")) == ("", 1)


@pytest.mark.parametrize(
    ("faults", "last"),
    [
        (["s.yaml:1:1: one"], "mppsim: 1 fault; nothing was started"),
        (["s.yaml:1:1: one", "p.csv:2: two"], "mppsim: 2 faults; nothing was started"),
    ],
)
def test_scenario_with_faults_is_a_line_for_each(
    faults: list[str], last: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert end_with(ScenarioError(faults)) == 2

    assert capsys.readouterr().err.splitlines() == [*faults, last]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), typer.Abort()], ids=repr)
def test_interruption_is_quiet(error: BaseException, capsys: pytest.CaptureFixture[str]) -> None:
    assert end_with(error) == 130
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("error", [ZeroDivisionError("1/0"), AssertionError("no row"), KeyError(1)])
@pytest.mark.parametrize("is_shown", [False, True])
def test_bug_is_one_line_and_a_traceback_where_asked_for(
    error: Exception,
    is_shown: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MPPSIM_TRACEBACK", "1" if is_shown else "")

    assert end_with(error) == 1

    out, err = capsys.readouterr()
    line = err.splitlines()[-1]
    assert out == ""
    assert line.startswith(GONE.format(type(error).__name__))
    assert ("Traceback" in err) is is_shown
    assert (err.count("\n") == 1) is not is_shown


@pytest.mark.parametrize(("result", "code"), [(None, 0), (0, 0), (3, 3), (130, 130), ("text", 0)])
def test_command_ends_with_the_code_that_it_gave(result: object, code: int) -> None:
    assert command._guarded(lambda: result) == code


def test_broken_pipe_ends_well_though_typer_makes_an_exit_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def write() -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    app = typer.Typer()
    app.command()(write)
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, io.StringIO())  # typer and we replace them

    with pytest.raises(SystemExit):
        app(args=[], standalone_mode=False)
    assert command._guarded(lambda: app(args=[], standalone_mode=False)) == 0
    assert end_with(BrokenPipeError()) == 0
    assert sys.stdout is None
    assert command._guarded(command._flush) == 0


def test_exit_that_is_not_about_a_reader_is_none_of_ours() -> None:
    with pytest.raises(SystemExit):
        end_with(SystemExit(5))


# Output that cannot be written.


class Blocked(io.StringIO):
    """A standard output that fails where it is flushed."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self._error = error

    def flush(self) -> None:
        raise self._error


def run_blocked(
    monkeypatch: pytest.MonkeyPatch, error: OSError, *arguments: str
) -> tuple[int, object]:
    """Run with an output that fails at its end; give the exit code and what is left of it."""
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", Blocked(error))
        return command.main(arguments), sys.stdout


@pytest.mark.parametrize(
    ("error", "arguments", "code", "says"),
    [
        (BrokenPipeError(32, "Broken pipe"), ("models", "--json"), 0, ""),
        (OSError(28, "No space left"), ("models", "--json"), 4, "mppsim: No space left\n"),
        (BrokenPipeError(32, "Broken pipe"), ("models", "--firmware", "x"), 2, "no firmware"),
        (OSError(28, "No space left"), ("models", "--firmware", "x"), 2, "no firmware release"),
    ],
)
def test_output_that_fails_at_the_end_is_told_once_and_dropped(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: OSError,
    arguments: tuple[str, ...],
    code: int,
    says: str,
) -> None:
    assert run_blocked(monkeypatch, error, *arguments) == (code, None)

    err = capsys.readouterr().err
    assert says in err
    assert err.count("\n") == bool(says)


@pytest.mark.parametrize("arguments", [("--version",), ("models",), ("models", "--json")])
def test_program_without_a_standard_output_runs(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", None)
        assert command.main(arguments) == 0
        sys.stdout.close()


@pytest.mark.parametrize("arguments", [("--version",), ("models", "--json")])
def test_reader_that_left_is_no_error_whatever_was_written(arguments: tuple[str, ...]) -> None:
    with start_command(*arguments) as process:
        assert process.stdout is not None
        process.stdout.close()
        _, err = process.communicate(timeout=PATIENCE)

    assert (process.returncode, err) == (0, "")


def test_full_disk_is_one_line_and_exit_code_4() -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            (sys.executable, "-m", "mppsim", "models"),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    assert (ended.returncode, ended.stderr) == (4, "mppsim: No space left on device\n")


# The commands themselves.


@pytest.mark.parametrize(
    ("arguments", "code", "out", "err"),
    [
        ((), 0, "Usage: mppsim", ""),
        (("-h",), 0, "Usage: mppsim", ""),
        (("--version",), 0, "mppsim ", ""),
        (("run", "--help"), 0, "Usage: mppsim run", ""),
        (("frobnicate",), 2, "", "mppsim: No such command 'frobnicate'"),
        (("--frobnicate",), 2, "", "mppsim: No such option: --frobnicate"),
        (("decrypt",), 2, "", "mppsim: Missing argument"),
    ],
)
def test_command_line_is_answered(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, out: str, err: str
) -> None:
    assert command.main(arguments) == code

    printed = capsys.readouterr()
    assert out in printed.out
    assert printed.err.startswith(err)
    assert printed.err.count("\n") == bool(err)


def test_module_is_the_command() -> None:
    ended = run_command("--version")

    assert (ended.code, ended.err) == (0, "")
