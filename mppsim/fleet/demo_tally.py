"""Counts what happens to the phones of the demonstration, each by itself.

`due` is every report that a trigger asked for: each has been delivered, has failed, or is
unfinished, and nothing else. Reports that a rule made impossible count as failed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil

from mppsim.core.events import TriggerFell
from mppsim.net.event_log import (
    NotifyAnswered,
    Occurrence,
    UploadFailed,
    UploadFinished,
    UploadStarted,
)

__all__ = ["PhoneTally", "Tally", "percentile"]


@dataclass(slots=True)
class PhoneTally:
    """What one phone did."""

    triggers: Counter[str] = field(default_factory=Counter)
    delivered: Counter[str] = field(default_factory=Counter)
    """By content."""
    failed: Counter[str] = field(default_factory=Counter)
    """By content."""


@dataclass(slots=True)
class Tally:
    """What a fleet did: a listener of its phones."""

    phones: dict[str, PhoneTally] = field(default_factory=dict)
    """By MAC address."""
    sent: int = 0
    """Reports handed to the network."""
    bytes: int = 0
    """Of the bodies that were delivered."""
    methods: Counter[str] = field(default_factory=Counter)
    encryptions: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    """By reason."""
    notified: Counter[int] = field(default_factory=Counter)
    """NOTIFYs by the code of their answer."""
    seconds: list[float] = field(default_factory=list)
    """How long each delivered report took, in real time."""

    def take(self, mac: str, happened: Occurrence) -> None:
        """Count what happened to a phone."""
        phone = self.phones.setdefault(mac, PhoneTally())
        match happened:
            case TriggerFell(kind):
                phone.triggers[kind] += 1
            case UploadStarted(method=method, encryption=encryption):
                self.sent += 1
                self.methods[method] += 1
                self.encryptions[encryption] += 1
            case UploadFinished(content=content, bytes=size, seconds=seconds):
                phone.delivered[content] += 1
                self.bytes += size
                self.seconds.append(seconds)
            case UploadFailed(content=content, reason=reason):
                phone.failed[content] += 1
                self.failures[reason] += 1
            case NotifyAnswered(code=code):
                self.notified[code] += 1

    @property
    def triggers(self) -> Counter[str]:
        """How often each kind of trigger fell."""
        return _sum(phone.triggers for phone in self.phones.values())

    @property
    def delivered(self) -> Counter[str]:
        """Reports that a server accepted, by content."""
        return _sum(phone.delivered for phone in self.phones.values())

    @property
    def failed(self) -> Counter[str]:
        """Reports that did not arrive, by content."""
        return _sum(phone.failed for phone in self.phones.values())


def _sum(counters: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)
    return total


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` (0 to 1) of all are not above; 0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
