"""The other sides of one phone's shell: what it fetches, whom it trusts, where it is registered.

Each is made in the course of the event that first needs it; a phone that needs none owns none.
"""

from functools import lru_cache
from typing import Protocol

from mppsim.core.custom_ca import CUSTOM_CA_RULE
from mppsim.core.events import ComeUp
from mppsim.core.macros import LiveState, Lookup
from mppsim.core.parameters import Baseline, ParameterStore
from mppsim.core.phone_status import PhoneStatus
from mppsim.core.resync import ResyncEvent
from mppsim.net.line_ports import SipWay
from mppsim.net.lines import line_places, read_lines
from mppsim.net.phone_registration import PhoneRegistration, RegisteringPhone, make_registration
from mppsim.net.phone_resync import (
    PhoneResync,
    ResyncPhone,
    is_resync_wish,
    make_resync,
    needs_resync,
    read_rules,
)
from mppsim.net.phone_trust import PhoneTrust, make_trust
from mppsim.net.surroundings import Surroundings

__all__ = ["PhoneSides", "SidedPhone", "needs_sides"]


class SidedPhone(ResyncPhone, RegisteringPhone, Protocol):
    """The phone, as its sides see it."""


def needs_sides(
    phone: SidedPhone, store: ParameterStore, event: ResyncEvent | None, sip: SipWay | None
) -> bool:
    """Say whether a phone needs any of them now; to learn that costs next to nothing."""
    view = store.view
    places, asks = _read_group(view.baseline)
    if not asks and places.isdisjoint(view.overlay) and not is_resync_wish(event):
        return False  # as with nearly all events: neither its group nor its own values ask
    if view[CUSTOM_CA_RULE]:
        return True
    if not phone.is_up:
        return False
    return needs_resync(event, view) or (sip is not None and bool(read_lines(view)))


@lru_cache(maxsize=128)
def _read_group(baseline: Baseline) -> tuple[frozenset[int], bool]:
    """Return what the sides of a group's phones follow from, and whether it may ask for one."""
    rules, asks = read_rules(baseline)
    parameters = baseline.parameters
    places = {parameters[CUSTOM_CA_RULE].index} | rules | line_places(parameters)
    view = baseline.view
    return frozenset(places), asks or bool(view[CUSTOM_CA_RULE]) or bool(read_lines(view))


class PhoneSides:
    """The sides that a phone has; each is None as long as it was not needed."""

    __slots__ = (
        *("_macro", "_phone", "_status", "_store", "_surroundings"),
        *("registration", "resync", "trust"),
    )

    def __init__(
        self,
        phone: SidedPhone,
        store: ParameterStore,
        status: PhoneStatus,
        macro: Lookup,
        surroundings: Surroundings,
    ) -> None:
        self._phone = phone
        self._store = store
        self._status = status
        self._macro = macro
        self._surroundings = surroundings
        self.resync: PhoneResync | None = None
        self.trust: PhoneTrust | None = None
        self.registration: PhoneRegistration | None = None

    @property
    def live(self) -> LiveState:
        """What the phone's macros say of its resyncs, upgrades and lines, as of now."""
        live = LiveState() if self.resync is None else self.resync.live
        return live.with_lines(self._status.lines, self._surroundings.timers.clock.now())

    def begin(self, running_since: float) -> None:
        """Take in that the phone has been running since a moment of the run's clock."""
        self.entrust(ComeUp())
        self.resync = make_resync(
            self._phone, self._store, self._status, self._surroundings, running_since
        )

    def share(self, event: ResyncEvent, sip: SipWay | None) -> None:
        """Take in what happened to the phone, once its reporting agent has had it."""
        self.entrust(event)
        self.resync = self.resync or make_resync(
            self._phone, self._store, self._status, self._surroundings, event
        )
        if self.resync is not None:
            self.resync.feed(event)
        self.register(sip)

    def entrust(self, event: ResyncEvent) -> None:
        """Have the CA fetched that its rule names, if it has one."""
        self.trust = self.trust or make_trust(
            self._phone, self._store, self._macro, self._status, self._surroundings
        )
        if self.trust is not None:
            self.trust.feed(event)

    def register(self, sip: SipWay | None) -> None:
        """Keep the lines registered as the parameters say, if there is a way for them."""
        self.registration = self.registration or make_registration(
            self._phone, self._status, self._macro, self._surroundings, sip
        )
        if self.registration is not None:
            self.registration.update()

    def cut(self) -> None:
        """Cut what is in hand."""
        for side in (self.trust, self.resync, self.registration):
            if side is not None:
                side.cut()
