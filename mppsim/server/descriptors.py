"""Room for connections: the usual 1,024 files are fewer than a load test's phones."""

import contextlib
import resource

__all__ = ["count_places", "raise_descriptor_limit"]

_DESCRIPTORS = 20_000
_SPARE = 512
"""For reports on their way to the disk, TFTP transfers, and what else a process has open."""


def raise_descriptor_limit() -> None:
    """Let this process open as many files as it may, up to 20,000."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def count_places() -> int:
    """Return how many connections this process may have, with descriptors left for the rest."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return _DESCRIPTORS
    return max(1, soft - min(_SPARE, soft // 2))
