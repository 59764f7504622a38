"""What the server received, by place: a listener to its events, small for a million places."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from mppsim.core.evidence import FINGERPRINT_DIGITS, place_of
from mppsim.core.place_table import PlaceTable
from mppsim.core.report_rule import ReportContent
from mppsim.server.events import Befallen, Full, Received, ServerEvent, TurnedAway
from mppsim.server.recognise import AES128GCM, AES_256_CBC, PLAIN, UNKNOWN, UNOPENED

__all__ = ["Held", "ServerLedger"]

_CONTENTS = (UNKNOWN, *ReportContent)
_ENCRYPTIONS = (PLAIN, AES_256_CBC, AES128GCM, UNOPENED)
_CONTENT_CODES = {str(name): code for code, name in enumerate(_CONTENTS)}
_ENCRYPTION_CODES = {name: code for code, name in enumerate(_ENCRYPTIONS)}
_WRAP = (1 << 64) - 1
_COLUMNS = {
    "last": "Q",
    "sum": "Q",
    "bytes": "Q",
    "count": "I",
    "unopened": "I",
    "content": "B",
    "encryption": "B",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the server received at one place."""

    last: int
    """Fingerprint of the last report."""
    sum: int
    """Of all their fingerprints, modulo 2 to the 64th: the same in whatever order they came."""
    count: int
    bytes: int
    """Of the last report."""
    unopened: int
    """How many of them no key opened."""
    content: str
    """Of the last report, as `Received` has it."""
    encryption: str


class ServerLedger:
    """Hears events of a server, and can say what it holds."""

    def __init__(self) -> None:
        self.contents: Counter[str] = Counter()
        """Reports by what they were taken for; `unknown` is what is no report or was not opened."""
        self.unopened = 0
        self.bytes = 0
        self.turned_away = 0
        self.full = 0
        """How often it was told that no more connections are taken for now."""
        self.faults: Counter[str] = Counter()
        """Requests that a fault befell, by its kind and value."""
        self._table = PlaceTable(_COLUMNS)

    def __len__(self) -> int:
        """Count the places."""
        return len(self._table)

    def hear(self, event: ServerEvent) -> None:
        """Take down one event."""
        if isinstance(event, Received):
            self._take(event)
        elif isinstance(event, TurnedAway):
            self.turned_away += 1
        elif isinstance(event, Befallen):
            self.faults[event.fault] += 1
        elif isinstance(event, Full):
            self.full += 1

    def find(self, place: str) -> Held | None:
        """Say what is known of a place of `mppsim.core.evidence.place_of`; None: nothing."""
        row = self._table.rows.get(place)
        return None if row is None else self._held(row)

    def places(self) -> Iterator[str]:
        """Go through the names of all places, in the order in which they came."""
        return iter(self._table.rows)

    def items(self) -> Iterator[tuple[str, Held]]:
        """Go through all places, in the order in which they came."""
        return ((place, self._held(row)) for place, row in self._table.rows.items())

    def dump(self) -> bytes:
        """Give what is known of all places as bytes, for another process."""
        return self._table.dump()

    def load(self, dumped: bytes) -> None:
        """Know what `dump` gave; raises `MppSimError` for anything else."""
        self._table.load(dumped)

    def _take(self, event: Received) -> None:
        table = self._table
        row = table.row_of(place_of(event.phone, event.path))
        print_ = int(event.sha256[:FINGERPRINT_DIGITS], 16)
        is_unopened = event.encryption == UNOPENED
        self.contents[event.content] += 1
        self.bytes += event.bytes
        self.unopened += is_unopened
        table["last"][row] = print_
        table["sum"][row] = (table["sum"][row] + print_) & _WRAP
        table["bytes"][row] = event.bytes
        table["count"][row] += 1
        table["unopened"][row] += is_unopened
        table["content"][row] = _CONTENT_CODES[event.content]
        table["encryption"][row] = _ENCRYPTION_CODES[event.encryption]

    def _held(self, row: int) -> Held:
        table = self._table
        return Held(
            last=table["last"][row],
            sum=table["sum"][row],
            count=table["count"][row],
            bytes=table["bytes"][row],
            unopened=table["unopened"][row],
            content=_CONTENTS[table["content"][row]],
            encryption=_ENCRYPTIONS[table["encryption"][row]],
        )
