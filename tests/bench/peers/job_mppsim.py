"""Ours: phones that report as soon as their last report is delivered, each a connection anew.

Usage: job_mppsim.py PORT full|delta|status plain|sealed PHONES. What happens to a phone is fed to
its shell, as in a fleet: three local changes before a delta, and a NOTIFY. Runs until it is ended;
a failure ends it at once.
"""

import asyncio
import os
import sys
from ipaddress import IPv4Address

from mppsim.core.catalogue import find_model
from mppsim.core.events import NotifyReceived, Origin, ParameterChange, ParametersChanged
from mppsim.core.firmware import load_release
from mppsim.core.identity import make_identity
from mppsim.core.parameters import Baseline
from mppsim.core.profile import Profile, ProfileSetting
from mppsim.fleet.collector import spare_collector
from mppsim.fleet.heap import keep_heap
from mppsim.net.clock import RunClock
from mppsim.net.event_log import Occurrence, UploadFailed, UploadFinished
from mppsim.net.phone import Phone
from mppsim.net.surroundings import Surroundings
from mppsim.net.timers import Timers
from mppsim.net.uploader import UploadEngine, UploadLimits

# Numbers of one width and MAC addresses without letters: the peers' templates have slots for them.
FIRST_ADDRESS = IPv4Address("127.120.100.100")
FIRST_NUMBER = 100_100
VALUES = ("Station_Display_Name", "Station_Name", "Text_Logo")
# As the peers have them: they pass while a generator stands still, too.
LIMITS = UploadLimits(connect=60.0, send=60.0, answer=60.0)
EPOCH = 1_723_550_400.0
NOTIFIED = NotifyReceived("report")


class Fleet:
    """Phones by MAC address, and what to do when one of them has reported."""

    def __init__(self, engine: UploadEngine, rule: str, phones: int, *, has_changes: bool) -> None:
        self.has_changes = has_changes
        self.loop = asyncio.get_running_loop()
        self.surroundings = Surroundings(
            timers=Timers(RunClock()),
            uploads=engine,
            random_bytes=os.urandom,
            tell=self.hear,
            epoch=EPOCH,
        )
        baseline = Baseline.factory(find_model("8851"), load_release("mpp-12.0"))
        self.phones = dict(self.make_phone(number, baseline, rule) for number in range(phones))
        self.counts = dict.fromkeys(self.phones, 0)
        self.ready: list[str] = []

    def make_phone(self, number: int, baseline: Baseline, rule: str) -> tuple[str, Phone]:
        mac, ip = f"005620{FIRST_NUMBER + number}", str(FIRST_ADDRESS + number)
        identity = make_identity(find_model("8851"), mac=mac, ip=ip)
        phone = Phone(identity, baseline, self.surroundings, running_since=0.0)
        own = {"Report_Rule": rule, **dict.fromkeys(VALUES, f"{mac} {0:08}")}
        settings = tuple(ProfileSetting(name=name, value=value) for name, value in own.items())
        phone.provision(Profile(settings))
        return mac, phone

    def trigger(self, mac: str) -> None:
        """Have a phone report, of local changes where its report is about them."""
        phone = self.phones[mac]
        if self.has_changes:
            count = self.counts[mac] = self.counts[mac] + 1
            value = f"{mac} {count:08}"
            changes = tuple([ParameterChange(name, value) for name in VALUES])
            phone.feed(ParametersChanged(changes, Origin.PHONE))
        phone.feed(NOTIFIED)

    def trigger_ready(self) -> None:
        """Have those report that the loop's last turn has delivered for."""
        ready, self.ready = self.ready, []
        for mac in ready:
            self.trigger(mac)

    def hear(self, mac: str, occurrence: Occurrence) -> None:
        if isinstance(occurrence, UploadFinished):
            self.ready.append(mac)
            if len(self.ready) == 1:
                self.loop.call_soon(self.trigger_ready)
        elif isinstance(occurrence, UploadFailed):
            sys.exit(f"failed: {occurrence}")


async def run(port: str, content: str, seal: str, phones: int) -> None:
    options = {"full": "", "delta": "--delta", "status": "--status"}[content]
    if seal == "sealed":
        options += " --key test123"
    rule = (
        f"[{options}]http://127.0.0.1:{port}/reports/$MA.xml"
        if options
        else (f"http://127.0.0.1:{port}/reports/$MA.xml")
    )
    with UploadEngine(limits=LIMITS, random_bytes=os.urandom) as engine:
        fleet = Fleet(engine, rule, phones, has_changes=content == "delta")
        keep_heap()
        spare_collector()
        for mac in fleet.phones:
            fleet.trigger(mac)
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    PORT, CONTENT, SEAL, PHONES = sys.argv[1:]
    asyncio.run(run(PORT, CONTENT, SEAL, int(PHONES)))
