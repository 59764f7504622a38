"""Faults on purpose: what they are, and which request meets which."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

__all__ = ["Fault", "FaultKind", "Misfortune", "faults_at", "find_moments"]

_SHARE_BYTES = 7
_SHARES = 1 << (8 * _SHARE_BYTES)


class FaultKind(StrEnum):
    """What a fault does to a request."""

    STATUS = "status"
    """It is answered with this status, and nothing is stored."""
    DELAY = "delay"
    """It is answered so many seconds later."""
    CUT = "cut"
    """Its connection is cut in the middle of its body."""
    SLOW = "slow"
    """Its body is read with so many bytes a second."""
    REDIRECT = "redirect"
    """It is sent to the same place again with a 307, so many times in a row; then it is served."""
    AUTH = "auth"
    """It gets a 401, whatever credentials it brings."""
    DOWN = "down"
    """Nobody listens: connections are refused, and those that there are cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault, how many requests it befalls, and when."""

    kind: FaultKind
    value: float = 0.0
    """The status, the seconds of the delay, the bytes a second, or how many redirects."""
    share: float = 1.0
    """Share of the requests, 0 to 1; `down` befalls all."""
    begins: float = 0.0
    """Seconds since the server's start."""
    ends: float | None = None
    """None: it lasts until the end."""

    def __str__(self) -> str:
        """Give kind and value as the command line has them."""
        match self.kind:
            case FaultKind.STATUS:
                return f"status:{self.value:.0f}"
            case FaultKind.DELAY:
                return f"delay:{self.value:g}s"
            case FaultKind.SLOW:
                return f"slow:{self.value:.15g}B/s"
            case FaultKind.REDIRECT if self.value > 1:
                return f"redirect:{self.value:.0f}"
        return str(self.kind)

    @property
    def in_words(self) -> str:
        """Return kind, value and share as the command line has them."""
        return str(self) if self.share == 1 else f"{self}={self.share * 100:g}%"


def faults_at(faults: Iterable[Fault], now: float) -> tuple[Fault, ...]:
    """Give those that are in force at a moment."""
    return tuple(
        fault
        for fault in faults
        if fault.begins <= now and (fault.ends is None or now < fault.ends)
    )


def find_moments(faults: Iterable[Fault]) -> list[float]:
    """Give the moments at which a fault begins or ends, the first one first."""
    edges = (edge for fault in faults for edge in (fault.begins, fault.ends))
    return sorted({edge for edge in edges if edge is not None})


class Misfortune:
    """Says what befalls each request, by the seed.

    It depends on who sends it and how many of theirs came before it while faults were in force,
    and not on what others send meanwhile.
    """

    def __init__(self, seed: int) -> None:
        self.faults: tuple[Fault, ...] = ()
        """Those in force; where two befall a request, it meets the one that stands first."""
        self._seed = seed
        self._counts: dict[str, int] = {}

    def draw(self, sender: str) -> Fault | None:
        """Say which fault the sender's next request meets; None: it is served."""
        if not self.faults:
            return None
        number = self._counts.get(sender, 0)
        self._counts[sender] = number + 1
        for fault in self.faults:
            if fault.kind is FaultKind.DOWN:
                continue
            if self._share(f"{self._seed}/{fault}/{sender}/{number}") < fault.share:
                return fault
        return None

    @property
    def is_down(self) -> bool:
        """Whether nobody is to listen now."""
        return any(fault.kind is FaultKind.DOWN for fault in self.faults)

    @staticmethod
    def _share(text: str) -> float:
        drawn = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_SHARE_BYTES).digest()
        return int.from_bytes(drawn, "big") / _SHARES
