"""The names of figures: which there are, what kind of thing each is, and how it is read.

A name is a path through `summary.json`. Percentiles go beyond what is written there:
`latency.p99.9` is as good as `latency.p99`.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import partial
from typing import cast

from mppsim.core.events import FAILURE_REASONS, TriggerKind
from mppsim.core.report_rule import ReportContent
from mppsim.core.settings import ReportMethod
from mppsim.core.upload import TFTP_VERB
from mppsim.results.figures import Figures, Spread

__all__ = ["FigureKind", "FigureName", "find_figure", "why_unknown"]


class FigureKind(StrEnum):
    """What a figure counts in; the value says it in words."""

    COUNT = "a count"
    TIME = "a time"
    BYTES = "bytes"
    NUMBER = "a number"
    FLAG = "true or false"
    SHARE = "a share"
    RATE = "a rate"


_COUNT, _TIME, _BYTES = FigureKind.COUNT, FigureKind.TIME, FigureKind.BYTES

_ANY_STATUS = re.compile(r"status-[1-5]\d\d")
_PERCENTILE = re.compile(r"p(\d{1,3}(?:\.\d+)?)")
_PLAIN = re.compile(r"[\w-]+")
_SPREADS = ("latency", "latency_from_due", "lateness")

_OF_A_GROUP: dict[str, FigureKind] = {
    "phones": _COUNT,
    **dict.fromkeys(
        (
            f"reports.{name}"
            for name in ("due", "sent", "delivered", "failed", "unfinished", "late")
        ),
        _COUNT,
    ),
    "reports.bytes": _BYTES,
    **{
        f"reports.by_content.{content}.{name}": _COUNT
        for content in ReportContent
        for name in ("due", "sent", "delivered", "failed")
    },
    **{f"reports.by_trigger.{kind}": _COUNT for kind in TriggerKind},
    **{f"reports.by_method.{method}": _COUNT for method in (*ReportMethod, TFTP_VERB)},
    **{f"reports.by_encryption.{name}": _COUNT for name in ("none", "aes-256-cbc", "aes128gcm")},
    **{f"reports.failures.{reason}": _COUNT for reason in sorted(FAILURE_REASONS)},
    **{f"{spread}.count": _COUNT for spread in _SPREADS},
    **{f"{spread}.{name}": _TIME for spread in _SPREADS for name in ("p50", "p90", "p99", "max")},
    **{f"notify.{name}": _COUNT for name in ("received", "accepted", "challenged", "refused")},
    **{f"registrations.{state}": _COUNT for state in ("registered", "failed", "not_registered")},
    **{
        f"resyncs.{result}": _COUNT
        for result in ("ok", "encryption", "profile", "nothing", *sorted(FAILURE_REASONS))
    },
}
_OF_ALL: dict[str, FigureKind] = {
    **_OF_A_GROUP,
    **{f"notify.{name}": _COUNT for name in ("sent", "unanswered")},
    "duration": _TIME,
    "elapsed": _TIME,
    **{
        f"readback.{name}": _COUNT
        for name in (
            "checked",
            "missing",
            "different",
            "stale",
            "duplicate",
            "unopened",
            "unreadable",
        )
    },
    "generator.saturated": FigureKind.FLAG,
    "generator.server_lost": FigureKind.FLAG,
    "generator.cpu": FigureKind.NUMBER,
    "generator.cpu_busiest": FigureKind.NUMBER,
    "generator.rss": _BYTES,
    **{
        f"generator.{name}": _COUNT for name in ("connections", "queued", "workers", "workers_lost")
    },
}

_ALWAYS = frozenset({"reports.due", "reports.sent", "reports.delivered", "reports.bytes"})
"""What is a figure even where no report was due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureName:
    """One figure; it prints itself as its name."""

    path: str
    """Within the run, or within the group."""
    group: str | None = None
    kind: FigureKind

    def __str__(self) -> str:
        if self.group is None:
            return self.path
        group = self.group if _PLAIN.fullmatch(self.group) else f'"{self.group}"'
        return f"groups.{group}.{self.path}"

    def read(self, figures: Figures) -> float | bool | None:
        """Return its value; None where there was nothing to measure it by."""
        whose = figures if self.group is None else figures.groups.get(self.group)
        if whose is None:
            return None
        first, _, rest = self.path.partition(".")
        if first == "reports" and self.path not in _ALWAYS and not whose.reports.due:
            return None
        if first == "readback" and not figures.readback.checked:
            return figures.readback.checked if rest == "checked" else None
        value = getattr(whose, first)
        return _read_spread(value, rest) if isinstance(value, Spread) else _walk(value, rest)


def find_figure(parts: tuple[str, ...]) -> FigureName | None:
    """Return what a path names, or None. Groups are taken at their word."""
    if parts[0] == "groups" and len(parts) > 2:
        path, known, group = ".".join(parts[2:]), _OF_A_GROUP, parts[1]
    else:
        path, known, group = ".".join(parts), _OF_ALL, None
    kind = known.get(path) or _kind_beyond(path)
    return None if kind is None else FigureName(path=path, group=group, kind=kind)


def why_unknown(name: str, groups: Collection[str]) -> str:
    """Return the sentence for a name that means nothing."""
    below = [known for known in _OF_ALL if known.startswith(f"{name}.")]
    if below:
        return f"{name} has several figures, such as {' and '.join(below[:2])}"
    if re.fullmatch(rf"(.*\.)?({'|'.join(_SPREADS)})\.p[\d.]+", name):
        return "percentiles go from p0 to p100"
    names = [*_OF_ALL, *(f"groups.{group}.{path}" for group in groups for path in _OF_A_GROUP)]
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    # Who leaves a word out means the figure that ends so.
    near = near or [known for known in names if known.endswith(f".{name}")][:1]
    return f"there is no figure {name}" + (f"; did you mean {near[0]}?" if near else "")


def _kind_beyond(path: str) -> FigureKind | None:
    """Return the kind of what is a figure without a place in the lists."""
    head, _, last = path.partition(".")
    if head in _SPREADS:
        found = _PERCENTILE.fullmatch(last)
        return _TIME if found and float(found[1]) <= 100 else None
    head, _, last = path.rpartition(".")
    is_by_reason = head in {"reports.failures", "resyncs"}
    return _COUNT if is_by_reason and _ANY_STATUS.fullmatch(last) else None


def _read_spread(spread: Spread, name: str) -> float | None:
    if name == "count":
        return spread.count
    if not spread.count:
        return None
    return spread.max if name == "max" else spread.histogram.percentile(float(name[1:]))


def _walk(value: object, path: str) -> float | bool:
    for name in path.split(".") if path else ():
        # Of a content that there was none of, each figure is the same plain 0.
        read = value.get if isinstance(value, Mapping) else partial(getattr, value)
        value = read(name, 0)
    return cast("float | bool", value)
