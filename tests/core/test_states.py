from itertools import product

import pytest

from mppsim.core.states import TABLE, State, Step, Trigger

UP = [state for state in State if state is not State.DOWN]
BUSY = [state for state in UP if state is not State.IDLE]
OUTSIDE = [Trigger.REQUEST, Trigger.CHANGE, Trigger.DEADLINE, Trigger.RESTART, Trigger.LEAVE]


@pytest.mark.parametrize(("state", "trigger"), list(product(UP, OUTSIDE)))
def test_phone_that_is_up_has_an_answer_to_everything_from_outside(state, trigger):
    assert (state, trigger) in TABLE


@pytest.mark.parametrize("state", BUSY)
def test_run_in_hand_ends_in_every_busy_state(state):
    assert (state, Trigger.DONE) in TABLE


def test_run_is_never_started_while_one_is_in_hand():
    started_on = {
        (state, trigger) for (state, trigger), (_, step) in TABLE.items() if step is Step.REPORT
    }

    assert {trigger for state, trigger in started_on if state in BUSY} == {Trigger.DONE}


def test_state_with_a_run_in_hand_is_entered_by_starting_one_or_with_one_running():
    for (state, _), (after, step) in TABLE.items():
        if after in BUSY and state not in BUSY:
            assert step is Step.REPORT


def test_phone_goes_down_only_by_going_down():
    for (state, _), (after, step) in TABLE.items():
        if after is State.DOWN and state is not State.DOWN:
            assert step is Step.GO_DOWN


@pytest.mark.parametrize("trigger", [Trigger.CHANGE, Trigger.DEADLINE, Trigger.RESTART])
def test_phone_that_is_down_has_no_row_for_what_cannot_happen_to_it(trigger):
    assert (State.DOWN, trigger) not in TABLE
