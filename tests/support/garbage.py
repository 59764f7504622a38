"""What only the garbage collector would find: where a run spares it, that would stay for good."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["watching_garbage"]


@contextmanager
def watching_garbage() -> Iterator[list[str]]:
    """List, at the end of the block, the types of what is ours and only it would have found."""
    found: list[str] = []
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield found
        gc.collect()
        types = [type(each) for each in gc.garbage]
        found += [
            each.__name__ for each in types if each.__module__.startswith(("mppsim", "httptools"))
        ]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
