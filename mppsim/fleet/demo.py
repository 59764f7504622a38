"""The demonstration, from its server's start to its verdict."""

import asyncio
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random

from mppsim.fleet.demo_plan import DEMO_IKM, DEMO_KEY, plan_demo
from mppsim.fleet.embedded import embedded_server
from mppsim.fleet.local import LocalFleet
from mppsim.fleet.plan import FleetPlan
from mppsim.fleet.readback import read_back
from mppsim.fleet.tally import Tally
from mppsim.fleet.verdict import Verdict, judge
from mppsim.fleet.witness import Witness
from mppsim.net.clock import RunClock
from mppsim.net.event_log import Listener, Occurrence
from mppsim.net.surroundings import Surroundings
from mppsim.net.timers import Timers
from mppsim.net.uploader import UploadEngine

__all__ = ["Demonstration", "run_demo"]

_FIRST_BOOT_DATE = 1_767_225_600  # 2026-01-01 00:00 UTC
_YEAR = 365 * 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """What was planned, what came of it, and whether it was allowed to end."""

    plan: FleetPlan
    verdict: Verdict
    is_interrupted: bool


async def run_demo(*, seed: int, clock: RunClock, listener: Listener | None) -> Demonstration:
    """Run the demonstration on a clock; `listener` is told each event.

    SIGINT ends it early, in order. Raises `StartError` when the server does not come up.
    """
    chance = Random(seed)
    with tempfile.TemporaryDirectory(prefix="mppsim-") as directory:
        server_at = embedded_server(Path(directory), key=DEMO_KEY, ikm=DEMO_IKM)
        with UploadEngine(random_bytes=chance.randbytes) as uploads:
            witness, tally = Witness(uploads), Tally()
            async with server_at as server:
                plan = plan_demo(server.url, chance=chance)
                surroundings = Surroundings(
                    timers=Timers(clock),
                    uploads=witness,
                    random_bytes=chance.randbytes,
                    tell=_both(tally.take, listener),
                    epoch=_FIRST_BOOT_DATE + chance.randrange(_YEAR),
                )
                fleet = LocalFleet(plan, surroundings, seed=seed)
                is_interrupted = await _run_until_interrupted(fleet)
                readback = await read_back(witness.accepted)
    verdict = judge(
        tally,
        readback,
        unopened=server.contents["unknown"],
        refused=len(fleet.refused),
        seed=seed,
        duration=clock.now(),
    )
    return Demonstration(plan=plan, verdict=verdict, is_interrupted=is_interrupted)


async def _run_until_interrupted(fleet: LocalFleet) -> bool:
    running = asyncio.ensure_future(fleet.run())
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        return True
    finally:
        loop.remove_signal_handler(signal.SIGINT)
    return False


def _both(one: Listener, other: Listener | None) -> Listener:
    if other is None:
        return one

    def tell(mac: str, happened: Occurrence) -> None:
        one(mac, happened)
        other(mac, happened)

    return tell
