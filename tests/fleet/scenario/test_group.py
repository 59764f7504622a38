from mppsim.core.firmware import DEFAULT_RELEASE
from mppsim.core.phone_model import DEFAULT_MODEL
from mppsim.fleet.plan import NetworkPlan, StartPlan
from mppsim.fleet.scenario.group import Group
from tests.support.scenarios import plan


def test_group_needs_nothing_but_a_name() -> None:
    group = Group.model_validate({"name": "lobby"})

    assert (group.model, group.firmware) == (DEFAULT_MODEL, DEFAULT_RELEASE)
    assert (group.count, group.macs, group.addresses, group.profile) == (None, None, None, None)


def test_defaults_are_those_of_a_plan() -> None:
    (group,) = plan("fleet: [{name: lobby}]").groups

    assert group.count == 1
    assert group.start == StartPlan()
    assert group.network == NetworkPlan()
    assert (group.changes, group.restarts, group.tftp_server) == (None, None, "")


def test_keys_of_a_group_are_in_its_plan() -> None:
    (group,) = plan(
        "fleet:\n  - name: lobby\n    start: {as: power_on, spread: 60s}\n"
        "    network: {latency: 20ms, loss: 0.1%, kill: 0.05%, upload: 64 kB/s}\n"
        "    changes: {every: 20m, of: [ringer_volume], random: true}\n"
        "    restarts: {every: 1h}\n    tftp: ${tftp}\n"
    ).groups

    assert group.start == StartPlan(powers_on=True, spread=60.0)
    assert group.network == NetworkPlan(latency=0.02, loss=0.001, kill=0.0005, upload_rate=64e3)
    assert group.changes is not None
    assert (group.changes.every, group.changes.names) == (1200.0, ("Ringer_Volume",))
    assert group.changes.is_random
    assert group.restarts is not None
    assert (group.restarts.every, group.restarts.is_random) == (3600.0, False)
    assert group.tftp_server == "127.0.0.1:6969"
