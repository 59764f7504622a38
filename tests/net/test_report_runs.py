import pytest

from mppsim.net.clock import RunClock
from mppsim.net.event_log import ReportsDue, UploadFailed, UploadFinished
from tests.support.fake_clock import FakeReal
from tests.support.phone_desk import Desk
from tests.support.scripted_uploads import HELD
from tests.support.timelines import DELTA, FULL, profile_of
from tests.support.turns import turns

ON_REQUEST = {"Report_Rule": FULL, "HTTP_Report_Method": "PUT"}
PERIODICALLY = {**ON_REQUEST, "Report_To_Server": "Periodically"}


async def test_run_that_follows_has_waited_since_the_first_trigger_that_fell_meanwhile() -> None:
    real = FakeReal()
    desk = Desk(ON_REQUEST, script=[HELD], running_since=0.0, clock=RunClock(1.0, real=real))
    desk.phone.obey("report")
    real.at += 2.0
    desk.phone.obey("report")
    real.at += 1.0
    desk.phone.obey("report")
    real.at += 3.0

    desk.uploads.answer("201", seconds=5.0)
    await turns(3)

    ended = [what for what in desk.occurrences if isinstance(what, UploadFinished)]
    assert [(what.late, what.waited) for what in ended] == [(0.0, 0.0), (0.0, 4.0)]


async def test_timer_that_fires_late_makes_the_report_late() -> None:
    real = FakeReal()
    desk = Desk(PERIODICALLY, script=["201"], running_since=0.0, clock=RunClock(10.0, real=real))
    due = desk.phone.deadline
    assert due is not None
    real.at += due / 10 + 2.0

    desk.phone.wake(desk.clock.now())
    await turns(3)

    ended = [what for what in desk.occurrences if isinstance(what, UploadFinished)]
    assert [(what.late, what.waited) for what in ended] == [(pytest.approx(2.0), 0.0)]


async def test_reports_are_due_when_their_run_is_handed_out() -> None:
    desk = Desk({"Report_Rule": f"{DELTA} {FULL}"}, script=["201", HELD], running_since=0.0)
    assert desk.due == []

    desk.phone.obey("report")

    assert desk.due == [ReportsDue(("delta", "full"))]


async def test_report_that_cannot_be_sent_is_due_all_the_same() -> None:
    desk = Desk({"Report_Rule": "/x.xml"}, running_since=0.0)

    desk.phone.obey("report")

    assert desk.due == [ReportsDue(("full",))]


async def test_run_without_reports_makes_nothing_due() -> None:
    desk = Desk(ON_REQUEST, script=[HELD], running_since=0.0)
    desk.phone.obey("report")
    desk.phone.obey("report")
    desk.phone.provision(profile_of({"Report_To_Server": "Never Report"}))
    desk.uploads.answer("201")
    await turns(3)

    assert desk.due == [ReportsDue(("full",))]


async def test_cut_run_is_told_as_cut() -> None:
    desk = Desk(ON_REQUEST, script=[HELD], running_since=0.0)
    desk.phone.obey("report")

    desk.phone.switch_off()

    failed = [what for what in desk.occurrences if isinstance(what, UploadFailed)]
    assert [what.reason for what in failed] == ["cut"]


@pytest.mark.parametrize(
    ("script", "kind"), [("201", UploadFinished), ("status-503", UploadFailed)]
)
async def test_upload_counts_in_the_phones_status_however_it_ends(script: str, kind: type) -> None:
    desk = Desk(ON_REQUEST, script=[script], running_since=0.0)
    await desk.run((5.0, "notify report"), until=6.0)

    assert type(desk.occurrences[-1]) is kind
    assert desk.phone._status.traffic.frames_sent > 3


async def test_report_that_was_never_sent_counts_nothing() -> None:
    desk = Desk({"Report_Rule": "/x.xml"}, running_since=0.0)
    await desk.run((5.0, "notify report"), until=6.0)

    assert desk.phone._status.traffic.frames_sent == 0


async def test_delta_is_accepted_as_soon_as_its_answer_comes() -> None:
    desk = Desk({"Report_Rule": f"{DELTA} {FULL}"}, script=["201", HELD], running_since=0.0)
    desk.phone.submit_changes({"GPP_A": "1"})
    desk.phone.obey("report")
    await turns(3)

    desk.phone.restart("User Triggered")  # it cuts the second report

    assert "<GPP_A" in desk.uploads.bodies[0]
    assert desk.phone._store.changed_since(desk.phone._agent.bookmarks.accepted[0]) == ()


async def test_phone_at_rest_has_nothing_to_cut() -> None:
    desk = Desk(ON_REQUEST, running_since=0.0)

    desk.phone.switch_off()

    assert desk.occurrences == []
