"""The words of the custom CA: what was fetched, and what is told of it."""

from dataclasses import dataclass, field

from mppsim.core.resync_events import OK, FetchJob

__all__ = ["CustomCa", "CustomCaEnded", "CustomCaFetched"]


@dataclass(frozen=True, slots=True)
class CustomCa:
    """The CA certificates of one file."""

    name: str
    """The common name of the first, as the status page shows it."""
    pem: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomCaFetched:
    """The file of the last `Fetch` came, or did not: an event."""

    job: FetchJob
    reason: str | None = None
    """Why not, of the closed list of `mppsim.core.events`; None: it came."""
    is_missing: bool = False
    """Whether the server says that there is no such file."""
    detail: str = ""
    """What the server said of its failure; empty: nothing that is worth telling."""
    ca: CustomCa | None = None
    """What was in it; None: no certificate."""


@dataclass(frozen=True, slots=True)
class CustomCaEnded:
    """A CA was fetched and is trusted from now on, or was not and all stays as it was: a notice."""

    url: str
    """Without a password; empty where the rule gives none."""
    result: str
    """`ok`, a reason for a failed upload, or `certificate`."""
    detail: str
    """The CA's name, or what is wrong."""

    def __str__(self) -> str:
        if self.result == OK:
            return f"= custom CA from {self.url}: {self.detail}"
        return f"! custom CA{f' from {self.url}' if self.url else ''} failed: {self.detail}"
