"""A real time that a test moves by hand."""


class FakeReal:
    """Stands in for `time.monotonic`."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


class Recorder:
    """A sleeper that writes down when it was woken, and sleeps on as told."""

    def __init__(self, *deadlines: float) -> None:
        self._deadlines = list(deadlines)
        self.deadline: float | None = self._deadlines.pop(0)
        self.woken: list[float] = []
        self.on_wake = lambda: None

    def wake(self, now: float) -> None:
        self.woken.append(now)
        self.deadline = self._deadlines.pop(0) if self._deadlines else None
        self.on_wake()
