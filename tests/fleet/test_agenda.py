"""Many duties, one sleeper."""

from mppsim.fleet.agenda import Agenda
from mppsim.net.clock import RunClock
from mppsim.net.timers import Timers


class Moments:
    """A duty that writes down when it was done."""

    def __init__(self, name: str, done: list[tuple[float, str]], clock: RunClock, *at: float):
        self._name = name
        self._done = done
        self._clock = clock
        self._at = list(at)

    @property
    def next_at(self) -> float | None:
        return self._at[0] if self._at else None

    def act(self) -> None:
        self._at.pop(0)
        self._done.append((self._clock.now(), self._name))


async def test_duties_are_done_in_the_order_of_their_moments() -> None:
    clock = RunClock(None)
    timers = Timers(clock)
    done: list[tuple[float, str]] = []
    agenda = Agenda(
        timers,
        (
            Moments("a", done, clock, 1.0, 3.0, 3.0, 3.0),
            Moments("b", done, clock, 2.0, 3.0),
            Moments("c", done, clock),
        ),
    )
    await timers.run_until(10.0)

    assert done == [(1.0, "a"), (2.0, "b"), *[(3.0, "a")] * 3, (3.0, "b")]
    assert agenda.deadline is None


async def test_agenda_that_is_closed_does_nothing() -> None:
    clock = RunClock(None)
    timers = Timers(clock)
    done: list[tuple[float, str]] = []
    agenda = Agenda(timers, (Moments("a", done, clock, 1.0, 2.0, 3.0),))
    timers.call_at(2.0, agenda.close)
    await timers.run_until(10.0)

    assert [at for at, _ in done] == [1.0, 2.0]
    agenda.wake(10.0)
    assert (len(done), agenda.deadline) == (2, None)
