"""The command itself: every subcommand, and what becomes of an error.

Exit codes: 0 as expected, 1 a bug here, 2 wrong usage, rule or scenario, 3 what was asked was
refused or did not hold, 4 could not start, 130 interrupted.
"""

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import typer
from typer.exceptions import TyperException

from mppsim import __version__
from mppsim.cli.commands import Commands
from mppsim.errors import EncryptionError, MppSimError, ScenarioError, StartError, UploadError

__all__ = ["app", "main"]

BUG, USAGE, REFUSED, NOT_STARTED, INTERRUPTED = 1, 2, 3, 4, 130

app = typer.Typer(
    name="mppsim",
    cls=Commands,
    help="Emulates the reporting agent of Cisco IP Phone Multiplatform (MPP) firmware.",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mppsim {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    *,
    version: bool = typer.Option(
        False,
        "--version",
        help="Print the version and exit.",
        callback=_show_version,
        is_eager=True,
    ),
) -> None:
    """Emulate the reporting agent of Cisco IP Phone Multiplatform (MPP) firmware."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code.

    An error that mppsim knows is one line on standard error, after one for each fault of a
    scenario; anything else is a bug here, and `MPPSIM_TRACEBACK=1` shows where.
    """
    if sys.stdout is None:  # it was closed from the start
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
    code = _guarded(lambda: app(args=arguments, standalone_mode=False, prog_name="mppsim"))
    if not code:
        return _guarded(_flush)
    with suppress(OSError):  # one thing that went wrong is enough to tell
        _flush()
    return code


def _guarded(run: Callable[[], object]) -> int:
    try:
        return _exit_code(run())
    except TyperException as wrong_usage:
        _tell(f"{wrong_usage.format_message()} (`--help` lists what there is)")
        return USAGE
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        return _end_unheard()
    except SystemExit as ended:
        # What typer makes of a broken pipe, whatever its mode.
        if not isinstance(ended.__context__, BrokenPipeError):
            raise
        return _end_unheard()
    except (MppSimError, OSError) as error:
        _tell_error(error)
        return _code_of(error)
    except Exception as bug:  # noqa: BLE001 - the last line of defence: no traceback reaches a user
        _tell_bug(bug)
        return BUG


def _end_unheard() -> int:
    """End well: the reader of our output went away, as `head` does, and nothing is left to do."""
    sys.stdout = None
    return 0


def _flush() -> None:
    """Send out what is still to be said; it cannot be told in one line once the program ends."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        sys.stdout = None  # keeps the interpreter from trying again
        raise


def _exit_code(result: object) -> int:
    return result if isinstance(result, int) else 0


def _describe(error: MppSimError | OSError) -> str:
    if isinstance(error, ScenarioError):
        count = len(error.faults)
        return f"{count:,} fault{'' if count == 1 else 's'}; nothing was started"
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror


def _code_of(error: MppSimError | OSError) -> int:
    if isinstance(error, (EncryptionError, UploadError)):
        return REFUSED
    if isinstance(error, (StartError, OSError)):
        return NOT_STARTED
    return USAGE


def _tell_error(error: MppSimError | OSError) -> None:
    if isinstance(error, ScenarioError):
        # A line for each fault, which begins with its place as a compiler's does.
        with suppress(OSError):  # nobody is there to be told
            typer.echo(str(error), err=True)
    _tell(_describe(error))


def _tell_bug(bug: Exception) -> None:
    if os.environ.get("MPPSIM_TRACEBACK"):
        traceback.print_exception(bug)
    _tell(
        f"this is a bug in mppsim ({type(bug).__name__});"
        " please report it with the output of the same command under MPPSIM_TRACEBACK=1"
    )


def _tell(sentence: str) -> None:
    line = " ".join(sentence.split("\n"))
    with suppress(OSError):  # nobody is there to be told
        typer.echo(f"mppsim: {line}", err=True)
