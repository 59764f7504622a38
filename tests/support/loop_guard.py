"""What a callback raises is nobody's to await: it fails the test that waits, at once."""

import asyncio
from typing import Any

__all__ = ["guard_loop"]


def guard_loop() -> None:
    """Watch over the running loop, unless the test has a handler of its own for what is raised."""
    loop = asyncio.get_running_loop()
    if loop.get_exception_handler() is None:
        loop.set_exception_handler(_fail)


def _fail(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    loop.default_exception_handler(context)  # the traceback, which pytest shows
    if isinstance(context.get("exception"), asyncio.CancelledError):
        return  # asyncio's streams, before Python 3.12, of a server's task that is cancelled
    for task in asyncio.all_tasks(loop):
        task.cancel(f"{context['message']}: {context.get('exception')!r}")
