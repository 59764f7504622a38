"""One phone on a clock that jumps, with a scripted way out, told in words what to do."""

from collections.abc import Iterable
from dataclasses import replace

from mppsim.core.catalogue import find_model
from mppsim.core.custom_ca_events import CustomCaEnded
from mppsim.core.encryption import RandomBytes
from mppsim.core.events import (
    ParametersApplied,
    RuleFault,
    TriggerFell,
    ValueRefused,
    Warned,
)
from mppsim.core.firmware import load_release
from mppsim.core.identity import make_identity
from mppsim.core.parameters import Baseline
from mppsim.core.resync_events import ResyncEnded, UpgradeEnded
from mppsim.net.clock import RunClock
from mppsim.net.event_log import (
    NotifyAnswered,
    Occurrence,
    RegistrationChanged,
    ReportsDue,
    Stopped,
    UploadFailed,
    UploadFinished,
    UploadStarted,
)
from mppsim.net.flash import Flash
from mppsim.net.phone import Phone
from mppsim.net.surroundings import Surroundings, Uploads
from mppsim.net.timers import Timers
from tests.support.loop_guard import guard_loop
from tests.support.scripted_uploads import ScriptedUploads
from tests.support.timelines import profile_of

__all__ = ["NOON", "Desk", "word_of", "zeros"]

NOON = 1_723_550_400.0
"""13 August 2024, 12:00:00 UTC."""


def zeros(count: int) -> bytes:
    """Dice that always fall the same way."""
    return bytes(count)


class Desk:
    """Does to its phone what words say, and writes down when it told what."""

    def __init__(
        self,
        values: dict[str, str] | None = None,
        *,
        quirks: Iterable[str] = (),
        script: Iterable[str] = (),
        running_since: float | None = None,
        ip: str = "127.0.0.1",
        mac: str | None = None,
        firmware: str = "mpp-12.0",
        model: str = "8851",
        tftp_server: str = "",
        clock: RunClock | None = None,
        way_out: Uploads | None = None,
        flash: Flash | None = None,
        random_bytes: RandomBytes = zeros,
    ) -> None:
        found = find_model(model)
        factory = Baseline.factory(found, load_release(firmware).with_quirks(quirks))
        baseline, done = factory.provisioned(profile_of(values or {}))
        assert not done.refused
        guard_loop()
        self.clock = clock or RunClock(None)
        self.timers = Timers(self.clock)
        self.uploads = ScriptedUploads(*script)
        self.told: list[tuple[float, str]] = []
        self.occurrences: list[Occurrence] = []
        self.due: list[ReportsDue] = []
        """Kept apart: it is there to be counted."""
        self.logged: list[str] = []
        """Where a line of the phone's log went, and its message."""
        self.identity = replace(make_identity(found, mac=mac, ip=ip), tftp_server=tftp_server)
        self.phone = Phone(
            self.identity,
            baseline,
            Surroundings(
                timers=self.timers,
                uploads=way_out or self.uploads,
                random_bytes=random_bytes,
                tell=self._hear,
                epoch=NOON,
                flash_of=None if flash is None else lambda _identity, _release: flash,
                send_log=self._log,
            ),
            running_since=running_since,
        )

    def do(self, doing: str) -> object:
        """Do what a row of a timeline says."""
        verb, _, rest = doing.partition(" ")
        name, _, value = rest.partition("=")
        match verb:
            case "on" | "off":
                return self.phone.switch_on() if verb == "on" else self.phone.switch_off()
            case "restart":
                return self.phone.restart(rest or "User Triggered")
            case "notify":
                return self.phone.obey(rest)
            case "resync":
                return self.phone.resync(rest or None)
            case "set":
                return self.phone.submit_changes({name: value})
            case "profile":
                return self.phone.provision(profile_of({name: value}))
            case "answer":
                return self.uploads.answer(rest)
        raise AssertionError(doing)

    async def run(self, *rows: tuple[float, str], until: float) -> None:
        """Do each row at its moment, and whatever the phone itself has due until the end."""
        for at, doing in rows:
            self.timers.call_at(at, lambda doing=doing: self.do(doing))
        await self.timers.run_until(until)

    @property
    def words(self) -> list[str]:
        return [word for _, word in self.told]

    def _log(self, host: str, port: int, line: bytes) -> None:
        self.logged.append(f"{host}:{port} {line.decode().partition(' -- ')[2]}")

    def _hear(self, mac: str, what: Occurrence) -> None:
        assert mac == self.identity.mac
        if isinstance(what, ReportsDue):
            self.due.append(what)
            return
        self.occurrences.append(what)
        self.told.append((self.clock.now(), word_of(what)))


_WORDS: dict[type, str] = {
    TriggerFell: "trigger {0.kind}",
    ParametersApplied: "{0.origin} set {1}",
    UploadStarted: "{0.method} {0.content}",
    UploadFinished: "{0.content} {0.status}",
    UploadFailed: "{0.content} failed: {0.reason}",
    RuleFault: "rule fault at {0.column}",
    ValueRefused: "refused {0.name}",
    Warned: "warned {0.name}",
    Stopped: "stopped",
    ResyncEnded: "resync {0.result}",
    UpgradeEnded: "upgrade {0.result}",
    CustomCaEnded: "custom CA {0.result}",
    NotifyAnswered: "notify {0.package} {0.code}",
    RegistrationChanged: "line {0.line} {0.state}",
}


def word_of(what: Occurrence) -> str:
    word = _WORDS[type(what)].format(what, ",".join(getattr(what, "names", ())))
    is_failed = isinstance(what, RegistrationChanged) and what.reason
    return f"{word} {what.reason} {what.next}" if is_failed else word
