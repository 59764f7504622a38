"""The network between a group's phones and their server: slower, worse, cut now and then.

It stands before the upload engine. What it adds is real time, and part of an upload's `seconds`;
what befalls an upload follows from the seed, the phone, and the moment of the run's clock.
"""

import asyncio
from collections.abc import Callable
from functools import partial

from mppsim.fleet.dice import Dice
from mppsim.fleet.passage import Passage, draw_passage
from mppsim.fleet.plan import NetworkPlan
from mppsim.http import HttpOutcome, HttpRequest
from mppsim.net.clock import RunClock
from mppsim.net.surroundings import UploadLine, Uploads
from mppsim.net.tls import BRINGS_NOTHING, PhoneTls

__all__ = ["EmulatedNetwork"]

_Done = Callable[[HttpOutcome], None]

_CUT_WITHIN = 0.2
"""Seconds that an upload which is to be cut takes at least, so that there is a middle to it."""
_SLOWEST = 500
"""Bytes a second; below it TCP's own timers give up."""
_MILLISECONDS = 1000


class EmulatedNetwork:
    """Stands in for the upload engine of one group."""

    def __init__(self, uploads: Uploads, plan: NetworkPlan, dice: Dice, clock: RunClock) -> None:
        self.plan = plan
        self._uploads = uploads
        self._dice = dice
        self._clock = clock

    def open_session(
        self, source: str | None = None, tls: PhoneTls = BRINGS_NOTHING, rate: int | None = None
    ) -> UploadLine:
        """Begin the uploads of one run of one phone, as `Uploads` says."""
        own = None if self.plan.upload_rate is None else max(1, round(self.plan.upload_rate))
        slowest = min((each for each in (own, rate) if each is not None), default=None)
        return _Line(self, partial(self._uploads.open_session, source, tls), slowest)

    def draw(self, request: HttpRequest, count: int) -> Passage:
        """Say what befalls the `count`th request of a run, which begins now."""
        moment = round(self._clock.now() * _MILLISECONDS)
        agent = next((value for name, value in request.headers if name == "User-Agent"), "")
        return draw_passage(
            self.plan,
            self._dice,
            f"network/{agent}/{moment}",
            count,
            size=len(request.body),
            is_first=count == 0,
        )


class _Line:
    """The uploads of one run: one at a time, as phones have them."""

    __slots__ = ("_count", "_line", "_network", "_open", "_rate", "_waiting")

    def __init__(
        self,
        network: EmulatedNetwork,
        open_line: Callable[[int | None], UploadLine],
        rate: int | None,
    ) -> None:
        self._network = network
        self._open = open_line
        self._rate = rate
        self._line: UploadLine | None = None
        self._count = 0
        self._waiting: tuple[asyncio.TimerHandle, HttpOutcome, _Done] | None = None
        """What a delay keeps, and how it ends if the line is closed meanwhile."""

    def send(self, request: HttpRequest, done: _Done) -> None:
        assert self._waiting is None, "one upload at a time"
        passage = self._network.draw(request, self._count)
        self._count += 1
        cut = HttpOutcome(None, "cut", 0.0, len(request.body), None, request.url)
        self._after(passage.there, cut, done, partial(self._go, request, done, passage))

    def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()
        if self._waiting is not None:
            handle, outcome, done = self._waiting
            self._waiting = None
            handle.cancel()
            asyncio.get_running_loop().call_soon(done, outcome)

    def _go(self, request: HttpRequest, done: _Done, passage: Passage) -> None:
        if passage.killed_at is not None:
            self._go_and_be_cut(request, done, passage, passage.killed_at)
            return
        if self._line is None:
            self._line = self._open(self._rate)

        def arrive(outcome: HttpOutcome) -> None:
            added = passage.there + passage.back
            late = outcome._replace(seconds=outcome.seconds + added)
            if outcome.reason == "cut":
                done(late)  # whoever closed the line waits for nothing
            else:
                self._after(passage.back, late, done, partial(done, late))

        self._line.send(request, arrive)

    def _go_and_be_cut(
        self, request: HttpRequest, done: _Done, passage: Passage, part: float
    ) -> None:
        """Send a part of the request, slowly enough for that, and let its connection break."""
        if self._line is not None:
            self._line.close()
        rate = max(_SLOWEST, round(len(request.body) / _CUT_WITHIN))
        rate = rate if self._rate is None else min(rate, self._rate)
        self._line = line = self._open(rate)
        is_broken = False

        def break_off() -> None:
            nonlocal is_broken
            is_broken = True
            self._line = None  # what follows has a line of its own, as fast as the phone can
            line.close()

        seconds = part * max(_CUT_WITHIN, len(request.body) / rate)
        timer = asyncio.get_running_loop().call_later(seconds, break_off)

        def arrive(outcome: HttpOutcome) -> None:
            timer.cancel()
            late = outcome._replace(seconds=outcome.seconds + passage.there)
            # An answer that was quicker is lost on its way back: it is cut, as the seed has it.
            has_answer = outcome.reason is None or outcome.status is not None
            if has_answer or (is_broken and outcome.reason == "cut"):
                late = HttpOutcome(None, "reset", late.seconds, late.bytes, None, request.url)
            if self._line is line:
                break_off()
            done(late)

        line.send(request, arrive)

    def _after(
        self, seconds: float, cut: HttpOutcome, done: _Done, action: Callable[[], None]
    ) -> None:
        """Do it after a while; a line that is closed meanwhile ends with `cut`."""
        if seconds <= 0:
            action()
            return

        def act() -> None:
            self._waiting = None
            action()

        handle = asyncio.get_running_loop().call_later(seconds, act)
        self._waiting = handle, cut._replace(status=None, reason="cut"), done
