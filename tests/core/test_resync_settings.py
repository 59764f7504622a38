import pytest

from mppsim.core.resync_settings import Delays, read_delays, read_resync_settings
from tests.support.timelines import make_store


def settings(**values: str):
    return read_resync_settings(make_store(values).__getitem__)


def test_phone_from_the_factory_resyncs_every_hour_once_it_has_resynced() -> None:
    factory = settings()

    assert factory.is_enabled
    assert factory.on_reset
    assert factory.from_sip
    assert factory.after_upgrade
    assert factory.fails_when_missing
    assert factory.is_upgrading
    assert factory.random_delay == 40.0
    assert factory.at is None
    assert factory.at_spread == 600.0
    assert factory.period == Delays(((3600.0, 0.0),))
    assert factory.error_delays == Delays(((3600.0, 0.0),))
    assert factory.upgrade_delays == Delays(((3600.0, 0.0),))
    assert factory.triggers == ()


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("Provision_Enable", "is_enabled"),
        ("Resync_On_Reset", "on_reset"),
        ("Resync_From_SIP", "from_sip"),
        ("Resync_After_Upgrade_Attempt", "after_upgrade"),
        ("Resync_Fails_On_FNF", "fails_when_missing"),
        ("Upgrade_Enable", "is_upgrading"),
    ],
)
def test_no_switches_it_off(name: str, field: str) -> None:
    assert getattr(settings(**{name: "No"}), field) is False


def test_triggers_that_are_set_are_kept() -> None:
    assert settings(Resync_Trigger_2="$PRVTMR gt 9").triggers == ("$PRVTMR gt 9",)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0000", 0.0), ("0959", 35_940.0), ("23:59", 86_340.0), ("2400", 86_400.0), ("-0100", None)],
)
def test_time_of_day_is_read_and_an_odd_one_ignored(text: str, seconds: float | None) -> None:
    assert settings(Resync_At__HHmm_=text).at == seconds


@pytest.mark.parametrize(
    ("seconds", "spread"), [("0", 0.0), ("29", 0.0), ("30", 60.0), ("89", 60.0), ("600", 600.0)]
)
def test_spread_around_a_time_of_day_is_whole_minutes(seconds: str, spread: float) -> None:
    assert settings(Resync_At_Random_Delay=seconds).at_spread == spread


@pytest.mark.parametrize(
    ("text", "turn", "chance", "expected"),
    [
        ("3600", 0, 0.5, 3600.0),
        ("3600", 7, 0.5, 3600.0),
        ("1800,3600,7200", 1, 0.0, 3600.0),
        ("1800,3600,7200", 9, 0.0, 7200.0),
        ("1800+300, 3600+600", 0, 0.5, 1950.0),
        ("1800+300, 3600+600", 5, 1.0, 4200.0),
        ("0", 0, 0.5, None),
        ("60,0", 1, 0.5, None),
        ("", 0, 0.5, None),
    ],
)
def test_delays_follow_one_another_and_the_last_repeats(
    text: str, turn: int, chance: float, expected: float | None
) -> None:
    assert read_delays(text).pick(turn, chance) == expected
