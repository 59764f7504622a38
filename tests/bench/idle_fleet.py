"""One process with many idle phones, measured from within: `idle_fleet.py PORT PHONES SECONDS`.

Each phone reports once an hour, two rules each, has three values of its own, and is reached by
SIP at its own address. Prints a line of JSON.
"""

import asyncio
import gc
import json
import resource
import sys
import time
from array import array
from collections.abc import Sequence
from math import ceil
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from mppsim.fleet.shard import Shard
from mppsim.net.clock import RunClock
from mppsim.net.event_log import Listener, Occurrence, UploadFailed, UploadFinished
from mppsim.net.opening import open_surroundings
from mppsim.net.sip_client import send_notify
from mppsim.sip.client import NotifyRequest
from tests.support.fleets import make_group, make_plan

OWN = (("Station_Display_Name", "Phone ${index}"), ("GPP_A", "${mac}"), ("GPP_B", "room ${index}"))
USED = 20_000
"""Phones, at most, that are made and have reported once, to see what they weigh then."""


class Count:
    """Stands for the tally: how late reports were, how long they took, and what failed."""

    def __init__(self) -> None:
        self.late = array("d")  # in which a time weighs little beside its phone
        self.took = array("d")
        self.failed: list[str] = []

    def listener(self, _group: str) -> Listener:
        return self._take

    def _take(self, _mac: str, happened: Occurrence) -> None:
        if isinstance(happened, UploadFinished):
            self.late.append(happened.late)
            self.took.append(happened.seconds)
        elif isinstance(happened, UploadFailed):
            self.failed.append(happened.reason)


def resident() -> int:
    """Bytes of this process that are in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def starved() -> float:
    """Seconds for which this process could have run, and had no core."""
    return int(Path("/proc/self/schedstat").read_text().split()[1]) / 1e9


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[max(0, ceil(share * len(values)) - 1)]


def values_at(port: int) -> dict[str, str]:
    url = f"http://127.0.0.1:{port}/$MA"
    return {
        "Report_Rule": f"[--delta]{url}.xml [--status]{url}-status.xml",
        "HTTP_Report_Method": "PUT",
        "Report_To_Server": "Periodically",
        "Periodic_Upload_To_Server": "3600",
    }


class Pauses:
    """How long the garbage collector stops everybody."""

    def __init__(self) -> None:
        self.seconds: list[float] = [0.0]
        self._began = 0.0
        gc.callbacks.append(self._note)

    def _note(self, phase: str, _info: object) -> None:
        if phase == "start":
            self._began = time.perf_counter()
        else:
            self.seconds.append(time.perf_counter() - self._began)


async def call(shard: Shard, number: int) -> int | None:
    """Send a phone a NOTIFY, and return the answer's status."""
    host = shard.roster.identity(number).ip
    request = NotifyRequest(host=host, port=shard.sip_port, to="x", event="check-sync")
    return (await send_notify(request, random_bytes=bytes)).status


async def main(port: int, phones: int, seconds: float) -> None:
    values = values_at(port)
    count = Count()
    with open_surroundings(RunClock(1.0)) as surroundings:
        Shard(make_plan(make_group(values, count=9, settings=OWN)), surroundings, tally=count)
        gc.collect()
        before, began, used = resident(), time.perf_counter(), time.process_time()
        group = make_group(values, count=phones, settings=OWN, address="127.16.0.0")
        surroundings.timers.clock.begin(time.monotonic() + 3600.0)
        shard = Shard(make_plan(group, speed=1.0), surroundings, tally=count)
        shard.open()
        ready, ready_cpu = time.perf_counter() - began, time.process_time() - used
        asleep = (resident() - before) / phones
        surroundings.timers.clock.begin(time.monotonic())
        pauses, cpu, without = Pauses(), time.process_time(), starved()
        await asyncio.sleep(seconds)
        cpu = time.process_time() - cpu
        figures = {
            "ready": ready,
            "ready_cpu": ready_cpu,
            "starved": (starved() - without) / seconds,
            "asleep": asleep,
            "reports": len(count.late) / 2 / seconds,
            "late_p50": percentile(count.late, 0.5),
            "late_p99": percentile(count.late, 0.99),
            "late_max": max(count.late),
            "latency_p99": percentile(count.took, 0.99),
            "failed": len(count.failed),
            "cpu": cpu / seconds,
            "pause": max(pauses.seconds),
            "reached": await call(shard, phones - 1),
        }
        before, made = resident(), shard.made
        for number in range(max(0, phones - 1 - USED), phones - 1):
            shard.phone_at(number).obey("report")
            if number % 50 == 0:
                await surroundings.timers.settle(30.0)
        await surroundings.timers.settle(30.0)
        figures["used"] = (resident() - before) / (shard.made - made)
        shard.close()
    print(json.dumps(figures))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
