"""What somebody changes on a phone."""

import pytest

from mppsim.core.catalogue import find_model, models, parameter_set
from mppsim.core.firmware import load_release
from mppsim.core.parameters import Baseline, ParameterStore
from mppsim.errors import ParameterError
from mppsim.fleet.deeds import draw_change
from mppsim.fleet.dice import Dice

DICE = Dice(3)
FACTORY = Baseline.factory(find_model("8851"), load_release("mpp-12.0"))


def changed(store: ParameterStore, *names: str, count: int = 0) -> tuple[str, str]:
    change = draw_change(store.view, names, count, DICE.chooser("test", count))
    assert change is not None
    assert store.change([change]) == (change.name,)
    return change.name, change.value


@pytest.mark.parametrize("model", ["8851", "9861", "6841"])
def test_every_parameter_gets_another_value_that_it_may_have(model: str) -> None:
    release = load_release("mpp-12.0")
    store = ParameterStore(Baseline.factory(find_model(model), release))
    for parameter in parameter_set(find_model(model), release):
        for count in range(3):
            present = store[parameter.name]
            _, value = changed(store, parameter.name, count=count)
            checked = store.check({parameter.name: value}, from_profile=True)

            assert value != present
            assert [change.value for change in checked.changes] == [value], checked


def test_models_differ_in_what_they_may_hold() -> None:
    assert len(models()) > 3  # or the test before this one shows too little


def test_parameters_take_turns_as_the_seed_says() -> None:
    names = ("GPP_A", "Ringer_Volume", "GPP_B")
    first, second = (ParameterStore(FACTORY) for _ in range(2))
    drawn = [changed(first, *names, count=count) for count in range(30)]

    assert {name for name, _ in drawn} == set(names)
    assert drawn == [changed(second, *names, count=count) for count in range(30)]


def test_free_text_is_numbered() -> None:
    store = ParameterStore(FACTORY)

    assert [changed(store, "GPP_A", count=count)[1] for count in (0, 1, 41)] == [
        "Change 1",
        "Change 2",
        "Change 42",
    ]


def test_text_that_is_there_already_is_no_change_of_that_parameter() -> None:
    store = ParameterStore(FACTORY)
    changed(store, "GPP_A", count=4)
    draw = DICE.chooser("test")

    assert draw_change(store.view, ["GPP_A"], 4, draw) is None
    for _ in range(20):
        change = draw_change(store.view, ["GPP_A", "GPP_B"], 4, draw)
        assert change is not None
        assert (change.name, change.value) == ("GPP_B", "Change 5")


def test_name_of_nothing_is_refused() -> None:
    with pytest.raises(ParameterError):
        draw_change(FACTORY.view, ["Nothing"], 0, DICE.chooser("test"))
