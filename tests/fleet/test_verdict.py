"""Whether it held, and the figures."""

import json
from dataclasses import replace

import pytest

from mppsim.core.events import TriggerFell, TriggerKind
from mppsim.fleet.demo_readback import Readback
from mppsim.fleet.demo_tally import Tally
from mppsim.fleet.verdict import Verdict, judge
from mppsim.net.event_log import (
    NotifyAnswered,
    Occurrence,
    UploadFailed,
    UploadFinished,
    UploadStarted,
)

READ_BACK = Readback(checked=3)


def started(content: str, method: str, encryption: str) -> UploadStarted:
    return UploadStarted(content=content, method=method, url="u", bytes=9, encryption=encryption)


def finished(content: str, seconds: float = 0.5) -> UploadFinished:
    return UploadFinished(
        content=content, method="PUT", url="u", status=201, bytes=9, seconds=seconds, late=0.0
    )


FAILED = UploadFailed(
    content="full", method="PUT", url="u", status=503, bytes=9, seconds=0.1, late=0.0, reason="cut"
)

# A run in which everything was used, once.
ALL: tuple[Occurrence, ...] = (
    *(TriggerFell(kind) for kind in TriggerKind),
    started("full", "PUT", "none"),
    started("delta", "POST", "aes-256-cbc"),
    started("status", "WRQ", "aes128gcm"),
    *(finished(content) for content in ("full", "delta", "status")),
)


def verdict_of(
    *told: Occurrence, readback: Readback = READ_BACK, unopened: int = 0, refused: int = 0
) -> Verdict:
    tally = Tally()
    for happened in told:
        tally.take("00562b000001", happened)
    return judge(tally, readback, unopened=unopened, refused=refused, seed=7, duration=7200.0)


def broken(verdict: Verdict) -> dict[str, float]:
    return {each.expr: each.value for each in verdict.expectations if not each.passed}


def test_run_in_which_everything_was_used_has_passed() -> None:
    verdict = verdict_of(*ALL)

    assert (verdict.is_passed, broken(verdict)) == (True, {})


def test_run_in_which_nothing_happened_has_failed() -> None:
    assert broken(verdict_of(readback=Readback())) == {
        "reports.delivered > 0": 0,
        "triggers.unused == 0": 4,
        "contents.unused == 0": 3,
        "methods.unused == 0": 3,
        "encryptions.unused == 0": 3,
    }


@pytest.mark.parametrize(
    ("left_out", "expr"),
    [
        *((TriggerFell(kind), "triggers.unused == 0") for kind in TriggerKind),
        (finished("delta"), "contents.unused == 0"),
        (started("full", "PUT", "none"), "methods.unused == 0"),
        (started("status", "WRQ", "aes128gcm"), "encryptions.unused == 0"),
    ],
    ids=str,
)
def test_run_in_which_something_was_not_used_has_failed(left_out: Occurrence, expr: str) -> None:
    verdict = verdict_of(*(happened for happened in ALL if happened != left_out))

    assert not verdict.is_passed
    assert broken(verdict)[expr] == 1


@pytest.mark.parametrize(
    ("verdict", "expr"),
    [
        (verdict_of(*ALL, FAILED), "reports.failed == 0"),
        (verdict_of(*ALL, unopened=1), "reports.unopened == 0"),
        (verdict_of(*ALL, refused=1), "notify.refused == 0"),
        (verdict_of(*ALL, readback=replace(READ_BACK, missing=1)), "readback.missing == 0"),
        (verdict_of(*ALL, readback=replace(READ_BACK, different=1)), "readback.different == 0"),
        (verdict_of(*ALL, readback=replace(READ_BACK, stale=1)), "readback.stale == 0"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_one_slip_is_enough(verdict: Verdict, expr: str) -> None:
    assert broken(verdict) == {expr: 1}
    assert not verdict.is_passed


def test_summary_has_the_figures_under_their_keys() -> None:
    told = (*ALL, FAILED, *(NotifyAnswered("report", code) for code in (200, 200, 401, 489, 400)))
    verdict = verdict_of(*told, readback=Readback(checked=3, missing=1))

    summary = json.loads(json.dumps(verdict.summary()))

    thresholds = summary.pop("thresholds")
    assert summary == {
        "phones": 1,
        "duration": 7200.0,
        "seed": 7,
        "reports": {
            "due": 4,
            "sent": 3,
            "delivered": 3,
            "failed": 1,
            "bytes": 27,
            "by_content": {
                "full": {"delivered": 1, "failed": 1},
                "delta": {"delivered": 1, "failed": 0},
                "status": {"delivered": 1, "failed": 0},
            },
            "by_trigger": {"notify": 1, "restart": 1, "local_change": 1, "periodic": 1},
            "failures": {"cut": 1},
        },
        "latency": {"p50": 0.5, "p90": 0.5, "p99": 0.5, "max": 0.5},
        "notify": {"received": 5, "accepted": 2, "challenged": 1, "refused": 2},
        "readback": {"checked": 3, "missing": 1, "different": 0, "stale": 0},
        "verdict": "failed",
    }
    assert {"expr": "readback.missing == 0", "value": 1, "passed": False} in thresholds


def test_latency_of_nothing_is_nothing() -> None:
    assert verdict_of().summary()["latency"] == {"p50": 0.0, "p90": 0.0, "p99": 0.0, "max": 0.0}


def test_latency_is_of_delivered_reports() -> None:
    verdict = verdict_of(*(finished("full", n / 100) for n in range(1, 101)), FAILED)

    assert verdict.summary()["latency"] == {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
