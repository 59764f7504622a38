import pytest

from mppsim.core.line_status import LineStatus, RegistrationState, find_seconds_unregistered

REGISTERED = LineStatus().after_success(10.0, 3578.0)


def test_success_is_shown_with_its_time() -> None:
    assert (REGISTERED.state, REGISTERED.last_at, REGISTERED.next_at) == (
        "Registered",
        10.0,
        3578.0,
    )


def test_failure_keeps_when_the_registrar_last_agreed() -> None:
    failed = REGISTERED.after_failure(50.0, 80.0)

    assert (failed.state, failed.last_at, failed.next_at) == (RegistrationState.FAILED, 10.0, 80.0)


def test_registration_is_lost_once() -> None:
    lost = REGISTERED.after_failure(50.0, 80.0).after_failure(80.0, None)

    assert (lost.lost_at, lost.next_at) == (50.0, None)
    assert lost.after_success(90.0, 100.0).lost_at is None


def test_line_that_never_was_registered_has_lost_nothing() -> None:
    assert LineStatus().after_failure(50.0, 80.0).lost_at is None


@pytest.mark.parametrize(("now", "seconds"), [(50.0, (0, 0)), (61.9, (0, 11)), (40.0, (0, 0))])
def test_macro_counts_since_the_loss(now: float, seconds: tuple[int, int]) -> None:
    lines = {1: REGISTERED, 2: REGISTERED.after_failure(50.0, 80.0), 3: LineStatus()}

    assert find_seconds_unregistered(lines, now) == seconds
    assert find_seconds_unregistered({}, now) == (0, 0)


@pytest.mark.parametrize(("now", "shown"), [(10.0, "3568 s"), (3577.5, "0 s"), (9999.0, "0 s")])
def test_page_counts_down_to_the_next_registration(now: float, shown: str) -> None:
    assert REGISTERED.next_in(now) == shown
    assert LineStatus().next_in(now) == ""
