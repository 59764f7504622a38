"""Slow down who guesses passwords: so many wrong ones at once, then one every few seconds."""

__all__ = ["FREE_GUESSES", "SECONDS_A_GUESS", "Guesses"]

FREE_GUESSES = 5
"""So many wrong passwords in a row are answered at once."""
SECONDS_A_GUESS = 3.0
"""After that, no password is looked at until so many seconds have passed since the last one."""

_MOST_PHONES = 4096


class Guesses:
    """Counts wrong passwords for each phone, whoever sent them; forgets what is long past.

    While a phone is being guessed at, right passwords wait too: else one could be told by that.
    """

    __slots__ = ("_until",)

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        # When the guesses so far will have been paid for, by phone, the latest guessed at last.

    def wait(self, phone: str, now: float) -> float:
        """Return for how many seconds no password is looked at; 0: it may be tried."""
        owed = self._until.get(phone, now) - now
        return max(0.0, owed - (FREE_GUESSES - 1) * SECONDS_A_GUESS)

    def note_wrong(self, phone: str, now: float) -> None:
        """Take note of a wrong password."""
        until = max(now, self._until.pop(phone, now)) + SECONDS_A_GUESS
        self._until[phone] = until
        if len(self._until) > _MOST_PHONES:
            del self._until[next(iter(self._until))]
