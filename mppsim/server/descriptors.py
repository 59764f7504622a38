"""Room for connections: the usual 1,024 files are fewer than a load test's phones."""

import contextlib
import resource

__all__ = ["raise_descriptor_limit"]

_DESCRIPTORS = 20_000


def raise_descriptor_limit() -> int:
    """Let this process open as many files as it may, up to 20,000; return how many that are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _DESCRIPTORS if soft == resource.RLIM_INFINITY else soft
