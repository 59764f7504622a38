"""One phone among many: who it is and what its dice show follow from its number."""

from mppsim.core.events import Origin, ParametersChanged, RestartRequested
from mppsim.core.identity import PhoneIdentity
from mppsim.core.parameters import ParameterChange
from mppsim.fleet.roster import Roster
from mppsim.net.event_log import Occurrence
from mppsim.net.phone import Phone
from mppsim.net.surroundings import Surroundings

__all__ = ["FleetPhone"]


class FleetPhone(Phone):
    """A phone of a roster. It keeps nothing that its number says already."""

    __slots__ = ("_drawn", "_number", "_roster")

    def __init__(
        self,
        roster: Roster,
        number: int,
        surroundings: Surroundings,
        *,
        running_since: float | None = None,
    ) -> None:
        """Make a phone that is off, or that has been running since a moment of the run's clock."""
        self._roster = roster
        self._number = number
        self._drawn = 0
        super().__init__(
            roster.identity(number),
            roster.kind(number).baseline,
            surroundings,
            running_since=running_since,
            view=roster.view(number),
        )
        del self._identity

    @property
    def identity(self) -> PhoneIdentity:
        """Who it is."""
        return self._roster.identity(self._number)

    def random_bytes(self, count: int) -> bytes:
        """Roll its own dice: what other phones do makes no difference to them."""
        self._drawn += 1
        return self._roster.random_bytes(self._number, self._drawn, count)

    def _tell(self, occurrence: Occurrence) -> None:
        # By the name alone: a phone whose value was changed has nothing else to say of itself,
        # and to make an identity takes ten times as long.
        self._surroundings.tell(self._roster.mac(self._number), occurrence)

    def change(self, change: ParameterChange, at: float) -> None:
        """Have somebody change a value, if it is up; `at` may be a moment ago.

        What follows is due as if it had been done then: that mppsim was late is told.
        """
        if self.is_up:
            self._handle(ParametersChanged((change,), Origin.PHONE), at, due=at)

    def restart_at(self, at: float) -> None:
        """Have somebody restart it, if it is up; `at` is as in `change`."""
        if self.is_up:
            self._handle(RestartRequested("User Triggered"), at, due=at)

    @property
    def settles_at(self) -> float | None:
        """When a wait, a pause before a retry or a boot is over; None: there is none."""
        # Most have nothing before them at all, and the end of a run asks all of them at once.
        agent = self._agent
        return None if self._is_off or agent.deadline is None else agent.settles_at

    @property
    def state(self) -> str:
        """What it is about, in a word: `down`, `uploading`, `waiting` to report, `running`."""
        if not self.is_up:
            return "down"
        if self._runs is not None:
            return "uploading"
        return "running" if self.settles_at is None else "waiting"
