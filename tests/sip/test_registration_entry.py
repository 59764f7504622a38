import pytest

from mppsim.sip.register import RegisterOutcome
from mppsim.sip.registration_entry import RegistrationEntry
from mppsim.sip.registration_states import State, Trigger
from tests.support.register_desk import make_line


def make_entry(**changed: object) -> RegistrationEntry:
    entry = RegistrationEntry(make_line(**changed), lambda: "token")  # type: ignore[arg-type]
    entry.state = State.ASKING
    return entry


def refused(status: int | None, **more: int) -> RegisterOutcome:
    return RegisterOutcome(status=status, reason="x", **more)


@pytest.mark.parametrize(
    ("changed", "outcome", "trigger"),
    [
        ({}, RegisterOutcome(status=200), Trigger.ACCEPTED),
        ({}, refused(403), Trigger.REFUSED),
        ({}, refused(None), Trigger.REFUSED),
        ({"long_retry": 0.0}, refused(403), Trigger.FINAL),
        ({"long_retry": 0.0}, refused(None), Trigger.REFUSED),
        ({"long_retry": 0.0}, refused(503, retry_after=5), Trigger.REFUSED),
        ({"long_retry": 0.0, "retry_codes": "403"}, refused(403), Trigger.REFUSED),
        ({}, refused(None, places=2), Trigger.AGAIN),
        ({}, refused(403, places=2), Trigger.REFUSED),
        ({"backup_codes": "403"}, refused(403, places=2), Trigger.AGAIN),
        ({}, refused(423, min_expires=7200), Trigger.AGAIN),
        ({}, refused(423, min_expires=7201), Trigger.REFUSED),
    ],
)
def test_outcome_comes_to_a_trigger(
    changed: dict[str, object], outcome: RegisterOutcome, trigger: Trigger
) -> None:
    entry = make_entry(**changed)
    entry.outcome = outcome

    assert entry.judge() is trigger


@pytest.mark.parametrize(
    ("changed", "outcome", "failures", "wait"),
    [
        ({}, refused(None), 1, 30.0),
        ({}, refused(403), 1, 1200.0),
        ({}, refused(503, retry_after=9), 1, 9.0),
        ({}, refused(503, retry_after=10**9), 1, 86_400.0),
        ({"retry": 0.0}, refused(None), 1, 1.0),
        ({"long_retry": 0.5}, refused(403), 1, 1.0),
        ({"retry_random": 8.0}, refused(None), 1, 32.0),
        ({"long_retry_random": 8.0}, refused(403), 1, 1202.0),
        ({"retry_cap": 1000.0}, refused(None), 4, 240.0),
        ({"retry_cap": 1000.0}, refused(None), 7, 1000.0),
        ({"retry_cap": 10.0}, refused(None), 7, 30.0),
        ({"retry_cap": 1000.0}, refused(None), 10**9, 1000.0),
        ({"retry_cap": 1000.0, "retry_random": 8.0}, refused(None), 2, 62.0),
    ],
)
def test_wait_follows_from_outcome_and_rules(
    changed: dict[str, object], outcome: RegisterOutcome, failures: int, wait: float
) -> None:
    entry = make_entry(**changed)
    entry.outcome, entry._failures = outcome, failures

    assert entry.find_wait(0.25) == wait


def test_lost_connection_counts_as_no_failure_of_a_series() -> None:
    entry = make_entry(retry_cap=1000.0)
    entry._failures = 5
    entry.lose("reset")

    assert entry.find_wait(0.0) == 30.0
    assert entry.outcome.reason == "reset"


@pytest.mark.parametrize(("wanted", "trigger"), [(None, Trigger.STOP), (1, Trigger.START)])
def test_line_that_leaves_has_left_whatever_the_answer(
    wanted: int | None, trigger: Trigger
) -> None:
    entry = make_entry()
    entry.state, entry.outcome = State.LEAVING, refused(500)
    entry.wanted = wanted and make_line()

    assert entry.judge() is trigger


def test_line_without_a_password_answers_no_challenge() -> None:
    assert make_entry(password="").request().digest._user.name == ""
    assert make_entry().request().digest._user.name == "1001"
    assert make_entry(auth_id="a").request().digest._user.name == "a"


def test_request_says_for_how_long() -> None:
    entry = make_entry(expires=60)

    assert (entry.request().expires, entry.request(is_to_stay=False).expires) == (60, 0)


def test_nothing_is_due_before_its_time() -> None:
    entry = make_entry()

    assert not entry.take_due(1e9)
    entry.due_at = 5.0
    assert [entry.take_due(now) for now in (4.9, 5.0)] == [False, True]


def test_registration_at_a_backup_address_is_kept_until_the_fallback() -> None:
    entry = make_entry(fallback=600.0)
    entry.outcome = refused(None, places=2)
    assert entry.judge() is Trigger.AGAIN
    entry.outcome = RegisterOutcome(status=200, expires=3600)

    assert entry.keep(10.0) == 3600
    assert entry.due_at == 610.0
    assert entry.request().place == 1
    assert entry.take_due(610.0)
    assert entry.request().place == 0


def test_failure_forgets_the_backup_address() -> None:
    entry = make_entry()
    entry.outcome = refused(None, places=2)
    entry.judge()
    entry.fail()

    assert entry.request().place == 0
    assert not entry.is_registered


@pytest.mark.parametrize(
    ("granted", "due_at"),
    [(7200.0, 7178.0), (3600.0, 3578.0), (64.0, 42.0), (60.0, 40.0), (1.0, 11.0), (0.0, 11.0)],
)
def test_registration_is_renewed_in_time(granted: float, due_at: float) -> None:
    entry = make_entry()
    entry.outcome = RegisterOutcome(status=200, expires=granted)
    entry.keep(10.0)

    assert entry.due_at == due_at


def test_series_of_requests_can_begin_anew() -> None:
    names = iter("abcdefgh")
    entry = RegistrationEntry(make_line(), lambda: next(names))
    entry.sequence = 7
    entry.renew_call_id()

    assert (entry.request().call_id, entry.request().sequence) == ("c", 0)
