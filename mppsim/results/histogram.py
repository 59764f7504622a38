"""Times, counted by how long they were: exact to a bucket, mergeable, small.

The buckets are HdrHistogram's, which other tools read: at three digits every whole microsecond up
to 2,048 has one of its own, and from there each power of two is cut into 1,024.
"""

from collections.abc import Sequence
from math import ceil

from hdrh.histogram import HdrHistogram

__all__ = ["FINE", "ROUGH", "Histogram"]

FINE = 10
"""Powers of two are cut into 2 ** 10: a time is known to a thousandth."""
ROUGH = 5
"""Into 2 ** 5: to three hundredths, for what is drawn."""

_MICROSECOND = 1e6
_LONGEST = 600_000_000
"""Ten minutes; what takes longer is counted as that, and still seen in `largest`."""


class Histogram:
    """Counts times from 1 µs to 10 min."""

    __slots__ = ("_counts", "_largest", "bits")

    def __init__(self, bits: int = FINE) -> None:
        """Count nothing yet; powers of two are cut into 2 ** `bits` buckets."""
        self.bits = bits
        self._counts: dict[int, int] = {}
        self._largest = 0

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Histogram)
            and self.bits == other.bits
            and self._largest == other._largest
            and self._counts == other._counts
        )

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return f"<Histogram of {self.count} times, up to {self.largest} s>"

    def record(self, seconds: float) -> None:
        """Count a time, at least 0."""
        micros = int(seconds * _MICROSECOND + 0.5)
        if micros > self._largest:  # noqa: PLR1730 - twice as fast as a call of `max`
            self._largest = micros
        if micros > _LONGEST:  # noqa: PLR1730 - the same
            micros = _LONGEST
        shift = micros.bit_length() - self.bits - 1
        if shift > 0:
            micros = (shift << self.bits) + (micros >> shift)
        counts = self._counts
        counts[micros] = counts.get(micros, 0) + 1

    @property
    def count(self) -> int:
        """How many times were counted."""
        return sum(self._counts.values())

    @property
    def largest(self) -> float:
        """The longest of all, exactly; 0 of none."""
        return self._largest / _MICROSECOND

    def percentile(self, percent: float) -> float:
        """Return the time that at least so many of a hundred are not above; 0 of none.

        It is the upper end of a bucket, so never too short; of the longest time it is exact.
        """
        return self.percentiles((percent,))[0]

    def percentiles(self, percents: Sequence[float]) -> tuple[float, ...]:
        """Return several percentiles, given in rising order, at the price of one."""
        count = self.count
        ranks = [max(1, ceil(round(percent / 100 * count, 6))) for percent in percents]
        found: list[int] = []
        seen = 0
        for bucket in sorted(self._counts):
            seen += self._counts[bucket]
            ends = self._upper_end(bucket) if seen < count else self._largest
            while len(found) < len(ranks) and ranks[len(found)] <= seen:
                found.append(ends)
        return tuple(micros / _MICROSECOND for micros in found) or (0.0,) * len(ranks)

    def count_above(self, seconds: float) -> int:
        """Return how many times were longer; those in the bucket of `seconds` are not."""
        limit = Histogram(self.bits)
        limit.record(seconds)
        (last,) = limit._counts
        return sum(count for bucket, count in self._counts.items() if bucket > last)

    def merge(self, other: "Histogram") -> None:
        """Count what another one of the same precision has counted, too."""
        assert self.bits == other.bits, "both have the same buckets"
        self.merge_packed(other.pack())

    def pack(self) -> list[int]:
        """Return everything as a list of whole numbers."""
        return [self._largest, *self._counts, *self._counts.values()]

    def merge_packed(self, packed: Sequence[int]) -> None:
        """Count what is in a list that `pack` made of one of the same precision."""
        number = len(packed) // 2
        other = zip(packed[1 : number + 1], packed[number + 1 :], strict=True)
        counts = self._counts
        if counts:
            for bucket, count in other:
                counts[bucket] = counts.get(bucket, 0) + count
        else:
            counts.update(other)
        self._largest = max(self._largest, packed[0])

    def to_hdr(self) -> str:
        """Return HdrHistogram's own text (V2, base64), in microseconds, for other tools."""
        assert self.bits == FINE, "only then are the buckets those of three digits"
        hdr = HdrHistogram(1, _LONGEST, 3)
        for bucket, count in self._counts.items():
            hdr.record_value(self._lower_end(bucket), count)
        return str(hdr.encode().decode())

    def _lower_end(self, bucket: int) -> int:
        shift = max(0, (bucket >> self.bits) - 1)
        return (bucket - (shift << self.bits)) << shift

    def _upper_end(self, bucket: int) -> int:
        shift = max(0, (bucket >> self.bits) - 1)
        return self._lower_end(bucket) + (1 << shift) - 1
