"""The names of figures."""

from dataclasses import fields, is_dataclass

import pytest

from mppsim.results.figures import Figures, GroupFigures, Spread
from mppsim.results.names import FigureKind, FigureName, find_figure, why_unknown
from tests.support.figures import BUSY


def found(name: str) -> FigureName:
    figure = find_figure(tuple(name.split(".")))
    assert figure is not None
    return figure


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("phones", FigureKind.COUNT, 100),
        ("duration", FigureKind.TIME, 100.0),
        ("elapsed", FigureKind.TIME, 50.0),
        ("reports.due", FigureKind.COUNT, 1000),
        ("reports.failed", FigureKind.COUNT, 1),
        ("reports.late", FigureKind.COUNT, 3),
        ("reports.bytes", FigureKind.BYTES, 999 * 6000),
        ("reports.by_content.delta.failed", FigureKind.COUNT, 1),
        ("reports.by_content.full.failed", FigureKind.COUNT, 0),
        ("reports.by_trigger.periodic", FigureKind.COUNT, 0),
        ("reports.by_method.PUT", FigureKind.COUNT, 1000),
        ("reports.by_method.WRQ", FigureKind.COUNT, 0),
        ("reports.by_encryption.aes-256-cbc", FigureKind.COUNT, 0),
        ("reports.failures.timeout", FigureKind.COUNT, 1),
        ("reports.failures.status-503", FigureKind.COUNT, 0),
        ("latency.count", FigureKind.COUNT, 999),
        ("latency.max", FigureKind.TIME, 0.3),
        ("latency.p0", FigureKind.TIME, 0.002),
        ("latency.p99.9", FigureKind.TIME, 0.3),
        ("latency.p100", FigureKind.TIME, 0.3),
        ("lateness.p50", FigureKind.TIME, 0.001),
        ("notify.unanswered", FigureKind.COUNT, 1),
        ("registrations.registered", FigureKind.COUNT, 100),
        ("registrations.failed", FigureKind.COUNT, 0),
        ("resyncs.status-404", FigureKind.COUNT, 2),
        ("readback.stale", FigureKind.COUNT, 2),
        ("generator.saturated", FigureKind.FLAG, False),
        ("generator.cpu", FigureKind.NUMBER, 1.25),
        ("generator.rss", FigureKind.BYTES, 300_000_000),
        ("groups.lobby.phones", FigureKind.COUNT, 40),
        ("groups.office.reports.failed", FigureKind.COUNT, 1),
        ("groups.lobby.latency.max", FigureKind.TIME, 0.3),
    ],
)
def test_figure_is_found_by_its_name(name: str, kind: FigureKind, value: float) -> None:
    figure = found(name)

    assert (str(figure), figure.kind) == (name, kind)
    assert figure.read(BUSY) == pytest.approx(value, rel=0.001)


@pytest.mark.parametrize(
    "name",
    [
        "reports.failed",
        "reports.late",
        "reports.failures.timeout",
        "latency.p99",
        "latency.max",
        "readback.missing",
        "groups.lobby.reports.failed",
        "groups.attic.phones",
    ],
)
def test_figure_without_anything_to_measure_it_by_has_no_value(name: str) -> None:
    assert found(name).read(Figures(groups={"lobby": GroupFigures()})) is None


@pytest.mark.parametrize(
    "name",
    [
        *("phones", "reports.due", "reports.delivered", "reports.sent", "reports.bytes"),
        *("latency.count", "readback.checked", "notify.refused", "groups.lobby.reports.due"),
    ],
)
def test_figure_that_says_that_there_was_nothing_is_nought(name: str) -> None:
    assert found(name).read(Figures(groups={"lobby": GroupFigures()})) == 0


@pytest.mark.parametrize(
    "name",
    [
        *(
            "seed",
            "reports",
            "reports.lost",
            "latency",
            "latency.p",
            "latency.p101",
            "latency.mean",
        ),
        *("reports.failures.late", "reports.failures.status-999", "reports.by_content.half.due"),
        *("groups", "groups.lobby", "groups.lobby.generator.cpu", "groups.lobby.readback.stale"),
        *("groups.lobby.notify.sent", "verdict", "x.status-404", "latency.p9x"),
    ],
)
def test_what_is_no_figure_is_not_found(name: str) -> None:
    assert find_figure(tuple(name.split("."))) is None


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("reports.faild", "there is no figure reports.faild; did you mean reports.failed?"),
        ("p99", "there is no figure p99; did you mean latency.p99?"),
        ("failed", "there is no figure failed; did you mean reports.failed?"),
        ("latency", "latency has several figures, such as latency.count and latency.p50"),
        ("groups.loby.reports.failed", "did you mean groups.lobby.reports.failed?"),
        ("latency.p101", "percentiles go from p0 to p100"),
        ("groups.lobby.lateness.p100.5", "percentiles go from p0 to p100"),
        ("weather", "there is no figure weather"),
    ],
)
def test_what_is_no_figure_is_told_with_what_is(name: str, sentence: str) -> None:
    assert why_unknown(name, ["lobby"]).endswith(sentence)


@pytest.mark.parametrize(
    ("group", "text"),
    [("lobby", "groups.lobby.phones"), ("2nd floor", 'groups."2nd floor".phones')],
)
def test_group_is_quoted_where_it_has_to_be(group: str, text: str) -> None:
    assert str(FigureName(path="phones", group=group, kind=FigureKind.COUNT)) == text


def paths(node: object, prefix: str = "") -> list[str]:
    """Return the path of every number below a dataclass."""
    assert is_dataclass(node)
    found: list[str] = []
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, Spread):
            found += [f"{prefix}{field.name}.{part}" for part in ("count", "p50", "max")]
        elif is_dataclass(value):
            found += paths(value, f"{prefix}{field.name}.")
        elif isinstance(value, (int, float)):
            found.append(f"{prefix}{field.name}")
    return found


def test_every_figure_has_its_name() -> None:
    nameless = [path for path in paths(BUSY) if find_figure(tuple(path.split("."))) is None]

    assert nameless == ["seed"]
    assert [path for path in paths(GroupFigures()) if path not in paths(BUSY)] == []
