"""One file descriptor that tells which of many others are ready.

Linux's epoll is used bare: `selectors` makes a key object for every event, which on the upload
path costs as much as reading the reply. Elsewhere the platform's own selector (kqueue) is dressed
in the same few methods.
"""

import select
import selectors
from contextlib import suppress
from typing import Protocol

__all__ = ["READ", "WRITE", "Poller", "SelectorPoller", "open_poller"]

READ = 0x001
"""EPOLLIN: something can be read, or the peer has closed."""

WRITE = 0x004
"""EPOLLOUT: something can be sent, or the connection is made or has failed."""


class Poller(Protocol):
    """The methods of `select.epoll` that the upload engine uses."""

    def fileno(self) -> int:
        """Return the descriptor that is readable while `poll` has something to tell."""

    def register(self, fd: int, eventmask: int = ..., /) -> None:
        """Begin to watch a descriptor; closing it ends that."""

    def modify(self, fd: int, eventmask: int, /) -> None:
        """Watch it for something else."""

    def poll(self, timeout: float | None = ..., maxevents: int = ..., /) -> list[tuple[int, int]]:
        """Return what is ready: descriptors with masks."""

    def close(self) -> None:
        """Give the descriptor back."""


class SelectorPoller:
    """A selector of the standard library in the clothes of `select.epoll`."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector

    def fileno(self) -> int:
        """Return the selector's own descriptor; only epoll, kqueue and /dev/poll have one."""
        fileno: int = self._selector.fileno()  # type: ignore[attr-defined]  # see the docstring
        return fileno

    def register(self, fd: int, eventmask: int = READ) -> None:
        """Begin to watch a descriptor, whose number may have been another's before."""
        with suppress(KeyError):
            self._selector.unregister(fd)
        self._selector.register(fd, _to_events(eventmask))

    def modify(self, fd: int, eventmask: int) -> None:
        """Watch it for something else."""
        self._selector.modify(fd, _to_events(eventmask))

    def poll(self, timeout: float | None = None, maxevents: int = -1) -> list[tuple[int, int]]:
        """Return what is ready; `maxevents` is the kernel's affair."""
        del maxevents
        return [(key.fd, _to_mask(events)) for key, events in self._selector.select(timeout)]

    def close(self) -> None:
        """Give the descriptor back."""
        self._selector.close()


def _to_events(mask: int) -> int:
    return (selectors.EVENT_READ if mask & READ else 0) | (
        selectors.EVENT_WRITE if mask & WRITE else 0
    )


def _to_mask(events: int) -> int:
    return (READ if events & selectors.EVENT_READ else 0) | (
        WRITE if events & selectors.EVENT_WRITE else 0
    )


def open_poller() -> Poller:
    """Open the best poller that this platform has."""
    if hasattr(select, "epoll"):
        return select.epoll()
    return SelectorPoller(selectors.DefaultSelector())
