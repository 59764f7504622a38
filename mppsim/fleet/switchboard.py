"""Where a fleet can be reached: one socket for each port and transport, whoever it is for.

On Linux a socket listens at all addresses, and each phone is found by the one that was called;
where the fleet has one address only, by the user of the Request-URI. What is called and is not
the fleet's is dropped unread.
"""

import asyncio
from collections.abc import Callable, Iterable
from socket import socket

from mppsim.admin.site import AdminSite
from mppsim.core.host_guard import HostGuard
from mppsim.errors import StartError
from mppsim.fleet.dice import Dice
from mppsim.fleet.fleet_phone import FleetPhone
from mppsim.fleet.plan import FleetPlan
from mppsim.fleet.roster import Roster
from mppsim.net.accounts import read_accounts
from mppsim.net.lines import read_lines
from mppsim.net.sip_endpoint import SipEndpoint
from mppsim.net.sip_port import Prepare, SipPort
from mppsim.net.tls import TlsSettings
from mppsim.net.wildcard import (
    LOOPBACK,
    WILDCARD,
    bind_to_loopback,
    can_bind_to_loopback,
    open_listener,
)
from mppsim.sip.line import SipLine

__all__ = ["Switchboard", "find_line_ports"]

_SECRET_BYTES = 32


class Switchboard:
    """The sockets of the phones that live here, and the way out of their lines (`SipWay`)."""

    def __init__(
        self,
        roster: Roster,
        plan: FleetPlan,
        is_here: Callable[[int], bool],
        phone_at: Callable[[int], FleetPhone],
        *,
        tls: TlsSettings | None = None,
    ) -> None:
        """Raise `StartError` where the CA file of `tls` cannot be used."""
        secret = Dice(plan.seed).source("sip")(_SECRET_BYTES)
        self.endpoint = SipEndpoint(
            self._find_phone,
            secret=secret,
            tls=tls,
            is_ours=self._is_ours,
            may_reach=HostGuard.of(plan.allowed_hosts).is_allowed,
        )
        self.web_port: int | None = None
        """Where the pages are; None: nobody has one."""
        self.notes: list[str] = []
        """What is not as it should be, in sentences."""
        self._roster = roster
        self._plan = plan
        self._is_here = is_here
        self._phone_at = phone_at
        self._host = WILDCARD
        self._prepare: Prepare | None = None
        self._ports: dict[int, SipPort] = {}
        self._is_complete = False
        self._users: dict[str, int] | None = None
        self._bound: socket | None = None
        self._site: AdminSite | None = None
        self._opening: asyncio.Task[None] | None = None

    @property
    def sip_port(self) -> int:
        """Where line 1 of every phone listens."""
        return self.endpoint.first.port

    def open(self, line_ports: Iterable[int], prepare: Prepare | None) -> None:
        """Listen, at these ports of lines, too; `prepare` is given each socket before its bind.

        Raises `StartError` where a port cannot be had. Pages are shown from the loop's next turn
        on; who calls earlier waits for that.
        """
        self._prepare = self._choose_place(prepare)
        first = self.endpoint.open(self._host, self._plan.sip_port, prepare=self._prepare)
        self._ports[self._plan.sip_port] = self._ports[first.port] = first
        if self._plan.sip_port:  # else all lines share the one that the system chose
            for port in sorted(set(line_ports) - {0}):
                self._open_port(port)
        self._is_complete = prepare is not None  # the ports of several workers open in one order
        if self._plan.web_port is not None:
            self._bound = open_listener(self._host, self._plan.web_port, self._prepare)
            self.web_port = self._bound.getsockname()[1]
            self._site = AdminSite(self._find_shown)
            self._opening = asyncio.create_task(self._site.start_on(self._bound))

    def port_of(self, line: SipLine) -> SipPort:
        """Give the port where a line listens; raises `StartError` where that cannot be had."""
        if line.number == 1 or self._plan.sip_port == 0:
            return self.endpoint.first
        if line.port not in self._ports and self._is_complete:
            raise StartError(f"port {line.port} was not open when the workers began")
        return self._open_port(line.port)

    def close(self) -> None:
        """Give every port back; closing twice is no mistake."""
        self.endpoint.close()
        if self._opening is not None:
            self._opening.cancel()
        if self._site is not None:
            self._site.cut()
        if self._bound is not None:
            self._bound.close()

    def _open_port(self, port: int) -> SipPort:
        if port not in self._ports:
            self._ports[port] = self.endpoint.open(self._host, port, prepare=self._prepare)
        return self._ports[port]

    def _choose_place(self, prepare: Prepare | None) -> Prepare:
        steps = [] if prepare is None else [prepare]
        if self._roster.has_one_address or self._roster.count == 1:
            self._host = self._roster.identity(0).ip
        elif self._roster.is_loopback and can_bind_to_loopback():
            steps.append(bind_to_loopback)
        elif self._roster.is_loopback:
            self._host = LOOPBACK
            self.notes.append(
                f"no socket may be bound to the loopback device: all phones share {LOOPBACK}"
            )

        def prepare_all(sock: socket) -> None:
            for step in steps:
                step(sock)

        return prepare_all

    # Who is called.

    def _find_number(self, local: str, user: str) -> int | None:
        """Return the phone that is called, by its address or by the user who is asked for."""
        number = self._roster.find(local)
        if number is None and user:
            number = self._roster.find_mac(user)
            number = self._find_user(user) if number is None else number
        return number if number is not None and self._is_here(number) else None

    def _is_ours(self, local: str) -> bool:
        if self._host != WILDCARD:
            return True
        number = self._roster.find(local)
        return number is not None and self._is_here(number)

    def _find_phone(self, local: str, user: str) -> FleetPhone | None:
        number = self._find_number(local, "" if self._host == WILDCARD else user)
        return None if number is None else self._phone_at(number)

    def _find_shown(self, local: str) -> FleetPhone | None:
        return self._find_phone(local, "")

    def _find_user(self, user: str) -> int | None:
        """Find a phone by the User ID of one of its lines, as it was at first."""
        if self._users is None:
            self._users = {
                account.user_id: number
                for number in reversed(range(self._roster.count))
                for account in read_accounts(self._roster.view(number))
            }
        return self._users.get(user)


def find_line_ports(roster: Roster) -> set[int]:
    """Return where lines but the first listen: of one phone of a kind, of all that are given."""
    seen: set[tuple[int, int]] = set()
    ports: set[int] = set()
    for group in roster.groups:
        for number in range(group.first, group.first + group.count):
            kind = group.first, id(roster.kind(number))
            if kind not in seen or group.given:
                seen.add(kind)
                lines = read_lines(roster.view(number))
                ports.update(line.port for line in lines if line.number > 1)
            if len(group.kinds) == 1 and not group.given:
                break
    return ports
