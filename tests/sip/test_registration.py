"""When lines register, as timelines of what the agent is told and what it does."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.sip.registration_states import State
from tests.support.register_desk import RegisterDesk, make_line

Row = tuple[Callable[[RegisterDesk], list[str]], list[str]]

LINE, OTHER = make_line(), make_line(user_id="2001")
LEAVING_LAST = make_line(user_id="2001", is_leaving_last=True)
ASK = "ask 1 at 0 for 3600"
REGISTERED = "new registered 1 for 3600 until 3568"

TIMELINES: dict[str, list[Row]] = {
    "a line registers and renews it before its end": [
        (lambda desk: desk.lines(LINE), [ASK]),
        (lambda desk: desk.ok(), [REGISTERED]),
        (lambda desk: desk.due(), [ASK]),
        (lambda desk: desk.ok(), ["registered 1 for 3600 until 7136"]),
    ],
    "a phone without lines to register does nothing": [
        (lambda desk: desk.lines(), []),
        (lambda desk: desk.down(), []),
    ],
    "what the registrar grants counts": [
        (lambda desk: desk.lines(LINE), [ASK]),
        (lambda desk: desk.ok(60), ["new registered 1 for 60 until 30"]),
    ],
    "what it grants counts as no less than Reg_Min_Expires and no more than Reg_Max_Expires": [
        (lambda desk: desk.lines(make_line(min_expires=40, max_expires=500)), [ASK]),
        (lambda desk: desk.ok(0), ["new registered 1 for 40 until 20"]),
        (lambda desk: desk.due(), [ASK]),
        (lambda desk: desk.ok(9e9), ["registered 1 for 500 until 488"]),
    ],
    "no registrar has a line ask more often than once a second": [
        (lambda desk: desk.lines(make_line(min_expires=0)), [ASK]),
        (lambda desk: desk.ok(0), ["new registered 1 for 0 until 1"]),
    ],
    "no answer is followed by another try after Reg_Retry_Intvl": [
        (lambda desk: desk.lines(LINE), [ASK]),
        (lambda desk: desk.no_answer(), ["drop 1", "failed 1: timeout, again at 30"]),
        (lambda desk: desk.due(), [ASK]),
        (lambda desk: desk.no_answer("dns"), ["drop 1", "failed 1: dns, again at 60"]),
    ],
    "a refusal is followed by another try after Reg_Retry_Long_Intvl": [
        (lambda desk: desk.lines(LINE), [ASK]),
        (lambda desk: desk.status(403), ["drop 1", "failed 1: status-403, again at 1200"]),
    ],
    "a status that Retry_Reg_RSC lists is as no answer": [
        (lambda desk: desk.lines(make_line(retry_codes="4??,503")), [ASK]),
        (lambda desk: desk.status(403), ["drop 1", "failed 1: status-403, again at 30"]),
    ],
    "a Reg_Retry_Long_Intvl of 0 is the end, until a parameter changes": [
        (lambda desk: desk.lines(make_line(long_retry=0)), [ASK]),
        (lambda desk: desk.status(403), ["drop 1", "failed 1: status-403, never again"]),
        (lambda desk: desk.lines(LINE), [ASK]),
    ],
    "the retry doubles up to its cap, and begins anew after a success": [
        (lambda desk: desk.lines(make_line(retry_cap=100)), [ASK]),
        (lambda desk: desk.no_answer(), ["drop 1", "failed 1: timeout, again at 30"]),
        (lambda desk: desk.due(), [ASK]),
        (lambda desk: desk.no_answer(), ["drop 1", "failed 1: timeout, again at 90"]),
        (lambda desk: desk.due(), [ASK]),
        (lambda desk: desk.no_answer(), ["drop 1", "failed 1: timeout, again at 190"]),
        (lambda desk: desk.due(), [ASK]),
        (lambda desk: desk.ok(), ["new registered 1 for 3600 until 3758"]),
        (lambda desk: desk.due(), [ASK]),
        (lambda desk: desk.no_answer(), ["drop 1", "lost 1: timeout, again at 3788"]),
    ],
    "random delays are added": [
        (lambda desk: desk.lines(make_line(retry_random=10, long_retry_random=100)), [ASK]),
        (lambda desk: desk.no_answer(), ["drop 1", "failed 1: timeout, again at 35"]),
        (lambda desk: desk.due(), [ASK]),
        (lambda desk: desk.status(403), ["drop 1", "failed 1: status-403, again at 1285"]),
    ],
    "a 503 says when to try again": [
        (lambda desk: desk.lines(make_line(long_retry=0)), [ASK]),
        (
            lambda desk: desk.status(503, retry_after=7),
            ["drop 1", "failed 1: status-503, again at 7"],
        ),
        (lambda desk: desk.due(), [ASK]),
        (
            lambda desk: desk.status(503, retry_after=9e9),
            ["drop 1", "failed 1: status-503, again at 86407"],
        ),
    ],
    "a 423 is asked for as long as it wants, at once": [
        (lambda desk: desk.lines(make_line(expires=60)), ["ask 1 at 0 for 60"]),
        (lambda desk: desk.status(423, min_expires=300), ["ask 1 at 0 for 300"]),
        (lambda desk: desk.ok(300), ["new registered 1 for 300 until 268"]),
        (lambda desk: desk.due(), ["ask 1 at 0 for 300"]),
    ],
    "a 423 that wants more than Reg_Max_Expires is a refusal": [
        (lambda desk: desk.lines(make_line(max_expires=5000)), [ASK]),
        (
            lambda desk: desk.status(423, min_expires=5001),
            ["drop 1", "failed 1: status-423, again at 1200"],
        ),
    ],
    "a 423 that wants no more than was asked for is a refusal": [
        (lambda desk: desk.lines(LINE), [ASK]),
        (
            lambda desk: desk.status(423, min_expires=3600),
            ["drop 1", "failed 1: status-423, again at 1200"],
        ),
    ],
    "the proxy's next address is tried at once, and the first again later": [
        (lambda desk: desk.lines(LINE), [ASK]),
        (lambda desk: desk.no_answer(places=2), ["ask 1 at 1 for 3600"]),
        (lambda desk: desk.no_answer(places=2), ["drop 1", "failed 1: timeout, again at 30"]),
        (lambda desk: desk.due(), [ASK]),
    ],
    "a status that Try_Backup_RSC lists goes to the next address": [
        (lambda desk: desk.lines(make_line(backup_codes="5??")), [ASK]),
        (lambda desk: desk.status(500, places=2), ["ask 1 at 1 for 3600"]),
        (
            lambda desk: desk.status(404, places=2),
            ["drop 1", "failed 1: status-404, again at 1200"],
        ),
    ],
    "a line at a backup address goes back after Proxy_Fallback_Intvl": [
        (lambda desk: desk.lines(make_line(fallback=600)), [ASK]),
        (lambda desk: desk.no_answer(places=2), ["ask 1 at 1 for 3600"]),
        (lambda desk: desk.ok(400, places=2), ["new registered 1 for 400 until 368"]),
        (lambda desk: desk.due(), ["ask 1 at 1 for 3600"]),
        (lambda desk: desk.ok(400, places=2), ["registered 1 for 400 until 600"]),
        (lambda desk: desk.due(), [ASK]),
        (lambda desk: desk.no_answer(places=2), ["ask 1 at 1 for 3600"]),
        (lambda desk: desk.ok(400, places=2), ["registered 1 for 400 until 968"]),
    ],
    "a Proxy_Fallback_Intvl of 0 stays where it is": [
        (lambda desk: desk.lines(make_line(fallback=0)), [ASK]),
        (lambda desk: desk.no_answer(places=2), ["ask 1 at 1 for 3600"]),
        (lambda desk: desk.ok(places=2), [REGISTERED]),
    ],
    "a connection that is gone is made again after Reg_Retry_Intvl": [
        (lambda desk: desk.lines(LINE), [ASK]),
        (lambda desk: desk.ok(), [REGISTERED]),
        (lambda desk: desk.lost(), ["drop 1", "lost 1: reset, again at 30"]),
        (lambda desk: desk.due(), [ASK]),
    ],
    "the same lines again change nothing": [
        (lambda desk: desk.lines(LINE), [ASK]),
        (lambda desk: desk.lines(make_line()), []),
        (lambda desk: desk.ok(), [REGISTERED]),
        (lambda desk: desk.lines(make_line()), []),
    ],
    "a line that changes begins anew, whatever it was about": [
        (lambda desk: desk.lines(LINE), [ASK]),
        (lambda desk: desk.lines(OTHER), [ASK]),
        (lambda desk: desk.status(403), ["drop 1", "failed 1: status-403, again at 1200"]),
        (lambda desk: desk.lines(LINE), [ASK]),
        (lambda desk: desk.ok(), [REGISTERED]),
        (lambda desk: desk.lines(OTHER), [ASK]),
    ],
    "a line that changes takes its old registration back first where Remove_Last_Reg says so": [
        (lambda desk: desk.lines(LINE), [ASK]),
        (lambda desk: desk.ok(), [REGISTERED]),
        (lambda desk: desk.lines(LEAVING_LAST), ["ask 1 at 0 for 0", "off 1"]),
        (lambda desk: desk.ok(0), [ASK]),
        (lambda desk: desk.ok(), [REGISTERED]),
    ],
    "a line that is switched off takes its registration back": [
        (lambda desk: desk.lines(LINE), [ASK]),
        (lambda desk: desk.ok(), [REGISTERED]),
        (lambda desk: desk.lines(), ["ask 1 at 0 for 0", "off 1"]),
        (lambda desk: desk.no_answer(), ["drop 1", "off 1"]),
        (lambda desk: desk.lines(LINE), [ASK]),
    ],
    "a line that is switched off while it renews takes its registration back": [
        (lambda desk: desk.lines(LINE), [ASK]),
        (lambda desk: desk.ok(), [REGISTERED]),
        (lambda desk: desk.due(), [ASK]),
        (lambda desk: desk.lines(), ["ask 1 at 0 for 0", "off 1"]),
    ],
    "a line that changes its mind while it leaves begins when it has left": [
        (lambda desk: desk.lines(LINE), [ASK]),
        (lambda desk: desk.ok(), [REGISTERED]),
        (lambda desk: desk.lines(), ["ask 1 at 0 for 0", "off 1"]),
        (lambda desk: desk.lines(OTHER), []),
        (lambda desk: desk.lines(LEAVING_LAST), []),
        (lambda desk: desk.lines(), []),
        (lambda desk: desk.lines(LINE), []),
        (lambda desk: desk.status(500), [ASK]),
    ],
    "a line that is switched off before it is registered just stops": [
        (lambda desk: desk.lines(LINE), [ASK]),
        (lambda desk: desk.lines(), ["drop 1", "off 1"]),
        (lambda desk: desk.lines(LINE), [ASK]),
        (lambda desk: desk.no_answer(), ["drop 1", "failed 1: timeout, again at 30"]),
        (lambda desk: desk.lines(), ["drop 1", "off 1"]),
        (lambda desk: desk.lines(make_line(long_retry=0)), [ASK]),
        (lambda desk: desk.status(404), ["drop 1", "failed 1: status-404, never again"]),
        (lambda desk: desk.lines(), ["drop 1", "off 1"]),
    ],
    "a phone that goes down tells nobody, and registers when it is up": [
        (lambda desk: desk.lines(LINE), [ASK]),
        (lambda desk: desk.ok(), [REGISTERED]),
        (lambda desk: desk.down(), ["drop 1", "off 1"]),
        (lambda desk: desk.down(), []),
        (lambda desk: desk.lines(LINE), [ASK]),
    ],
    "each line goes its own way": [
        (lambda desk: desk.lines(LINE, make_line(2)), [ASK, "ask 2 at 0 for 3600"]),
        (lambda desk: desk.ok(number=2), ["new registered 2 for 3600 until 3568"]),
        (lambda desk: desk.no_answer(), ["drop 1", "failed 1: timeout, again at 30"]),
        (lambda desk: desk.due(), [ASK]),
        (lambda desk: desk.ok(), ["new registered 1 for 3600 until 3598"]),
        (lambda desk: desk.due(), ["ask 2 at 0 for 3600"]),
    ],
}


@pytest.mark.parametrize("name", TIMELINES)
def test_timeline_goes_as_written(name: str) -> None:
    desk = RegisterDesk()

    assert [act(desk) for act, _ in TIMELINES[name]] == [told for _, told in TIMELINES[name]]


def test_series_of_requests_goes_on_over_a_restart() -> None:
    desk = RegisterDesk(iter_bytes())
    desk.lines(LINE)
    desk.ok()
    desk.down()
    desk.lines(LINE)
    first, second = desk.started

    assert (second.call_id, second.tag) == (first.call_id, first.tag)
    assert (first.sequence, second.sequence) == (0, 2)


def test_series_is_new_after_a_restart_where_random_reg_cid_on_reboot_says_so() -> None:
    desk = RegisterDesk(iter_bytes())
    line = make_line(is_call_id_new=True)
    desk.lines(line)
    desk.ok()
    desk.down()
    desk.lines(line)
    first, second = desk.started

    assert second.call_id != first.call_id
    assert second.sequence == 0


def test_credentials_are_kept_until_the_line_changes() -> None:
    desk = RegisterDesk()
    desk.lines(LINE)
    desk.ok()
    desk.due()
    desk.lines(OTHER)
    first, renewed, changed = (started.digest for started in desk.started)

    assert first is renewed
    assert changed is not renewed


def test_registrar_that_keeps_asking_for_more_time_is_refused_in_the_end() -> None:
    desk = RegisterDesk()
    desk.lines(make_line(expires=60))
    asked = [desk.status(423, min_expires=60 + n) for n in range(1, 10)]

    assert asked[7] == ["ask 1 at 0 for 68"]
    assert asked[8] == ["drop 1", "failed 1: status-423, again at 1200"]


def test_pair_that_is_no_row_is_a_bug() -> None:
    desk = RegisterDesk()
    desk.lines(LINE)

    with pytest.raises(AssertionError, match="no row for LOST in ASKING"):
        desk.lost()


def iter_bytes() -> Callable[[int], bytes]:
    numbers = iter(range(1, 10_000))
    return lambda count: next(numbers).to_bytes(count, "big")


SETTINGS = st.builds(
    make_line,
    expires=st.sampled_from([32, 3600]),
    retry=st.sampled_from([0, 0.0, 30]),
    long_retry=st.sampled_from([0, 1200]),
    retry_cap=st.sampled_from([0, 100]),
    min_expires=st.sampled_from([0, 60]),
    max_expires=st.sampled_from([0, 7200]),
    fallback=st.sampled_from([0, 0.5, 600]),
    is_leaving_last=st.booleans(),
    is_call_id_new=st.booleans(),
    retry_codes=st.sampled_from(["", "4??"]),
    backup_codes=st.sampled_from(["", "5??"]),
)
STATUS = st.sampled_from([403, 423, 500, 503])


@given(st.data())
def test_whatever_happens_no_line_asks_twice_at_a_time_and_every_wait_has_an_end(
    data: st.DataObject,
) -> None:
    desk = RegisterDesk()
    states = desk.agent._entries
    for _ in range(data.draw(st.integers(1, 40))):
        state = states[1].state if states else State.OFF
        choices: list[Callable[[], list[str]]] = [
            lambda: desk.lines(data.draw(SETTINGS)),
            desk.lines,
            desk.down,
        ]
        if state in {State.ASKING, State.LEAVING}:
            choices += [
                lambda: desk.ok(data.draw(st.floats(0, 1e9)), places=2),
                lambda: desk.no_answer(places=data.draw(st.integers(0, 3))),
                lambda: desk.status(
                    data.draw(STATUS),
                    min_expires=data.draw(st.integers(0, 10**9)),
                    retry_after=data.draw(st.floats(0, 1e9)),
                    places=2,
                ),
            ]
        if state is State.REGISTERED:
            choices.append(desk.lost)
        if desk.agent.deadline is not None:
            choices.append(desk.due)
        words = data.draw(st.sampled_from(choices))()

        assert sum(word.startswith("ask") for word in words) <= 1
        state = states[1].state if states else State.OFF
        is_waiting = state in {State.REGISTERED, State.WAITING}
        assert (desk.agent.deadline is not None) == is_waiting
        assert desk.agent.deadline is None or desk.agent.deadline > desk.now
