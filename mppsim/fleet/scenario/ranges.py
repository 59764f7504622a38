"""MAC addresses and IPv4 addresses of groups: ranges as numbers, who has which, what is free.

A range costs what one address costs, and so does to find that two overlap.
"""

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import NamedTuple, overload

__all__ = [
    "Repeated",
    "Span",
    "find_overlaps",
    "find_room",
    "read_address",
    "read_addresses",
    "show_address",
    "show_mac",
]

_ADDRESSES = 1 << 32


class Repeated(Sequence[int]):
    """One number, as many times: the address that a whole fleet shares."""

    __slots__ = ("_count", "number")

    def __init__(self, number: int, count: int) -> None:
        self.number = number
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> "Repeated": ...
    def __getitem__(self, place: int | slice) -> "int | Repeated":
        found = range(self._count)[place]  # raises what a list would raise
        return self.number if isinstance(found, int) else Repeated(self.number, len(found))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Repeated):
            return NotImplemented
        return (self.number, len(self)) == (other.number, len(other))

    def __hash__(self) -> int:
        return hash((self.number, self._count))


class Span(NamedTuple):
    """Addresses in a row, and whose they are."""

    first: int
    stop: int
    """The first one beyond."""
    group: int
    item: int | None = None
    """The place in the group's list that names them; None: all of the group's."""


def find_overlaps(spans: Iterable[Span]) -> Iterator[tuple[Span, Span]]:
    """Give each span that shares an address with one before it, after that one.

    Before: of an earlier group, or earlier in a group's list.
    """
    longest: Span | None = None
    for span in sorted(spans):
        if longest is not None and span.first < longest.stop:
            earlier, later = sorted((longest, span), key=lambda each: (each.group, each.item or 0))
            yield earlier, later
        if longest is None or span.stop > longest.stop:
            longest = span


def find_room(taken: Iterable[Span], low: int, stop: int, count: int) -> int | None:
    """Return the lowest number from which as many are free, all below `stop`; None: no room."""
    at = low
    for span in sorted(taken):
        if span.first >= at + count:
            break
        at = max(at, span.stop)
    return at if at + count <= stop else None


def read_address(text: str) -> int:
    """Return an IPv4 address as a number; raise `ValueError` with a sentence."""
    try:
        return int(IPv4Address(text.strip()))
    except ValueError:
        raise ValueError(f"{text!r} is no IPv4 address; write it like 127.20.0.1") from None


def read_addresses(text: str, count: int) -> Sequence[int]:
    """Return as many addresses: from a first one on, or those of a network.

    A network of one address gives that one to all. Raises `ValueError` with a sentence.
    """
    if "/" not in text:
        first, stop = read_address(text), _ADDRESSES
    else:
        network = _read_network(text)
        first, stop = int(network.network_address), int(network.broadcast_address) + 1
        if network.prefixlen == 32:
            return Repeated(first, count)
        if network.prefixlen < 31:  # its first address and its last one are nobody's
            first, stop = first + 1, stop - 1
    if first + count > stop:
        room = max(stop - first, 0)
        raise ValueError(f"{text} has {room:,} addresses for {count:,} phones; take a larger one")
    return range(first, first + count)


def show_address(number: int) -> str:
    """Return an IPv4 address as people write it."""
    return str(IPv4Address(number))


def show_mac(number: int) -> str:
    """Return a MAC address as people write it."""
    digits = f"{number:012X}"
    return ":".join(digits[place : place + 2] for place in range(0, 12, 2))


def _read_network(text: str) -> IPv4Network:
    try:
        return IPv4Network(text.strip(), strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is no network; write it like 10.20.0.0/16") from None
