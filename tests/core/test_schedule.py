import pytest

from mppsim.core.firmware import load_release
from mppsim.core.schedule import Schedule
from mppsim.core.settings import read_report_settings

RELEASE = load_release("mpp-12.0")
FIELDS = {
    "Report_Rule": "http://server/x.xml",
    "HTTP_Report_Method": "PUT",
    "Report_To_Server": "Periodically",
    "Periodic_Upload_To_Server": "600",
    "Upload_Delay_On_Local_Change": "60",
}
SETTINGS = read_report_settings(FIELDS.__getitem__)


def test_nothing_is_due_where_nothing_was_said():
    on_request = read_report_settings({**FIELDS, "Report_To_Server": "On Request"}.__getitem__)
    schedule = Schedule()

    assert schedule.earliest(on_request, RELEASE) is None
    assert not schedule.take_wait(1e9, on_request, RELEASE)
    assert not schedule.take_period(1e9, on_request)
    assert not schedule.take_retry(1e9)


@pytest.mark.parametrize(
    ("window", "cap", "changes", "ends"),
    [
        ("debounce", 10, [0.0], 60.0),
        ("debounce", 10, [0.0, 59.0], 119.0),
        ("debounce", 2, [0.0, 59.0, 118.0], 120.0),
        ("debounce", 1, [0.0, 59.0], 60.0),
        ("batch", 10, [0.0, 59.0], 60.0),
    ],
)
def test_wait_ends_as_the_release_says(window, cap, changes, ends):
    release = RELEASE.with_quirks([f"change_window={window}", f"change_cap={cap}"])
    schedule = Schedule(period_from=1e6)
    for change in changes:
        schedule.start_wait(change)

    assert schedule.earliest(SETTINGS, release) == ends
    assert not schedule.take_wait(ends - 0.001, SETTINGS, release)
    assert schedule.take_wait(ends, SETTINGS, release)
    assert not schedule.take_wait(ends, SETTINGS, release)


def test_wait_after_a_wait_counts_from_its_own_first_change():
    schedule = Schedule()
    schedule.start_wait(0.0)
    schedule.drop_wait()
    schedule.start_wait(500.0)

    assert not schedule.take_wait(559.0, SETTINGS, RELEASE)


@pytest.mark.parametrize(
    ("taken_at", "next_ends"),
    [(600.0, 1200.0), (607.5, 1200.0), (1799.0, 1800.0), (1800.0, 2400.0)],
)
def test_next_period_begins_where_the_last_one_ended(taken_at, next_ends):
    schedule = Schedule()

    assert schedule.take_period(taken_at, SETTINGS)
    assert schedule.earliest(SETTINGS, RELEASE) == next_ends


def test_retries_use_each_delay_once_and_start_over_when_dropped():
    schedule = Schedule(period_from=1e6)

    assert schedule.start_retry(0.0, (30.0, 60.0))
    assert schedule.earliest(SETTINGS, RELEASE) == 30.0
    assert schedule.take_retry(30.0)
    assert schedule.start_retry(31.0, (30.0, 60.0))
    assert schedule.take_retry(91.0)
    assert not schedule.start_retry(92.0, (30.0, 60.0))
    schedule.drop_retry()
    assert schedule.start_retry(100.0, (30.0, 60.0))
    assert schedule.earliest(SETTINGS, RELEASE) == 130.0
