"""Which faults there are, when they are in force, and which request meets which."""

from dataclasses import replace

import pytest

from mppsim.server.faults import Fault, FaultKind, Misfortune, faults_at, find_moments

THIRD = Fault(kind=FaultKind.STATUS, value=503, share=1 / 3)
CUT = Fault(kind=FaultKind.CUT, share=0.5)
DOWN = Fault(kind=FaultKind.DOWN)
PHONES = [f"00562b{number:06x}" for number in range(1000)]


def misfortune(*faults: Fault, seed: int = 1) -> Misfortune:
    made = Misfortune(seed)
    made.faults = faults
    return made


def struck(made: Misfortune, phones: list[str]) -> set[str]:
    return {phone for phone in phones if made.draw(phone) is not None}


def test_nothing_befalls_anybody_without_faults() -> None:
    assert struck(misfortune(), PHONES) == set()


def test_share_of_the_requests_is_struck() -> None:
    assert 280 < len(struck(misfortune(THIRD), PHONES)) < 390


def test_share_of_nothing_strikes_nobody_and_of_all_everybody() -> None:
    assert struck(misfortune(replace(THIRD, share=0.0)), PHONES) == set()
    assert struck(misfortune(replace(THIRD, share=1.0)), PHONES) == set(PHONES)


def test_same_third_is_struck_with_the_same_seed_in_whatever_order_phones_come() -> None:
    one, other = misfortune(THIRD), misfortune(THIRD)
    rounds = [struck(one, PHONES) for _ in range(3)]
    again = [struck(other, PHONES[::-1]) for _ in range(3)]

    assert rounds == again
    assert rounds[0] != rounds[1] != rounds[2]


def test_another_seed_strikes_another_third() -> None:
    assert struck(misfortune(THIRD), PHONES) != struck(misfortune(THIRD, seed=2), PHONES)


def test_faults_strike_independently_of_each_other() -> None:
    both = struck(misfortune(CUT), PHONES) & struck(misfortune(replace(CUT, value=1)), PHONES)
    cut, slow = misfortune(CUT), misfortune(Fault(kind=FaultKind.SLOW, value=9, share=0.5))

    assert struck(cut, PHONES) != struck(slow, PHONES)
    assert both


def test_what_others_send_between_changes_nothing_for_a_phone() -> None:
    alone, among = misfortune(THIRD), misfortune(THIRD)
    sequence = [alone.draw("a") for _ in range(50)]
    mixed = []
    for number in range(50):
        mixed.append(among.draw("a"))
        for other in PHONES[:number]:
            among.draw(other)

    assert sequence == mixed


def test_counting_goes_on_over_other_faults() -> None:
    made, unchanged = misfortune(THIRD), misfortune(THIRD)
    sequence = [unchanged.draw("a") for _ in range(20)]
    begun = [made.draw("a") for _ in range(10)]
    made.faults = ()
    made.draw("a")
    made.faults = (THIRD,)

    assert begun + [made.draw("a") for _ in range(10)] == sequence


def test_first_of_two_faults_strikes() -> None:
    every = replace(CUT, share=1.0)

    assert misfortune(every, replace(THIRD, share=1.0)).draw("a") == every


def test_server_that_is_down_strikes_no_single_request() -> None:
    made = misfortune(DOWN, replace(THIRD, share=1.0))

    assert made.is_down
    assert made.draw("a") == replace(THIRD, share=1.0)
    assert not misfortune(THIRD).is_down


TIMED = (
    Fault(kind=FaultKind.CUT, begins=0, ends=10),
    Fault(kind=FaultKind.DOWN, begins=5, ends=10),
    Fault(kind=FaultKind.AUTH, begins=10),
)


@pytest.mark.parametrize(
    ("now", "kinds"),
    [(0, "cut"), (4.9, "cut"), (5, "cut down"), (9.99, "cut down"), (10, "auth"), (1e9, "auth")],
)
def test_fault_is_in_force_from_its_beginning_until_before_its_end(now: float, kinds: str) -> None:
    assert " ".join(fault.kind for fault in faults_at(TIMED, now)) == kinds


def test_every_beginning_and_end_is_a_moment() -> None:
    assert find_moments(TIMED) == [0, 5, 10]
    assert find_moments(()) == []


@pytest.mark.parametrize(
    ("fault", "text", "words"),
    [
        (THIRD, "status:503", "status:503=33.3333%"),
        (CUT, "cut", "cut=50%"),
        (DOWN, "down", "down"),
        (Fault(kind=FaultKind.DELAY, value=0.25), "delay:0.25s", "delay:0.25s"),
        (Fault(kind=FaultKind.SLOW, value=1000, share=0.1), "slow:1000B/s", "slow:1000B/s=10%"),
        (Fault(kind=FaultKind.REDIRECT), "redirect", "redirect"),
        (Fault(kind=FaultKind.REDIRECT, value=1), "redirect", "redirect"),
        (Fault(kind=FaultKind.REDIRECT, value=6), "redirect:6", "redirect:6"),
        (Fault(kind=FaultKind.AUTH), "auth", "auth"),
    ],
)
def test_fault_prints_itself_as_the_command_line_has_it(
    fault: Fault, text: str, words: str
) -> None:
    assert (str(fault), fault.in_words) == (text, words)
