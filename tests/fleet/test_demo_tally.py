"""What happened, counted."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.core.events import Origin, ParametersApplied, TriggerFell, TriggerKind
from mppsim.fleet.demo_tally import PhoneTally, Tally, percentile
from mppsim.net.event_log import (
    NotifyAnswered,
    Occurrence,
    Ready,
    Stopped,
    UploadFailed,
    UploadFinished,
    UploadStarted,
)

REPORT = {"content": "delta", "method": "PUT", "url": "u", "bytes": 10}
STARTED = UploadStarted(**REPORT, encryption="aes128gcm")
FINISHED = UploadFinished(**REPORT, status=201, seconds=0.25, late=0.0)
FAILED = UploadFailed(**REPORT, status=None, seconds=1.0, late=0.0, reason="timeout")


def tally_of(*told: tuple[str, Occurrence]) -> Tally:
    tally = Tally()
    for mac, happened in told:
        tally.take(mac, happened)
    return tally


def test_nothing_happened() -> None:
    tally = Tally()

    assert (tally.phones, tally.sent, tally.triggers, tally.seconds) == ({}, 0, Counter(), [])


@pytest.mark.parametrize(
    ("happened", "field", "value"),
    [
        (STARTED, "sent", 1),
        (STARTED, "methods", {"PUT": 1}),
        (STARTED, "encryptions", {"aes128gcm": 1}),
        (STARTED, "bytes", 0),
        (FINISHED, "sent", 0),
        (FINISHED, "bytes", 10),
        (FINISHED, "seconds", [0.25]),
        (FINISHED, "delivered", {"delta": 1}),
        (FINISHED, "failed", {}),
        (FAILED, "failed", {"delta": 1}),
        (FAILED, "failures", {"timeout": 1}),
        (FAILED, "delivered", {}),
        (FAILED, "bytes", 0),
        (FAILED, "seconds", []),
        (TriggerFell(TriggerKind.PERIODIC), "triggers", {"periodic": 1}),
        (NotifyAnswered("report", 401), "notified", {401: 1}),
        (Ready("h:1"), "triggers", {}),
        (ParametersApplied(Origin.PHONE, ("A",)), "triggers", {}),
        (Stopped(), "sent", 0),
    ],
)
def test_event_counts(happened: Occurrence, field: str, value: object) -> None:
    tally = tally_of(("a", happened))

    assert getattr(tally, field) == value
    assert list(tally.phones) == ["a"]


def test_phones_are_counted_by_themselves_and_together() -> None:
    tally = tally_of(("a", FINISHED), ("b", FINISHED), ("a", FAILED), ("a", FINISHED))

    assert tally.phones["a"] == PhoneTally(
        delivered=Counter({"delta": 2}), failed=Counter({"delta": 1})
    )
    assert (tally.delivered, tally.failed) == ({"delta": 3}, {"delta": 1})


@pytest.mark.parametrize(
    ("values", "share", "value"),
    [
        ([], 0.5, 0.0),
        ([3.0], 0.0, 3.0),
        ([3.0], 1.0, 3.0),
        ([2.0, 1.0], 0.5, 1.0),
        ([3.0, 1.0, 2.0], 0.5, 2.0),
        ([4.0, 1.0, 2.0, 3.0], 0.5, 2.0),
        ([4.0, 1.0, 2.0, 3.0], 0.51, 3.0),
        ([float(n) for n in range(1, 101)], 0.99, 99.0),
        ([float(n) for n in range(1, 101)], 1.0, 100.0),
        ([float(n) for n in range(1, 101)], 0.0, 1.0),
    ],
)
def test_percentile_is_a_value_that_was_measured(
    values: list[float], share: float, value: float
) -> None:
    assert percentile(values, share) == value


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_percentile_leaves_at_least_its_share_below_or_equal(
    values: list[float], share: float
) -> None:
    found = percentile(values, share)

    assert sum(value <= found for value in values) >= share * len(values)
    assert sum(value < found for value in values) <= share * len(values)
