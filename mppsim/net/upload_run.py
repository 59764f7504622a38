"""One run of a phone's uploads: its jobs one after the other, over one connection where it lasts.

Source: the guide, "Report Current Phone Configuration to the Provisioning Server": rules are
obeyed in written order.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

from mppsim.core.upload import UploadJob, UploadOutcome, build_headers
from mppsim.http import Credentials, HttpOutcome, HttpRequest
from mppsim.net.event_log import Occurrence, UploadFailed, UploadFinished, UploadStarted
from mppsim.net.surroundings import UploadLine

__all__ = ["Delay", "UploadRun"]


class Delay(NamedTuple):  # and no frozen dataclass: each report makes two
    """Why a report began after its due time, in real seconds."""

    late: float = 0.0
    """mppsim kept it: its timer, or the queue for a connection."""
    waited: float = 0.0
    """Its phone was busy with an earlier run."""


_NONE = Delay()


class UploadRun:
    """Sends jobs, tells of each, and hands over all outcomes at the end."""

    __slots__ = (
        "_began",
        "_body_length",
        "_build",
        "_delay",
        "_finish",
        "_is_cut",
        "_jobs",
        "_line",
        "_outcomes",
        "_tell",
        "_url",
    )

    def __init__(
        self,
        jobs: tuple[UploadJob, ...],
        line: UploadLine,
        *,
        delay: Delay,
        build: Callable[[UploadJob], bytes],
        tell: Callable[[UploadJob, Occurrence], None],
        finish: Callable[[tuple[UploadOutcome, ...]], None],
    ) -> None:
        """Make a run; `delay` is what has kept it so far, `build` makes a body."""
        self._jobs = jobs
        self._line = line
        self._delay = delay
        self._build = build
        self._tell = tell
        self._finish = finish
        self._outcomes: list[UploadOutcome] = []
        self._is_cut = False
        self._url = ""
        self._body_length = 0
        self._began = 0.0

    def start(self) -> None:
        """Send the first job; the outcomes come before this returns where nothing is to be sent."""
        self._go_on()

    def cut(self) -> None:
        """End the run now: what is in hand and what was still to come has failed."""
        self._is_cut = True
        job = self._jobs[len(self._outcomes)]
        seconds = time.monotonic() - self._began
        self._fail(job, "cut", size=self._body_length, seconds=seconds, delay=self._delay)
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
        self._finish(tuple(self._outcomes))

    def _send(self, job: UploadJob) -> None:
        assert job.url is not None, "a job without a URL has a fault"
        body = self._build(job)
        self._body_length = len(body)
        self._began = time.monotonic()
        verb, self._url = job.verb, str(job.url)
        encryption = "none" if job.seal is None else str(job.seal)
        self._tell(job, UploadStarted(job.content, verb, self._url, len(body), encryption))
        self._line.send(
            HttpRequest(
                method=verb,
                url=job.url,
                headers=build_headers(job),
                body=body,
                credentials=None if job.user is None else Credentials(job.user, job.password or ""),
            ),
            self._take,
        )

    def _take(self, outcome: HttpOutcome) -> None:
        if self._is_cut:
            return  # it has been told as cut, and a new run may have begun
        place = len(self._outcomes)
        job = self._jobs[place]
        # Beyond its own time, a report spent the rest waiting for a place among the connections.
        queued = max(0.0, time.monotonic() - self._began - outcome.seconds)
        delay, self._delay = Delay(self._delay.late + queued, self._delay.waited), _NONE
        if outcome.reason is not None:
            size, seconds = self._body_length, outcome.seconds
            reason = outcome.reason
            self._fail(job, reason, size=size, seconds=seconds, delay=delay, outcome=outcome)
        else:
            self._tell(
                job,
                UploadFinished(
                    content=job.content,
                    method=job.verb,
                    url=self._url if outcome.url is job.url else str(outcome.url),
                    status=outcome.status,
                    bytes=self._body_length,
                    seconds=round(outcome.seconds, 6),
                    late=round(delay.late, 6),
                    waited=round(delay.waited, 6),
                ),
            )
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
        self._tell(
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
