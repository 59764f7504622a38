"""One run of uploads by itself: jobs in, outcomes out."""

from collections.abc import Callable

import pytest

from mppsim.core.settings import read_report_settings
from mppsim.core.upload import UploadJob, UploadOutcome, build_jobs
from mppsim.net.event_log import UploadFailed, UploadFinished, UploadStarted
from mppsim.net.upload_run import Delay, UploadOccurrence, UploadRun
from tests.support.scripted_uploads import HELD, ScriptedUploads, outcome_of
from tests.support.timelines import FULL, STATUS, describe, make_store

TFTP = "/tftp.xml"


class Bench:
    """A run over a held line, and everything that it did."""

    def __init__(self, *rules: str, late: float = 0.0, waited: float = 0.0) -> None:
        self.uploads = ScriptedUploads(*[HELD] * len(rules))
        self.built: list[str] = []
        self.cuts_at: type | tuple[()] = ()
        self.told: list[UploadOccurrence] = []
        self.outcomes: list[tuple[UploadOutcome, ...]] = []
        self.run = UploadRun(
            jobs_of(*rules), self.uploads.open_session(), self, Delay(late, waited)
        )
        self.run.start()

    @property
    def reasons(self) -> list[str | None]:
        (outcomes,) = self.outcomes
        return [outcome.reason for outcome in outcomes]

    @property
    def is_line_open(self) -> bool:
        return self.uploads.lines[0].is_open

    def build_body(self, job: UploadJob) -> bytes:
        self.built.append(describe(job))
        return b"12345"

    def tell(self, _: UploadJob, happened: UploadOccurrence) -> None:
        self.told.append(happened)
        if isinstance(happened, self.cuts_at):
            self.run.cut()

    def end_run(self, outcomes: tuple[UploadOutcome, ...]) -> None:
        self.outcomes.append(outcomes)


def jobs_of(*rules: str) -> tuple[UploadJob, ...]:
    store = make_store({"Report_Rule": " ".join(rules), "HTTP_Report_Method": "PUT"})
    settings = read_report_settings(store.__getitem__)
    no_macros: Callable[[str], str | None] = {}.get
    return build_jobs(settings, store, no_macros, bookmarks=(0, 0), only_news=False)


async def test_run_without_jobs_ends_at_once() -> None:
    bench = Bench()

    assert bench.outcomes == [()]
    assert (bench.told, bench.is_line_open) == ([], False)


async def test_body_is_built_when_its_turn_has_come() -> None:
    bench = Bench(FULL, STATUS)
    assert bench.built == ["full"]

    bench.uploads.answer()
    assert bench.built == ["full", "status"]


async def test_outcomes_come_once_in_written_order_after_the_last_answer() -> None:
    bench = Bench(FULL, STATUS)
    bench.uploads.answer("status-404")
    assert (bench.outcomes, bench.is_line_open) == ([], True)

    bench.uploads.answer("204")
    assert (bench.reasons, bench.is_line_open) == (["status-404", None], False)


async def test_job_that_cannot_be_sent_fails_in_its_turn() -> None:
    bench = Bench(FULL, TFTP)
    assert [type(what) for what in bench.told] == [UploadStarted]

    bench.uploads.answer()

    assert [type(what) for what in bench.told] == [UploadStarted, UploadFinished, UploadFailed]
    assert bench.reasons == [None, "no-tftp-server"]


@pytest.mark.parametrize(("answered", "reasons"), [((), ["cut", "cut"]), (("201",), [None, "cut"])])
async def test_cut_ends_the_run_before_it_returns(
    answered: tuple[str, ...], reasons: list[str | None]
) -> None:
    bench = Bench(FULL, STATUS)
    for word in answered:
        bench.uploads.answer(word)

    bench.run.cut()

    assert (bench.reasons, bench.is_line_open) == (reasons, False)
    assert [what.reason for what in bench.told if isinstance(what, UploadFailed)] == [
        reason for reason in reasons if reason
    ]


async def test_run_that_is_cut_by_whoever_is_told_of_its_report_ends_once() -> None:
    bench = Bench(FULL, STATUS)
    bench.cuts_at = UploadFinished

    bench.uploads.answer("201")

    assert bench.reasons == ["cut", "cut"]


async def test_answer_after_the_cut_changes_nothing() -> None:
    bench = Bench(FULL)
    bench.run.cut()
    told = list(bench.told)

    sent = bench.uploads.sent[0]
    sent.done(outcome_of("201", sent.request))

    assert bench.told == told
    assert bench.reasons == ["cut"]


async def test_reports_after_the_first_are_late_by_their_own_wait_only() -> None:
    bench = Bench(FULL, STATUS, late=2.5, waited=1.5)
    bench.uploads.answer("refused", seconds=9.0)
    bench.uploads.answer(seconds=9.0)

    ended = [what for what in bench.told if isinstance(what, UploadFinished | UploadFailed)]
    assert [(what.late, what.waited) for what in ended] == [(2.5, 1.5), (0.0, 0.0)]


async def test_lateness_is_the_first_sent_reports() -> None:
    bench = Bench(TFTP, FULL, late=2.5)
    bench.uploads.answer(seconds=9.0)

    assert [what.late for what in bench.told if not isinstance(what, UploadStarted)] == [0.0, 2.5]


async def test_failure_tells_how_long_it_took_and_what_was_sent() -> None:
    bench = Bench(FULL, late=0.5, waited=0.25)
    bench.uploads.answer("timeout", seconds=30.1234567)

    assert bench.told[1] == UploadFailed(
        content="full",
        method="PUT",
        url="http://server/full.xml",
        status=None,
        bytes=5,
        seconds=30.123457,
        late=0.5,
        reason="timeout",
        waited=0.25,
    )


async def test_cut_report_is_told_with_what_was_being_sent() -> None:
    bench = Bench(FULL, late=0.5, waited=0.25)

    bench.run.cut()

    assert isinstance(cut := bench.told[1], UploadFailed)
    assert (cut.bytes, cut.late, cut.waited, cut.status) == (5, 0.5, 0.25, None)
    assert 0.0 <= cut.seconds < 5.0
