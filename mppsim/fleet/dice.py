"""Chance that follows from the seed: the same phone draws the same, whatever the others do.

Nothing is kept between two draws, so a million phones' dice cost nothing, and it makes no
difference in which process a phone lives.
"""

from collections.abc import Callable
from hashlib import blake2b
from math import log1p

__all__ = ["Dice"]

_SHARE_BYTES = 7  # 56 bits: more than a float can tell apart
_SHARES = 1 << (8 * _SHARE_BYTES)
_CHOICE_BYTES = 8
_DIGEST_BYTES = 64


class Dice:
    """Draws for purposes: `share("start", 17)` is always the same number of a seed."""

    __slots__ = ("_root",)

    def __init__(self, seed: int) -> None:
        self._root = blake2b(str(seed).encode(), digest_size=_DIGEST_BYTES)

    def share(self, purpose: str, *places: int) -> float:
        """Return a number from 0 up to and without 1, evenly spread."""
        drawn = self._draw(f"{purpose}/{'/'.join(map(str, places))}")
        return int.from_bytes(drawn[:_SHARE_BYTES], "big") / _SHARES

    def below(self, limit: int, purpose: str, *places: int) -> int:
        """Return a whole number from 0 up to and without `limit`."""
        return int(self.share(purpose, *places) * limit)

    def wait(self, mean: float, purpose: str, *places: int) -> float:
        """Return seconds to the next of events that come at random, `mean` seconds apart."""
        return -mean * log1p(-self.share(purpose, *places))

    def source(self, purpose: str, *places: int) -> Callable[[int], bytes]:
        """Return a source of random bytes: each call goes on where the last one ended."""
        name = "/".join((purpose, *map(str, places)))
        drawn = 0

        def random_bytes(count: int) -> bytes:
            nonlocal drawn
            first, drawn = drawn, drawn + -(-count // _DIGEST_BYTES)
            if drawn - first == 1:  # nearly always
                return self._draw(f"{name}/{first}")[:count]
            return b"".join([self._draw(f"{name}/{n}") for n in range(first, drawn)])[:count]

        return random_bytes

    def chooser(self, purpose: str, *places: int) -> Callable[[int], int]:
        """Return what chooses from 0 up to and without a limit, each time anew."""
        chosen = -1

        def choose(limit: int) -> int:
            nonlocal chosen
            chosen += 1
            if limit == 1:  # as most changes have it: of one parameter, whose text is numbered
                return 0
            drawn = self._draw("/".join(map(str, (purpose, *places, chosen))))
            return int.from_bytes(drawn[:_CHOICE_BYTES], "big") * limit >> 8 * _CHOICE_BYTES

        return choose

    def _draw(self, name: str) -> bytes:
        root = self._root.copy()
        root.update(f"/{name}".encode())
        return root.digest()
