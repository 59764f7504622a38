"""Say which hosts a run may reach: this machine's own, and those that somebody named.

It goes by the host as it is written. A name is not looked up to learn whether it is allowed: to
look it up would be traffic already.

Source: docs/scenario.md, "Where traffic may go".
"""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

__all__ = ["HostGuard", "is_loopback"]


@dataclass(frozen=True, slots=True)
class HostGuard:
    """Which hosts may be reached."""

    named: frozenset[str] = frozenset()
    """Hosts that `--yes-load` names, in the form that `of` gives them."""

    @staticmethod
    def of(hosts: "tuple[str, ...]") -> "HostGuard":
        """Return the guard that lets those hosts pass, however they are written."""
        return HostGuard(frozenset(map(_normal, hosts)))

    def is_named(self, host: str) -> bool:
        """Say whether somebody has named that host."""
        return bool(self.named) and _normal(host) in self.named

    def is_allowed(self, host: str) -> bool:
        """Say whether anything may be sent to that host: a name or a numeric address."""
        return is_loopback(host) or self.is_named(host)


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine by its writing alone: 127.0.0.0/8, ::1 or localhost."""
    normal = _normal(host)
    if normal == "localhost":
        return True
    try:
        address = ip_address(normal)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


@lru_cache(maxsize=1024)
def _normal(host: str) -> str:
    """Return a host in lower case, without brackets or a root's dot; an address as is usual."""
    bare = host.strip().lower().removeprefix("[").removesuffix("]").removesuffix(".")
    try:
        return str(ip_address(bare))
    except ValueError:
        return bare
