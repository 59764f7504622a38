"""Whether a demonstration held what it promised, and its figures as `summary.json` has them."""

from dataclasses import asdict, dataclass

from mppsim.core.events import TriggerKind
from mppsim.core.report_rule import ReportContent
from mppsim.core.settings import ReportMethod
from mppsim.core.upload import TFTP_VERB
from mppsim.fleet.demo_readback import Readback
from mppsim.fleet.demo_tally import Tally, percentile

__all__ = ["Expectation", "Verdict", "judge"]

_ENCRYPTIONS = frozenset({"none", "aes-256-cbc", "aes128gcm"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """Something that has to hold of the run's figures."""

    expr: str
    value: float
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a run came to."""

    seed: int
    duration: float
    """Seconds on the run's clock."""
    tally: Tally
    readback: Readback
    expectations: tuple[Expectation, ...]

    @property
    def is_passed(self) -> bool:
        """Whether everything held."""
        return all(expectation.passed for expectation in self.expectations)

    def summary(self) -> dict[str, object]:
        """Return the figures under the keys of `summary.json` (docs/command-line.md)."""
        tally = self.tally
        delivered, failed = tally.delivered, tally.failed
        return {
            "phones": len(tally.phones),
            "duration": self.duration,
            "seed": self.seed,
            "reports": {
                "due": delivered.total() + failed.total(),
                "sent": tally.sent,
                "delivered": delivered.total(),
                "failed": failed.total(),
                "bytes": tally.bytes,
                "by_content": {
                    content: {"delivered": delivered[content], "failed": failed[content]}
                    for content in ReportContent
                },
                "by_trigger": dict(tally.triggers),
                "failures": dict(tally.failures),
            },
            "latency": {
                **{f"p{p}": percentile(tally.seconds, p / 100) for p in (50, 90, 99)},
                "max": max(tally.seconds, default=0.0),
            },
            "notify": {
                "received": tally.notified.total(),
                "accepted": tally.notified[200],
                "challenged": tally.notified[401],
                "refused": tally.notified.total() - tally.notified[200] - tally.notified[401],
            },
            "readback": asdict(self.readback),
            "thresholds": [asdict(expectation) for expectation in self.expectations],
            "verdict": "passed" if self.is_passed else "failed",
        }


def judge(
    tally: Tally, readback: Readback, *, unopened: int, refused: int, seed: int, duration: float
) -> Verdict:
    """Judge a demonstration: all arrived, all is held, and everything there is was used.

    `unopened` is how many reports the server could not make out, `refused` how many NOTIFYs no
    phone accepted.
    """
    counts = {
        "reports.failed": tally.failed.total(),
        "reports.unopened": unopened,
        "readback.missing": readback.missing,
        "readback.different": readback.different,
        "readback.stale": readback.stale,
        "notify.refused": refused,
        "triggers.unused": len(set(TriggerKind) - set(tally.triggers)),
        "contents.unused": len(set(ReportContent) - set(tally.delivered)),
        "methods.unused": len({*ReportMethod, TFTP_VERB} - set(tally.methods)),
        "encryptions.unused": len(_ENCRYPTIONS - set(tally.encryptions)),
    }
    delivered = tally.delivered.total()
    return Verdict(
        seed=seed,
        duration=duration,
        tally=tally,
        readback=readback,
        expectations=(
            Expectation(expr="reports.delivered > 0", value=delivered, passed=delivered > 0),
            *(
                Expectation(expr=f"{name} == 0", value=count, passed=count == 0)
                for name, count in counts.items()
            ),
        ),
    )
