"""A round of NOTIFYs: what goes out, and what the answers of real phones do; no sockets."""

from collections.abc import Iterable
from itertools import count

import pytest

from mppsim.sip import NotifyServer, SipAccount
from mppsim.sip.client_exchange import Patience
from mppsim.sip.digest_client import DigestUser
from mppsim.sip.message import SipRequest, parse_message
from mppsim.sip.notify_burst import (
    BurstTarget,
    BurstTerms,
    NotifyBurst,
    Outbound,
    read_burst,
)

LOCAL = ("127.0.0.1", 5070)
ALICE = SipAccount(user_id="alice", password="secret", line=1)


class FakePhone:
    """A phone as its SIP side sees it; `obeyed` is what it was told to do."""

    is_up = True
    server_name = "Cisco-CP-8851-3PCC/12.0.7"

    def __init__(self, *accounts: SipAccount) -> None:
        self.accounts = accounts
        self.obeyed: list[str] = []


class Desk:
    """A burst, and phones that answer it by hand."""

    def __init__(
        self,
        phones: Iterable[FakePhone],
        *,
        user: DigestUser | None = None,
        event: str = "report",
        rate: float | None = None,
        port: int = 5060,
    ) -> None:
        self.phones = {f"10.0.0.{place}": phone for place, phone in enumerate(phones, 1)}
        self.server: NotifyServer[FakePhone] = NotifyServer(
            lambda local, _: self.phones.get(local), secret=bytes(16)
        )
        tokens = count(0xABCD_0000)
        targets = [
            BurstTarget(number, f"{number:012x}", (host, port))
            for number, host in enumerate(self.phones)
        ]
        self.burst = NotifyBurst(
            BurstTerms(event=event, rate=rate, patience=Patience(timeout=4.0)),
            iter(targets),
            local=LOCAL,
            find_user=lambda _: user or DigestUser(name=""),
            make_token=lambda: f"{next(tokens):08x}",
        )

    def deliver(self, sent: list[Outbound], now: float = 0.0) -> list[bytes]:
        """Let the phones answer what was sent to them."""
        answers = []
        for datagram, (host, _) in sent:
            answer = self.server.receive(datagram, LOCAL, local=host, now=now)
            if answer.phone is not None and answer.obeyed is not None:
                answer.phone.obeyed.append(answer.obeyed)
            if answer.datagram is not None:
                answers.append(answer.datagram)
        return answers

    def run(self, sent: list[Outbound], now: float = 0.0) -> None:
        """Deliver messages and answers until nobody says anything more."""
        while sent:
            sent = [
                more
                for answer in self.deliver(sent, now)
                for more in self.burst.receive(answer, now=now)
            ]

    @property
    def counted(self) -> tuple[int, int, int, int, int]:
        """Sent, accepted, challenged, refused, unanswered."""
        counts = self.burst.counts
        return (
            *(counts.sent, counts.accepted, counts.challenged),
            *(counts.refused, counts.unanswered),
        )


def test_each_phone_is_reached_once() -> None:
    desk = Desk(FakePhone() for _ in range(200))

    desk.run(desk.burst.start(now=0.0))

    assert desk.counted == (200, 200, 0, 0, 0)
    assert all(phone.obeyed == ["report"] for phone in desk.phones.values())
    assert desk.burst.deadline is None


def test_message_is_whole_and_asks_for_the_answer_at_our_place() -> None:
    desk = Desk([FakePhone()], event="resync;profile=http://h/a%20b.xml", port=5062)

    ((datagram, place),) = desk.burst.start(now=0.0)
    request = parse_message(datagram)

    assert place == ("10.0.0.1", 5062)
    assert isinstance(request, SipRequest)
    assert request.uri == b"sip:000000000000@10.0.0.1:5062"
    assert request.fields[b"to"] == b"<sip:000000000000@10.0.0.1:5062>"
    assert request.fields[b"event"] == b"resync;profile=http://h/a%20b.xml"
    assert request.fields[b"via"].startswith(b"SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK")
    assert request.fields[b"cseq"] == b"1 NOTIFY"
    assert request.fields[b"subscription-state"] == b"terminated"
    assert b"\n" not in datagram.replace(b"\r\n", b"")


def test_phones_have_calls_and_branches_of_their_own() -> None:
    desk = Desk(FakePhone() for _ in range(5))

    sent = [parse_message(datagram) for datagram, _ in desk.burst.start(now=0.0)]

    assert len({message.fields[b"call-id"] for message in sent}) == 5
    assert len({message.fields[b"via"] for message in sent}) == 5


def test_challenge_is_answered_within_the_same_call() -> None:
    desk = Desk([FakePhone(ALICE)], user=DigestUser(name="alice", password="secret"))
    first = desk.burst.start(now=0.0)
    (challenge,) = desk.deliver(first)
    again = desk.burst.receive(challenge, now=0.1)
    before, after = (parse_message(sent[0][0]) for sent in (first, again))
    desk.run(again, now=0.1)

    assert after.fields[b"cseq"] == b"2 NOTIFY"
    assert after.fields[b"call-id"] == before.fields[b"call-id"]
    assert after.fields[b"via"] != before.fields[b"via"]
    assert desk.counted == (1, 1, 1, 0, 0)
    assert desk.phones["10.0.0.1"].obeyed == ["report"]


@pytest.mark.parametrize(
    ("user", "counted"),
    [
        (DigestUser(name=""), (1, 0, 0, 1, 0)),
        (DigestUser(name="alice", password="wrong"), (1, 0, 1, 1, 0)),
    ],
    ids=["nobody", "wrong password"],
)
def test_who_cannot_answer_the_challenge_is_refused(
    user: DigestUser, counted: tuple[int, ...]
) -> None:
    desk = Desk([FakePhone(ALICE)], user=user)

    desk.run(desk.burst.start(now=0.0))

    assert desk.counted == counted
    assert desk.phones["10.0.0.1"].obeyed == []
    assert desk.burst.deadline is None


def test_refusal_is_no_challenge() -> None:
    desk = Desk([FakePhone()], event="strange")

    desk.run(desk.burst.start(now=0.0))

    assert desk.counted == (1, 0, 0, 1, 0)


def test_silence_is_repeated_by_timer_e_and_given_up() -> None:
    desk = Desk([FakePhone()])
    first = desk.burst.start(now=10.0)
    moments = []
    while (deadline := desk.burst.deadline) is not None:
        moments.append(deadline - 10.0)
        sent = desk.burst.handle_deadline(now=deadline)

        assert sent in ([], first)

    assert moments == [0.5, 1.5, 3.5, 4.0]
    assert desk.counted == (1, 0, 0, 0, 1)


def test_late_answer_to_a_repetition_counts_once() -> None:
    desk = Desk([FakePhone()])
    (answer,) = desk.deliver(desk.burst.start(now=0.0))
    (repeated,) = desk.deliver(desk.burst.handle_deadline(now=0.5), now=0.5)
    desk.burst.receive(answer, now=0.6)
    desk.burst.receive(repeated, now=0.7)

    assert desk.counted == (1, 1, 0, 0, 0)
    assert desk.phones["10.0.0.1"].obeyed == ["report"]


def test_no_more_are_under_way_than_a_socket_can_hold() -> None:
    desk = Desk(FakePhone() for _ in range(254))
    first = desk.burst.start(now=0.0)
    (answer,) = desk.deliver(first[:1])

    assert len(first) == 128
    assert len(desk.burst.receive(answer, now=0.1)) == 1


def test_silent_phones_do_not_keep_the_others_waiting() -> None:
    desk = Desk(FakePhone() for _ in range(254))
    first = desk.burst.start(now=0.0)
    sent = desk.burst.handle_deadline(now=0.5)

    assert len(sent) == len(first) + 126
    assert desk.burst.counts.sent == 254


def test_answered_phones_are_not_asked_again() -> None:
    desk = Desk(FakePhone() for _ in range(3))
    first = desk.burst.start(now=0.0)
    desk.run(first[:2])

    assert desk.burst.handle_deadline(now=0.5) == first[2:]


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"SIP/2.0 200 OK\r\n\r\n",
        b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKstranger\r\n\r\n",
        b"NOTIFY sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKabcd000000000001\r\n\r\n",
    ],
)
def test_what_answers_nothing_is_nothing(datagram: bytes) -> None:
    desk = Desk([FakePhone()])
    desk.burst.start(now=0.0)

    assert read_burst(datagram) != desk.burst.token
    assert desk.burst.receive(datagram, now=0.0) == [] or datagram.startswith(b"NOTIFY")


def test_provisional_answer_is_no_end() -> None:
    desk = Desk([FakePhone()])
    (answer,) = desk.deliver(desk.burst.start(now=0.0))

    assert desk.burst.receive(answer.replace(b"200 OK", b"100 Trying", 1), now=0.1) == []
    assert desk.counted == (1, 0, 0, 0, 0)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda answer: answer.replace(b"Digest", b"Magic"),
        lambda answer: answer.replace(b"401 ", b"4011 "),
    ],
    ids=["unknown scheme", "unreadable"],
)
def test_challenge_that_cannot_be_read_is_a_refusal(spoil) -> None:
    desk = Desk([FakePhone(ALICE)], user=DigestUser(name="alice", password="secret"))
    (challenge,) = desk.deliver(desk.burst.start(now=0.0))

    assert desk.burst.receive(spoil(challenge), now=0.1) == []
    assert desk.counted == (1, 0, 0, 1, 0)


def test_answer_carries_the_token_of_its_burst() -> None:
    desk = Desk([FakePhone()])
    (answer,) = desk.deliver(desk.burst.start(now=0.0))

    assert read_burst(answer) == desk.burst.token == b"abcd0000"


def test_rate_is_kept_and_a_short_delay_caught_up_with() -> None:
    desk = Desk((FakePhone() for _ in range(10)), rate=100.0)

    sent = [len(desk.burst.start(now=5.0))]
    assert desk.burst.deadline == pytest.approx(5.01)
    sent += [len(desk.burst.handle_deadline(now=at)) for at in (5.005, 5.0101, 5.0401)]

    assert sent == [1, 0, 1, 3]


def test_long_delay_is_not_caught_up_with() -> None:
    desk = Desk((FakePhone() for _ in range(100)), rate=100.0)
    desk.run(desk.burst.start(now=5.0))

    assert len(desk.burst.handle_deadline(now=15.0)) == 11


def test_burst_that_is_stopped_waits_for_those_who_were_reached() -> None:
    desk = Desk(FakePhone() for _ in range(200))
    first = desk.burst.start(now=0.0)
    desk.burst.stop()

    assert not desk.burst.is_over

    desk.run(first)

    assert desk.burst.is_over
    assert desk.counted == (128, 128, 0, 0, 0)


def test_burst_that_is_given_up_sends_nothing_more() -> None:
    desk = Desk(FakePhone() for _ in range(200))
    (answer, *_) = desk.deliver(desk.burst.start(now=0.0))
    desk.burst.give_up()

    assert desk.burst.is_over
    assert desk.burst.receive(answer, now=0.1) == []
    assert desk.counted == (128, 0, 0, 0, 128)


def test_phones_that_are_lost_are_waited_for_no_longer() -> None:
    desk = Desk(FakePhone() for _ in range(4))
    first = desk.burst.start(now=0.0)
    answers = desk.deliver(first)
    desk.burst.receive(answers[0], now=0.1)
    desk.burst.lose(lambda number: number < 2)

    assert desk.counted == (4, 1, 0, 0, 1)
    assert desk.burst.receive(answers[1], now=0.2) == []
    assert desk.burst.handle_deadline(now=0.5) == first[2:]

    desk.run(first[2:])

    assert desk.burst.is_over
    assert desk.counted == (4, 3, 0, 0, 1)


def test_lost_phones_hold_nobody_up_and_all_are_sent_theirs() -> None:
    desk = Desk(FakePhone() for _ in range(254))
    desk.burst.lose(lambda number: number < 200)
    first = desk.burst.start(now=0.0)

    assert desk.burst.deadline == 0.0

    rest = desk.burst.handle_deadline(now=0.0)
    desk.run((first + rest)[200:])

    assert (len(first), len(rest)) == (128, 126)
    assert desk.burst.is_over
    assert desk.counted == (254, 54, 0, 0, 200)


def test_round_over_no_phones_is_over_at_once() -> None:
    desk = Desk([])

    assert desk.burst.start(now=0.0) == []
    assert desk.burst.deadline is None
