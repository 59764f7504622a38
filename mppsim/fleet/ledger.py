"""What the phones sent, and what of it was accepted, by place: to be held against what is there."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from mppsim.core.place_table import PlaceTable

__all__ = ["Ledger", "Sent"]

_WRAP = (1 << 64) - 1
_EARLIER = ("earlier", "before")
_COLUMNS = {
    "sent": "I",
    "accepted": "I",
    "sum": "Q",
    "last": "Q",
    **dict.fromkeys(_EARLIER, "Q"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What was sent to one place. Reports are told apart by `mppsim.core.evidence.fingerprint`."""

    sent: int
    """Reports that were handed to the network."""
    accepted: int
    """Those of them that the server said yes to."""
    sum: int
    """Of the fingerprints of what was accepted, modulo 2 to the 64th."""
    last: int
    """Fingerprint of the last one accepted, if any was."""
    earlier: tuple[int, ...]
    """Of some that were accepted before it, the latest first."""
    unsure: tuple[int, ...]
    """Of those that went out and had no answer: the server may have them, or not."""


class Ledger:
    """Takes down what phones do; a million places cost some 200 bytes each."""

    def __init__(self) -> None:
        self._table = PlaceTable(_COLUMNS)
        # By themselves: each report looks at all of them.
        self._sent, self._accepted, self._sum, self._last, self._earlier, self._before = (
            self._table[name] for name in _COLUMNS
        )
        self._unsure: dict[str, list[int]] = {}

    def __len__(self) -> int:
        """Count the places."""
        return len(self._table)

    def __contains__(self, place: str) -> bool:
        """Say whether anything was sent to a place."""
        return place in self._table.rows

    def sent(self, place: str) -> None:
        """Take down that a report is on its way to a place of `evidence.place_of`."""
        self._sent[self._table.row_of(place)] += 1

    def accepted(self, place: str, print_: int) -> None:
        """Take down that the server accepted the report with this fingerprint."""
        row = self._table.row_of(place)
        self._before[row] = self._earlier[row]
        self._earlier[row] = self._last[row]
        self._last[row] = print_
        self._sum[row] = (self._sum[row] + print_) & _WRAP
        self._accepted[row] += 1

    def unsure(self, place: str, print_: int) -> None:
        """Take down that nobody knows whether the server has the report."""
        self._table.row_of(place)
        self._unsure.setdefault(place, []).append(print_)

    def find(self, place: str) -> Sent | None:
        """Say what is known of a place; None: nothing was sent there."""
        row = self._table.rows.get(place)
        return None if row is None else self._read(place, row)

    def items(self) -> Iterator[tuple[str, Sent]]:
        """Go through all places, in the order in which they were first used."""
        return ((place, self._read(place, row)) for place, row in self._table.rows.items())

    def snapshot(self) -> bytes:
        """Give everything since the start as bytes, for another process."""
        return json.dumps(self._unsure).encode() + b"\n" + self._table.dump()

    def merge(self, snapshot: bytes) -> None:
        """Add what another ledger knew; raises `MppSimError` for what is no snapshot of one.

        A phone lives in one process, so its places do too. Where a place has no phone's name and
        two ledgers know it, nobody knows which report came last: either counts as earlier.
        """
        unsure, _, dumped = snapshot.partition(b"\n")
        other = PlaceTable(_COLUMNS)
        other.load(dumped)
        if self._table.rows.keys().isdisjoint(other.rows):
            self._table.extend(other)  # in a tenth of the time, and the usual case
        else:
            for place, row in other.rows.items():
                self._add(place, other, row)
        for place, prints in json.loads(unsure).items():
            self._unsure.setdefault(place, []).extend(prints)

    def _add(self, place: str, other: PlaceTable, there: int) -> None:
        table = self._table
        here = table.row_of(place)
        if not table["accepted"][here]:
            for name in ("last", *_EARLIER):
                table[name][here] = other[name][there]
        elif other["accepted"][there]:
            table["before"][here] = table["earlier"][here]
            table["earlier"][here] = other["last"][there]
        for name in ("sent", "accepted"):
            table[name][here] += other[name][there]
        table["sum"][here] = (table["sum"][here] + other["sum"][there]) & _WRAP

    def _read(self, place: str, row: int) -> Sent:
        table = self._table
        accepted = table["accepted"][row]
        return Sent(
            sent=table["sent"][row],
            accepted=accepted,
            sum=table["sum"][row],
            last=table["last"][row],
            earlier=tuple(table[name][row] for name in _EARLIER[: max(0, accepted - 1)]),
            unsure=tuple(self._unsure.get(place, ())),
        )
