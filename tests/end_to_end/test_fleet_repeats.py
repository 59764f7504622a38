"""The same seed gives each phone the same events, whoever runs it, and the same figures."""

from math import ceil
from pathlib import Path

import pytest

from mppsim.fleet.scenario.overrides import Overrides
from tests.support.fleet_runs import FleetDone, run_fleet

EXAMPLES = Path(__file__).parents[2] / "examples"
JUMPING = ["quickstart", "change-storm", "encrypted-mix", "server-down-and-back", "one-day"]
FEW = 10
PRECISION = 0.001
"""Of a histogram, to either side."""

# All that the seed draws at once.
EVERYTHING = """\
server:
  embedded:
    keys: [first, second]
    faults:
      - {status: 503, share: 20%, from: 20m, to: 80m}
      - {cut: true, share: 10%, from: 40m}
      - {redirect: true, share: 30%}
      - {down: true, from: 90m, to: 95m}
clock: {speed: max}
duration: 100m
fleet:
  - name: office
    count: 6
    models: {8851: 2, 7841: 1}
    releases: {mpp-12.0: 2, mpp-11.2: 1}
    set:
      Report_Rule: "[--delta --key first]${server}/${mac} [--status]${server}/$MA.xml"
      Report_To_Server: On Local Change
      Upload_Delay_On_Local_Change: 60
      User_ID_1_: "1${index}"
      Password_1_: not a real one
    changes: {every: 10m, of: [Station_Display_Name, Ringer_Volume, GPP_A], random: true}
    restarts: {every: 1h, random: true}
  - name: branch
    count: 6
    model: 6841
    set:
      Report_Rule: "[--status]${server}/branch/$MA.xml"
      HTTP_Report_Method: PUT
      Report_To_Server: Periodically
      Periodic_Upload_To_Server: 1200
    start: {as: power_on, spread: 10m}
    network: {latency: 1ms, loss: 1%, kill: 20%}
notify:
  - {event: report, every: 15m, share: 40%, groups: [office]}
  - {event: reboot_now, at: 50m, share: 20%}
"""


def percentile(times: list[float], percent: float) -> float:
    """Give the time that so many of a hundred are not above."""
    return sorted(times)[max(1, ceil(round(percent / 100 * len(times), 6))) - 1]


def assert_same(run: FleetDone, other: FleetDone) -> None:
    first, second = run.promised, other.promised
    assert second.keys() == first.keys()
    for phone, told in second.items():
        assert told == first[phone]
    assert other.figures.reports == run.figures.reports
    assert other.figures.notify == run.figures.notify
    assert other.figures.readback == run.figures.readback


@pytest.mark.parametrize("name", JUMPING)
async def test_example_gives_each_phone_the_same_events_with_more_workers(
    name: str, tmp_path: Path
) -> None:
    scenario = (EXAMPLES / f"{name}.yaml").read_text()
    one, shared = [
        await run_fleet(scenario, folder=tmp_path, workers=workers, overrides=Overrides(phones=FEW))
        for workers in (1, 4)
    ]

    assert_same(one, shared)
    assert len(one.promised) == FEW
    assert one.figures.reports.due > FEW


async def test_all_that_the_seed_draws_is_drawn_alike_again_and_with_more_workers(
    tmp_path: Path,
) -> None:
    first, *others = [
        await run_fleet(EVERYTHING, folder=tmp_path, workers=workers) for workers in (1, 1, 2, 4)
    ]

    for other in others:
        assert_same(first, other)
    reports = first.figures.reports
    assert {"status-503", "reset", "refused"} <= reports.failures.keys()
    assert {"local_change", "restart", "periodic", "notify"} <= reports.by_trigger.keys()
    assert first.figures.notify.challenged > 0


async def test_another_seed_is_another_run(tmp_path: Path) -> None:
    scenario = (EXAMPLES / "quickstart.yaml").read_text()
    one, other = [
        await run_fleet(scenario, folder=tmp_path, seed=seed, overrides=Overrides(phones=FEW))
        for seed in (1, 2)
    ]

    assert one.promised != other.promised


@pytest.mark.parametrize("workers", [1, 4])
async def test_percentiles_of_workers_are_those_of_all_their_reports(
    tmp_path: Path, workers: int
) -> None:
    scenario = (EXAMPLES / "encrypted-mix.yaml").read_text()
    done = await run_fleet(scenario, folder=tmp_path, workers=workers)

    latency, from_due = done.figures.latency, done.figures.latency_from_due
    took = [event["seconds"] for event in done.of("upload_finished")]
    late = [event["late"] for event in done.of("upload_finished")]
    assert latency.count == from_due.count == len(took) == done.figures.reports.delivered == 400
    for percent in (50, 90, 99, 100):
        rough, exact = latency.histogram.percentile(percent), percentile(took, percent)
        assert rough == pytest.approx(exact, rel=PRECISION, abs=1e-6)
        rough, exact = (
            done.figures.lateness.histogram.percentile(percent),
            percentile(late, percent),
        )
        assert rough == pytest.approx(exact, rel=PRECISION, abs=1e-6)
