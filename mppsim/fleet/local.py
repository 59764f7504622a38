"""Carries a plan out in this process: makes its phones, does its deeds, ends in order."""

import asyncio
from dataclasses import replace
from functools import partial
from random import Random

from mppsim.fleet.demo_words import Change, Deed, FleetPlan, Notify, PhonePlan, Restart
from mppsim.net.event_log import Ready, Stopped
from mppsim.net.phone import Phone
from mppsim.net.sip_client import NotifyOutcome, send_notify
from mppsim.net.sip_endpoint import SipEndpoint
from mppsim.net.surroundings import Surroundings
from mppsim.sip.client import NotifyRequest

__all__ = ["LocalFleet"]

_LAST_UPLOADS = 30.0
"""Seconds of real time that uploads in hand get at the end."""
_SIP_HOST = "127.0.0.1"


class LocalFleet:
    """The phones of a plan on one SIP socket, told apart by the user of the Request-URI."""

    def __init__(self, plan: FleetPlan, surroundings: Surroundings, *, seed: int) -> None:
        """Take the plan; each phone rolls dice of its own: one's doings change no other's."""
        self.refused: list[NotifyOutcome] = []
        """The NOTIFYs that were sent and not accepted."""
        self._plan = plan
        self._surroundings = surroundings
        self._seed = seed
        self._phones: dict[str, Phone] = {}
        self._notifies: set[asyncio.Task[None]] = set()
        self._endpoint = SipEndpoint(
            lambda _local, user: self._phones.get(user), secret=surroundings.random_bytes(32)
        )

    async def run(self) -> None:
        """Carry the plan out; at the end uploads in hand may finish, and the phones are off."""
        timers = self._surroundings.timers
        self._endpoint.open(_SIP_HOST, 0)
        try:
            self._start()
            await timers.run_until(self._plan.duration)
            await timers.settle(_LAST_UPLOADS)
        finally:
            self._stop()

    def _make_phone(self, plan: PhonePlan) -> Phone:
        dice = Random(f"{self._seed}/{plan.identity.mac}")
        return Phone(
            plan.identity,
            plan.baseline,
            replace(self._surroundings, random_bytes=dice.randbytes),
            running_since=plan.running_since,
        )

    def _start(self) -> None:
        host, port = self._endpoint.address
        # All within one turn of the loop: a clock that jumps does so when it is over, not before
        # everybody is here and every deed is in its calendar.
        self._phones = {plan.identity.mac: self._make_phone(plan) for plan in self._plan.phones}
        for plan in self._plan.phones:
            self._surroundings.tell(plan.identity.mac, Ready(f"{host}:{port}"))
            if plan.running_since is None:
                self._phones[plan.identity.mac].switch_on()
        for deed in self._plan.deeds:
            self._surroundings.timers.call_at(deed.at, partial(self._do, deed))

    def _stop(self) -> None:
        for task in self._notifies:
            task.cancel()
        for mac, phone in self._phones.items():
            phone.switch_off()
            self._surroundings.tell(mac, Stopped())
        self._surroundings.timers.close()  # what was still to be done is not done to phones off
        self._endpoint.close()

    def _do(self, deed: Deed) -> None:
        phone = self._phones[deed.phone]
        match deed.act:
            case Restart():
                phone.restart("User Triggered")
            case Change(values) if phone.is_up:
                phone.submit_changes(dict(values))
            case Notify() as notify:
                task = asyncio.create_task(self._notify(deed.phone, notify))
                self._notifies.add(task)
                task.add_done_callback(self._notifies.discard)

    async def _notify(self, mac: str, notify: Notify) -> None:
        host, port = self._endpoint.address
        request = NotifyRequest(
            host=host,
            port=port,
            to=mac,
            event=notify.event,
            user=notify.user,
            password=notify.password,
        )
        timers = self._surroundings.timers
        timers.hold()
        try:
            outcome = await send_notify(request, random_bytes=self._surroundings.random_bytes)
        finally:
            timers.release()
        if outcome.status is None or outcome.status >= 300:
            self.refused.append(outcome)
