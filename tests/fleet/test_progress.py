"""How far a run is."""

import pytest

from mppsim.fleet.progress import Phase, Progress
from mppsim.results.figures import Figures


@pytest.mark.parametrize(
    ("at", "duration", "share"),
    [(0.0, 60.0, 0.0), (15.0, 60.0, 0.25), (75.0, 60.0, 1.0), (0, 0, 1)],
)
def test_a_run_is_over_when_its_duration_is(at: float, duration: float, share: float) -> None:
    progress = Progress(
        phase=Phase.RUNNING, at=at, duration=duration, elapsed=1.0, figures=Figures()
    )

    assert progress.share == share
