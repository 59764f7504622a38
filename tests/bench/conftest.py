"""Figures of a bench run: measured beside a peer, printed one line each at the end.

Every figure that has a target is a ratio to a peer in the same run, so that a slow machine and a
fast one agree. Batches of ours and of the peer take turns, and the medians are compared.
"""

import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

_FIGURES = pytest.StashKey[list["Figure"]]()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table."""

    name: str
    value: float
    unit: str
    peer: str = ""
    ratio: float | None = None
    target: float | None = None

    def __str__(self) -> str:
        line = f"{self.name:<44} {self.value:>14,.1f} {self.unit:<10}"
        if self.ratio is not None:
            line += f" {self.ratio:>8.2f} x {self.peer:<34}"
        if self.target is not None:
            line += f" target {self.target:g}"
        return line.rstrip()


@dataclass(frozen=True, slots=True)
class Race:
    """How long one call of ours and one of the peer's took: medians, in CPU seconds."""

    ours: float
    peer: float

    @property
    def ratio(self) -> float:
        """How many times as fast as the peer ours is."""
        return self.peer / self.ours


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_FIGURES] = []


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    figures = config.stash[_FIGURES]
    if figures:
        terminalreporter.section("figures")
        for figure in figures:
            terminalreporter.line(str(figure))


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Iterator[Callable[..., None]]:
    """Print a line at the end of the run, and fail the test at its end for a target not reached.

    Call it with `name`, `value` and `unit`, and where there is a peer with `peer`, `ratio` and
    `target`.
    """

    def show(
        name: str,
        value: float,
        unit: str,
        *,
        peer: str = "",
        ratio: float | None = None,
        target: float | None = None,
    ) -> None:
        line = Figure(name=name, value=value, unit=unit, peer=peer, ratio=ratio, target=target)
        request.config.stash[_FIGURES].append(line)
        if ratio is not None and target is not None and ratio < target:
            missed.append(str(line))

    missed: list[str] = []
    yield show
    assert not missed, "\n".join(missed)


@pytest.fixture(scope="session")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the barest HTTP server that can be."""
    program = tmp_path_factory.mktemp("sink") / "sink"
    source = Path(__file__).parent / "sink.c"
    subprocess.run(["cc", "-O2", "-o", program, source], check=True)
    return program


def time_batch(call: Callable[[], object], calls: int) -> float:
    """Time one batch of calls; return CPU seconds a call, whatever else the machine does."""
    begin = time.process_time()
    for _ in range(calls):
        call()
    return (time.process_time() - begin) / calls


def _size_batch(call: Callable[[], object], seconds: float) -> int:
    call()
    return max(1, int(seconds / max(time_batch(call, 3), 1e-7)))


@pytest.fixture
def race() -> Callable[..., Race]:
    """Time ours against a peer in turns: `race(ours, peer)`, both without arguments."""

    def run(
        ours: Callable[[], object],
        peer: Callable[[], object],
        *,
        rounds: int = 9,
        batch_seconds: float = 0.03,
    ) -> Race:
        sizes = [(call, _size_batch(call, batch_seconds)) for call in (ours, peer)]
        times = [[time_batch(call, calls) for call, calls in sizes] for _ in range(rounds)]
        return Race(*map(statistics.median, zip(*times, strict=True)))

    return run


@pytest.fixture
def pace() -> Callable[..., float]:
    """Time ours alone: `pace(ours)` gives the median of CPU seconds a call."""

    def run(ours: Callable[[], object], *, rounds: int = 9, batch_seconds: float = 0.03) -> float:
        calls = _size_batch(ours, batch_seconds)
        return statistics.median(time_batch(ours, calls) for _ in range(rounds))

    return run
