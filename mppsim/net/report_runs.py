"""The reporting side of one phone's shell: its runs of uploads, one at a time."""

from typing import Protocol

from mppsim.core.events import DeltaAccepted, Event, UploadsFinished
from mppsim.core.identity import PhoneIdentity
from mppsim.core.phone_status import PhoneStatus
from mppsim.core.report_rule import ReportContent
from mppsim.core.upload import UploadJob, UploadOutcome, build_body
from mppsim.net.event_log import Occurrence, ReportsDue, UploadFailed, UploadFinished
from mppsim.net.surroundings import Surroundings, UploadLine
from mppsim.net.upload_run import Delay, UploadRun

__all__ = ["ReportRuns", "ReportingPhone"]


class ReportingPhone(Protocol):
    """The phone, as its runs see it."""

    @property
    def identity(self) -> PhoneIdentity:
        """Who it is."""

    def random_bytes(self, count: int) -> bytes:
        """Roll its dice."""

    def feed(self, event: Event) -> None:
        """Take in what became of a run."""

    def open_line(self) -> UploadLine:
        """Begin requests that come from it."""

    def status_report(self) -> bytes:
        """Return the phone's status as a report holds it."""


class ReportRuns:
    """Starts a phone's runs and tells it how they end. A phone at rest needs none."""

    __slots__ = ("_due", "_phone", "_run", "_status", "_surroundings")

    def __init__(
        self, phone: ReportingPhone, status: PhoneStatus, surroundings: Surroundings
    ) -> None:
        self._phone = phone
        self._status = status
        self._surroundings = surroundings
        self._run: UploadRun | None = None
        self._due: float | None = None  # since when a trigger has waited for the run in hand to end

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing is in hand: another one may take its place at the next trigger."""
        return self._run is None

    def note_trigger(self, due: float) -> None:
        """Take note that a trigger fell which was due at that moment of the run's clock."""
        if self._run is not None and self._due is None:
            self._due = due

    def start(self, jobs: tuple[UploadJob, ...], due: float) -> None:
        """Send these reports; their trigger was due then, or when the first that waits was."""
        timers = self._surroundings.timers
        timers.hold()  # at `--speed max` no time passes while a report is on its way
        delay = self._find_delay(due)
        self._due = None
        if jobs:
            contents = tuple(job.content for job in jobs)
            self._surroundings.tell(self._phone.identity.mac, ReportsDue(contents))
        self._run = UploadRun(
            jobs,
            self._phone.open_line(),
            delay=delay,
            build=self._build_body,
            tell=self._tell,
            finish=self._finish,
        )
        self._run.start()

    def cut(self) -> None:
        """End the run in hand, and forget the trigger that waits for the next."""
        self._due = None
        if self._run is not None:
            self._run.cut()

    def _find_delay(self, due: float) -> Delay:
        """Tell a phone that was busy from a generator that was late: only one is mppsim's doing."""
        clock = self._surroundings.timers.clock
        now = max(due, clock.now())  # a timer may fire a hair early
        if self._due is None:
            return Delay(late=clock.real_seconds(now - due))
        return Delay(waited=clock.real_seconds(now - self._due))

    def _build_body(self, job: UploadJob) -> bytes:
        return build_body(job, self._phone.status_report, self._phone.random_bytes)

    def _tell(self, job: UploadJob, happened: Occurrence) -> None:
        if isinstance(happened, UploadFinished) and job.content is ReportContent.DELTA:
            self._phone.feed(DeltaAccepted(job))
            if self._run is None:
                return  # it could not be remembered: it has been told as cut
        if isinstance(happened, (UploadFinished, UploadFailed)) and happened.bytes:
            self._status.count_upload(happened.bytes)
        self._surroundings.tell(self._phone.identity.mac, happened)

    def _finish(self, outcomes: tuple[UploadOutcome, ...]) -> None:
        self._run = None
        self._surroundings.timers.release()
        self._phone.feed(UploadsFinished(outcomes))
