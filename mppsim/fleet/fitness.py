"""Whether a machine can carry a fleet: found out before the start, and said in words.

Sources of the figures: docs/fleets.md, "Limits".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, summarize_address_range

from mppsim.fleet.plan import FleetPlan
from mppsim.net.machine import Machine
from mppsim.net.uploader import count_places

__all__ = ["Finding", "Weight", "check_fitness"]

_BYTES_ASLEEP = 200
"""Of a phone that has done nothing yet."""
_BYTES_USED = 1_500
"""Of a phone that has sent a report."""
_BYTES_AT_REST = 90 << 20
"""Of a process without phones."""
_FEW_CONNECTIONS = 256
_TIME_WAIT = 60.0
"""Seconds that a port rests after its connection, as Linux has it."""
_MEBIBYTE = 1 << 20
_FIRST_OF_ALL = 1024
"""The lowest port that anybody may listen at."""


class Weight(StrEnum):
    """How much a finding matters."""

    FINE = "fine"
    WARNING = "warning"
    """The run can begin, but its figures may show this limit."""
    FAULT = "fault"
    """The run cannot begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    weight: Weight
    topic: str
    sentence: str
    remedy: str = ""
    """What to do about it; empty where nothing is to be done."""


def check_fitness(
    machine: Machine,
    plan: FleetPlan | None = None,
    *,
    workers: int = 1,
    can_use_address: Callable[[str], bool],
    can_use_port: Callable[[int], bool],
) -> tuple[Finding, ...]:
    """Say what a machine has, and whether that is enough for a plan, if there is one.

    `can_use_address` says whether an address is this machine's, `can_use_port` whether nobody
    listens there.
    """
    findings = [_check_descriptors(machine), _check_system(machine)]
    if plan is None:
        return (*findings, _tell_ports(machine), _tell_memory(machine), _tell_cores(machine))
    return (
        *findings,
        _check_ports(machine, plan),
        _check_memory(machine, plan),
        _check_cores(machine, workers),
        *_check_addresses(machine, plan, can_use_address),
        *_check_listeners(plan, can_use_port),
    )


def _check_descriptors(machine: Machine) -> Finding:
    places = count_places(machine.descriptors)
    if places < _FEW_CONNECTIONS:
        return Finding(
            weight=Weight.FAULT,
            topic="descriptors",
            sentence=f"a process may open {machine.descriptors} files and sockets: too few",
            remedy="raise the limit: ulimit -Hn 20000, or LimitNOFILE= of the service",
        )
    return Finding(
        weight=Weight.FINE,
        topic="descriptors",
        sentence=f"up to {places:,} connections at once in each worker; more reports wait",
    )


def _check_system(machine: Machine) -> Finding:
    if machine.is_linux:
        return Finding(
            weight=Weight.FINE, topic="system", sentence="Linux: each phone has its own address"
        )
    return Finding(
        weight=Weight.WARNING,
        topic="system",
        sentence="not Linux: all phones share one address, and there can be one worker only",
        remedy="run large fleets on Linux",
    )


def _tell_ports(machine: Machine) -> Finding:
    return Finding(
        weight=Weight.FINE,
        topic="ports",
        sentence=f"{machine.ports:,} connections from one address to one server at a time,"
        f" about {machine.ports / _TIME_WAIT:,.0f} new ones a second",
    )


def _check_ports(machine: Machine, plan: FleetPlan) -> Finding:
    told = _tell_ports(machine)
    if plan.count == 1 or not _shares_one_address(plan):
        return told
    return Finding(
        weight=Weight.WARNING,
        topic="ports",
        sentence=f"all {plan.count:,} phones share one address: {told.sentence}",
        remedy="give each phone its own: addresses: 127.20.0.1 in the scenario",
    )


def _tell_memory(machine: Machine) -> Finding:
    if machine.memory is None:
        return Finding(
            weight=Weight.FINE, topic="memory", sentence="how much is free is not known here"
        )
    most = max(0, machine.memory - _BYTES_AT_REST) // _BYTES_USED
    return Finding(
        weight=Weight.FINE,
        topic="memory",
        sentence=f"{machine.memory // _MEBIBYTE:,} MiB are free: about {most:,} phones that report",
    )


def _check_memory(machine: Machine, plan: FleetPlan) -> Finding:
    asleep = _BYTES_AT_REST + plan.count * _BYTES_ASLEEP
    used = _BYTES_AT_REST + plan.count * _BYTES_USED
    sentence = (
        f"{plan.count:,} phones take {asleep // _MEBIBYTE:,} MiB at the start and about"
        f" {used // _MEBIBYTE:,} MiB once each has reported"
    )
    if machine.memory is None or used <= machine.memory:
        return Finding(weight=Weight.FINE, topic="memory", sentence=sentence)
    return Finding(
        weight=Weight.FAULT if asleep > machine.memory else Weight.WARNING,
        topic="memory",
        sentence=f"{sentence}; {machine.memory // _MEBIBYTE:,} MiB are free",
        remedy="simulate fewer phones (--phones), or use a machine with more memory",
    )


def _tell_cores(machine: Machine) -> Finding:
    cores = "one core" if machine.cores == 1 else f"{machine.cores} cores"
    return Finding(
        weight=Weight.FINE,
        topic="cores",
        sentence=f"{cores}: --workers {max(1, machine.cores - 1)} leaves one to the server",
    )


def _check_cores(machine: Machine, workers: int) -> Finding:
    if workers <= machine.cores:
        return _tell_cores(machine)
    return Finding(
        weight=Weight.WARNING,
        topic="cores",
        sentence=f"{workers} workers share {machine.cores} cores: they keep each other waiting",
        remedy=f"take --workers {machine.cores} or fewer",
    )


def _check_addresses(
    machine: Machine, plan: FleetPlan, can_use: Callable[[str], bool]
) -> Iterator[Finding]:
    for group in plan.groups:
        if not group.count:
            continue
        first, last = min(group.addresses), max(group.addresses)
        missing = [at for at in {first, last} if not can_use(str(IPv4Address(at)))]
        span = (
            f"{IPv4Address(first)} to {IPv4Address(last)}" if last > first else IPv4Address(first)
        )
        if not missing:
            yield Finding(
                weight=Weight.FINE, topic="addresses", sentence=f"{group.name}: {span} can be used"
            )
            continue
        nets = summarize_address_range(IPv4Address(first), IPv4Address(last))
        routes = "; ".join(f"ip route add local {net} dev lo" for net in nets)
        yield Finding(
            weight=Weight.FAULT,
            topic="addresses",
            sentence=f"{group.name}: {span} are not this machine's",
            remedy=f"as root: {routes}" if machine.is_linux else "use one address of this machine",
        )


def _check_listeners(plan: FleetPlan, can_use: Callable[[int], bool]) -> Iterator[Finding]:
    for what, port, key in (("SIP", plan.sip_port, "sip"), ("pages", plan.web_port, "web")):
        if port and not can_use(port):
            yield Finding(
                weight=Weight.FAULT,
                topic="listeners",
                sentence=f"port {port}, for {what}, is taken by another program{_or_root(port)}",
                remedy=f"end it, or choose another one: ports: {{{key}: N}} in the scenario",
            )


def _or_root(port: int) -> str:
    return ", or only root may have it, as all below 1024" if port < _FIRST_OF_ALL else ""


def _shares_one_address(plan: FleetPlan) -> bool:
    return (
        len({end for g in plan.groups if g.count for end in (min(g.addresses), max(g.addresses))})
        == 1
    )
