"""Holds what the phones sent against what the server has, place by place."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb

from mppsim.core.evidence import split_place
from mppsim.fleet.ledger import Ledger, Sent
from mppsim.results.figures import ReadbackFigures
from mppsim.server.ledger import Held, ServerLedger

__all__ = [
    "MOST_LISTED",
    "Finding",
    "Found",
    "Readback",
    "ReadbackCount",
    "compare_in_slices",
    "judge_body",
]

MOST_LISTED = 100
"""Findings that a readback names; the rest it only counts."""

_SLICE = 1000
"""Places, a few milliseconds."""
_MOST_TRIED = 10_000
"""Ways in which reports without an answer may have arrived, that are tried."""
_WRAP = (1 << 64) - 1

_MISSING, _DIFFERENT, _STALE = "missing", "different", "stale"
_DUPLICATE, _UNOPENED = "duplicate", "unopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something at one place that is not as it should be."""

    what: str
    """`missing`, `different`, `stale`, `duplicate`, `unopened` or `unreadable`."""
    phone: str
    """12 hex digits, or empty where nothing says."""
    path: str
    count: int = 1
    """Places, or for `duplicate` and `unopened` reports."""
    detail: str = ""
    """For `unreadable`: why. Else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readback(ReadbackFigures):
    """What the comparison found, and where. A place is where one phone's reports to a path go."""

    findings: tuple[Finding, ...] = ()
    """The first of them, at most `MOST_LISTED`."""

    @property
    def is_whole(self) -> bool:
        """Whether the server has just what it was sent, opened or not."""
        faults = self.missing + self.different + self.stale + self.duplicate + self.unreadable
        return faults == 0


Found = tuple[str, int]
"""What a place has wrong, and how much of it."""


class ReadbackCount:
    """Counts findings, and keeps the first."""

    def __init__(self) -> None:
        self.checked = 0
        """Places that were compared."""
        self._counts: Counter[str] = Counter()
        self._listed: list[Finding] = []

    def take(self, finding: Finding) -> None:
        """Take in what was found."""
        self._counts[finding.what] += finding.count
        if len(self._listed) < MOST_LISTED:
            self._listed.append(finding)

    def result(self) -> Readback:
        """Return what it came to."""
        return Readback(checked=self.checked, findings=tuple(self._listed), **self._counts)


def compare_in_slices(
    sent: Ledger,
    held: ServerLedger,
    count: ReadbackCount,
    *,
    is_left_out: Callable[[str], bool],
) -> Iterator[None]:
    """Compare what a run's phones sent with what a server of its own received.

    Pauses after every thousand places, so that somebody else may have a turn. `is_left_out` is
    asked of phones by MAC address, and of the empty name for places that no phone has alone.
    """
    for nth, (place, outgoing) in enumerate(sent.items(), start=1):
        phone, path = split_place(place)
        if not is_left_out(phone):
            count.checked += 1
            for what, number in _judge(outgoing, held.find(place), is_ordered=bool(phone)):
                count.take(Finding(what=what, phone=phone, path=path, count=number))
        if not nth % _SLICE:
            yield
    for nth, place in enumerate(held.places(), start=1):
        if place not in sent:
            _take_unsent(place, held, count, is_left_out)
        if not nth % _SLICE:
            yield


def _take_unsent(
    place: str, held: ServerLedger, count: ReadbackCount, is_left_out: Callable[[str], bool]
) -> None:
    phone, path = split_place(place)
    if is_left_out(phone):
        return
    count.take(Finding(what=_DIFFERENT, phone=phone, path=path))
    received = held.find(place)
    if received is not None and received.unopened:
        count.take(Finding(what=_UNOPENED, phone=phone, path=path, count=received.unopened))


def judge_body(sent: Iterable[Sent], held: int | None) -> str | None:
    """Judge what was read at a URL where one or several places are kept; None: as it should be.

    `held` is its fingerprint, None where nothing is there.
    """
    places = tuple(sent)
    if held is None:
        return _MISSING if any(place.accepted for place in places) else None
    if any(_may_be_last(place, held) for place in places):
        return None
    return _STALE if any(held in place.earlier for place in places) else _DIFFERENT


def _judge(sent: Sent, held: Held | None, *, is_ordered: bool) -> Iterator[Found]:
    """Judge one place; where several phones share it, nobody knows whose report came last."""
    if held is None:
        if sent.accepted:
            yield _MISSING, 1
        return
    if held.unopened:
        yield _UNOPENED, held.unopened
    more = held.count - sent.accepted
    if more > len(sent.unsure):
        yield _DUPLICATE, more - len(sent.unsure)
    elif more < 0:
        yield (_STALE if held.last in sent.earlier else _MISSING), 1
    elif not _adds_up(sent, held, more):
        yield _DIFFERENT, 1
    elif is_ordered and not _may_be_last(sent, held.last):
        yield _STALE, 1


def _may_be_last(sent: Sent, held: int) -> bool:
    return (sent.accepted > 0 and held == sent.last) or held in sent.unsure


def _adds_up(sent: Sent, held: Held, more: int) -> bool:
    """Tell whether what was accepted, and `more` that had no answer, is what was received."""
    rest = (held.sum - sent.sum) & _WRAP
    if comb(len(sent.unsure), more) > _MOST_TRIED:
        return True  # too many ways to say no
    return any(sum(chosen) & _WRAP == rest for chosen in combinations(sent.unsure, more))
