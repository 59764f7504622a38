"""The memory of a process of phones: what one report has used is there for the next.

glibc gives the kernel back what is free at the heap's end, and asks for it anew, page by page: with
full reports once for nearly each of them, which took a quarter of the time.
"""

import ctypes
import sys

__all__ = ["keep_heap"]

# The numbers that mallopt(3) knows them by.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_MOST_KEPT = 1 << 30
_LONGEST_IN_HEAP = 1 << 25


def keep_heap() -> None:
    """Keep up to 1 GiB of freed memory for what comes next; without glibc nothing is done."""
    change = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if change is not None:
        change(_MMAP_THRESHOLD, _LONGEST_IN_HEAP)
        change(_TRIM_THRESHOLD, _MOST_KEPT)
