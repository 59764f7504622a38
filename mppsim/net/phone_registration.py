"""The SIP lines of one phone's shell: it feeds the registration agent, and does what that says.

A phone has one only if it has a line in use. It is a sleeper of its own among the timers; a
phone that is registered owns a link for each line, and over UDP no socket and no task.
"""

from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from mppsim.core.events import Warned
from mppsim.core.identity import PhoneIdentity
from mppsim.core.line_status import LineStatus, RegistrationState
from mppsim.core.macros import Lookup, expand_macros
from mppsim.core.parameters import ParameterView
from mppsim.core.phone_status import PhoneStatus
from mppsim.errors import StartError
from mppsim.net.event_log import RegistrationChanged
from mppsim.net.line_link import LineLink
from mppsim.net.line_ports import SipWay
from mppsim.net.lines import read_lines
from mppsim.net.sip_port import SipPort
from mppsim.net.surroundings import Surroundings
from mppsim.net.tls import PhoneTls
from mppsim.sip.line import SipLine, parse_place
from mppsim.sip.register import RegisterOutcome
from mppsim.sip.registration import RegistrationAgent
from mppsim.sip.registration_events import (
    DropLink,
    LineFailed,
    LineOff,
    LineRegistered,
    LinesChanged,
    LinkLost,
    PhoneDown,
    RegisterEnded,
    RegistrationAction,
    RegistrationDue,
    RegistrationEvent,
    StartRegister,
)

__all__ = ["PhoneRegistration", "RegisteringPhone", "make_registration"]

_NO_ADDRESS = frozenset({"0.0.0.0", "::"})


class RegisteringPhone(Protocol):
    """The phone, as its lines see it."""

    @property
    def identity(self) -> PhoneIdentity:
        """Who it is."""

    def random_bytes(self, count: int) -> bytes:
        """Roll its dice."""

    @property
    def tls(self) -> PhoneTls:
        """What it brings along to TLS connections, now."""

    @property
    def parameters(self) -> ParameterView:
        """What it holds now."""

    @property
    def is_up(self) -> bool:
        """Whether it is running."""


class PhoneRegistration:
    """Keeps the lines of a phone registered as its parameters say."""

    __slots__ = (
        "_agent", "_is_off", "_lines", "_links", "_macro", "_phone", "_sip", "_status",
        "_surroundings", "ip",
    )  # fmt: skip

    def __init__(
        self,
        phone: RegisteringPhone,
        status: PhoneStatus,
        macro: Lookup,
        surroundings: Surroundings,
        sip: SipWay,
    ) -> None:
        """Make it; nothing is done before `update`."""
        identity = phone.identity
        self.ip = None if identity.ip in _NO_ADDRESS else identity.ip
        """The phone's own address; None: whichever leads to the registrar."""
        self._phone = phone
        self._status = status
        self._macro = macro
        self._surroundings = surroundings
        self._sip = sip
        self._agent = RegistrationAgent(phone.random_bytes)
        self._lines: tuple[SipLine, ...] = ()  # as they were read last
        self._links: dict[int, LineLink] = {}
        self._is_off = False

    @property
    def tls(self) -> PhoneTls:
        """What it brings along to TLS connections."""
        return self._phone.tls

    @property
    def deadline(self) -> float | None:
        """When it wants to be woken, in seconds on the run's clock."""
        return None if self._is_off else self._agent.deadline

    def wake(self, _now: float) -> None:
        """Take in that the deadline has come."""
        self._feed(RegistrationDue())

    def update(self) -> None:
        """Take in what the parameters say, and whether the phone is up."""
        lines = read_lines(self._phone.parameters) if self._phone.is_up else ()
        if not self._phone.is_up:
            self._lines = ()
            self._feed(PhoneDown())
        elif lines is not self._lines:
            self._lines = lines
            for line in lines:
                self._check(line)
            self._feed(LinesChanged(tuple(map(self._expand, filter(_can_register, lines)))))

    def cut(self) -> None:
        """Drop all that is in hand; the phone is off for good."""
        self._is_off = True
        for link in self._links.values():
            link.drop()
        self._links.clear()

    # What its links tell.

    def make_token(self) -> str:
        """Give a random word."""
        return self._phone.random_bytes(8).hex()

    def count_sip(self, received_bytes: int, sent_bytes: int) -> None:
        """Count one message each way."""
        self._status.count_sip(received_bytes, sent_bytes)

    def register_ended(self, number: int, outcome: RegisterOutcome, sequence: int) -> None:
        """Take what came of a REGISTER."""
        self._feed(RegisterEnded(number, outcome, sequence))

    def link_lost(self, number: int, reason: str) -> None:
        """Take note that a connection is gone."""
        self._feed(LinkLost(number, reason))

    # What the agent has it do.

    def _feed(self, event: RegistrationEvent) -> None:
        now = self._surroundings.timers.clock.now()
        before = self._agent.deadline
        actions = self._agent.handle(event, now=now)
        if self._agent.deadline != before:
            self._surroundings.timers.watch(self)
        for action in actions:
            self._do(action, now)

    def _do(self, action: RegistrationAction, now: float) -> None:
        match action:
            case StartRegister(line):
                self._link(line.number).start(action, self._find_port(line))
            case DropLink(number):
                self._link(number).drop()
                del self._links[number]
            case LineRegistered(number, _, next_at, is_new):
                self._note(number, self._known(number).after_success(now, next_at))
                self._tell(number, "", next_at - now, is_news=is_new)
            case LineFailed(number, reason, next_at):
                self._note(number, self._known(number).after_failure(now, next_at))
                self._tell(number, reason, None if next_at is None else next_at - now)
            case LineOff(number):
                is_news = self._known(number).state is not RegistrationState.NOT_REGISTERED
                self._note(number, LineStatus())
                self._tell(number, "", None, is_news=is_news)

    def _link(self, number: int) -> LineLink:
        """Give a line's way to its registrar, made when it is first needed."""
        link = self._links.get(number)
        if link is None:
            timers, endpoint = self._surroundings.timers, self._sip.endpoint
            link = self._links[number] = LineLink(number, endpoint, self, timers)
        return link

    def _known(self, number: int) -> LineStatus:
        return self._status.lines.get(number) or LineStatus()

    def _note(self, number: int, line: LineStatus) -> None:
        self._status.lines = {**self._status.lines, number: line}

    def _tell(self, number: int, reason: str, wait: float | None, *, is_news: bool = True) -> None:
        if is_news:
            state, rounded = self._known(number).state, None if wait is None else round(wait, 3)
            happened = RegistrationChanged(number, state, reason, rounded)
            self._surroundings.tell(self._phone.identity.mac, happened)

    def _expand(self, line: SipLine) -> SipLine:
        return replace(line, user_agent=expand_macros(line.user_agent, self._macro))

    def _find_port(self, line: SipLine) -> SipPort:
        """Give the port where a line listens; that of line 1 where its own cannot be had."""
        with suppress(StartError):
            return self._sip.port_of(line)
        return self._sip.endpoint.first

    def _check(self, line: SipLine) -> None:
        """Have a line listen, and tell what is wrong with it."""
        try:
            self._sip.port_of(line)
        except StartError as error:
            self._warn(f"SIP_Port_{line.number}_", str(error).partition(";")[0])
        for name, text in (("Proxy", line.proxy), ("Outbound_Proxy", line.outbound_proxy)):
            if text and parse_place(text) is None:
                self._warn(f"{name}_{line.number}_", "no host can be read in it")

    def _warn(self, name: str, reason: str) -> None:
        self._surroundings.tell(self._phone.identity.mac, Warned(name, reason))


def make_registration(
    phone: RegisteringPhone,
    status: PhoneStatus,
    macro: Lookup,
    surroundings: Surroundings,
    sip: SipWay | None,
) -> PhoneRegistration | None:
    """Make it for a phone that is up, plugged in and has a line in use.

    None: there is nothing to do yet; to learn that costs next to nothing.
    """
    if sip is None or not phone.is_up or not read_lines(phone.parameters):
        return None
    return PhoneRegistration(phone, status, macro, surroundings, sip)


def _can_register(line: SipLine) -> bool:
    return line.can_register
