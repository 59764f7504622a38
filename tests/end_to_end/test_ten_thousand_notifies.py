"""A PBX tells ten thousand phones at once, from one port, and each of them hears it once."""

from collections import Counter
from pathlib import Path

from tests.support.fleet_runs import run_fleet

PHONES = 10_000
ALL_AT_ONCE = f"""\
server: {{embedded: {{keep_bodies: false}}}}
clock: {{speed: max}}
duration: 2m
fleet:
  - name: everybody
    count: {PHONES}
    set: {{Report_Rule: "[--delta]${{server}}/$MA.xml", HTTP_Report_Method: PUT}}
notify: {{event: report, at: 1m}}
"""


async def test_each_phone_is_triggered_once_in_whichever_of_four_workers_it_lives(
    tmp_path: Path,
) -> None:
    done = await run_fleet(ALL_AT_ONCE, folder=tmp_path, workers=4)

    for event in ("trigger", "notify", "upload_started", "upload_finished"):
        told = Counter(line["phone"] for line in done.of(event))
        assert (event, len(told), set(told.values())) == (event, PHONES, {1})
    assert (done.figures.notify.sent, done.figures.notify.unanswered) == (PHONES, 0)
    assert done.figures.readback.checked == PHONES
    assert done.figures.reports.failed == done.figures.readback.missing == 0
