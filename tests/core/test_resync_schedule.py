import pytest

from mppsim.core.local_time import show_time
from mppsim.core.resync_schedule import ResyncReason, ResyncSchedule
from mppsim.core.resync_settings import ResyncSettings, read_resync_settings
from tests.support.timelines import make_store

NOON = 1_723_550_400.0
"""13 August 2024, 12:00:00 UTC: the run's zero."""

POWER_UP, PERIODIC, RETRY = ResyncReason.POWER_UP, ResyncReason.PERIODIC, ResyncReason.RETRY


def settings(values: dict[str, str] | None = None) -> ResyncSettings:
    return read_resync_settings(make_store(values or {}).__getitem__)


def waiting(reason: ResyncReason, *, since: float = 100.0, turn: int = 0) -> ResyncSchedule:
    """A phone that waits, its coin having fallen in the middle, for the `turn`-th time."""
    schedule = ResyncSchedule(NOON)
    for _ in range(turn + 1):
        if reason is POWER_UP:
            schedule.start_power_up(since, 0.5)
        elif reason is PERIODIC:
            schedule.start_period(since, 0.5)
        else:
            schedule.start_retry(since, 0.5, settings())
    return schedule


@pytest.mark.parametrize(
    ("reason", "turn", "values", "due"),
    [
        (POWER_UP, 0, {}, 120.0),
        (POWER_UP, 0, {"Resync_Random_Delay": "0"}, 100.0),
        (POWER_UP, 0, {"Resync_Random_Delay": "9"}, 190.0),
        (PERIODIC, 0, {}, 3700.0),
        (PERIODIC, 1, {"Resync_Periodic": "60,120+20"}, 230.0),
        (PERIODIC, 0, {"Resync_Periodic": "0"}, None),
        (RETRY, 2, {"Resync_Error_Retry_Delay": "60,120,240"}, 340.0),
        # 12:01:40 on a clock in GMT; ten minutes are thrown for
        (PERIODIC, 0, {"Resync_At__HHmm_": "1300"}, 3600.0 + 300.0),
        (PERIODIC, 0, {"Resync_At__HHmm_": "1200", "Resync_At_Random_Delay": "0"}, 86_400.0),
        (PERIODIC, 0, {"Resync_At__HHmm_": "2400", "Resync_At_Random_Delay": "0"}, 43_200.0),
        (
            PERIODIC,
            0,
            {
                "Resync_At__HHmm_": "0100",
                "Time_Zone": "GMT+12:00",
                "Resync_At_Random_Delay": "0",
            },
            3600.0,
        ),
        (RETRY, 0, {"Resync_At__HHmm_": "1300"}, 3700.0),
        (PERIODIC, 0, {"Provision_Enable": "No"}, None),
    ],
)
def test_resync_is_due_as_the_parameters_say(
    reason: ResyncReason, turn: int, values: dict[str, str], due: float | None
) -> None:
    # The factory's zone is not GMT.
    read = settings({"Time_Zone": "GMT"} | values)

    assert waiting(reason, turn=turn).earliest(read) == due


def test_changed_parameter_counts_at_once_from_the_same_moment() -> None:
    schedule = waiting(PERIODIC)

    assert schedule.earliest(settings({"Resync_Periodic": "60"})) == 160.0
    assert schedule.earliest(settings({"Resync_Periodic": "600"})) == 700.0


def test_time_of_day_that_has_just_been_is_tomorrows() -> None:
    at_one = settings(
        {"Resync_At__HHmm_": "1300", "Resync_At_Random_Delay": "0", "Time_Zone": "GMT"}
    )

    assert waiting(PERIODIC, since=3600.0).earliest(at_one) == 3600.0 + 86_400.0
    assert waiting(PERIODIC, since=3599.5).earliest(at_one) == 3600.0 + 86_400.0
    assert waiting(PERIODIC, since=3598.5).earliest(at_one) == 3600.0


@pytest.mark.parametrize("since", [0.1, 1 / 3, 1234.567891, 3598.9])
@pytest.mark.parametrize("zone", ["GMT", "GMT-03:30", "GMT+13:00"])
def test_time_of_day_is_exact_whatever_the_time_is(since: float, zone: str) -> None:
    shown = show_time(NOON + 3600.0, zone)
    at_one = settings(
        {"Resync_At__HHmm_": f"{shown:%H%M}", "Resync_At_Random_Delay": "0", "Time_Zone": zone}
    )

    assert waiting(PERIODIC, since=since).earliest(at_one) == 3600.0


def test_midnight_of_the_last_second_before_it_is_tomorrows() -> None:
    midnight = settings(
        {"Resync_At__HHmm_": "0000", "Resync_At_Random_Delay": "0", "Time_Zone": "GMT"}
    )

    assert waiting(PERIODIC, since=43_199.5).earliest(midnight) == 43_200.0 + 86_400.0
    assert waiting(PERIODIC, since=43_198.5).earliest(midnight) == 43_200.0


def test_what_is_due_is_taken_once() -> None:
    schedule = waiting(RETRY)
    hourly = settings()

    assert schedule.take(3699.0, hourly) is None
    assert not schedule.is_idle
    assert schedule.take(3700.0, hourly) is RETRY
    assert schedule.is_idle
    assert schedule.take(9999.0, hourly) is None
    assert schedule.earliest(hourly) is None


def test_upgrade_that_failed_is_tried_again_beside_the_resync() -> None:
    schedule = waiting(PERIODIC)
    schedule.start_upgrade(100.0, 0.5, turn=0)
    soon = settings({"Upgrade_Error_Retry_Delay": "60"})

    assert schedule.earliest(soon) == 160.0
    assert schedule.earliest(settings({"Upgrade_Enable": "No"})) == 3700.0
    assert not schedule.take_upgrade(159.0, soon)
    assert schedule.take_upgrade(160.0, soon)
    assert not schedule.take_upgrade(160.0, soon)
    assert schedule.earliest(soon) == 3700.0


def test_upgrade_is_never_tried_again_where_the_delay_is_0() -> None:
    schedule = ResyncSchedule(NOON)
    schedule.start_upgrade(100.0, 0.5, turn=0)

    assert schedule.earliest(settings({"Upgrade_Error_Retry_Delay": "0"})) is None


def test_stopped_upgrade_is_not_waited_for() -> None:
    schedule = ResyncSchedule(NOON)
    schedule.start_upgrade(100.0, 0.5, turn=0)

    schedule.stop()

    assert schedule.earliest(settings()) is None


def test_stop_ends_every_wait() -> None:
    schedule = waiting(PERIODIC)

    schedule.stop()

    assert schedule.is_idle


NO_RETRY = {"Resync_Error_Retry_Delay": "0"}


def test_phone_that_does_not_retry_waits_for_nothing_if_it_never_resynced() -> None:
    schedule = ResyncSchedule(NOON)

    schedule.start_retry(100.0, 0.5, settings(NO_RETRY))

    assert schedule.is_idle


def test_phone_that_does_not_retry_goes_on_with_its_period_if_it_has_resynced() -> None:
    schedule = waiting(PERIODIC)
    schedule.take(3700.0, settings(NO_RETRY))

    schedule.start_retry(3700.0, 0.5, settings(NO_RETRY))

    assert schedule.earliest(settings(NO_RETRY)) == 7300.0


def test_phone_that_does_not_retry_waits_for_its_time_of_day() -> None:
    at_one = settings(NO_RETRY | {"Resync_At__HHmm_": "1300", "Time_Zone": "GMT"})
    schedule = ResyncSchedule(NOON)

    schedule.start_retry(100.0, 0.0, at_one)

    assert schedule.earliest(at_one) == 3600.0


def test_success_starts_the_retries_anew_and_a_restart_both() -> None:
    delays = settings({"Resync_Error_Retry_Delay": "10,20,30", "Resync_Periodic": "100,200,300"})
    schedule = ResyncSchedule(NOON)
    due = []
    for step in ("retry", "retry", "period", "period", "retry", "stop", "retry", "period"):
        match step:
            case "retry":
                schedule.start_retry(0.0, 0.5, delays)
            case "period":
                schedule.start_period(0.0, 0.5)
            case _:
                schedule.stop()
        due.append(schedule.earliest(delays))

    assert due == [10.0, 20.0, 100.0, 200.0, 10.0, None, 10.0, 100.0]
