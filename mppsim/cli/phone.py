"""`mppsim phone`: one phone, with its label, its lines and its keypad."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, TextIO

import typer

from mppsim.cli.duration import read_duration
from mppsim.cli.events_out import open_events
from mppsim.cli.keypad import KEYS, Keypad, LineReader
from mppsim.cli.options import (
    CaOption,
    EventsOption,
    FirmwareOption,
    InsecureOption,
    MacOption,
    ModelOption,
    QuirkOption,
    SetOption,
    read_mac,
    read_release,
    read_settings_option,
)
from mppsim.core.catalogue import find_model
from mppsim.core.firmware import DEFAULT_RELEASE
from mppsim.core.identity import (
    DEFAULT_IP,
    PhoneIdentity,
    make_identity,
    product_information,
)
from mppsim.core.parameters import Baseline
from mppsim.core.phone_model import DEFAULT_MODEL
from mppsim.core.profile import PROFILE_LIMIT, Profile, parse_profile
from mppsim.errors import StartError
from mppsim.net.clock import RunClock
from mppsim.net.event_log import Occurrence, Ready, Stopped, json_lines
from mppsim.net.opening import open_surroundings
from mppsim.net.phone import Phone
from mppsim.net.sip_endpoint import SipEndpoint
from mppsim.net.surroundings import Surroundings
from mppsim.net.tls import TlsSettings

__all__ = ["phone"]

_INTERRUPTED = 130
_LAST_UPLOADS = 30.0
"""How long uploads in hand may take when the phone is switched off, in seconds of real time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneSettings:
    """What the command line says of the phone."""

    identity: PhoneIdentity
    baseline: Baseline
    profiles: tuple[Profile, ...]
    """Applied in order before the phone starts; the last is what `--set` says."""
    sip_port: int
    speed: float
    seconds: float | None
    """Switched off after so long, on the phone's clock; None: when somebody does."""
    tls: TlsSettings


def phone(  # noqa: PLR0913 - a command has as many arguments as it has options
    *,
    model: ModelOption = DEFAULT_MODEL,
    firmware: FirmwareOption = DEFAULT_RELEASE,
    mac: MacOption = None,
    ip: Annotated[
        str, typer.Option(help="The phone's address: it listens there and sends from it.")
    ] = DEFAULT_IP,
    sip_port: Annotated[
        int, typer.Option(min=0, max=65535, help="UDP port for SIP; 0 takes a free one.")
    ] = 5060,
    profile: Annotated[
        list[Path] | None, typer.Option(help="A configuration file to start with. Repeatable.")
    ] = None,
    settings: SetOption = None,
    quirk: QuirkOption = None,
    speed: Annotated[
        float, typer.Option(min=0.001, help="How fast its clock runs; 60 is a minute a second.")
    ] = 1.0,
    seconds: Annotated[
        str | None,
        typer.Option("--for", metavar="DURATION", help="Switch off after 90s, 15m or 1h."),
    ] = None,
    events: EventsOption = None,
    ca: CaOption = None,
    insecure: InsecureOption = False,
) -> None:
    """Switch on one phone and operate it.

    Standard input is its keypad, a line an action: set NAME=VALUE, show NAME, restart, menu, quit.
    Exit code 0 when it is switched off, 130 when it is interrupted.
    """
    phone_model = find_model(model)
    own_mac = None if mac is None else read_mac(mac)
    given = PhoneSettings(
        identity=make_identity(phone_model, mac=own_mac, ip=_read_ip(ip)),
        baseline=Baseline.factory(phone_model, read_release(firmware, quirk or [])),
        profiles=(*map(_read_profile, profile or ()), read_settings_option(settings or [])),
        sip_port=sip_port,
        speed=speed,
        seconds=None if seconds is None else read_duration(seconds),
        tls=TlsSettings(ca_file=ca, insecure=insecure),
    )
    raise typer.Exit(asyncio.run(_operate(given, events)))


def _read_ip(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        raise typer.BadParameter(f"--ip {text}: give an address, for example 127.0.0.5") from None


def _read_profile(path: Path) -> Profile:
    try:
        with path.open("rb") as file:
            body = file.read(PROFILE_LIMIT + 1)
    except OSError as error:
        raise StartError(f"{path}: {error.strerror}; name a profile that can be read") from error
    return parse_profile(body, source=str(path))


async def _operate(given: PhoneSettings, events: str | None) -> int:
    clock = RunClock(given.speed)
    with open_events(events) as out:
        voice = _Voice(out, clock)
        with open_surroundings(clock, tell=voice.tell, tls=given.tls) as surroundings:
            station = _Station(given, surroundings, voice)
            try:
                return await station.run()
            finally:
                station.close()


class _Voice:
    """Says what happens: lines for people, and for programs if asked."""

    def __init__(self, events: TextIO | None, clock: RunClock) -> None:
        self.broken: Callable[[OSError], None] = _ignore
        """Told when nobody can hear us any more."""
        self._is_stdout_taken = events is sys.stdout
        self._write_event = None if events is None else json_lines(events, clock)

    def tell(self, mac: str, happened: Occurrence) -> None:
        try:
            if self._write_event is not None:
                self._write_event(mac, happened)
            self.say(str(happened))
        except OSError as error:
            self.broken(error)

    def say(self, line: str) -> None:
        typer.echo(line, err=self._is_stdout_taken)


def _ignore(_: OSError) -> None:
    """Do nothing: the phone is not on yet, or not any more."""


class _Station:
    """The phone on its desk: its lines, its keypad, and when it is switched off."""

    def __init__(self, given: PhoneSettings, surroundings: Surroundings, voice: _Voice) -> None:
        self._given = given
        self._voice = voice
        self._timers = surroundings.timers
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        voice.broken = self._fail
        self._phone = Phone(given.identity, given.baseline, surroundings)
        self._endpoint = SipEndpoint(lambda _local, _user: self._phone, secret=os.urandom(32))
        keypad = Keypad(self._phone, say=voice.say, switch_off=lambda: self._end(0))
        self._keys = LineReader(sys.stdin.fileno(), keypad.press)

    async def run(self) -> int:
        """Switch the phone on, operate it until somebody ends it, and return the exit code."""
        given = self._given
        self._endpoint.open(given.identity.ip, given.sip_port)
        self._greet()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._end, _INTERRUPTED)
        if given.seconds is not None:
            self._timers.call_at(given.seconds, lambda: self._end(0))
        for profile in given.profiles:
            self._phone.provision(profile)
        self._phone.switch_on()
        self._keys.start()
        code = await self._ended
        if code == 0:
            await self._timers.settle(_LAST_UPLOADS)
        return code

    def close(self) -> None:
        """Switch the phone off."""
        self._keys.stop()
        self._phone.switch_off()
        self._endpoint.close()
        self._voice.tell(self._given.identity.mac, Stopped())

    def _end(self, code: int) -> None:
        if self._ended.done():
            self._phone.switch_off()  # asked twice: what is still in hand is not waited for
        else:
            self._ended.set_result(code)

    def _fail(self, error: OSError) -> None:
        # Whoever read us is gone, or the disk is full: a phone that nobody sees is no use.
        if not self._ended.done():
            self._ended.set_exception(error)

    def _greet(self) -> None:
        identity, release = self._given.identity, self._given.baseline.release
        for label, value in product_information(identity, release):
            self._voice.say(f"{label:<18}{value}")
        if self._given.tls.insecure:
            self._voice.say("! --insecure: whoever answers under a server's name gets the reports")
        self._voice.say(f"keypad: {KEYS}")
        host, port = self._endpoint.address
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._voice.tell(identity.mac, Ready(address))
