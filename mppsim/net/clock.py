"""The run's clock: real time, N times as fast, or as fast as the work allows."""

import time
from collections.abc import Callable
from math import inf

__all__ = ["RunClock"]


class RunClock:
    """Seconds since the run began, on a scale of its own.

    With a `speed` it is real time multiplied. Without one it stands still until somebody moves
    it: `Timers` does, to the next deadline, whenever nothing real is in hand.
    """

    def __init__(
        self,
        speed: float | None = 1.0,
        *,
        real: Callable[[], float] = time.monotonic,
        is_begun: bool = True,
    ) -> None:
        """Start at 0. `speed` is above 0, or None for a clock that jumps (`--speed max`).

        One that is not begun stands at 0 until `begin`.
        """
        self.speed = speed
        self._real = real
        self._began = real() if is_begun else inf
        self._stands_at = 0.0

    def begin(self, zero: float) -> None:
        """Let the run begin at this moment of `real`, which all processes of a machine share."""
        self._began = zero

    def now(self) -> float:
        """Return the seconds since the run began."""
        if self.speed is None:
            return self._stands_at
        return max(0.0, (self._real() - self._began) * self.speed)

    def jump_to(self, moment: float) -> None:
        """Move a clock that jumps; it never goes back."""
        assert self.speed is None, "only a clock without a speed can jump"
        self._stands_at = max(self._stands_at, moment)

    def real_seconds(self, span: float) -> float:
        """Return how long a span of this clock takes in real time; 0 for a clock that jumps."""
        return span / self.speed if self.speed is not None else 0.0
