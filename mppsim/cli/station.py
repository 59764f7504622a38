"""The phone on its desk: its sockets, its keypad, and who is told what it does."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import typer

from mppsim.admin import AdminSite
from mppsim.cli.events_out import open_events
from mppsim.cli.keypad import KEYS, Keypad, LineReader
from mppsim.core.firmware import DEFAULT_RELEASE
from mppsim.core.identity import PhoneIdentity, product_information
from mppsim.core.parameters import Baseline
from mppsim.core.profile import Profile
from mppsim.net.clock import RunClock
from mppsim.net.event_log import Occurrence, Ready, Stopped, json_lines
from mppsim.net.line_ports import LinePorts
from mppsim.net.opening import open_surroundings
from mppsim.net.phone import Phone
from mppsim.net.sip_certificate import make_phone_context
from mppsim.net.sip_endpoint import SipEndpoint
from mppsim.net.state_file import open_state
from mppsim.net.surroundings import Surroundings
from mppsim.net.tls import TlsSettings

__all__ = ["PhoneSettings", "operate"]

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
    web_port: int
    speed: float
    seconds: float | None
    """Switched off after so long, on the phone's clock; None: when somebody does."""
    tls: TlsSettings
    state: Path | None = None
    """Where it remembers; None: it begins anew each time."""


async def operate(given: PhoneSettings, events: str | None) -> int:
    """Switch the phone on, operate it until it is switched off, and return the exit code.

    `events` is what `--events` names. Raises `StartError` for what cannot be had.
    """
    clock = RunClock(given.speed)
    with ExitStack() as opened:
        voice = _Voice(opened.enter_context(open_events(events)), clock)
        state = None if given.state is None else opened.enter_context(open_state(given.state))
        surroundings = opened.enter_context(
            open_surroundings(
                clock,
                tell=voice.tell,
                tls=given.tls,
                flash_of=None if state is None else state.flash_of,
            )
        )
        return await _Station(given, surroundings, voice).run()


class _Voice:
    """Says what happens: lines for people, and for programs if asked."""

    def __init__(self, events: TextIO | None, clock: RunClock) -> None:
        self.broken: Callable[[Exception], None] = _ignore
        """Told when nobody can hear us any more."""
        self._is_stdout_taken = events is sys.stdout
        self._write_event = None if events is None else json_lines(events, clock)

    def tell(self, mac: str, happened: Occurrence) -> None:
        try:
            if self._write_event is not None:
                self._write_event(mac, happened)
        except OSError as error:
            self.broken(error)
        self.say(str(happened))

    def say(self, line: str) -> None:
        try:
            typer.echo(line, err=self._is_stdout_taken)
        except OSError as error:
            self.broken(error)


def _ignore(_: Exception) -> None:
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
        self._endpoint = SipEndpoint(
            lambda _local, _user: self._phone,
            secret=os.urandom(32),
            tls=given.tls,
            context=partial(make_phone_context, given.identity.certificate),
        )
        self._site = AdminSite(lambda _local: self._phone)
        keypad = Keypad(self._phone, say=voice.say, switch_off=lambda: self._end(0))
        # Standard input may be closed: a phone without a keypad.
        self._keys = None if sys.stdin is None else LineReader(sys.stdin.fileno(), keypad.press)

    async def run(self) -> int:
        """Switch the phone on, operate it until somebody ends it, and return the exit code."""
        ip = self._given.identity.ip
        async with AsyncExitStack() as opened:
            self._endpoint.open(ip, self._given.sip_port, line=1)
            opened.callback(self._endpoint.close)
            self._phone.plug_in(LinePorts(self._endpoint, is_any=self._given.sip_port == 0))
            url = await self._site.start(ip, self._given.web_port)
            opened.push_async_callback(self._site.stop)
            try:
                self._switch_on(url.removeprefix("http://"))
                code = await self._ended
                if code == 0:
                    await self._timers.settle(_LAST_UPLOADS)
                return code
            finally:
                self._switch_off()

    def _switch_on(self, web: str) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._catch)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._end, _INTERRUPTED)
        self._greet(web)
        if self._given.seconds is not None:
            self._timers.call_at(self._given.seconds, lambda: self._end(0))
        for profile in self._given.profiles:
            self._phone.provision(profile)
        self._phone.switch_on()
        if self._keys is not None:
            self._keys.start()

    def _switch_off(self) -> None:
        self._let_go_of_keys()
        self._phone.switch_off()
        self._voice.tell(self._given.identity.mac, Stopped())

    def _end(self, code: int) -> None:
        self._let_go_of_keys()
        if self._ended.done():
            self._phone.switch_off()  # asked twice: what is still in hand is not waited for
        else:
            self._ended.set_result(code)

    def _let_go_of_keys(self) -> None:
        if self._keys is not None:
            self._keys.stop()

    def _catch(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Take what a callback raised, which nobody awaits: a bug, and a phone's end."""
        self._fail(context.get("exception") or RuntimeError(context["message"]))

    def _fail(self, error: Exception) -> None:
        # Whoever read us is gone, or the disk is full: a phone that nobody sees is no use.
        if not self._ended.done():
            self._ended.set_exception(error)

    def _greet(self, web: str) -> None:
        identity, release = self._given.identity, self._given.baseline.release
        for label, value in product_information(identity, release):
            self._voice.say(f"{label:<18}{value}")
        if release.name != DEFAULT_RELEASE:
            # Its Software Version may be that of another release, of which it has the parameters.
            self._voice.say(f"{'Firmware':<18}{release.name}: {release.note}")
        if self._given.tls.insecure:
            self._voice.say("! --insecure: whoever answers under a server's name gets the reports")
        self._voice.say(f"keypad: {KEYS}")
        host, port = self._endpoint.address
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._voice.tell(identity.mac, Ready(address, web))
