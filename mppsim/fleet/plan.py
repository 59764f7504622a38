"""A whole run as values: which phones, what they hold, what is done to them, what is expected.

A scenario is read into a plan before anything starts. Nothing here is a phone yet: a group of a
million costs what a group of one costs, and each phone follows from its number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from mppsim.core.parameters import Baseline
from mppsim.core.phone_model import PhoneModel

__all__ = [
    "ChangePlan",
    "EmbeddedPlan",
    "FaultPlan",
    "FleetPlan",
    "GivenPhone",
    "GroupPlan",
    "NetworkPlan",
    "NotifyPlan",
    "PhoneKind",
    "RestartPlan",
    "StartPlan",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneKind:
    """A model at a release, as a group has it."""

    model: PhoneModel
    baseline: Baseline
    """What its phones hold at first: the profile, and what `set` gives to all of them alike."""
    weight: float = 1.0
    """Its share of the group, in parts of the sum of all weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenPhone:
    """What a CSV of real phones says of one of them beyond its address."""

    kind: int = 0
    """Which of the group's kinds it is."""
    serial: str = ""
    """Empty: it follows from the MAC address."""
    settings: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Names and values of its own, checked; set as a profile sets them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPlan:
    """How the phones of a group begin."""

    powers_on: bool = False
    """True: each is switched on and reports as after a restart; else it has been running."""
    spread: float = 0.0
    """Seconds over which they are switched on, at seeded moments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePlan:
    """Local changes: on each phone one of `names` is set to another allowed value."""

    every: float
    """Seconds on the run's clock from one change to the next, on each phone; or their mean."""
    names: tuple[str, ...]
    is_random: bool = False
    """True: at random moments (Poisson), else evenly from a seeded first one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartPlan:
    """Restarts by hand, as `ChangePlan` has changes."""

    every: float
    is_random: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPlan:
    """What a group's network is like; times are real time."""

    latency: float = 0.0
    """Seconds from a phone to the server, and as many back."""
    loss: float = 0.0
    """Share of packets that are lost, 0 to 1."""
    kill: float = 0.0
    """Share of uploads whose connection is cut before their end, 0 to 1."""
    upload_rate: float | None = None
    """Bytes a second that a phone can send; None: no limit."""

    @property
    def is_perfect(self) -> bool:
        """Whether there is nothing to emulate."""
        return self == NetworkPlan()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPlan:
    """Phones that are alike but for their numbers.

    `macs` and `addresses` are ranges or lists of the same length: a range costs nothing.
    """

    name: str
    first: int
    """The fleet's number of its first phone; the first group's is 0."""
    kinds: tuple[PhoneKind, ...]
    macs: Sequence[int]
    """MAC addresses as numbers."""
    addresses: Sequence[int]
    """IPv4 addresses as numbers; all the same where the fleet has one address only."""
    settings: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Names, and values with `${index}` or `${mac}` in them: each phone has its own."""
    given: tuple[GivenPhone, ...] = ()
    """As long as `macs` where the phones come from a CSV, else empty."""
    start: StartPlan = StartPlan()
    changes: ChangePlan | None = None
    restarts: RestartPlan | None = None
    network: NetworkPlan = NetworkPlan()
    tftp_server: str = ""
    """HOST[:PORT], as DHCP's option 66 names it; empty: it names none."""

    @property
    def count(self) -> int:
        """How many phones it has."""
        return len(self.macs)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyPlan:
    """NOTIFYs that mppsim sends itself, from one socket as a PBX does."""

    event: str = "report"
    """The package, with its parameters: `report`, `resync;profile=…`."""
    every: float | None = None
    """Seconds on the run's clock from one round to the next; None: one round, at `at`."""
    at: float = 0.0
    """When the first round begins."""
    share: float = 1.0
    """Share of the phones that each round reaches, 0 to 1, drawn anew for each."""
    groups: tuple[str, ...] = ()
    """Names of the groups that are reached; empty: all."""
    rate: float | None = None
    """NOTIFYs a second of real time at most; None: as fast as they are answered."""
    user: str = ""
    """Answers a phone's challenge; `${index}` and `${mac}` may be in it. Empty: the phone's own
    line 1 is asked for its user and password, as the PBX that it belongs to knows them."""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultPlan:
    """A fault of the embedded server, on purpose."""

    kind: str
    """`status`, `delay`, `cut`, `slow`, `redirect`, `auth` or `down`."""
    value: float = 0.0
    """The status, the seconds of the delay, or the bytes a second that are read."""
    share: float = 1.0
    """Share of the requests that it befalls, 0 to 1; `down` befalls all."""
    begins: float = 0.0
    """Seconds on the run's clock."""
    ends: float | None = None
    """None: it lasts until the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedPlan:
    """The server that a run brings with it."""

    keys: tuple[str, ...] = field(default=(), repr=False)
    """Opens what is encrypted by `--key`."""
    ikm: str = field(default="", repr=False)
    """Opens what is encrypted by RFC 8188."""
    user: str = ""
    password: str = field(default="", repr=False)
    auth: str = "basic"
    faults: tuple[FaultPlan, ...] = ()
    keeps_bodies: bool = True
    """False: only what was received is known, by digest; nothing is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """A whole run."""

    groups: tuple[GroupPlan, ...]
    duration: float
    """Seconds on the run's clock."""
    seed: int
    speed: float | None
    """1: real time; N: N times as fast; None: `max`, jump to whatever is due next."""
    server: str
    """The server's URL without a path; values may hold it. Empty when it is embedded and not up."""
    embedded: EmbeddedPlan | None = None
    """None: the server is somebody else's."""
    notifies: tuple[NotifyPlan, ...] = ()
    thresholds: tuple[str, ...] = ()
    """Expressions, checked when the scenario was read (`mppsim.results.thresholds`)."""
    readback: str = ""
    """URL template of what a foreign server holds of a report; empty: it is not read back."""
    sip_port: int = 5060
    """Where every phone listens, at its own address; 0: any free one."""
    web_port: int | None = 8080
    """The same of its page; None: no phone has one."""
    allowed_hosts: tuple[str, ...] = ()
    """Hosts that are not loopback and may be loaded: `--yes-load`."""

    @property
    def count(self) -> int:
        """How many phones there are."""
        return sum(group.count for group in self.groups)
