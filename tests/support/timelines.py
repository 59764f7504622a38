"""A reporting agent whose clock, server and values a test drives by hand."""

from mppsim.core.agent import ReportAgent
from mppsim.core.catalogue import find_model
from mppsim.core.events import (
    Action,
    ComeUp,
    DeadlineReached,
    DeltaAccepted,
    Event,
    GoDown,
    Origin,
    ParametersChanged,
    PhoneStarted,
    Remember,
    StartUploads,
    Tell,
    TriggerFell,
    UploadsFinished,
)
from mppsim.core.firmware import load_release
from mppsim.core.parameters import Baseline, ParameterStore
from mppsim.core.profile import Profile, ProfileSetting
from mppsim.core.report_rule import ReportContent
from mppsim.core.upload import UploadJob, UploadOutcome

DELTA = "[--delta]http://server/delta.xml"
FULL = "http://server/full.xml"
STATUS = "[--status]http://server/status.xml"


def profile_of(values: dict[str, str]) -> Profile:
    return Profile(tuple(ProfileSetting(name=name, value=value) for name, value in values.items()))


def make_store(values: dict[str, str] | None = None, *quirks: str) -> ParameterStore:
    """A store of an 8851 at mpp-12.0 with these values provisioned."""
    release = load_release("mpp-12.0").with_quirks(quirks)
    store = ParameterStore(Baseline.factory(find_model("8851"), release))
    provisioned = store.provision(profile_of(values or {}))
    assert not provisioned.refused
    return store


class AgentDriver:
    """Feeds one agent and keeps what it says, in words a test can compare."""

    def __init__(
        self,
        values: dict[str, str] | None = None,
        *quirks: str,
        running_since: float | None = None,
    ) -> None:
        self.store = make_store(values, *quirks)
        self.agent = ReportAgent(self.store, lambda: lambda _: None, running_since=running_since)
        self.jobs: tuple[UploadJob, ...] = ()
        self.notices: list[object] = []

    def feed(self, event: Event, at: float) -> list[str]:
        return [word for word in map(self._word, self.agent.handle(event, now=at)) if word]

    def start(self, at: float = 0.0) -> list[str]:
        return self.feed(PhoneStarted(), at)

    def change(self, at: float, **values: str) -> list[str]:
        checked = self.store.check(values)
        assert not checked.refused
        return self.feed(ParametersChanged(checked.changes, Origin.PHONE), at)

    def deadline(self) -> list[str]:
        assert self.agent.deadline is not None
        return self.feed_deadline_at(self.agent.deadline)

    def feed_deadline_at(self, at: float) -> list[str]:
        return self.feed(DeadlineReached(), at)

    def finish(self, at: float, reason: str | None = None) -> list[str]:
        """End the run in hand, every job of it with the same reason."""
        return self.finish_each(at, *(reason for _ in self.jobs))

    def finish_each(self, at: float, *reasons: str | None) -> list[str]:
        """End the run in hand, each job with its own reason."""
        jobs, self.jobs = self.jobs, ()
        outcomes = tuple(UploadOutcome(job, why) for job, why in zip(jobs, reasons, strict=True))
        for outcome in outcomes:
            if outcome.reason is None and outcome.job.content is ReportContent.DELTA:
                self.feed(DeltaAccepted(outcome.job), at)
        return self.feed(UploadsFinished(outcomes), at)

    def deliver_all(self, at: float) -> None:
        """Let the server accept whatever is in hand, until the phone rests."""
        while self.jobs:
            self.finish(at)

    def _word(self, action: Action) -> str:
        match action:
            case StartUploads(jobs):
                self.jobs = jobs
                return "upload " + "+".join(describe(job) for job in jobs)
            case Tell(TriggerFell(kind)):
                return f"trigger {kind}"
            case Tell(notice):
                self.notices.append(notice)
                return ""
            case GoDown(reason):
                return f"down: {reason}"
            case ComeUp():
                return "up"
            case Remember():
                return ""
        raise AssertionError(action)


def describe(job: UploadJob) -> str:
    """A job in a word: its content, and the changes of a delta."""
    if job.content != "delta":
        return job.content
    names = ",".join(f"{p.name}={job.view.value(p.index)}" for p in job.changed)
    return f"delta({names})"
