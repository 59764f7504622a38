"""A fleet reports to nginx and reads back what nginx holds, by GET."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mppsim.fleet.fleet_run import FleetRun, RunTerms
from mppsim.fleet.progress import Phase, Progress
from mppsim.fleet.scenario.file import parse_scenario
from mppsim.fleet.scenario.overrides import Overrides
from mppsim.results.figures import ReadbackFigures
from mppsim.results.outcome import Outcome, Verdict
from tests.support.nginx import Nginx, run_nginx

PHONES = 6
LIMIT = 50.0
SCENARIO = """\
server: {server}
clock: {{speed: max}}
duration: 1h
ports: {{sip: 0, web: null}}
fleet:
  - name: lobby
    count: {phones}
    set:
      Report_Rule: "[--delta --key test123]${{server}}/delta/$MA.xml [--status]${{server}}/$MA.xml"
      HTTP_Report_Method: PUT
      Report_To_Server: On Local Change
    start: {{as: power_on}}
    changes: {{every: 20m, of: [Ringer_Volume]}}
readback: "{readback}"
thresholds: [reports.failed == 0, readback.missing == 0, readback.different == 0]
"""


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Nginx]:
    with run_nginx(tmp_path) as nginx:
        yield nginx


async def run_fleet(
    nginx: Nginx, *, readback: str = "${url}", meanwhile: Callable[[], None] = lambda: None
) -> tuple[Outcome, list[str]]:
    """Carry the scenario out; `meanwhile` is what happens before nginx is asked what it holds."""
    text = SCENARIO.format(server=nginx.url, phones=PHONES, readback=readback)
    fleet = FleetRun(
        RunTerms(
            file=parse_scenario(text.encode(), source=nginx.directory / "scenario.yaml"),
            overrides=Overrides(allowed_hosts=("127.0.0.1",)),
            seed=7,
        )
    )

    to_do = [meanwhile]  # once: the phase is shown as often as there is something to show

    def look(progress: Progress) -> None:
        if progress.phase is Phase.READING_BACK and to_do:
            to_do.pop()()

    async with asyncio.timeout(LIMIT):
        outcome = await fleet.carry_out(show=look)
    return outcome, fleet.notes


@pytest.mark.parametrize("readback", ["${url}", "${server}${path}?read-back-by=mppsim"])
async def test_nginx_holds_the_last_report_of_each_place(nginx: Nginx, readback: str) -> None:
    outcome, notes = await run_fleet(nginx, readback=readback)

    assert outcome.verdict is Verdict.PASSED
    assert outcome.figures.reports.failed == 0
    assert outcome.figures.reports.delivered > 2 * PHONES
    assert outcome.figures.readback == ReadbackFigures(checked=2 * PHONES)
    assert notes == []


async def test_what_somebody_does_to_the_files_of_nginx_is_found(nginx: Nginx) -> None:
    kept = nginx.directory / "reports"

    def meddle() -> None:
        names = nginx.stored_names()
        (kept / names[0]).unlink()
        (kept / names[1]).write_bytes(b"<flat-status/>\n")

    outcome, notes = await run_fleet(nginx, meanwhile=meddle)

    assert outcome.verdict is Verdict.FAILED
    assert outcome.figures.readback == ReadbackFigures(checked=2 * PHONES, missing=1, different=1)
    assert sorted(note.split(":")[1] for note in notes) == [" different", " missing"]
    judged = {each.expr: each.passed for each in outcome.thresholds}
    assert not judged["readback.missing == 0"]
    assert not judged["readback.different == 0"]


async def test_place_that_nginx_gives_nobody_is_told_as_such(nginx: Nginx) -> None:
    outcome, _ = await run_fleet(nginx, readback="${server}/reports-are-elsewhere/${mac}")

    assert outcome.verdict is Verdict.FAILED
    assert outcome.figures.readback == ReadbackFigures(checked=PHONES, missing=PHONES)
