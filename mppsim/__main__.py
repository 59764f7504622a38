"""`python -m mppsim` and the script `mppsim` are the command."""

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

__all__ = ["main"]

_INTERRUPTED = 130


def main() -> int:
    """Run the command line; return its exit code.

    Ctrl-C ends the program without a word until a command has said what else it does.
    """
    # What a command needs takes part of a second to import. Raised there, a KeyboardInterrupt is
    # shown as a traceback, or falls where Python tells of it and goes on.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is to be ignored
        signal.signal(signal.SIGINT, _leave)
    from mppsim.cli import main as run_command  # noqa: PLC0415 - after the line above

    try:
        code = run_command()
    except KeyboardInterrupt:
        code = _INTERRUPTED
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done and said
    return code


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    os._exit(_INTERRUPTED)


if __name__ == "__main__":
    sys.exit(main())
