"""The words of resync: what happens to its agent, what it has done, what it tells.

Beside these it hears of starts, restarts, NOTIFYs and values in the words of `mppsim.core.events`.
"""

from dataclasses import dataclass, field

from mppsim.core.firmware import FirmwareRelease
from mppsim.core.profile import Profile
from mppsim.core.url import Url

__all__ = [
    "OK",
    "Apply",
    "Fetch",
    "FetchFinished",
    "FetchJob",
    "Install",
    "Log",
    "RestartPhone",
    "ResyncEnded",
    "ResyncRequested",
    "UpgradeEnded",
]

OK = "ok"
"""The result of what succeeded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchJob:
    """One file to fetch, with everything that asks for it fixed at the moment of its trigger."""

    name: str
    """The parameter whose rule asks for it."""
    url: Url
    user_agent: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)
    """What `--key` says, to open it with."""
    limit: int
    """The longest file that is taken, in bytes."""


# Events: they happened.


@dataclass(frozen=True, slots=True)
class ResyncRequested:
    """Somebody wants a resync: by the phone's rules, or once by this one."""

    rule: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFinished:
    """The file of the last `Fetch` came, or did not."""

    job: FetchJob
    reason: str | None = None
    """Why not, of the closed list of `mppsim.core.events`; None: it came."""
    is_missing: bool = False
    """Whether the server says that there is no such file."""
    detail: str = ""
    """What was said of it besides: a TFTP server's own words."""
    body: bytes = field(default=b"", repr=False)
    coding: str = ""
    """Its Content-Encoding, in lower case, not undone."""


# Notices: somebody may want to know.


@dataclass(frozen=True, slots=True)
class ResyncEnded:
    """A profile was fetched and is applied next, or was not and the phone keeps what it had."""

    url: str
    """Without a password; empty where the rule gives none."""
    result: str
    """`ok`, a reason for a failed upload, or: `encryption`, `profile`, `nothing`."""
    detail: str
    """The same in words."""

    def __str__(self) -> str:
        where = f" from {self.url}" if self.url else ""
        if self.result == OK:
            return f"= resync{where}{': ' if self.detail else ''}{self.detail}"
        return f"! resync{where} failed: {self.detail}"


@dataclass(frozen=True, slots=True)
class UpgradeEnded:
    """A firmware load was fetched and is installed by the restart that follows, or was not."""

    url: str
    result: str
    """`ok`, a reason for a failed upload, or `firmware`."""
    detail: str
    """The load's name, or what is wrong."""

    def __str__(self) -> str:
        if self.result == OK:
            return f"= upgrade from {self.url}: {self.detail}"
        return f"! upgrade{f' from {self.url}' if self.url else ''} failed: {self.detail}"


# Actions: they are to be done.


@dataclass(frozen=True, slots=True)
class Fetch:
    """Fetch this file, then feed `FetchFinished`; a phone that goes down feeds nothing."""

    job: FetchJob


@dataclass(frozen=True, slots=True)
class Apply:
    """Apply this profile: feed `ResyncFinished`."""

    profile: Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Send a line of the phone's log to its syslog server, by UDP."""

    host: str
    port: int
    line: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class RestartPhone:
    """Restart the phone for this reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Install:
    """The phone is down: it comes up with this firmware."""

    release: FirmwareRelease
