"""What a phone remembers, and what it makes of it when the power comes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.core.bookmarks import Bookmarks
from mppsim.core.catalogue import find_model
from mppsim.core.firmware import load_release
from mppsim.core.parameters import Baseline, ParameterStore
from mppsim.core.phone_memory import (
    KeptParameter,
    PhoneMemory,
    recall,
    recall_firmware,
    remember,
)
from mppsim.core.phone_status import Happening, PhoneStatus
from mppsim.core.profile import Profile, ProfileSetting
from mppsim.core.upgrade import release_of, upgraded
from tests.support.timelines import make_store, profile_of

GPP = [f"GPP_{letter}" for letter in "ABCD"]


def memory_of(store: ParameterStore, marks: Bookmarks | None = None) -> PhoneMemory:
    return remember(store, marks or Bookmarks(), PhoneStatus(boot_time=1000.0))


def change(store: ParameterStore, **values: str) -> None:
    store.change(store.check(values).changes)


def woken(memory: PhoneMemory | None, *quirks: str) -> ParameterStore:
    store = make_store(None, *quirks)
    _, warnings = recall(memory, store, PhoneStatus(boot_time=0.0))
    assert warnings == ()
    return store


# What is remembered.


def test_phone_from_the_factory_remembers_nothing_of_its_parameters() -> None:
    assert memory_of(make_store()) == PhoneMemory(parameters={}, revision=0, accepted=(0, 0))


def test_local_change_is_remembered_by_name_with_its_revision() -> None:
    store = make_store()
    change(store, GPP_A="1")
    change(store, GPP_B="2", User_Password="opensesame")

    memory = memory_of(store)

    assert memory.revision == 2
    assert memory.parameters == {
        "GPP_A": KeptParameter("1", None, 1),
        "GPP_B": KeptParameter("2", None, 2),
        "User_Password": KeptParameter("opensesame", None, 2),
    }


def test_profile_is_remembered_without_a_revision() -> None:
    store = make_store()
    settings = (
        ProfileSetting(name="GPP_A", value="1", ua="rw"),
        ProfileSetting(name="GPP_B", value="", ua="ro"),
    )
    store.provision(Profile(settings))

    assert memory_of(store).parameters == {
        "GPP_A": KeptParameter("1", "rw", 0),
        "GPP_B": KeptParameter(None, "ro", 0),
    }


def test_change_back_to_the_factory_value_is_remembered_all_the_same() -> None:
    store = make_store()
    change(store, GPP_A="1")
    change(store, GPP_A="")

    assert memory_of(store).parameters == {"GPP_A": KeptParameter("", None, 2)}


def test_values_are_kept_out_of_sight() -> None:
    store = make_store()
    change(store, User_Password="opensesame")

    assert "opensesame" not in repr(memory_of(store))


def test_times_are_remembered_by_the_wall_clock() -> None:
    status = PhoneStatus(boot_time=1000.0)
    status.record_restart("User Triggered", 5.0)
    status.record_resync("ok", 7.0)
    status.record_upgrade("done", 8.0)

    memory = remember(make_store(), Bookmarks((1, 2), (3, 4)), status)

    assert memory.reboots == (Happening(1005.0, "User Triggered"),)
    assert memory.resyncs == (Happening(1007.0, "ok"),)
    assert memory.upgrades == (Happening(1008.0, "done"),)
    assert memory.accepted == (3, 4)


UPGRADED = "sip88xx.12-0-3MPP0101-17"


def test_firmware_that_the_phone_was_upgraded_to_is_remembered() -> None:
    store = make_store()
    baseline = store.view.baseline
    load = release_of(UPGRADED, find_model("8851"), baseline.release)
    store.move_to(upgraded(baseline, load))

    memory = memory_of(store)

    assert memory.load == UPGRADED
    assert recall_firmware(memory, baseline).release == load


@pytest.mark.parametrize("load", ["", "sip78xx.12-0-3", "nonsense"])
def test_phone_that_remembers_no_load_of_its_own_runs_what_it_is_started_with(load: str) -> None:
    baseline = make_store().view.baseline
    memory = PhoneMemory(load=load, parameters={}, revision=0, accepted=(0, 0))

    assert recall_firmware(memory, baseline) is baseline
    assert recall_firmware(None, baseline) is baseline


# What is made of it.


def test_phone_without_a_memory_is_as_from_the_factory() -> None:
    store, status = make_store(), PhoneStatus(boot_time=0.0)

    assert recall(None, store, status) == (Bookmarks(), ())
    assert store.view is store.view.baseline.view


def test_phone_knows_its_histories_again_on_its_new_clock() -> None:
    status = PhoneStatus(boot_time=2000.0)
    memory = PhoneMemory(
        parameters={},
        revision=4,
        accepted=(3, 4),
        reboots=(Happening(1005.0, "User Triggered"),),
        resyncs=(Happening(1007.0, "ok"),),
        upgrades=(Happening(1008.0, "done"),),
    )

    marks, _ = recall(memory, make_store(), status)

    assert marks == Bookmarks((3, 4), (3, 4))
    assert status.reboots == (Happening(-995.0, "User Triggered"),)
    assert status.resyncs == (Happening(-993.0, "ok"),)
    assert status.upgrades == (Happening(-992.0, "done"),)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("Nonsense", "1", "no such parameter"),
        ("Report_To_Server", "At Noon", "not allowed: one of"),
        ("Upload_Delay_On_Local_Change", "5", "not allowed: a whole number from 10 to 900"),
    ],
)
def test_what_cannot_be_used_any_more_is_left_out_and_said(
    name: str, value: str, reason: str
) -> None:
    store = make_store()
    parameters = {name: KeptParameter(value, None, 1), "GPP_A": KeptParameter("1", None, 2)}
    memory = PhoneMemory(parameters=parameters, revision=2, accepted=(0, 0))

    _, (warning,) = recall(memory, store, PhoneStatus(boot_time=0.0))

    assert warning.name == name
    assert reason in warning.reason
    assert warning.reason.endswith("; what was remembered is left out")
    assert [parameter.name for parameter in store.changed_since(0)] == ["GPP_A"]


def test_number_out_of_range_becomes_the_bound_where_the_release_does_that() -> None:
    parameters = {"Upload_Delay_On_Local_Change": KeptParameter("5", None, 1)}
    memory = PhoneMemory(parameters=parameters, revision=1, accepted=(0, 0))

    assert woken(memory, "out_of_range=clamp")["Upload_Delay_On_Local_Change"] == "10"


def test_local_change_wins_over_the_groups_new_profile() -> None:
    store = make_store()
    change(store, GPP_A="1")
    change(store, GPP_A="")
    factory = Baseline.factory(find_model("8851"), load_release("mpp-12.0"))
    group, _ = factory.provisioned(profile_of({"GPP_A": "of the group", "GPP_B": "its own"}))

    other = ParameterStore(group)
    recall(memory_of(store), other, PhoneStatus(boot_time=0.0))

    assert (other["GPP_A"], other["GPP_B"]) == ("", "its own")


changes = st.dictionaries(st.sampled_from(GPP), st.sampled_from(["", "1", "2"]), max_size=3)
settings = st.lists(
    st.builds(
        ProfileSetting,
        name=st.sampled_from(GPP),
        value=st.sampled_from(["", "1", "2"]),
        ua=st.sampled_from([None, "na", "ro", "rw"]),
    ),
    max_size=3,
)


@given(doings=st.lists(st.one_of(changes, settings.map(tuple), st.just("reset")), max_size=8))
def test_phone_holds_and_owes_the_same_after_a_power_failure(doings) -> None:
    store = make_store()
    for doing in doings:
        if doing == "reset":
            store.reset()
        elif isinstance(doing, tuple):
            store.provision(Profile(doing))
        else:
            change(store, **doing)

    memory = memory_of(store)
    after = woken(memory)

    assert dict(after.view.overlay) == dict(store.view.overlay)
    assert dict(after.view.ua_overlay) == dict(store.view.ua_overlay)
    assert (after.revision, dict(after.revisions)) == (store.revision, dict(store.revisions))
    assert memory_of(after) == memory
