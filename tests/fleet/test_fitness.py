"""Whether a machine can carry a fleet."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from mppsim.core.firmware import load_release
from mppsim.core.parameters import Baseline
from mppsim.core.phone_model import find_model
from mppsim.fleet.fitness import Finding, Weight, check_fitness
from mppsim.fleet.plan import FleetPlan, GroupPlan, PhoneKind
from mppsim.net.machine import Machine

MODEL = find_model("8851")
KIND = PhoneKind(model=MODEL, baseline=Baseline.factory(MODEL, load_release("mpp-12.0")))
FIT = Machine(
    is_linux=True,
    descriptors=20_000,
    first_port=32_768,
    last_port=60_999,
    memory=8 << 30,
    cores=4,
)


def fleet(addresses: Sequence[int] = range(0x7F140001, 0x7F140001 + 100)) -> FleetPlan:
    group = GroupPlan(
        name="lobby",
        first=0,
        kinds=(KIND,),
        macs=range(0x00562B000000, 0x00562B000000 + len(addresses)),
        addresses=addresses,
    )
    return FleetPlan(groups=(group,), duration=60, seed=1, speed=1, server="http://127.0.0.1:8000")


def check(
    machine: Machine = FIT,
    plan: FleetPlan | None = None,
    *,
    workers: int = 1,
    foreign: Sequence[str] = (),
    taken: Sequence[int] = (),
) -> dict[str, Finding]:
    findings = check_fitness(
        machine,
        plan,
        workers=workers,
        can_use_address=lambda address: address not in foreign,
        can_use_port=lambda port: port not in taken,
    )
    return {finding.topic: finding for finding in findings}


def test_a_fit_machine_has_nothing_to_mend() -> None:
    for plan in (None, fleet()):
        findings = check(plan=plan)
        assert {finding.weight for finding in findings.values()} == {Weight.FINE}
        assert not any(finding.remedy for finding in findings.values())


def test_without_a_plan_a_machine_says_what_it_has() -> None:
    findings = check()

    assert findings["descriptors"].sentence.startswith("up to 17,952 connections")
    assert "28,232 connections" in findings["ports"].sentence
    assert "471 new ones a second" in findings["ports"].sentence
    assert "8,192 MiB are free: about 5,6" in findings["memory"].sentence
    assert findings["cores"].sentence == "4 cores: --workers 3 leaves one to the server"
    assert check(replace(FIT, memory=None))["memory"].sentence == (
        "how much is free is not known here"
    )
    assert check(replace(FIT, cores=1))["cores"].sentence.startswith("one core: --workers 1")


def test_too_few_descriptors_are_a_fault_with_the_line_that_mends_it() -> None:
    finding = check(replace(FIT, descriptors=256), fleet())["descriptors"]

    assert finding.weight is Weight.FAULT
    assert "256 files" in finding.sentence
    assert "ulimit" in finding.remedy


def test_phones_that_share_an_address_are_told_how_many_connections_that_gives() -> None:
    finding = check(plan=fleet([0x7F000001] * 5))["ports"]

    assert finding.weight is Weight.WARNING
    assert finding.sentence.startswith("all 5 phones share one address: 28,232")
    assert check(plan=fleet([0x7F000001]))["ports"].weight is Weight.FINE


def test_another_system_gives_every_phone_the_same_address() -> None:
    assert check(replace(FIT, is_linux=False))["system"].weight is Weight.WARNING


@pytest.mark.parametrize(
    ("memory", "weight"), [(1 << 30, Weight.FAULT), (4 << 30, Weight.WARNING), (None, Weight.FINE)]
)
def test_memory_is_a_fault_where_not_even_sleeping_phones_fit(
    memory: int | None, weight: Weight
) -> None:
    first = 0x0A000000
    finding = check(replace(FIT, memory=memory), fleet(range(first, first + 10_000_000)))["memory"]

    assert finding.weight is weight
    assert finding.sentence.startswith("10,000,000 phones take 1,997 MiB at the start")


def test_more_workers_than_cores_keep_each_other_waiting() -> None:
    assert check(plan=fleet(), workers=4)["cores"].weight is Weight.FINE
    finding = check(plan=fleet(), workers=5)["cores"]

    assert finding.weight is Weight.WARNING
    assert finding.remedy == "take --workers 4 or fewer"


def test_addresses_that_are_not_this_machines_are_named_with_the_line_that_adds_them() -> None:
    plan = fleet(range(0x0A140000, 0x0A150000))
    finding = check(plan=plan, foreign=["10.20.0.0", "10.20.255.255"])["addresses"]

    assert finding.weight is Weight.FAULT
    assert finding.sentence == "lobby: 10.20.0.0 to 10.20.255.255 are not this machine's"
    assert finding.remedy == "as root: ip route add local 10.20.0.0/16 dev lo"
    elsewhere = check(replace(FIT, is_linux=False), plan, foreign=["10.20.0.0"])["addresses"]
    assert elsewhere.remedy == "use one address of this machine"


def test_a_group_without_phones_needs_no_address() -> None:
    assert "addresses" not in check(plan=fleet([]))


@pytest.mark.parametrize(("port", "what"), [(5060, "SIP"), (8080, "pages")])
def test_a_port_that_is_taken_is_named_with_what_it_was_for(port: int, what: str) -> None:
    finding = check(plan=fleet(), taken=[port])["listeners"]

    assert finding.weight is Weight.FAULT
    assert finding.sentence == f"port {port}, for {what}, is taken by another program"


def test_a_port_that_only_root_may_have_is_said_to_be_one() -> None:
    finding = check(plan=replace(fleet(), web_port=80), taken=[80])["listeners"]

    assert finding.sentence.endswith(", or only root may have it, as all below 1024")


def test_ports_that_are_not_asked_for_are_nobodys() -> None:
    plan = replace(fleet(), sip_port=0, web_port=None)

    assert "listeners" not in check(plan=plan, taken=[0, 5060, 8080])
