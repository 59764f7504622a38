"""A fleet at full speed, measured from within: `busy_fleet.py PORT PHONES WORKERS`.

All phones report at the same moments, as soon as all have done so the last time, each over a
connection of its own. Prints a line of JSON: reports, real seconds, and CPU seconds of all
processes that share the fleet.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from mppsim.fleet.crew import Crew
from mppsim.fleet.crew_words import ShardTerms
from mppsim.fleet.plan import FleetPlan, StartPlan
from mppsim.fleet.tally import Tally
from tests.support.fleets import make_group, make_plan

PERIOD = 600.0
TIMES = 10


def plan_of(port: int, phones: int) -> FleetPlan:
    values = {
        "Report_Rule": f"[--delta]http://127.0.0.1:{port}/$MA.xml",
        "HTTP_Report_Method": "PUT",
        "Report_To_Server": "Periodically",
        "Periodic_Upload_To_Server": f"{PERIOD:g}",
    }
    group = make_group(values, count=phones, start=StartPlan(powers_on=True))
    return make_plan(group, duration=(TIMES + 0.5) * PERIOD)


def cpu_of(pids: tuple[int, ...]) -> float:
    stats = (Path(f"/proc/{pid}/schedstat").read_text() for pid in pids)
    return sum(int(stat.split()[0]) for stat in stats) / 1e9


async def main(port: int, phones: int, workers: int) -> None:
    plan = plan_of(port, phones)
    crew = Crew(ShardTerms(plan=plan, workers=workers))
    try:
        await crew.start()
        pids = (os.getpid(), *crew.pids)
        cpu, began = cpu_of(pids), time.monotonic()
        await crew.run_to_end()
        cpu, seconds = cpu_of(pids) - cpu, time.monotonic() - began
        tally = Tally([group.name for group in plan.groups])
        for snapshot in crew.snapshots():
            tally.merge(snapshot)
        reports = tally.figures().reports
        assert reports.due == reports.delivered, reports
        print(json.dumps({"reports": reports.delivered, "seconds": seconds, "cpu": cpu}))
    finally:
        await crew.stop()


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
