"""A change is checked as a whole before it is one."""

import pytest

from mppsim.core.catalogue import find_model
from mppsim.core.events import Notice, ValueRefused, Warned
from mppsim.core.firmware import load_release
from mppsim.core.parameters import Baseline, ParameterChange, ParameterStore
from mppsim.errors import ParameterError
from mppsim.net.local_changes import check_changes


@pytest.fixture
def store() -> ParameterStore:
    return ParameterStore(Baseline.factory(find_model("8851"), load_release("mpp-12.0")))


def check(
    store: ParameterStore, told: list[Notice], *, is_up: bool = True, **values: str
) -> tuple[ParameterChange, ...]:
    return check_changes(store, values, told.append, is_up=is_up)


def test_good_values_are_changes_under_their_real_names(store: ParameterStore) -> None:
    told: list[Notice] = []

    changes = check(store, told, gpp_a="1", GPP_B="2")

    assert changes == (ParameterChange("GPP_A", "1"), ParameterChange("GPP_B", "2"))
    assert [(type(notice), notice.name) for notice in told if isinstance(notice, Warned)] == [
        (Warned, "gpp_a")
    ]
    assert store.view["GPP_A"] == ""


def test_every_refusal_is_told_and_the_first_is_raised(store: ParameterStore) -> None:
    told: list[Notice] = []

    with pytest.raises(ParameterError) as raised:
        check(store, told, GPP_A="1", No_Such="x", HTTP_Report_Method="GET")

    refused = [notice for notice in told if isinstance(notice, ValueRefused)]
    unknown = [notice for notice in told if isinstance(notice, Warned)]
    assert [notice.name for notice in refused] == ["HTTP_Report_Method"]
    assert [notice.name for notice in unknown] == ["No_Such"]
    assert (raised.value.name, raised.value.reason) == (refused[0].name, refused[0].reason)


def test_name_that_nobody_knows_has_no_old_value_that_stays(store: ParameterStore) -> None:
    told: list[Notice] = []

    with pytest.raises(ParameterError, match="no such parameter"):
        check(store, told, Raport_Rule="x")

    (line,) = map(str, told)
    assert line.startswith("! warning: Raport_Rule: no such parameter")
    assert "Report_Rule" in line
    assert "stays" not in line


@pytest.mark.parametrize(("values", "name"), [({"GPP_A": "1"}, "GPP_A"), ({}, "")])
def test_phone_that_is_down_takes_no_changes(
    store: ParameterStore, values: dict[str, str], name: str
) -> None:
    told: list[Notice] = []

    with pytest.raises(ParameterError, match="the phone is down"):
        check(store, told, is_up=False, **values)

    assert told == [ValueRefused(name, "the phone is down and takes no changes")]
