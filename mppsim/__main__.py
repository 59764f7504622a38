"""`python -m mppsim` and the script `mppsim` are the command."""

import atexit
import os
import signal
import sys
from types import FrameType

__all__ = ["main"]

_INTERRUPTED = 130


def main() -> int:
    """Run the command line; return its exit code.

    Ctrl-C and SIGTERM end the program without a word until a command has said what else they do.
    """
    # What a command needs takes part of a second to import. Raised there, a KeyboardInterrupt is
    # shown as a traceback, or falls where Python tells of it and goes on.
    _leave_at_signals(_INTERRUPTED)
    from mppsim.cli import main as run_command  # noqa: PLC0415 - after the line above

    try:
        code = run_command()
    except KeyboardInterrupt:
        code = _INTERRUPTED
    _leave_at_signals(code)  # all is done and said
    atexit.register(_ignore_signals)
    return code


def _leave_at_signals(code: int) -> None:
    def leave(_number: int, _frame: FrameType | None) -> None:
        os._exit(code)

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup and the like have it
            signal.signal(number, leave)


def _ignore_signals() -> None:
    """Let nothing change the exit code any more.

    From here on the interpreter only takes itself down, a large fleet in parts of a second. It
    calls no handler while it does, but puts signals back to what ends a process without an exit
    code, except those that are ignored.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
