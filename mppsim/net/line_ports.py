"""Where the lines of one phone listen: `SIP_Port_n_` each, line 1 where the phone itself does.

A phone whose place was left to the system gets a free port for each line.
"""

from typing import Protocol

from mppsim.net.sip_endpoint import SipEndpoint
from mppsim.net.sip_port import SipPort
from mppsim.sip.line import SipLine

__all__ = ["LinePorts", "SipWay"]


class SipWay(Protocol):
    """How a phone's lines reach the network."""

    @property
    def endpoint(self) -> SipEndpoint:
        """Whatever answers for the phone."""

    def port_of(self, line: SipLine) -> SipPort:
        """Give the port where a line listens; raises `StartError` where that cannot be had."""


class LinePorts:
    """The ports of one phone, opened when a line first uses them."""

    def __init__(self, endpoint: SipEndpoint, *, is_any: bool = False) -> None:
        """Take an endpoint that is open where line 1 listens; `is_any`: all ports are free ones."""
        self.endpoint = endpoint
        self._is_any = is_any
        self._ports: dict[int, SipPort] = {}  # by the port that was wished for, or by its line
        self._wishes: dict[int, int] = {}  # of each line

    def port_of(self, line: SipLine) -> SipPort:
        """Give the port where a line listens, opened if it is not yet.

        Lines with the same `SIP_Port_n_` share one. Raises `StartError` where it cannot be had.
        """
        first = self.endpoint.first
        if line.number == 1 or (not self._is_any and line.port == first.port):
            return first
        wish = -line.number if self._is_any else line.port
        if wish not in self._ports:
            port = 0 if self._is_any else line.port
            self._ports[wish] = self.endpoint.open(first.host, port, line=line.number)
        self._leave(line.number, wish)
        return self._ports[wish]

    def _leave(self, number: int, wish: int) -> None:
        """Close the port that a line had before, unless another line has it, too."""
        before = self._wishes.get(number, wish)
        self._wishes[number] = wish
        if before not in self._wishes.values():
            self.endpoint.close_port(self._ports.pop(before))
