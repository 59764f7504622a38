"""`summary.json`: written, and read again."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from mppsim import __version__
from mppsim.core.secrets import hide_secrets
from mppsim.errors import ResultsError
from mppsim.results.figures import Figures, GroupFigures, Spread
from mppsim.results.outcome import EarlyEnd, Outcome
from mppsim.results.thresholds import Judged

__all__ = ["FORMAT", "SUMMARY", "build_summary", "read_summary", "render_summary"]

FORMAT = 1
"""Rises when a key goes or changes its meaning; keys that are added do not count."""
SUMMARY = "summary.json"

_SPREAD = ("count", "p50", "p90", "p99", "max")
_DIGITS = 6


def build_summary(outcome: Outcome) -> dict[str, Any]:
    """Return what `summary.json` holds; docs/results.md lists the keys."""
    figures = outcome.figures
    return {
        "format": FORMAT,
        "mppsim": __version__,
        "scenario": outcome.scenario,
        "started": outcome.started,
        "verdict": str(outcome.verdict),
        "ended_early": _build_early(outcome.ended_early),
        "notes": [hide_secrets(note) for note in outcome.notes],
        "thresholds": [asdict(judged) for judged in outcome.thresholds],
        "histograms": {
            name: getattr(figures, name).histogram.to_hdr()
            for name in ("latency", "latency_from_due", "lateness")
        },
        **_build(figures),
    }


def render_summary(outcome: Outcome) -> str:
    """Return `summary.json`: the same run gives the same text, key by key in order."""
    return json.dumps(build_summary(outcome), indent=2, sort_keys=True) + "\n"


def read_summary(text: str, *, source: str) -> dict[str, Any]:
    """Read what `render_summary` wrote, by this version of mppsim or one of the same format.

    Raises `ResultsError` for what it did not write, for another format, and for what is damaged.
    """
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:  # the latter: brackets by the thousand
        raise ResultsError(f"{source}: is no {SUMMARY} of a run: no JSON ({error})") from error
    if not isinstance(read, dict) or not {"format", "verdict", "reports"} <= read.keys():
        raise ResultsError(
            f"{source}: is no {SUMMARY} of a run: it has no format, verdict, reports"
        )
    if read["format"] != FORMAT:
        raise ResultsError(
            f"{source}: has format {read['format']}, of mppsim {read.get('mppsim', 'unknown')};"
            f" this is mppsim {__version__}, which reads format {FORMAT}"
        )
    damage = _find_damage(_PATTERN, read, "") or _find_damage_below(read)
    if damage:
        raise ResultsError(f"{source}: is damaged: {damage}")
    return read


def _build_early(end: EarlyEnd | None) -> dict[str, Any] | None:
    if end is None:
        return None
    return {"at": round(end.at, _DIGITS), "threshold": asdict(end.threshold), "why": str(end)}


def _build(value: object) -> Any:
    """Return figures as what JSON knows."""
    if isinstance(value, Spread):
        return {name: _build(getattr(value, name)) for name in _SPREAD}
    if isinstance(value, Mapping):
        return {str(name): _build(item) for name, item in sorted(value.items())}
    if is_dataclass(value):
        return {field.name: _build(getattr(value, field.name)) for field in fields(value)}
    return round(value, _DIGITS) if isinstance(value, float) else value


_JUDGED = asdict(Judged(expr="", value=None, passed=True))
_PATTERN = {"verdict": "", "thresholds": [], **_build(Figures())}


def _find_damage_below(read: Mapping[str, Any]) -> str:
    """Return what is wrong with a group or a threshold."""
    rows = [
        (f"groups.{name}.", group, _build(GroupFigures())) for name, group in read["groups"].items()
    ]
    rows += [(f"thresholds.{n}.", row, _JUDGED) for n, row in enumerate(read["thresholds"])]
    for prefix, row, pattern in rows:
        damage = (
            _find_damage(pattern, row, prefix)
            if isinstance(row, dict)
            else f"{prefix[:-1]} is {row!r}"
        )
        if damage:
            return damage
    return ""


def _find_damage(pattern: Mapping[str, Any], read: Mapping[str, Any], prefix: str) -> str:
    """Return what is not as it has to be, or an empty text."""
    for name, expected in pattern.items():
        found = read.get(name)
        path = f"{prefix}{name}"
        if name not in read:
            return f"{path} is missing"
        if isinstance(expected, dict) and isinstance(found, dict):
            damage = _find_damage(expected, found, f"{path}.")
            if damage:
                return damage
        elif not _is_alike(expected, found):
            return f"{path} is {found!r}"
    return ""


def _is_alike(expected: object, found: object) -> bool:
    if isinstance(expected, (int, float)) and not isinstance(expected, bool):
        return isinstance(found, (int, float)) and not isinstance(found, bool)
    return expected is None or type(found) is type(expected)
