"""The phones of workers that have died: what they sent is known to nobody, so nothing is judged."""

from collections.abc import Collection, Iterator

from mppsim.fleet.roster import Roster

__all__ = ["LostPhones"]


class LostPhones:
    """Knows them by their MAC addresses; `lost` are the numbers of their workers."""

    def __init__(self, roster: Roster, lost: Collection[int], workers: int) -> None:
        self._roster = roster
        self._lost = lost
        self._workers = workers

    def has(self, mac: str) -> bool:
        """Say whether a phone is one of them; no name is that of several, and one of them is."""
        if not self._lost or not mac:
            return bool(self._lost)
        number = self._roster.find_mac(mac)
        return number is not None and self.has_number(number)

    def has_number(self, number: int) -> bool:
        """Say whether a phone is one of them, by its number."""
        return self._worker_of(number) in self._lost

    def tell(self) -> Iterator[str]:
        """Say how many are not read back, in a sentence for each worker."""
        for worker in sorted(self._lost):
            count = sum(self._worker_of(n) == worker for n in range(self._roster.count))
            phones = "1 phone" if count == 1 else f"{count:,} phones"
            was = "was" if count == 1 else "were"
            yield f"{phones} of worker {worker + 1} {was} not read back: it is lost"

    def _worker_of(self, number: int) -> int:
        return self._roster.worker_of(number, self._workers)
