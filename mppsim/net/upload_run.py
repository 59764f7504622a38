"""One run of a phone's uploads: its jobs one after the other, over one connection where it lasts.

Source: the guide, "Report Current Phone Configuration to the Provisioning Server": rules are
obeyed in written order.
"""

import time
from typing import NamedTuple, Protocol

from mppsim.core.upload import UploadJob, UploadOutcome, build_headers
from mppsim.http import Credentials, HttpOutcome, HttpRequest
from mppsim.net.event_log import UploadFailed, UploadFinished, UploadStarted
from mppsim.net.surroundings import UploadLine

__all__ = ["Delay", "RunOwner", "UploadOccurrence", "UploadRun"]

UploadOccurrence = UploadStarted | UploadFinished | UploadFailed
"""What a run tells of a job: that it was sent, if it could be, and how it ended."""


class RunOwner(Protocol):
    """Whoever has a run of uploads: it makes their bodies, and is told of each and of the end."""

    def build_body(self, job: UploadJob) -> bytes:
        """Write a job's report as it is sent."""

    def tell(self, job: UploadJob, happened: UploadOccurrence) -> None:
        """Take in what became of a job; it may cut the run."""

    def end_run(self, outcomes: tuple[UploadOutcome, ...]) -> None:
        """Take in that all jobs have ended; told exactly once."""


class Delay(NamedTuple):  # and no frozen dataclass: each report makes one
    """Why a report began after its due time, in real seconds."""

    late: float = 0.0
    """mppsim kept it: its timer, or the queue for a connection."""
    waited: float = 0.0
    """Its phone was busy with an earlier run."""


_NONE = Delay()
_NOTHING = UploadStarted("", "", "", 0, "none")


class UploadRun:
    """Sends jobs, tells of each, and hands over all outcomes at the end."""

    __slots__ = (
        *("_began", "_delay", "_is_cut", "_jobs"),
        *("_line", "_outcomes", "_owner", "_started"),
    )

    def __init__(
        self, jobs: tuple[UploadJob, ...], line: UploadLine, owner: RunOwner, delay: Delay
    ) -> None:
        """Make a run; `delay` is what has kept it so far."""
        self._jobs = jobs
        self._line = line
        self._owner = owner
        self._delay = delay
        self._outcomes: list[UploadOutcome] = []
        self._is_cut = False
        self._began = 0.0
        self._started = _NOTHING

    def start(self) -> None:
        """Send the first job; the outcomes come before this returns where nothing is to be sent."""
        self._go_on()

    def cut(self) -> None:
        """End the run now: what is in hand and what was still to come has failed."""
        self._is_cut = True
        job = self._jobs[len(self._outcomes)]
        seconds = time.monotonic() - self._began
        self._fail(job, "cut", size=self._started.bytes, seconds=seconds, delay=self._delay)
        self._go_on()

    def _go_on(self) -> None:
        while len(self._outcomes) < len(self._jobs):
            job = self._jobs[len(self._outcomes)]
            reason = "cut" if self._is_cut else job.fault
            if reason is None:
                self._send(job)
                return
            self._fail(job, reason)
        self._line.close()
        self._owner.end_run(tuple(self._outcomes))

    def _send(self, job: UploadJob) -> None:
        url = job.url
        assert url is not None, "a job without a URL has a fault"
        body = self._owner.build_body(job)
        self._began = time.monotonic()
        verb, encryption = job.verb, "none" if job.seal is None else str(job.seal)
        self._started = UploadStarted(job.content, verb, str(url), len(body), encryption)
        self._owner.tell(job, self._started)
        self._line.send(
            HttpRequest(
                method=verb,
                url=url,
                headers=build_headers(job),
                body=body,
                credentials=None if job.user is None else Credentials(job.user, job.password or ""),
            ),
            self._take,
        )

    def _take(self, outcome: HttpOutcome) -> None:
        if self._is_cut:
            return  # it has been told as cut, and a new run may have begun
        place, started = len(self._outcomes), self._started
        job = self._jobs[place]
        late, waited = self._delay
        # Beyond its own time, a report spent the rest waiting for a place among the connections.
        late += max(0.0, time.monotonic() - self._began - outcome.seconds)
        self._delay = _NONE
        if outcome.reason is not None:
            size, seconds, delay = started.bytes, outcome.seconds, Delay(late, waited)
            reason = outcome.reason
            self._fail(job, reason, size=size, seconds=seconds, delay=delay, outcome=outcome)
        else:
            # By position, in the order of the fields: named arguments take twice as long.
            finished = UploadFinished(
                started.content,
                started.method,
                started.url if outcome.url is job.url else str(outcome.url),
                outcome.status,
                started.bytes,
                round(outcome.seconds, 6),
                round(late, 6),
                round(waited, 6),
            )
            self._owner.tell(job, finished)
            if len(self._outcomes) > place:
                return  # whoever was told has cut the run
            self._outcomes.append(UploadOutcome(job, None))
        self._go_on()

    def _fail(
        self,
        job: UploadJob,
        reason: str,
        *,
        size: int = 0,
        seconds: float = 0.0,
        delay: Delay = _NONE,
        outcome: HttpOutcome | None = None,
    ) -> None:
        self._owner.tell(
            job,
            UploadFailed(
                content=job.content,
                method=job.verb,
                url=job.shown_url,
                status=None if outcome is None else outcome.status,
                bytes=size,
                seconds=round(seconds, 6),
                late=round(delay.late, 6),
                waited=round(delay.waited, 6),
                reason=reason,
                detail="" if outcome is None else outcome.detail,
            ),
        )
        self._outcomes.append(UploadOutcome(job, reason))
