"""Where the traffic of a plan may go: said before any goes, by the values that the phones hold.

No name is looked up. What only a phone's life tells, such as a redirect, is the business of
whoever connects, who asks `HostGuard` again.

Source: docs/scenario.md, "Where traffic may go".
"""

from collections.abc import Iterator
from dataclasses import replace

from mppsim.core.host_guard import HostGuard, is_loopback
from mppsim.core.url import parse_url
from mppsim.errors import ScenarioError
from mppsim.fleet.plan import FleetPlan
from mppsim.fleet.scenario.placeholders import MARK, MARKS, fill
from mppsim.fleet.scenario.places import Destination, PhonePlaces, read_url

__all__ = ["check_traffic", "find_destinations"]


def check_traffic(plan: FleetPlan) -> None:
    """Raise `ScenarioError` that lists every host which is not allowed, and what would allow it.

    Allowed are this machine's own, and those in `allowed_hosts`. With `speed: max` only the
    embedded server is, and those: a clock that jumps loads a server as fast as it can.
    """
    guard = HostGuard.of(plan.allowed_hosts)
    refused: dict[tuple[str, str], dict[str, None]] = {}
    for found in find_destinations(plan):
        why = _why_not(found, plan, guard)
        if why:
            refused.setdefault((found.host, why), {})[found.named] = None
    if refused:
        raise ScenarioError([_sentence(*key, tuple(names)) for key, names in refused.items()])


def find_destinations(plan: FleetPlan) -> Iterator[Destination]:
    """Give every place that the run would reach, by what names it; the same one several times."""
    yield from _of_run(plan)
    for group in plan.groups:
        events = [
            notify.event
            for notify in plan.notifies
            if not notify.groups or group.name in notify.groups
        ]
        yield from PhonePlaces(group, events).find()


def _of_run(plan: FleetPlan) -> Iterator[Destination]:
    if plan.embedded is None:
        yield Destination.of_url(parse_url(plan.server), "server")
    if plan.readback:
        words = {**MARKS, "url": f"{plan.server}/{MARK}", "path": f"/{MARK}"}
        found = read_url(fill(plan.readback, words), lambda _: None)
        assert found is not None, "a template that is no URL is a fault"
        yield replace(found, named="readback", is_from_phone=False)


_ELSEWHERE = "is not this machine"
_OTHER_FAMILY = "is an IPv6 address, and phones have IPv4 ones"
_TOO_FAST = "is not the embedded server, as speed: max needs it"


def _why_not(found: Destination, plan: FleetPlan, guard: HostGuard) -> str:
    if ":" in found.host and found.is_from_phone:
        return _OTHER_FAMILY
    if guard.is_named(found.host):
        return ""
    if not is_loopback(found.host):
        return _ELSEWHERE
    if plan.speed is not None or not found.authority or _is_embedded(found, plan):
        return ""
    return _TOO_FAST


def _is_embedded(found: Destination, plan: FleetPlan) -> bool:
    if plan.embedded is None:
        return False
    return found.is_tftp or found.authority == parse_url(plan.server).authority


def _sentence(host: str, why: str, names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:_SHOWN]) + (
        f" and {len(names) - _SHOWN} more" if names[_SHOWN:] else ""
    )
    if not host:
        return f"{shown}: each phone has a host of its own, and they are too many to be checked"
    if why == _OTHER_FAMILY:
        return f"[{host}] {why} ({shown}); give the server's IPv4 address, or its name"
    return f"{host} {why} ({shown}); --yes-load {host} allows it"


_SHOWN = 6
