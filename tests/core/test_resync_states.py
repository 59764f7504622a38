from itertools import product

import pytest

from mppsim.core.resync_states import TABLE, State, Step, Trigger

UP = [state for state in State if state is not State.DOWN]
BUSY = [State.RUNNING, State.FOLLOWING]


@pytest.mark.parametrize(("state", "trigger"), list(product(UP, [Trigger.REQUEST, Trigger.DOWN])))
def test_phone_that_is_up_has_an_answer_to_everything_from_outside(
    state: State, trigger: Trigger
) -> None:
    assert (state, trigger) in TABLE


@pytest.mark.parametrize(("state", "trigger"), list(product(BUSY, [Trigger.NEXT, Trigger.DONE])))
def test_run_goes_on_and_ends_in_every_busy_state(state: State, trigger: Trigger) -> None:
    assert (state, trigger) in TABLE


def test_run_is_never_started_while_one_is_in_hand() -> None:
    started = {
        (state, trigger) for (state, trigger), (_, step) in TABLE.items() if step is Step.START
    }

    assert {trigger for state, trigger in started if state in BUSY} == {Trigger.DONE}


def test_what_is_in_hand_is_forgotten_whenever_the_phone_goes_down() -> None:
    for state in UP:
        assert TABLE[state, Trigger.DOWN] == (State.DOWN, Step.FORGET)


def test_phone_that_is_down_only_comes_up() -> None:
    assert [trigger for state, trigger in TABLE if state is State.DOWN] == [Trigger.UP]
