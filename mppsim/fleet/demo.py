"""The demonstration, from its server's start to its verdict."""

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from mppsim.fleet.demo_plan import DEMO_IKM, DEMO_KEY, plan_demo
from mppsim.fleet.demo_readback import read_back
from mppsim.fleet.demo_tally import Tally
from mppsim.fleet.demo_words import FleetPlan
from mppsim.fleet.embedded import embedded_server
from mppsim.fleet.local import LocalFleet
from mppsim.fleet.plan import EmbeddedPlan
from mppsim.fleet.verdict import Verdict, judge
from mppsim.fleet.witness import Witness
from mppsim.net.clock import RunClock
from mppsim.net.event_log import Listener, Occurrence
from mppsim.net.surroundings import Surroundings
from mppsim.net.tftp import TftpClient
from mppsim.net.timers import Timers
from mppsim.net.upload_routes import UploadRoutes
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


async def run_demo(
    *, seed: int, speed: float | None, listen: Callable[[RunClock], Listener] | None
) -> Demonstration:
    """Run the demonstration; what `listen` makes, once the clock runs, is told each event.

    Cancelled while the phones are on, it switches them off and returns what there is by then.
    Raises `StartError` when the server does not come up, and what a listener raised.
    """
    chance = Random(seed)
    with tempfile.TemporaryDirectory(prefix="mppsim-") as directory:
        embedded = EmbeddedPlan(keys=(DEMO_KEY,), ikm=DEMO_IKM)
        server_at = embedded_server(embedded, seed=seed, directory=Path(directory))
        with UploadEngine(random_bytes=chance.randbytes) as http, TftpClient() as tftp:
            witness, tally = Witness(UploadRoutes(http, tftp)), Tally()
            async with server_at as server:
                plan = plan_demo(server.url, tftp=server.tftp, chance=chance)
                clock = RunClock(speed)  # it starts now: the server took its time to come up
                stage = _Stage(tally.take, None if listen is None else listen(clock))
                surroundings = Surroundings(
                    timers=Timers(clock),
                    uploads=witness,
                    random_bytes=chance.randbytes,
                    tell=stage.tell,
                    epoch=_FIRST_BOOT_DATE + chance.randrange(_YEAR),
                )
                fleet = LocalFleet(plan, surroundings, seed=seed)
                is_interrupted = await stage.run(fleet)
                readback = await read_back(witness.accepted, http=server.url)
    verdict = judge(
        tally,
        readback,
        unopened=server.counts.contents["unknown"],
        refused=len(fleet.refused),
        seed=seed,
        duration=clock.now(),
    )
    return Demonstration(plan=plan, verdict=verdict, is_interrupted=is_interrupted)


class _Stage:
    """Runs a fleet until its end, or until it is cancelled, or until something breaks."""

    def __init__(self, tally: Listener, listener: Listener | None) -> None:
        self._tally = tally
        self._listener = listener
        self._failure: BaseException | None = None
        self._running: asyncio.Task[None] | None = None

    async def run(self, fleet: LocalFleet) -> bool:
        """Return whether it was cancelled; raises what broke."""
        loop = asyncio.get_running_loop()
        self._running = loop.create_task(fleet.run())
        loop.set_exception_handler(self._catch)
        is_cancelled = False
        try:
            await self._running
        except asyncio.CancelledError:
            is_cancelled = True
            _forget_cancelling()
        finally:
            loop.set_exception_handler(None)
        if self._failure is not None:
            raise self._failure
        return is_cancelled

    def tell(self, mac: str, happened: Occurrence) -> None:
        """Tell the tally, and whoever listens as long as it can be told."""
        self._tally(mac, happened)
        if self._listener is None:
            return
        try:
            self._listener(mac, happened)
        except OSError as error:
            # Whoever read us is gone, or the disk is full.
            self._listener = None
            self._fail(error)

    def _catch(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Take what a callback raised, which nobody awaits: a bug, and no run goes on after it."""
        self._fail(context.get("exception") or RuntimeError(context["message"]))

    def _fail(self, error: BaseException) -> None:
        assert self._running is not None, "phones speak while they run"
        self._failure = self._failure or error
        self._running.cancel()


def _forget_cancelling() -> None:
    """Go on after a cancellation: what is left to do is short."""
    task = asyncio.current_task()
    assert task is not None
    while task.cancelling():
        task.uncancel()
