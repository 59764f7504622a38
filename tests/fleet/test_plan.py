"""A whole run as values."""

from mppsim.core.firmware import load_release
from mppsim.core.parameters import Baseline
from mppsim.core.phone_model import find_model
from mppsim.fleet.plan import EmbeddedPlan, FleetPlan, GroupPlan, NetworkPlan, NotifyPlan, PhoneKind

MODEL = find_model("8851")
KIND = PhoneKind(model=MODEL, baseline=Baseline.factory(MODEL, load_release("mpp-12.0")))


def group(first: int, count: int) -> GroupPlan:
    return GroupPlan(
        name=f"group {first}",
        first=first,
        kinds=(KIND,),
        macs=range(0x00562B000000, 0x00562B000000 + count),
        addresses=range(0x7F140001, 0x7F140001 + count),
    )


def test_a_fleet_counts_the_phones_of_its_groups() -> None:
    plan = FleetPlan(
        groups=(group(0, 1_000_000), group(1_000_000, 3)),
        duration=60,
        seed=1,
        speed=None,
        server="",
    )

    assert plan.count == 1_000_003


def test_a_network_is_perfect_unless_something_is_wrong_with_it() -> None:
    assert NetworkPlan().is_perfect
    assert not NetworkPlan(latency=0.02).is_perfect


def test_no_plan_shows_a_secret() -> None:
    secret = "hunter2"
    shown = repr(EmbeddedPlan(keys=(secret,), ikm=secret, password=secret))
    shown += repr(NotifyPlan(password=secret))

    assert secret not in shown
