"""What is expected of a run's figures: `latency.p99 < 250ms`, read, judged and printed back.

NAME | NAME/NAME | NAME/s    == != < <= > >=    NUMBER[UNIT] | true | false    [after T] [abort]
"""

import operator
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from mppsim.results.figures import Figures
from mppsim.results.names import FigureKind, FigureName, find_figure, why_unknown
from mppsim.results.threshold_text import Quantity, Reader

__all__ = ["DEFAULTS", "Judged", "Threshold", "parse_threshold", "with_defaults"]

_SIGNS: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TIMES = ("us", "µs", "ms", "s", "m", "h", "d")
_UNITS: dict[FigureKind, tuple[str, ...]] = {
    FigureKind.COUNT: ("",),
    FigureKind.TIME: _TIMES,
    FigureKind.BYTES: ("", "B", "KB", "MB", "GB", "KiB", "MiB", "GiB"),
    FigureKind.NUMBER: ("", "%"),
    FigureKind.SHARE: ("", "%"),
    FigureKind.RATE: ("", "B", "KB", "MB", "GB", "KiB", "MiB", "GiB"),
}
_CLOCKS = frozenset({"duration", "elapsed"})
_GROWING = frozenset({FigureKind.COUNT, FigureKind.BYTES})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What became of a threshold."""

    expr: str
    value: float | bool | None
    """None: there was nothing to measure it by, and so it does not hold."""
    passed: bool
    after: float = 0.0
    """Seconds on the run's clock from which on figures count."""
    abort: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A figure, or the quotient of two, a comparison, and a bound."""

    figure: FigureName
    divisor: FigureName | None = None
    sign: str
    bound: Quantity | bool
    after: float = 0.0
    """It is judged by the figures from this moment of the run's clock on."""
    abort: bool = False
    """The run ends as soon as it does not hold."""
    is_rate: bool = False
    """The figure is divided by the seconds of the run's clock that it is about."""

    @property
    def expr(self) -> str:
        """What holds or not, without when."""
        by = "/s" if self.is_rate else f"/{self.divisor}" if self.divisor is not None else ""
        bound = str(self.bound).lower() if isinstance(self.bound, bool) else str(self.bound)
        return f"{self.figure}{by} {self.sign} {bound}"

    @property
    def kind(self) -> FigureKind:
        """What its value counts in."""
        return _kind_of(self.figure, self.divisor, is_rate=self.is_rate)

    def __str__(self) -> str:
        after = f" after {Quantity(self.after, 's')}" if self.after else ""
        return f"{self.expr}{after}{' abort' if self.abort else ''}"

    def judge(self, figures: Figures) -> Judged:
        """Judge figures, which are those from `after` on."""
        value = self._read(figures)
        return Judged(
            expr=self.expr,
            value=value,
            passed=value is not None and self.holds(value),
            after=self.after,
            abort=self.abort,
        )

    def holds(self, value: float | bool) -> bool:
        """Say whether a value would do."""
        bound = self.bound if isinstance(self.bound, bool) else self.bound.value
        return _SIGNS[self.sign](value, bound)

    def _read(self, figures: Figures) -> float | bool | None:
        value = self.figure.read(figures)
        by = figures.duration if self.is_rate else 1.0
        if self.divisor is not None:
            by = self.divisor.read(figures) or 0.0
        if value is None or not by:
            return None
        return value if isinstance(value, bool) or by == 1.0 else value / by


def parse_threshold(
    text: str,
    *,
    after: float | None = None,
    abort: bool | None = None,
    groups: Collection[str] | None = None,
) -> Threshold:
    """Read a threshold; `after` and `abort` may be in the text or beside it.

    With `groups`, the names of all there are, one of another group is refused. Raises
    `ThresholdError` with the column of the first thing that is wrong, and what would be right.
    """
    reader = Reader(text)
    figure = _take_figure(reader, groups)
    divisor, is_rate = None, False
    if reader.take("/"):
        at = reader.at
        is_rate = _is_rate(reader)
        if not is_rate:
            divisor = _take_figure(reader, groups)
        _check_quotient(reader, figure, divisor, at)
    sign, sign_at = _take_sign(reader)
    threshold = Threshold(
        figure=figure,
        divisor=divisor,
        is_rate=is_rate,
        sign=sign,
        bound=_take_bound(reader, figure, _kind_of(figure, divisor, is_rate=is_rate)),
    )
    if isinstance(threshold.bound, bool) and sign not in {"==", "!="}:
        raise reader.refuse("true or false is compared with == or !=", at=sign_at)
    written = _take_endings(reader, threshold)
    threshold = replace(
        written,
        after=written.after if after is None else after,
        abort=written.abort if abort is None else abort,
    )
    _check_abort(reader, threshold)
    return threshold


DEFAULTS = (
    "reports.delivered > 0",
    "generator.saturated == false",
    "generator.workers_lost == 0",
    "generator.server_lost == false",
)
"""What is expected of every run, unless its own thresholds say another thing of the same figure."""


def with_defaults(thresholds: Iterable[Threshold]) -> tuple[Threshold, ...]:
    """Return the thresholds with the defaults in front that they do not replace.

    Whoever sets a bound for `lateness` has decided how late mppsim may be: then
    `generator.saturated` is not judged.
    """
    given = tuple(thresholds)
    named = {str(threshold.figure) for threshold in given}
    if any(name.startswith("lateness.") for name in named):
        named.add("generator.saturated")
    defaults = (parse_threshold(text) for text in DEFAULTS)
    return (*(default for default in defaults if str(default.figure) not in named), *given)


def _take_figure(reader: Reader, groups: Collection[str] | None) -> FigureName:
    at = reader.at
    parts = reader.take_name()
    found = find_figure(parts)
    is_known = found is not None and (
        found.group is None or groups is None or found.group in groups
    )
    if found is None or not is_known:
        raise reader.refuse(why_unknown(".".join(parts), groups or ()), at=at)
    return found


def _is_rate(reader: Reader) -> bool:
    rest = reader.text[reader.at :]
    is_rate = rest.startswith("s") and not (rest[1:2].isalnum() or rest[1:2] in {"_", "."})
    return is_rate and reader.take("s")


def _check_quotient(
    reader: Reader, figure: FigureName, divisor: FigureName | None, at: int
) -> None:
    if figure.kind is FigureKind.FLAG or (divisor is None and figure.kind is FigureKind.TIME):
        raise reader.refuse(f"{figure} is {figure.kind} and cannot be divided", at=at - 1)
    if divisor is None or divisor.kind is figure.kind or divisor.path in _CLOCKS:
        return
    reason = f"{figure} is {figure.kind} and {divisor} is {divisor.kind}: divide what is alike"
    raise reader.refuse(reason, at=at)


def _kind_of(figure: FigureName, divisor: FigureName | None, *, is_rate: bool) -> FigureKind:
    if is_rate or (divisor is not None and divisor.kind is not figure.kind):
        return FigureKind.RATE
    return figure.kind if divisor is None else FigureKind.SHARE


def _take_sign(reader: Reader) -> tuple[str, int]:
    at = reader.at
    return reader.take_sign(), at


def _take_bound(reader: Reader, figure: FigureName, kind: FigureKind) -> Quantity | bool:
    at = reader.at
    if kind is FigureKind.FLAG:
        word = reader.take_word()
        if word not in {"true", "false"}:
            raise reader.refuse(f"{figure} is true or false", at=at)
        return word == "true"
    bound = reader.take_quantity()
    _check_unit(reader, figure, kind, bound, at)
    return bound


def _check_unit(
    reader: Reader, figure: FigureName, kind: FigureKind, bound: Quantity, at: int
) -> None:
    is_rate = kind is FigureKind.RATE
    if bound.unit in _UNITS[kind] and (is_rate or not bound.is_per_second):
        return
    if kind is FigureKind.TIME and not bound.unit:
        number = str(bound)
        reason = f"a time needs a unit: {number}ms or {number}s"
    elif kind is FigureKind.COUNT and bound.unit == "%":
        reason = f"{figure} is a count; a share is {figure}/reports.due {bound}"
    else:
        reason = f"{bound} does not go with {kind}"
    raise reader.refuse(reason, at=at)


def _take_endings(reader: Reader, threshold: Threshold) -> Threshold:
    if reader.take("after"):
        at = reader.at
        moment = reader.take_quantity()
        if moment.unit not in _TIMES or moment.is_per_second:
            raise reader.refuse("after a moment of the run's clock, such as 60s or 5m", at=at)
        threshold = replace(threshold, after=moment.value)
    if reader.take("abort"):
        threshold = replace(threshold, abort=True)
    if not reader.is_done:
        raise reader.refuse("a threshold ends here; only `after 60s` and `abort` can follow")
    return threshold


def _check_abort(reader: Reader, threshold: Threshold) -> None:
    if not threshold.abort:
        return
    at = max(0, reader.text.rfind("abort"))
    if threshold.figure.path.startswith("readback."):
        raise reader.refuse(f"abort: {threshold.figure} is known at the end only", at=at)
    is_counted = threshold.divisor is None and threshold.figure.kind in _GROWING
    if is_counted and not threshold.is_rate and not threshold.holds(0.0):
        # It would end the run before anything has happened.
        raise reader.refuse(f"abort: {threshold.expr} can come true until the end", at=at)
