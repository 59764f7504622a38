"""The words of a plan."""

from dataclasses import FrozenInstanceError

import pytest

from mppsim.fleet.demo_words import Change, Deed, FleetPlan, Notify, Restart

DEEDS = [
    Deed(at=1.0, phone="00562b000001", act=Restart()),
    Deed(at=1.0, phone="00562b000001", act=Change((("GPP_A", "1"),))),
    Deed(at=1.0, phone="00562b000001", act=Notify("report", "4711", "secret")),
]


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: type(deed.act).__name__)
def test_deed_can_be_compared_and_never_changes(deed: Deed) -> None:
    assert deed == Deed(at=deed.at, phone=deed.phone, act=deed.act)
    assert [other for other in DEEDS if other == deed] == [deed]
    with pytest.raises(FrozenInstanceError):
        deed.at = 2.0  # type: ignore[misc]


def test_password_stays_out_of_sight() -> None:
    plan = FleetPlan(server="http://h", phones=(), deeds=tuple(DEEDS), duration=1.0)

    assert "4711" in repr(plan)
    assert "secret" not in repr(plan)


def test_notify_asks_for_a_report_without_credentials() -> None:
    assert Notify() == Notify("report", "", "")
