"""A way out whose answers a test writes down beforehand, or gives by hand."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from mppsim.http import HttpOutcome, HttpRequest
from mppsim.net.tls import BRINGS_NOTHING, PhoneTls

__all__ = ["HELD", "ScriptedLine", "ScriptedUploads", "outcome_of"]

HELD = "held"
"""The server takes its time: the test says `answer`."""


def outcome_of(
    word: str, request: HttpRequest, *, seconds: float = 0.25, body: bytes = b""
) -> HttpOutcome:
    """`201` is an accepted report, everything else a reason to fail."""
    is_accepted = word.startswith("2")
    status = word.removeprefix("status-")
    return HttpOutcome(
        status=int(status) if status.isdecimal() else None,
        reason=None if is_accepted else word,
        seconds=seconds,
        bytes=len(request.body),
        location=None,
        url=request.url,
        body=body,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Sent:
    request: HttpRequest
    done: Callable[[HttpOutcome], None]
    line: "ScriptedLine"


class ScriptedLine:
    """One run's session."""

    def __init__(
        self, uploads: "ScriptedUploads", source: str | None, tls: PhoneTls, rate: int | None
    ) -> None:
        self.source = source
        self.rate = rate
        self.tls = tls
        self.is_open = True
        self._uploads = uploads

    def send(self, request: HttpRequest, done: Callable[[HttpOutcome], None]) -> None:
        assert self.is_open, "sent on a closed line"
        self._uploads.take(Sent(request, done, self))

    def close(self) -> None:
        assert self.is_open, "closed twice"
        self.is_open = False
        self._uploads.cut(self)


class ScriptedUploads:
    """Stands for `UploadEngine`: answers in turn as scripted, then with `201` for ever.

    A GET gets what `pages` has for its URL, else 404; with `HELD` there, it waits for `serve`.
    """

    def __init__(self, *script: str) -> None:
        self.pages: dict[str, bytes | str] = {}
        self.lines: list[ScriptedLine] = []
        self.sent: list[Sent] = []
        self._script = deque(script)
        self._held: deque[Sent] = deque()

    @property
    def requests(self) -> list[HttpRequest]:
        return [sent.request for sent in self.sent]

    @property
    def bodies(self) -> list[str]:
        return [request.body.decode() for request in self.requests]

    def open_session(
        self, source: str | None = None, tls: PhoneTls = BRINGS_NOTHING, rate: int | None = None
    ) -> ScriptedLine:
        self.lines.append(ScriptedLine(self, source, tls, rate))
        return self.lines[-1]

    def take(self, sent: Sent) -> None:
        self.sent.append(sent)
        if sent.request.method == "GET":
            self._take_get(sent)
            return
        word = self._script.popleft() if self._script else "201"
        if word == HELD:
            self._held.append(sent)
        else:
            self._answer_soon(sent, word)

    def _take_get(self, sent: Sent) -> None:
        page = self.pages.get(str(sent.request.url), "status-404")
        if page == HELD:
            self._held.append(sent)
        elif isinstance(page, bytes):
            self._answer_soon(sent, "200", page)
        else:
            self._answer_soon(sent, page)

    def serve(self, body: bytes) -> None:
        """Give what has been held for longest this body, at once."""
        sent = self._held.popleft()
        sent.done(outcome_of("200", sent.request, body=body))

    def answer(self, word: str = "201", *, seconds: float = 0.25) -> None:
        """Answer what has been held for longest, at once."""
        sent = self._held.popleft()
        sent.done(outcome_of(word, sent.request, seconds=seconds))

    def cut(self, line: ScriptedLine) -> None:
        """As the engine does: what is in hand on a closed line is told as cut, a little later."""
        for sent in tuple(self._held):
            if sent.line is line:
                self._held.remove(sent)
                self._answer_soon(sent, "cut")

    @staticmethod
    def _answer_soon(sent: Sent, word: str, body: bytes = b"") -> None:
        outcome = outcome_of(word, sent.request, body=body)
        asyncio.get_running_loop().call_soon(sent.done, outcome)
