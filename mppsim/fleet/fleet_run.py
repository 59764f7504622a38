"""One run of a fleet, from its server's start to its verdict."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from mppsim.core.host_guard import HostGuard
from mppsim.errors import MppSimError
from mppsim.fleet.crew import LAST_UPLOADS, Crew
from mppsim.fleet.crew_words import ShardTerms
from mppsim.fleet.dice import Dice
from mppsim.fleet.embedded import EmbeddedServer, embedded_server
from mppsim.fleet.foreign_readback import ReadbackTemplate, read_back
from mppsim.fleet.ledger import Ledger
from mppsim.fleet.lookout import SERVER_ENDED, Lookout, Show
from mppsim.fleet.lost_phones import LostPhones
from mppsim.fleet.plan import EmbeddedPlan
from mppsim.fleet.progress import Phase
from mppsim.fleet.readback import MOST_LISTED, Readback, ReadbackCount, compare_in_slices
from mppsim.fleet.roster import Roster
from mppsim.fleet.scenario.file import ScenarioFile
from mppsim.fleet.scenario.overrides import NO_OVERRIDES, Overrides
from mppsim.fleet.scenario.planning import build_plan, check_scenario
from mppsim.net.tls import TlsSettings
from mppsim.net.uploader import UploadEngine
from mppsim.results.figures import ReadbackFigures
from mppsim.results.outcome import Outcome, decide
from mppsim.results.words import show_seconds

__all__ = ["FleetRun", "RunTerms"]

_FINDINGS_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTerms:
    """What is to be run, and how."""

    file: ScenarioFile
    overrides: Overrides = NO_OVERRIDES
    seed: int
    workers: int = 1
    tls: TlsSettings = field(default_factory=TlsSettings)
    """Whom the phones trust."""


class FleetRun:
    """Carries a scenario out once: `carry_out`, and `interrupt` at any time."""

    def __init__(self, terms: RunTerms) -> None:
        """Start nothing yet; raises `ScenarioError` with everything that is wrong."""
        self.plan = replace(check_scenario(terms.file, terms.overrides), seed=terms.seed)
        """But for the address of an embedded server, which is known once it is up."""
        self.events_error: OSError | None = None
        """Why events could not be written any more; it has ended the run, if it was not over."""
        self.notes: list[str] = []
        """What was not as it should be, in sentences; once the run is over."""
        self._terms = terms
        self._crew: Crew | None = None
        self._lookout = Lookout(self.plan, workers=terms.workers, show=None)
        self._working: asyncio.Task[Readback | None] | None = None
        self._is_interrupted = False

    def interrupt(self) -> None:
        """End the run; what there is by then is its outcome.

        What it has sent is still read back from a server of its own; a second time not even that.
        """
        is_carried_out = self._lookout.phase in {Phase.RUNNING, Phase.ENDING}
        self._is_interrupted = True
        if self._crew is not None and is_carried_out:
            self._crew.interrupt()
        elif self._working is not None:
            self._working.cancel()

    async def carry_out(self, *, show: Show | None = None, events: TextIO | None = None) -> Outcome:
        """Return what the run came to.

        `show` is given how far the run is, `events` each event as a line of JSON. Raises
        `StartError` where something cannot start, and what broke the run.
        """
        started = datetime.now(UTC).isoformat(timespec="seconds")
        self._lookout = Lookout(self.plan, workers=self._terms.workers, show=show)
        self._working = asyncio.create_task(self._work(events))
        if self._is_interrupted:
            self._working.cancel()
        try:
            await asyncio.wait({self._working})
        except asyncio.CancelledError:
            self._working.cancel()
            await asyncio.wait({self._working})
            raise
        is_cut = self._is_interrupted and self._working.cancelled()
        back = None if is_cut else self._working.result()
        self._lookout.turn_to(Phase.OVER)
        return self._conclude(started, back)

    async def _work(self, events: TextIO | None) -> Readback | None:
        self._lookout.look()
        async with self._serve() as server:
            await self._run_crew(server, events)
            self._lookout.turn_to(Phase.READING_BACK)
            assert self._crew is not None
            with self._looking_on(self._crew):
                return await self._read_back(server)

    # Its parts, in order.

    @asynccontextmanager
    async def _serve(self) -> AsyncIterator[EmbeddedServer | None]:
        """Run the server that the run brings with it, if it does, and make the plan final."""
        if self.plan.embedded is None:
            yield None
            return
        with _directory_for(self.plan.embedded) as directory:
            terms = self._terms
            async with embedded_server(
                self.plan.embedded, seed=terms.seed, directory=directory
            ) as server:
                self.plan = build_plan(
                    terms.file,
                    server_url=server.url,
                    tftp=server.tftp,
                    seed=terms.seed,
                    overrides=terms.overrides,
                )
                yield server
            # Its last words hold its counts.
            self.notes += _tell_full(server)

    async def _run_crew(self, server: EmbeddedServer | None, events: TextIO | None) -> None:
        workers = self._terms.workers
        terms = ShardTerms(
            plan=self.plan,
            workers=workers,
            # A report waits where that is told, not unseen in the queue of a server that is full.
            connections=None if server is None else max(1, server.connections // workers),
            after=self._lookout.moments,
            tls=self._terms.tls,
        )
        set_faults = None if server is None else server.set_faults
        self._crew = crew = Crew(terms, set_faults=set_faults, events=events)
        self._lookout.follow(crew, server)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(crew.stop)
            await crew.start()
            self._lookout.turn_to(Phase.RUNNING)
            stack.enter_context(self._looking_on(crew))
            await crew.run_to_end()
            self.events_error = crew.events_error
            self._is_interrupted |= crew.events_error is not None and crew.is_interrupted
            self.notes += [*crew.notes, *crew.losses, *self._tell_waits(crew)]

    def _tell_waits(self, crew: Crew) -> Iterator[str]:
        """Say it where the run took notably longer than its duration."""
        if self.plan.speed is None or crew.settles_at is None or crew.is_interrupted:
            return
        seconds = (crew.settles_at - self.plan.duration) / self.plan.speed
        if seconds > LAST_UPLOADS:
            yield f"delays that were running at the end went on for {show_seconds(seconds)}"

    @contextmanager
    def _looking_on(self, crew: Crew) -> Iterator[None]:
        looking = asyncio.create_task(self._look_on(crew))
        try:
            yield
        finally:
            looking.cancel()

    async def _look_on(self, crew: Crew) -> None:
        try:
            await self._lookout.keep_looking()
        except Exception as error:  # noqa: BLE001 -- the run is to fail for it, not this task alone
            crew.worker_failed(error)

    async def _read_back(self, server: EmbeddedServer | None) -> Readback | None:
        """Compare what was sent with what the server holds; None: it was not read back."""
        assert self._crew is not None
        if server is None and (self._is_interrupted or not self.plan.readback):
            return None
        roster = Roster(self.plan, Dice(self.plan.seed))
        sent = await self._merge_ledgers()
        lost = self._crew.lost_phones
        back: Readback | None
        if server is None:
            back = await self._read_back_foreign(sent, roster, lost)
        else:
            back = await self._read_back_own(sent, server, lost)
        if back is not None:
            self.notes += lost.tell()
        return back

    async def _merge_ledgers(self) -> Ledger:
        assert self._crew is not None
        sent = Ledger()
        for snapshot in self._crew.ledgers():
            sent.merge(snapshot)
            await asyncio.sleep(0)
        return sent

    async def _read_back_own(
        self, sent: Ledger, server: EmbeddedServer, lost: LostPhones
    ) -> Readback | None:
        try:
            held = await server.ledger()
        except MppSimError as error:  # it has ended, or says nothing any more
            self._lookout.lose_server(str(error) if server.is_up else SERVER_ENDED)
            return None
        count = ReadbackCount()
        for _ in compare_in_slices(sent, held, count, is_left_out=lost.has):
            await asyncio.sleep(0)  # an interruption is heard, and the view goes on
        return count.result()

    async def _read_back_foreign(self, sent: Ledger, roster: Roster, lost: LostPhones) -> Readback:
        template = ReadbackTemplate(
            text=self.plan.readback, server=self.plan.server, index_of=roster.find_index
        )
        guard = HostGuard.of(self.plan.allowed_hosts)
        with UploadEngine(
            tls=self._terms.tls, may_go=lambda url: guard.is_allowed(url.host)
        ) as engine:
            return await read_back(sent, template, engine.request, is_left_out=lost.has)

    def _conclude(self, started: str, back: Readback | None) -> Outcome:
        lookout = self._lookout
        self.notes += [*lookout.notes, *_tell(back, is_expected=self._is_read_back)]
        held = ReadbackFigures() if back is None else _count(back)
        tally = lookout.merge()
        judged = lookout.judge(tally, held)
        return Outcome(
            scenario=self._terms.file.source.stem,
            started=started,
            figures=lookout.figures(tally, readback=held),
            thresholds=judged,
            verdict=decide(judged, is_interrupted=self._is_interrupted),
            ended_early=lookout.ended_early,
            notes=tuple(note for note in self.notes if note != str(lookout.ended_early)),
            series=tally.series(),
            slowest=tally.kept.slowest,
            failed=tally.kept.failed,
        )

    @property
    def _is_read_back(self) -> bool:
        return self.plan.embedded is not None or bool(self.plan.readback)


@contextmanager
def _directory_for(plan: EmbeddedPlan) -> Iterator[Path | None]:
    """Make a place for what a server keeps, if it keeps anything; it goes with the run."""
    if not plan.keeps_bodies:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="mppsim-") as directory:
        yield Path(directory)


def _tell_full(server: EmbeddedServer) -> Iterator[str]:
    times = server.counts.full
    if times:
        yield (
            f"the embedded server had all the {server.connections:,} connections that it takes,"
            f" {'once' if times == 1 else f'{times:,} times'}: more had to wait for it"
        )


def _count(back: Readback) -> ReadbackFigures:
    return ReadbackFigures(
        **{each.name: getattr(back, each.name) for each in fields(ReadbackFigures)}
    )


def _tell(back: Readback | None, *, is_expected: bool) -> Iterator[str]:
    """Say what was found where it was read back, as far as a person wants to hear of it."""
    if back is None:
        if is_expected:
            yield "nothing was read back from the server"
        return
    for found in back.findings[:_FINDINGS_TOLD]:
        detail = f" ({found.detail})" if found.detail else ""
        yield f"read back: {found.what}: {found.phone or 'some phone'} {found.path}{detail}"
    more = len(back.findings) - _FINDINGS_TOLD
    if more > 0:
        yield f"read back: {more} more" + (" at least" if len(back.findings) == MOST_LISTED else "")
