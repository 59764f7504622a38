"""Two runs side by side: what changed, and which side is better."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Change", "compare_summaries"]

_NOISE = 0.05
"""Times that differ by less than this share are no change: two runs never take the same time."""
_LEAST_TIME = 0.0001
"""Seconds; the same of what differs by less than this."""

_TIME = re.compile(r"(?:.*\.)?(?:latency|latency_from_due|lateness)\.(?:p\d+|max)")
_LESS_IS_BETTER = re.compile(
    r"(?:groups\..*\.)?(?:"
    r"reports\.(?:failed|unfinished|late|failures\..*|by_content\.\w+\.failed)"
    r"|notify\.(?:refused|unanswered)|registrations\.failed|resyncs\.(?!ok$).*"
    r"|readback\.(?!checked$).*"
    r"|generator\.(?:saturated|cpu|cpu_busiest|rss|queued|workers_lost|server_lost)"
    r")"
)
_MORE_IS_BETTER = re.compile(r"(?:groups\..*\.)?reports\.(?:delivered|by_content\.\w+\.delivered)")
_LEFT_OUT = re.compile(
    r"format|mppsim|started|ended_early|notes|histograms|thresholds|elapsed|generator\.limit"
)
_SEED = "seed"
"""A number that is no amount: one is not so much more than another."""
_VERDICTS = ("passed", "saturated", "interrupted", "failed")
"""The best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A figure that is not the same in both runs."""

    name: str
    first: float | bool | str | None
    """None: that run has no such figure."""
    second: float | bool | str | None
    better: str = ""
    """`first`, `second`, or empty where neither is."""

    @property
    def ratio(self) -> float | None:
        """The second in parts of the first, where both are amounts and the first is not 0."""
        if (
            self.name == _SEED
            or isinstance(self.first, (bool, str))
            or isinstance(self.second, (bool, str))
        ):
            return None
        return self.second / self.first if self.first and self.second is not None else None


def compare_summaries(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return what differs between two summaries, in the order of `summary.json`.

    Counts of reports are weighed by how many were due. Times within a twentieth of each other
    are the same.
    """
    before, after = (dict(_flatten(summary, "")) for summary in (first, second))
    names = dict.fromkeys((*before, *after))
    return tuple(
        Change(
            name=name,
            first=before.get(name),
            second=after.get(name),
            better=_find_better(name, before, after),
        )
        for name in names
        if _differs(name, before.get(name), after.get(name))
    )


def _flatten(node: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in node.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from () if _LEFT_OUT.fullmatch(path) else _flatten(value, f"{path}.")
        elif path == "thresholds":
            yield from _list_thresholds(value)
        elif not _LEFT_OUT.fullmatch(path):
            yield path, value


def _list_thresholds(thresholds: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for judged in thresholds:
        after = f" after {judged['after']:g}s" if judged.get("after") else ""
        yield f"{judged['expr']}{after}", "holds" if judged["passed"] else "does not hold"


def _differs(name: str, first: Any, second: Any) -> bool:
    if first is None or second is None or not _TIME.fullmatch(name):
        return bool(first != second) and {first, second} != {None, 0}
    apart = abs(first - second)
    return bool(apart > _LEAST_TIME and apart > _NOISE * max(first, second))


def _find_better(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    ranks = [_rank(name, values) for values in (before, after)]
    first, second = ranks
    if first is None or second is None or first == second:
        return ""
    return "first" if first < second else "second"


def _rank(name: str, values: Mapping[str, Any]) -> float | None:
    """Return how bad a figure is; None where it is neither good nor bad."""
    value = values.get(name)
    if name == "verdict":
        return _VERDICTS.index(value) if value in _VERDICTS else None
    if value in {"holds", "does not hold"}:
        return float(value != "holds")
    weighed = (value or 0) / (_due_with(name, values) or 1)
    if _TIME.fullmatch(name):
        return None if value is None else float(value)
    if _LESS_IS_BETTER.fullmatch(name):
        return weighed
    return -weighed if _MORE_IS_BETTER.fullmatch(name) else None


def _due_with(name: str, values: Mapping[str, Any]) -> float:
    """Return how many reports were due where a count of reports stands; 1 of anything else."""
    head, found, _ = name.partition("reports.")
    return float(values.get(f"{head}reports.due") or 0) if found else 1.0
