"""A resync agent whose clock, server and store a test drives by hand."""

from mppsim.core.catalogue import find_model
from mppsim.core.events import (
    ComeUp,
    DeadlineReached,
    GoDown,
    NotifyReceived,
    Origin,
    ParametersChanged,
    PhoneStarted,
    ResyncFinished,
    Tell,
    Warned,
)
from mppsim.core.identity import make_identity
from mppsim.core.macros import PhoneMacros
from mppsim.core.profile import Profile
from mppsim.core.resync import ResyncAgent, ResyncEvent
from mppsim.core.resync_events import (
    Apply,
    Fetch,
    FetchFinished,
    FetchJob,
    Install,
    Log,
    RestartPhone,
    ResyncEnded,
    ResyncRequested,
    UpgradeEnded,
)
from mppsim.core.resync_work import ResyncAction
from mppsim.core.upgrade import upgraded
from tests.support.timelines import make_store, profile_of

__all__ = ["NOON", "ResyncDriver", "middle", "profile_body"]

NOON = 1_723_550_400.0
"""13 August 2024, 12:00:00 UTC: the run's zero."""


def middle(count: int) -> bytes:
    """Dice that always fall in the middle."""
    return b"\x80" + bytes(count - 1)


def profile_body(**values: str) -> bytes:
    elements = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    return f"<flat-profile>{elements}</flat-profile>".encode()


class ResyncDriver:
    """Feeds one agent and keeps what it says, in words a test can compare.

    It does to the store what the reporting agent would, and feeds what follows from that.
    """

    def __init__(
        self,
        values: dict[str, str] | None = None,
        *quirks: str,
        running_since: float | None = None,
    ) -> None:
        self.store = make_store(values, *quirks)
        self.identity = make_identity(find_model("8851"))
        self.agent = ResyncAgent(
            self.store,
            lambda live: PhoneMacros(self.identity, self.store.view, live),
            random_bytes=middle,
            epoch=NOON,
            running_since=running_since,
        )
        self.job: FetchJob | None = None
        self.notices: list[object] = []
        self.logged: list[str] = []
        self.words: list[str] = []

    def feed(self, event: ResyncEvent, at: float) -> list[str]:
        self.words = []
        self._feed(event, at)
        return self.words

    def start(self, at: float = 0.0) -> list[str]:
        return self.feed(PhoneStarted(), at)

    def restart(self, at: float) -> list[str]:
        down = self.feed(GoDown("for the test"), at)
        return down + self.feed(ComeUp(), at)

    def notify(self, at: float, event: str = "resync", profile: str | None = None) -> list[str]:
        return self.feed(NotifyReceived(event, profile), at)

    def request(self, at: float, rule: str | None = None) -> list[str]:
        return self.feed(ResyncRequested(rule), at)

    def change(self, at: float, **values: str) -> list[str]:
        checked = self.store.check(values)
        assert not checked.refused
        self.store.change(checked.changes)
        return self.feed(ParametersChanged(checked.changes, Origin.PHONE), at)

    def deadline(self) -> list[str]:
        assert self.agent.deadline is not None
        return self.feed(DeadlineReached(), self.agent.deadline)

    def serve(self, at: float, **values: str) -> list[str]:
        """Let the fetch in hand bring a profile with these values."""
        return self.bring(at, profile_body(**values))

    def bring(self, at: float, body: bytes, coding: str = "") -> list[str]:
        assert self.job is not None
        return self.feed(FetchFinished(job=self.job, body=body, coding=coding), at)

    def fail(self, at: float, reason: str = "connect") -> list[str]:
        assert self.job is not None
        return self.feed(
            FetchFinished(job=self.job, reason=reason, is_missing=reason == "status-404"), at
        )

    def _feed(self, event: ResyncEvent, at: float) -> None:
        for action in self.agent.handle(event, now=at):
            self._do(action, at)

    def _do(self, action: ResyncAction, at: float) -> None:
        match action:
            case Fetch(job):
                self.job = job
                self.words.append(f"fetch {job.url}")
            case Apply(profile):
                names = ",".join(f"{each.name}={each.value}" for each in profile.settings)
                self.words.append(f"apply {names}")
                self._apply(profile, at)
            case Log(line=line):
                self.logged.append(line.decode().partition(" -- ")[2])
            case RestartPhone(reason):
                self.words.append(f"restart: {reason}")
            case Install(release):
                self.words.append(f"install {release.load}")
                self.store.move_to(upgraded(self.store.view.baseline, release))
            case Tell(notice):
                self.notices.append(notice)
                self.words.append(_word(notice))

    def _apply(self, profile: Profile, at: float) -> None:
        self.store.provision(profile)
        self._feed(ResyncFinished(profile), at)

    def provision(self, at: float, **values: str) -> list[str]:
        """Apply a profile that no resync of the agent's has brought."""
        self.words = []
        self._apply(profile_of(values), at)
        return self.words


def _word(notice: object) -> str:
    match notice:
        case ResyncEnded(result=result):
            return f"resync {result}"
        case UpgradeEnded(result=result):
            return f"upgrade {result}"
        case Warned(name=name):
            return f"warned {name}"
    raise AssertionError(notice)
