"""What phones sent, and what of it was accepted."""

import pytest

from mppsim.errors import MppSimError
from mppsim.fleet.ledger import Ledger, Sent

A, B = "00562b000001 /a.xml", "00562b000002 /a.xml"


def ledger(*accepted: tuple[str, int]) -> Ledger:
    made = Ledger()
    for place, print_ in accepted:
        made.sent(place)
        made.accepted(place, print_)
    return made


@pytest.mark.parametrize(
    ("prints", "last", "earlier"),
    [
        ((), 0, ()),
        ((1,), 1, ()),
        ((1, 2), 2, (1,)),
        ((1, 2, 3), 3, (2, 1)),
        ((1, 2, 3, 4), 4, (3, 2)),
        ((7, 7), 7, (7,)),
    ],
)
def test_last_report_and_some_before_it_are_known(
    prints: tuple[int, ...], last: int, earlier: tuple[int, ...]
) -> None:
    made = ledger(*((A, print_) for print_ in prints))
    made.sent(A)

    assert made.find(A) == Sent(
        sent=len(prints) + 1,
        accepted=len(prints),
        sum=sum(prints),
        last=last,
        earlier=earlier,
        unsure=(),
    )


def test_sum_has_64_bits() -> None:
    found = ledger((A, (1 << 64) - 1), (A, 3)).find(A)

    assert found is not None
    assert found.sum == 2


def test_report_without_an_answer_is_neither_accepted_nor_forgotten() -> None:
    made = ledger((A, 1))
    made.sent(A)
    made.unsure(A, 2)
    made.unsure(B, 3)

    assert [(place, found.accepted, found.unsure) for place, found in made.items()] == [
        (A, 1, (2,)),
        (B, 0, (3,)),
    ]


def test_unknown_place_is_nothing() -> None:
    assert Ledger().find(A) is None
    assert len(Ledger()) == 0


def test_merged_ledger_knows_what_each_knew() -> None:
    one, other, both = ledger((A, 1), (A, 2)), ledger((B, 3)), Ledger()
    other.sent(B)
    other.unsure(B, 4)
    both.merge(one.snapshot())
    both.merge(other.snapshot())

    assert dict(both.items()) == {A: one.find(A), B: other.find(B)}
    assert (A in both, B in both, B in one) == (True, True, False)


def test_place_of_two_ledgers_has_the_reports_of_both() -> None:
    one, other = ledger((A, 1), (A, 2)), ledger((A, 3), (A, 4))
    one.unsure(A, 5)
    other.unsure(A, 6)
    one.merge(other.snapshot())

    assert one.find(A) == Sent(sent=4, accepted=4, sum=10, last=2, earlier=(4, 1), unsure=(5, 6))


def test_place_where_nothing_was_accepted_adds_nothing_to_what_was() -> None:
    one, other = ledger((A, 1)), Ledger()
    other.sent(A)
    one.merge(other.snapshot())

    assert one.find(A) == Sent(sent=2, accepted=1, sum=1, last=1, earlier=(), unsure=())


@pytest.mark.parametrize("snapshot", [b"", b"{}", b"{}\nno table"])
def test_what_is_no_snapshot_is_refused(snapshot: bytes) -> None:
    with pytest.raises(MppSimError):
        Ledger().merge(snapshot)
