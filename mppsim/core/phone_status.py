"""Remember what a phone went through: since when it is up, what it sent, why it restarted.

Source: the guides' pages Info > Status and Reboot History; `mppsim/data/status.csv`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from mppsim.core.line_status import LineStatus
from mppsim.core.secrets import hide_secrets

__all__ = ["CustomCaStatus", "Happening", "PhoneStatus", "Traffic"]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something in a phone's history: when, in seconds on the run's clock, and what."""

    at: float
    what: str


@dataclass(slots=True)
class Traffic:
    """What a phone sent and received since it started."""

    sip_sent: int = 0
    sip_bytes_sent: int = 0
    sip_received: int = 0
    sip_bytes_received: int = 0
    frames_sent: int = 0
    """Ethernet frames that its own doings took, broadcasts not among them."""
    frames_received: int = 0


@dataclass(frozen=True, slots=True)
class CustomCaStatus:
    """What became of a phone's Custom_CA_Rule."""

    name: str = ""
    """The common name of the CA that it trusts; empty: none."""
    last: Happening | None = None
    """When it was fetched last, and how that ended."""

    @property
    def info(self) -> str:
        """What the status page says of the CA."""
        return f"Installed: {self.name}" if self.name else "Not Installed"

    def result(self, date: Callable[[float], datetime]) -> str:
        """Say what the status page says of the last fetch; `date` is as `StatusFacts.date`."""
        if self.last is None:
            return ""
        return f"Last provisioning {self.last.what} on {date(self.last.at):%m/%d/%Y %H:%M:%S}"


class PhoneStatus:
    """One phone's live facts. A phone that did nothing owns these slots and nothing else."""

    __slots__ = (
        *("_traffic", "boot_time", "custom_ca", "lines"),
        *("reboots", "resyncs", "up_since", "upgrades"),
    )

    def __init__(self, *, boot_time: float, up_since: float = 0.0) -> None:
        self.boot_time = boot_time
        """The wall clock when the run's clock stood at 0, in seconds since 1970 UTC."""
        self.up_since = up_since
        """When the phone last came up, on the run's clock."""
        self.reboots: tuple[Happening, ...] = ()
        """The last five restarts with their reasons, newest first."""
        self.resyncs: tuple[Happening, ...] = ()
        """The last three resyncs with their results, newest first."""
        self.upgrades: tuple[Happening, ...] = ()
        """The last three attempts to upgrade with their results, newest first."""
        self.custom_ca = _NO_CUSTOM_CA
        """The CA that it fetched by its Custom_CA_Rule."""
        self.lines: Mapping[int, LineStatus] = _NO_LINES
        """Its lines that are or were to be registered, by their numbers."""
        self._traffic: Traffic | None = None

    @property
    def has_past(self) -> bool:
        """Whether one of its histories has an entry; a phone that just runs has none."""
        is_new = self.custom_ca is _NO_CUSTOM_CA
        return bool(self.reboots or self.resyncs or self.upgrades or not is_new)

    @property
    def traffic(self) -> Traffic:
        """Return what was counted since the phone came up."""
        return self._traffic or _NO_TRAFFIC

    def count_sip(self, received_bytes: int, sent_bytes: int) -> None:
        """Count a SIP message and its answer; 0 bytes: there was none."""
        traffic = self._count()
        if received_bytes:
            traffic.sip_received += 1
            traffic.sip_bytes_received += received_bytes
            traffic.frames_received += 1
        if sent_bytes:
            traffic.sip_sent += 1
            traffic.sip_bytes_sent += sent_bytes
            traffic.frames_sent += 1

    def count_upload(self, sent_bytes: int, received_bytes: int = 0) -> None:
        """Count the frames of one upload over TCP: its segments, and an answer to every second."""
        traffic = self._count()
        sent, received = -(-sent_bytes // _SEGMENT), -(-received_bytes // _SEGMENT)
        traffic.frames_sent += _CONNECTION_FRAMES + sent + (received + 1) // 2
        traffic.frames_received += _CONNECTION_FRAMES + received + (sent + 1) // 2

    def record_restart(self, reason: str, now: float) -> None:
        """Note that the phone goes down; its counters begin at zero again."""
        self.reboots = (Happening(now, reason), *self.reboots)[:_KEPT_REBOOTS]
        self.record_start(now)

    def record_start(self, now: float) -> None:
        """Note that the phone is up since now."""
        self.up_since = now
        self._traffic = None

    def record_resync(self, result: str, now: float) -> None:
        """Note how a resync ended; passwords in the result are hidden."""
        self.resyncs = (Happening(now, hide_secrets(result)), *self.resyncs)[:_KEPT_RESYNCS]

    def record_custom_ca(self, now: float, *, has_succeeded: bool) -> None:
        """Note how the attempt to fetch a custom CA ended."""
        last = Happening(now, "succeeded" if has_succeeded else "failed")
        self.custom_ca = CustomCaStatus(self.custom_ca.name, last)

    def trust(self, name: str) -> None:
        """Note which custom CA the phone trusts now; empty: none."""
        if name != self.custom_ca.name:
            self.custom_ca = CustomCaStatus(name, self.custom_ca.last)

    def record_upgrade(self, result: str, now: float) -> None:
        """Note how an attempt to upgrade the firmware ended."""
        self.upgrades = (Happening(now, hide_secrets(result)), *self.upgrades)[:_KEPT_RESYNCS]

    def _count(self) -> Traffic:
        if self._traffic is None:
            self._traffic = Traffic()
        return self._traffic


_KEPT_REBOOTS = 5
_KEPT_RESYNCS = 3
_NO_TRAFFIC = Traffic()
_NO_LINES: Mapping[int, LineStatus] = MappingProxyType({})
_NO_CUSTOM_CA = CustomCaStatus()

_SEGMENT = 1448
"""What one TCP segment carries on Ethernet, in bytes."""
_CONNECTION_FRAMES = 3
"""Frames each way that open and close a TCP connection."""
