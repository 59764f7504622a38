"""Plans of fleets, as scenarios would give them."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address
from typing import Any

from mppsim.core.catalogue import find_model
from mppsim.core.firmware import load_release
from mppsim.core.parameters import Baseline
from mppsim.fleet.plan import FleetPlan, GroupPlan, PhoneKind
from tests.support.timelines import profile_of

__all__ = ["kind_of", "make_group", "make_plan", "range_from"]

FIRST_MAC = 0x00562B000000


def range_from(address: str, count: int) -> range:
    first = int(IPv4Address(address))
    return range(first, first + count)


def kind_of(
    values: Mapping[str, str] | None = None,
    *,
    model: str = "8851",
    firmware: str = "mpp-12.0",
    quirks: Sequence[str] = (),
    weight: float = 1.0,
) -> PhoneKind:
    found = find_model(model)
    factory = Baseline.factory(found, load_release(firmware).with_quirks(quirks))
    baseline, done = factory.provisioned(profile_of(dict(values or {})))
    assert not done.refused
    return PhoneKind(model=found, baseline=baseline, weight=weight)


def make_group(
    values: Mapping[str, str] | None = None,
    *,
    name: str = "lobby",
    first: int = 0,
    count: int = 3,
    address: str = "127.20.0.1",
    **more: Any,
) -> GroupPlan:
    """A group whose MAC addresses follow from its numbers; `quirks` are its release's."""
    kinds = more.pop("kinds", None) or (kind_of(values, quirks=more.pop("quirks", ())),)
    return GroupPlan(
        **{
            "name": name,
            "first": first,
            "kinds": kinds,
            "macs": range(FIRST_MAC + first, FIRST_MAC + first + count),
            "addresses": range_from(address, count),
            **more,
        }
    )


def make_plan(*groups: GroupPlan, **more: Any) -> FleetPlan:
    given = {"duration": 100.0, "seed": 7, "speed": None, "server": "http://127.0.0.1:1"}
    return FleetPlan(groups=groups, **{**given, "sip_port": 0, "web_port": None, **more})
