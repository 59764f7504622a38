"""Runs of whole crews against a bare server, and what came of them."""

import io
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mppsim.fleet.crew import Crew
from mppsim.fleet.crew_words import ShardTerms
from mppsim.fleet.fault_windows import SetFaults
from mppsim.fleet.plan import FleetPlan
from mppsim.fleet.tally import Tally
from mppsim.results.figures import Figures
from tests.support.http_server import ScriptedServer, answering, reply, serve_script

__all__ = ["CrewDesk", "accepting_server", "crew_of"]

REAL_TIME = {"time", "seconds", "late", "waited"}
"""What no seed promises."""


class CrewDesk:
    """A crew, and what its phones told."""

    def __init__(self, plan: FleetPlan, workers: int, set_faults: SetFaults | None) -> None:
        self.plan = plan
        self.written = io.StringIO()
        terms = ShardTerms(plan=plan, workers=workers)
        self.crew = Crew(terms, events=self.written, set_faults=set_faults)

    @property
    def events(self) -> dict[str, list[dict[str, object]]]:
        """What each phone told, in its order, but for real time."""
        told: dict[str, list[dict[str, object]]] = defaultdict(list)
        for line in self.written.getvalue().splitlines():
            event = json.loads(line)
            phone = event.pop("phone")
            if event["event"] == "ready":
                event.pop("sip")  # any free port
            told[phone].append({k: v for k, v in event.items() if k not in REAL_TIME})
        return told

    def words(self, phone: int) -> list[str]:
        """The events of a phone by name, with the moment of each."""
        mac = f"{self.plan.groups[0].macs[phone]:012x}"
        return [f"{event['event']} {event['at']:g}" for event in self.events[mac]]

    @property
    def figures(self) -> Figures:
        """What the workers have counted, together."""
        tally = Tally([group.name for group in self.plan.groups])
        for snapshot in self.crew.snapshots():
            tally.merge(snapshot)
        return tally.figures()


@asynccontextmanager
async def crew_of(
    plan: FleetPlan, workers: int = 1, *, set_faults: SetFaults | None = None
) -> AsyncIterator[CrewDesk]:
    """A crew that has started; in the end it is stopped."""
    desk = CrewDesk(plan, workers, set_faults)
    try:
        await desk.crew.start()
        yield desk
    finally:
        await desk.crew.stop()


@asynccontextmanager
async def accepting_server() -> AsyncIterator[ScriptedServer]:
    """A server that accepts everything."""

    async with serve_script(answering(then=reply(204))) as server:
        yield server
