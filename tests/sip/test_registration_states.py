from mppsim.sip.registration_states import TABLE, State, Step, Trigger


def test_every_state_but_off_is_reached_and_left() -> None:
    reached = {state for state, _ in TABLE.values()}
    left = {state for state, _ in TABLE}

    assert reached == left == set(State)


def test_every_trigger_and_every_step_has_a_row() -> None:
    assert {trigger for _, trigger in TABLE} == set(Trigger)
    assert {step for _, step in TABLE.values()} == set(Step)


def test_phone_can_go_down_in_every_state() -> None:
    assert {state for state in State if (state, Trigger.DOWN) not in TABLE} == set()


def test_only_a_request_in_hand_ends() -> None:
    ends = {Trigger.ACCEPTED, Trigger.AGAIN, Trigger.REFUSED, Trigger.FINAL}

    assert {state for state, trigger in TABLE if trigger in ends} == {State.ASKING}
