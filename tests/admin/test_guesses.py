from mppsim.admin.guesses import FREE_GUESSES, SECONDS_A_GUESS, Guesses


def test_first_wrong_guesses_are_answered_at_once() -> None:
    guesses = Guesses()

    for _ in range(FREE_GUESSES):
        assert guesses.wait("a", 10.0) == 0.0
        guesses.note_wrong("a", 10.0)
    assert guesses.wait("a", 10.0) == SECONDS_A_GUESS


def test_guesser_gets_one_guess_every_few_seconds() -> None:
    guesses = Guesses()
    now, tried = 0.0, 0

    while now < 300.0:
        if guesses.wait("a", now) == 0.0:
            guesses.note_wrong("a", now)
            tried += 1
        now += 0.25

    assert tried == FREE_GUESSES - 1 + 300.0 / SECONDS_A_GUESS


def test_what_is_long_past_is_forgotten() -> None:
    guesses = Guesses()
    for _ in range(FREE_GUESSES):
        guesses.note_wrong("a", 0.0)

    for _ in range(FREE_GUESSES):
        assert guesses.wait("a", 1000.0) == 0.0
        guesses.note_wrong("a", 1000.0)
    assert guesses.wait("a", 1000.0) == SECONDS_A_GUESS


def test_one_phone_s_guesser_does_not_slow_down_another_s() -> None:
    guesses = Guesses()
    for _ in range(50):
        guesses.note_wrong("a", 0.0)

    assert guesses.wait("a", 0.0) > 0.0
    assert guesses.wait("b", 0.0) == 0.0


def test_memory_is_bounded_and_keeps_the_latest() -> None:
    guesses = Guesses()
    for number in range(10_000):
        for _ in range(FREE_GUESSES):
            guesses.note_wrong(f"{number}", 0.0)

    assert len(guesses._until) == 4096
    assert guesses.wait("9999", 0.0) > 0.0
