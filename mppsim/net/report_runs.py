"""The reporting side of one phone's shell: its runs of uploads, one at a time."""

from typing import Protocol

from mppsim.core.events import DeltaAccepted, Event, UploadsFinished
from mppsim.core.identity import PhoneIdentity
from mppsim.core.phone_status import PhoneStatus
from mppsim.core.report_rule import ReportContent
from mppsim.core.upload import UploadJob, UploadOutcome, build_body
from mppsim.net.event_log import ReportsDue, UploadFinished, UploadStarted
from mppsim.net.surroundings import Surroundings, UploadLine
from mppsim.net.upload_run import Delay, UploadOccurrence, UploadRun

__all__ = ["ReportRuns", "ReportingPhone"]

_DELTA = ReportContent.DELTA  # 3.11 looks a member of an enum up slowly


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

    __slots__ = ("_due", "_mac", "_phone", "_run", "_status", "_surroundings")

    def __init__(
        self, phone: ReportingPhone, status: PhoneStatus, surroundings: Surroundings
    ) -> None:
        self._phone = phone
        self._mac = phone.identity.mac
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
        self._surroundings.timers.hold()  # no time passes meanwhile at `--speed max`
        delay = self._find_delay(due)
        self._due = None
        if jobs:
            contents = tuple([job.content for job in jobs])
            self._surroundings.tell(self._mac, ReportsDue(contents))
        self._run = run = UploadRun(jobs, self._phone.open_line(), self, delay)
        run.start()

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
            return Delay(clock.real_seconds(now - due), 0.0)
        return Delay(0.0, clock.real_seconds(now - self._due))

    # What the run in hand asks of its owner.

    def build_body(self, job: UploadJob) -> bytes:
        """Write a job's report as it is sent."""
        return build_body(job, self._phone.status_report, self._phone.random_bytes)

    def tell(self, job: UploadJob, happened: UploadOccurrence) -> None:
        """Tell what became of a job, once the phone has taken an accepted delta in."""
        if not isinstance(happened, UploadStarted):
            if job.content is _DELTA and isinstance(happened, UploadFinished):
                self._phone.feed(DeltaAccepted(job))
                if self._run is None:
                    return  # it could not be remembered: it has been told as cut
            if happened.bytes:
                self._status.count_upload(happened.bytes)
        self._surroundings.tell(self._mac, happened)

    def end_run(self, outcomes: tuple[UploadOutcome, ...]) -> None:
        """Hand over how the jobs ended."""
        self._run = None
        self._surroundings.timers.release()
        self._phone.feed(UploadsFinished(outcomes))
