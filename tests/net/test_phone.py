"""The shell of one phone: what it tells and sends, on a clock that jumps."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mppsim.core.events import Origin, ParametersApplied, ValueRefused
from mppsim.core.phone_memory import KeptParameter, PhoneMemory
from mppsim.core.phone_status import Happening
from mppsim.errors import ParameterError
from mppsim.http import Credentials
from mppsim.net.certificates import make_authority
from mppsim.net.clock import RunClock
from mppsim.net.event_log import NotifyAnswered, UploadFailed, UploadFinished, UploadStarted
from mppsim.net.tls import PhoneTls
from tests.support.fake_clock import FakeReal
from tests.support.flash import flashed
from tests.support.phone_desk import NOON, Desk
from tests.support.scripted_uploads import HELD, outcome_of
from tests.support.status_reports import read
from tests.support.timelines import DELTA, FULL, STATUS
from tests.support.turns import turns

ON_CHANGE = {
    "Report_Rule": f"{DELTA} {STATUS}",
    "Report_To_Server": "On Local Change",
    "Upload_Delay_On_Local_Change": "60",
    "HTTP_Report_Method": "PUT",
}
ON_REQUEST = {"Report_Rule": FULL, "HTTP_Report_Method": "PUT"}
PERIODICALLY = {**ON_REQUEST, "Report_To_Server": "Periodically"}
PERIODICALLY["Periodic_Upload_To_Server"] = "1000"

RESTARTED = ["trigger restart", "PUT full", "full 201"]
SLOW_BOOT = "boot_seconds=90"

TIMELINES = {
    "it reports when it is switched on": (
        ON_REQUEST,
        [(0.0, "on", RESTARTED)],
    ),
    "a resync is told and reports nothing": (
        ON_REQUEST,
        [(0.0, "on", RESTARTED), (5.0, "profile GPP_A=1", ["resync set GPP_A"])],
    ),
    "a NOTIFY reports at once": (
        ON_REQUEST,
        [
            (0.0, "on", RESTARTED),
            (7.0, "notify report", ["trigger notify", "PUT full", "full 201"]),
        ],
    ),
    "a burst of changes reports once, a delay after the last": (
        ON_CHANGE,
        [
            (10.0, "set GPP_A=1", ["phone set GPP_A"]),
            (40.0, "set GPP_B=2", ["phone set GPP_B"]),
            (100.0, "", ["trigger local_change", "PUT delta", "delta 201"]),
            (100.0, "", ["PUT status", "status 201"]),
        ],
    ),
    "a change to the same value is none": (ON_CHANGE, [(10.0, "set GPP_A=", [])]),
    "a period reports from due time to due time": (
        PERIODICALLY,
        [
            (1000.0, "", ["trigger periodic", "PUT full", "full 201"]),
            (1500.0, "notify report", ["trigger notify", "PUT full", "full 201"]),
            (2000.0, "", ["trigger periodic", "PUT full", "full 201"]),
        ],
    ),
    "a restart by NOTIFY drops the wait, and its report carries the change": (
        ON_CHANGE,
        [
            (10.0, "set GPP_A=1", ["phone set GPP_A"]),
            (20.0, "notify reboot_now", ["trigger restart", "PUT delta", "delta 201"]),
            (20.0, "", ["PUT status", "status 201"]),
        ],
    ),
    "a rule that cannot be read spoils only itself": (
        ON_REQUEST,
        [
            (1.0, f"set Report_Rule=[--delta --status]http://h/x {FULL}", []),
            (1.0, "", ["phone set Report_Rule", "rule fault at 10"]),
            (2.0, "notify report", ["trigger notify", "PUT full", "full 201"]),
        ],
    ),
    "a phone that is never to report tells of no trigger": (
        {**ON_REQUEST, "Report_To_Server": "Never Report"},
        [(1.0, "notify report", []), (2.0, "restart", [])],
    ),
    "a bare path fails where there is no TFTP server, and tftp:// is a write request": (
        {"Report_Rule": "/x.xml [--status]tftp://server/y.xml"},
        [
            (1.0, "notify report", ["trigger notify", "full failed: no-tftp-server"]),
            (1.0, "", ["WRQ status", "status 201"]),
        ],
    ),
}


@pytest.mark.parametrize("name", TIMELINES)
async def test_phone_tells(name: str) -> None:
    values, rows = TIMELINES[name]
    is_switched_on = any(doing == "on" for _, doing, _ in rows)
    desk = Desk(values, running_since=None if is_switched_on else 0.0)

    await desk.run(*((at, doing) for at, doing, _ in rows if doing), until=2500.0)

    assert desk.told == [(at, word) for at, _, told in rows for word in told]


# One run of uploads.


async def test_jobs_of_a_run_go_in_written_order_over_one_line_that_closes_after_the_last() -> None:
    desk = Desk({**ON_CHANGE, "Report_Rule": f"{STATUS} {FULL}"}, script=(HELD, HELD))
    desk.do("on")
    assert [request.url.target for request in desk.uploads.requests] == ["/status.xml"]

    desk.do("answer 201")
    assert [request.url.target for request in desk.uploads.requests] == ["/status.xml", "/full.xml"]
    assert [line.is_open for line in desk.uploads.lines] == [True]

    desk.do("answer 204")
    assert [line.is_open for line in desk.uploads.lines] == [False]


async def test_failed_job_does_not_keep_the_next_one_back() -> None:
    desk = Desk(ON_CHANGE, script=("status-503", "201"))

    await desk.run((0.0, "on"), until=1.0)

    assert desk.words[1:] == ["PUT delta", "delta failed: status-503", "PUT status", "status 201"]
    assert isinstance(failed := desk.occurrences[2], UploadFailed)
    assert (failed.status, failed.bytes) == (503, len(desk.uploads.requests[0].body))


async def test_each_run_has_a_line_of_its_own() -> None:
    desk = Desk(ON_REQUEST)

    await desk.run((0.0, "on"), (5.0, "notify report"), until=10.0)

    assert [line.is_open for line in desk.uploads.lines] == [False, False]


@pytest.mark.parametrize(("ip", "source"), [("127.0.0.1", None), ("127.20.0.7", "127.20.0.7")])
async def test_phone_sends_from_its_own_address_if_it_was_given_one(
    ip: str, source: str | None
) -> None:
    desk = Desk(ON_REQUEST, ip=ip, script=(HELD,))

    desk.do("on")

    assert [line.source for line in desk.uploads.lines] == [source]


async def test_phone_shows_its_certificate_if_it_has_one() -> None:
    for certificate in (None, Path("phone.pem")):
        desk = Desk(ON_REQUEST, script=(HELD,))
        desk.phone._identity = replace(desk.phone.identity, certificate=certificate)

        desk.do("on")

        assert [line.tls for line in desk.uploads.lines] == [PhoneTls(certificate=certificate)]


CA_URL = "http://s/ca.pem"
CA = make_authority("Acme CA", now=datetime(2024, 8, 13, tzinfo=UTC)).issued.certificate
SECURE = {**ON_REQUEST, "Report_Rule": "https://s/$MA.xml", "Custom_CA_Rule": CA_URL}


def cas_of(desk: Desk) -> list[str]:
    """Give the custom CA of each request that is no fetch of one."""
    return [sent.line.tls.custom_ca for sent in desk.uploads.sent if sent.request.method == "PUT"]


async def test_phone_that_has_been_running_fetches_its_ca_at_once() -> None:
    desk = Desk(SECURE, running_since=0.0)

    assert [str(request.url) for request in desk.uploads.requests] == [CA_URL]


async def test_report_waits_for_the_ca_that_the_phone_fetches() -> None:
    desk = Desk(SECURE)
    desk.uploads.pages[CA_URL] = HELD
    desk.do("on")
    assert cas_of(desk) == []

    desk.uploads.serve(CA)
    await turns(3)

    assert cas_of(desk) == [CA.decode()]
    assert desk.words[-2:] == ["custom CA ok", "full 201"]


async def test_restart_fetches_the_ca_again_and_its_report_waits_for_it() -> None:
    desk = Desk(SECURE)
    desk.uploads.pages[CA_URL] = CA
    await desk.run((0.0, "on"), (9.0, "restart"), until=20.0)

    assert [word for word in desk.words if word.startswith(("custom", "full"))] == [
        *("custom CA ok", "full 201"),
        *("custom CA ok", "full 201"),
    ]
    assert cas_of(desk) == [CA.decode()] * 2


async def test_rule_that_somebody_sets_later_is_obeyed_then() -> None:
    desk = Desk(SECURE | {"Custom_CA_Rule": ""})
    desk.uploads.pages[CA_URL] = CA
    await desk.run(
        (0.0, "on"), (5.0, f"set Custom_CA_Rule={CA_URL}"), (9.0, "notify report"), until=20.0
    )

    assert cas_of(desk) == ["", CA.decode()]


async def test_profile_is_fetched_by_https_once_the_ca_is_there() -> None:
    profile = "https://s/profile.xml"
    desk = Desk({"Profile_Rule": profile, "Custom_CA_Rule": CA_URL})
    desk.uploads.pages |= {CA_URL: CA, profile: b"<flat-profile><GPP_A>1</GPP_A></flat-profile>"}
    await desk.run((0.0, "on"), until=60.0)

    (fetch,) = (sent for sent in desk.uploads.sent if str(sent.request.url) == profile)
    assert fetch.line.tls.custom_ca == CA.decode()
    assert desk.phone.parameters["GPP_A"] == "1"


async def test_phone_that_is_switched_off_lets_go_of_its_ca_and_of_what_waits() -> None:
    desk = Desk(SECURE)
    desk.uploads.pages[CA_URL] = HELD
    desk.do("on")
    desk.do("off")
    await turns(3)

    assert [line.is_open for line in desk.uploads.lines] == [False]
    assert await desk.timers.settle(0.0)


async def test_report_holds_the_values_of_its_trigger() -> None:
    desk = Desk(
        {**ON_REQUEST, "Report_Rule": f"{STATUS} {FULL}", "GPP_A": "old"}, script=(HELD, HELD)
    )
    desk.do("on")

    desk.do("set GPP_A=new")
    desk.do("answer 201")

    assert '<GPP_A ua="na">old</GPP_A>' in desk.uploads.bodies[1]


async def test_request_is_the_phones() -> None:
    rule = "[--uid me --pwd secret]http://server/full.xml"
    desk = Desk({"Report_Rule": rule}, script=(HELD,))
    desk.do("on")

    request = desk.uploads.requests[0]
    assert (request.method, str(request.url)) == ("POST", "http://server/full.xml")
    assert request.credentials == Credentials("me", "secret")
    assert dict(request.headers)["User-Agent"].startswith("Cisco-CP-8851-3PCC/12.0.7")
    assert dict(request.headers)["Content-Type"] == "application/x-www-form-urlencoded"


async def test_user_without_a_password_has_an_empty_one() -> None:
    desk = Desk({"Report_Rule": "[--uid me]http://server/full.xml"}, script=(HELD,))

    desk.do("on")

    assert desk.uploads.requests[0].credentials == Credentials("me", "")


async def test_start_and_end_of_an_upload_are_told_with_their_figures() -> None:
    desk = Desk(
        {**ON_REQUEST, "Report_Rule": "[--key test123]http://u:secret@server:81/x"}, script=(HELD,)
    )
    desk.do("on")
    desk.uploads.answer("204", seconds=0.125)

    size = len(desk.uploads.requests[0].body)
    url = "http://server:81/x"
    report = {"content": "full", "method": "PUT", "url": url, "bytes": size}
    assert desk.occurrences[1] == UploadStarted(**report, encryption="aes-256-cbc")
    assert desk.occurrences[2] == UploadFinished(**report, status=204, seconds=0.125, late=0.0)


# How late a report is.


async def test_report_of_a_timer_that_fires_late_is_late_in_real_seconds() -> None:
    real = FakeReal()
    desk = Desk(
        {**PERIODICALLY, "Report_Rule": f"{FULL} {STATUS}"},
        running_since=0.0,
        clock=RunClock(100.0, real=real),
        script=(HELD, HELD),
    )

    real.at += 10.5
    desk.phone.wake(desk.clock.now())
    desk.uploads.answer(seconds=9.0)
    desk.uploads.answer(seconds=9.0)

    late = [what.late for what in desk.occurrences if isinstance(what, UploadFinished)]
    assert late == [pytest.approx(0.5), 0.0]
    desk.timers.close()


async def test_report_has_waited_for_the_run_before_it_since_its_trigger_and_is_not_late() -> None:
    real = FakeReal()
    desk = Desk(ON_REQUEST, clock=RunClock(10.0, real=real), script=(HELD, HELD))
    desk.do("on")
    real.at += 2.0
    desk.do("notify report")
    real.at += 3.0
    desk.do("notify report")
    real.at += 4.0
    desk.uploads.answer(seconds=9.0)
    desk.uploads.answer(seconds=9.0)

    ended = [what for what in desk.occurrences if isinstance(what, UploadFinished)]
    assert [(what.late, what.waited) for what in ended] == [(0.0, 0.0), (0.0, pytest.approx(7.0))]


async def test_restart_forgets_since_when_a_report_was_due() -> None:
    real = FakeReal()
    clock = RunClock(1.0, real=real)
    desk = Desk(ON_REQUEST, clock=clock, script=(HELD, HELD), quirks=[SLOW_BOOT])
    desk.do("on")
    desk.do("notify report")
    real.at += 10.0
    desk.do("restart")
    real.at += 90.5
    desk.phone.wake(desk.clock.now())
    desk.uploads.answer(seconds=9.0)

    assert isinstance(finished := desk.occurrences[-1], UploadFinished)
    assert finished.late == pytest.approx(0.5)
    desk.timers.close()


async def test_report_that_waited_for_a_connection_is_late() -> None:
    desk = Desk(ON_REQUEST, script=(HELD,))
    desk.do("on")
    desk.uploads.answer(seconds=-5.0)

    assert isinstance(finished := desk.occurrences[-1], UploadFinished)
    assert finished.late == pytest.approx(5.0, abs=0.5)


# Restarts.


async def test_restart_cuts_what_is_in_hand_and_what_was_to_come() -> None:
    desk = Desk(ON_CHANGE, quirks=[SLOW_BOOT], script=(HELD,))
    desk.do("on")
    desk.occurrences.clear()

    desk.do("restart")

    cut, never_sent = desk.occurrences
    assert isinstance(cut, UploadFailed)
    assert isinstance(never_sent, UploadFailed)
    assert (cut.content, cut.reason, cut.status) == ("delta", "cut", None)
    assert cut.bytes == len(desk.uploads.requests[0].body)
    assert (never_sent.content, never_sent.reason, never_sent.bytes) == ("status", "cut", 0)
    assert [line.is_open for line in desk.uploads.lines] == [False]


async def test_late_word_of_a_cut_upload_does_not_disturb_the_next_run() -> None:
    desk = Desk(ON_CHANGE, script=(HELD, HELD, "201"))
    desk.do("on")
    desk.do("restart")
    old, desk.told[:] = desk.uploads.sent[0], []
    while len(desk.uploads.sent) < 2:
        await turns()
    assert desk.words == ["trigger restart", "PUT delta"]

    old.done(outcome_of("201", old.request))
    assert desk.words == ["trigger restart", "PUT delta"]

    desk.uploads.answer()
    await turns()
    assert desk.words == ["trigger restart", "PUT delta", "delta 201", "PUT status", "status 201"]
    desk.timers.close()


async def test_cut_delta_is_sent_again_after_the_restart() -> None:
    real = FakeReal()
    desk = Desk(
        {**ON_CHANGE, "Report_Rule": DELTA},
        running_since=0.0,
        quirks=[SLOW_BOOT],
        clock=RunClock(1.0, real=real),
        script=(HELD, HELD),
    )
    desk.do("set GPP_A=1")
    real.at += 60.0
    desk.phone.wake(desk.clock.now())
    assert desk.words[-1] == "PUT delta"
    desk.do("restart")
    assert desk.words[-1] == "delta failed: cut"
    real.at += 90.0
    desk.phone.wake(desk.clock.now())

    assert [body.count(">1</GPP_A>") for body in desk.uploads.bodies] == [1, 1]
    desk.timers.close()


async def test_phone_that_is_down_answers_nothing_and_takes_nothing() -> None:
    desk = Desk(ON_REQUEST, quirks=[SLOW_BOOT], running_since=0.0)
    desk.do("restart Upgrade")

    assert not desk.phone.is_up
    assert desk.phone.deadline == 90.0
    with pytest.raises(ParameterError, match="GPP_A: the phone is down and takes no changes"):
        desk.phone.submit_changes({"GPP_A": "1"})
    assert desk.words == ["refused GPP_A"]
    assert desk.phone.parameters["GPP_A"] == ""
    with pytest.raises(ParameterError):
        desk.phone.submit_changes({})

    desk.do("restart Another")
    assert desk.phone.deadline == 90.0

    await desk.run(until=89.0)
    assert not desk.phone.is_up


async def test_phone_comes_up_after_its_boot_and_reports() -> None:
    desk = Desk(ON_REQUEST, quirks=[SLOW_BOOT], running_since=0.0)

    await desk.run((10.0, "restart"), until=100.0)

    assert desk.told == [(100.0, word) for word in RESTARTED]
    assert desk.phone.is_up


async def test_restart_before_the_phone_is_switched_on_is_ignored() -> None:
    desk = Desk(ON_REQUEST)

    desk.do("restart")

    assert desk.told == []
    assert not desk.phone.is_up


# Switching it off.


async def test_switched_off_phone_cuts_its_upload_and_does_nothing_any_more() -> None:
    desk = Desk(PERIODICALLY, script=(HELD,))
    desk.do("on")
    desk.do("notify report")

    desk.do("off")
    desk.do("off")

    assert desk.words == ["trigger restart", "PUT full", "trigger notify", "full failed: cut"]
    assert (desk.phone.is_up, desk.phone.deadline) == (False, None)
    assert await desk.timers.settle(5.0)
    desk.do("restart")
    desk.do("notify report")
    await desk.run(until=5000.0)
    assert len(desk.words) == 4


# Changes.


async def test_changes_return_the_names_that_hold_a_new_value() -> None:
    desk = Desk({**ON_REQUEST, "GPP_B": "same"}, running_since=0.0)

    changed = desk.phone.submit_changes(
        {"gpp_c": "3", "GPP_B": "same", "GPP_A": "1"}, origin=Origin.PAGE
    )

    assert set(changed) == {"GPP_A", "GPP_C"}
    assert desk.words[0] == "warned gpp_c"
    assert isinstance(applied := desk.occurrences[1], ParametersApplied)
    assert (applied.origin, set(applied.names)) == (Origin.PAGE, {"GPP_A", "GPP_C"})
    assert desk.phone.submit_changes({}) == ()


async def test_one_bad_value_refuses_all() -> None:
    desk = Desk(ON_REQUEST, running_since=0.0)
    before = desk.phone.parameters

    with pytest.raises(ParameterError) as caught:
        desk.phone.submit_changes({"GPP_A": "1", "Report_To_Server": "Sometimes", "Nonsense": "2"})

    assert caught.value.name == "Report_To_Server"
    assert desk.words == ["refused Report_To_Server", "warned Nonsense"]
    assert isinstance(refused := desk.occurrences[0], ValueRefused)
    assert refused.reason == caught.value.reason
    assert desk.phone.parameters is before


# Status.


def status_of(desk: Desk) -> dict[str, str]:
    return read(desk.phone.status_report())


def field(status: dict[str, str], name: str) -> str:
    return next(value for path, value in status.items() if path.endswith(f"/{name}"))


async def test_status_counts_sip_and_uploads() -> None:
    desk = Desk(ON_REQUEST, running_since=0.0)
    desk.phone.count_sip(500, 300)
    desk.phone.count_sip(100, 0)
    counted = status_of(desk)
    names = ("SIP_Messages_Recv", "SIP_Bytes_Recv", "SIP_Messages_Sent", "SIP_Bytes_Sent")
    assert [field(counted, name) for name in names] == ["2", "600", "1", "300"]

    desk.do("notify report")
    await turns()
    assert int(field(status_of(desk), "Tx_Packets")) > int(field(counted, "Tx_Packets")) + 80


async def test_upload_that_was_never_sent_counts_no_frames() -> None:
    desk = Desk({"Report_Rule": "/tftp.xml"}, running_since=0.0)
    before = status_of(desk)

    desk.do("notify report")

    assert desk.words == ["trigger notify", "full failed: no-tftp-server"]
    assert status_of(desk) == before


async def test_status_tells_uptime_and_why_it_restarted() -> None:
    desk = Desk(ON_REQUEST, quirks=[SLOW_BOOT])
    await desk.run((100.0, "on"), (200.0, "restart Upgrade"), until=3890.0)

    status = status_of(desk)
    assert field(status, "Elapsed_Time") == "01:00:00"
    # The time zone of the factory is GMT-08:00.
    assert field(status, "Reboot_Reason_1") == "[08/13/24 04:03:20]Upgrade"
    assert field(status, "Reboot_Reason_2") == ""


async def test_phone_that_is_switched_on_late_counts_its_uptime_from_then() -> None:
    desk = Desk(ON_REQUEST)
    await desk.run((100.0, "on"), until=160.0)

    assert field(status_of(desk), "Elapsed_Time") == "00:01:00"


# What the SIP side asks.


async def test_sip_side_sees_server_name_and_accounts() -> None:
    desk = Desk({"User_ID_2_": "1002", "Password_2_": "secret"}, running_since=0.0)

    assert desk.phone.server_name == "Cisco-CP-8851-3PCC/12.0.7"
    assert [account.user_id for account in desk.phone.accounts] == ["1002"]
    desk.phone.notified("report", 401)
    assert desk.occurrences == [NotifyAnswered("report", 401)]


# What a phone costs.


async def test_idle_phone_owns_no_task_no_timer_and_no_row() -> None:
    tasks = asyncio.all_tasks()
    desk = Desk(ON_CHANGE, running_since=0.0)
    await desk.run((0.0, "restart"), until=10.0)
    await turns()

    assert asyncio.all_tasks() == tasks
    assert (desk.timers._armed, desk.timers._rows) == (None, [])
    assert [line.is_open for line in desk.uploads.lines] == [False]


async def test_deadline_that_did_not_move_takes_no_row() -> None:
    desk = Desk(PERIODICALLY, running_since=0.0, script=(HELD,))
    assert len(desk.timers._rows) == 1

    for number in range(100):
        desk.do("notify report")
        desk.do(f"set GPP_A={number}")

    assert len(desk.timers._rows) == 1
    desk.timers.close()


async def test_run_that_ends_at_once_takes_one_row_for_its_retry() -> None:
    desk = Desk({"Report_Rule": "/x.xml"}, running_since=0.0, quirks=["retry_delays=30"])

    desk.do("notify report")

    assert desk.phone.deadline == 30.0
    assert len(desk.timers._rows) == 1
    desk.timers.close()


async def test_factory_reset_restarts_with_the_factory_s_values() -> None:
    desk = Desk({"Ringer_Volume": "3"})
    desk.phone.switch_on()

    desk.phone.reset()
    await turns()

    assert desk.phone.parameters["Ringer_Volume"] == "9"
    shown = {row.name: row.value for group in desk.phone.status_groups() for row in group.rows}
    assert shown["Reboot_Reason_1"].endswith("Factory Reset")


async def test_phone_that_is_down_is_not_reset() -> None:
    desk = Desk({"Ringer_Volume": "3"}, quirks=["boot_seconds=90"])
    desk.phone.switch_on()
    desk.phone.restart("User Triggered")

    desk.phone.reset()

    assert desk.phone.parameters["Ringer_Volume"] == "3"


# What it remembers.


async def test_change_is_kept_before_it_is_told() -> None:
    desk, flash = flashed(running_since=0.0)

    desk.do("set GPP_A=1")

    assert [memory.parameters["GPP_A"].value for memory in flash.kept] == ["1"]
    assert flash.told == [[]]
    assert desk.words == ["phone set GPP_A"]


async def test_accepted_delta_is_kept_before_it_is_told_and_before_the_next_report() -> None:
    desk, flash = flashed(ON_CHANGE, script=(HELD, HELD), running_since=0.0)
    desk.do("set GPP_A=1")
    desk.do("notify report")

    desk.do("answer 201")

    assert flash.kept[-1].accepted == (1, 0)
    assert flash.told[-1][-1] == "PUT delta"
    assert desk.words[-2:] == ["delta 201", "PUT status"]


async def test_restart_is_kept_with_its_reason() -> None:
    desk, flash = flashed(running_since=0.0)

    desk.do("restart User Triggered")

    assert flash.kept[-1].reboots == (Happening(NOON, "User Triggered"),)


async def test_phone_whose_power_failed_reports_what_waited() -> None:
    recalled = PhoneMemory(
        parameters={"GPP_A": KeptParameter("1", None, 1), "GPP_B": KeptParameter("2", None, 2)},
        revision=2,
        accepted=(1, 0),
        reboots=(Happening(NOON - 60.0, "User Triggered"),),
    )
    desk, flash = flashed(ON_CHANGE, recalled=recalled)

    await desk.run((0.0, "on"), until=1.0)

    assert desk.words[:3] == ["trigger restart", "PUT delta", "delta 201"]
    assert "<GPP_B" in desk.uploads.bodies[0]
    assert "<GPP_A" not in desk.uploads.bodies[0]
    assert flash.kept[-1].accepted == (2, 0)
    shown = {row.name: row.value for group in desk.phone.status_groups() for row in group.rows}
    assert shown["Reboot_Reason_1"] == "[08/13/24 03:59:00]User Triggered"


async def test_what_cannot_be_recalled_is_told() -> None:
    recalled = PhoneMemory(
        parameters={"Nonsense": KeptParameter("1", None, 1)}, revision=1, accepted=(0, 0)
    )

    desk, _ = flashed(recalled=recalled)

    assert desk.words == ["warned Nonsense"]


async def test_phone_that_cannot_keep_a_change_confirms_nothing_any_more() -> None:
    heard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: heard.append(context))
    desk, flash = flashed(ON_CHANGE, running_since=0.0)
    flash.is_broken = True

    with pytest.raises(ParameterError, match="GPP_A: cannot be remembered: the phone is off"):
        desk.phone.submit_changes({"GPP_A": "1"})

    assert desk.words == []
    assert not desk.phone.is_up
    assert [str(context["exception"]) for context in heard] == ["No space left on device"]
    flash.is_broken = False
    with pytest.raises(ParameterError, match="the phone is down"):
        desk.phone.submit_changes({"GPP_A": "2"})
    assert flash.kept == []


async def test_report_whose_acceptance_cannot_be_kept_is_not_told_as_finished() -> None:
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    desk, flash = flashed(ON_CHANGE, script=(HELD, HELD), running_since=0.0)
    desk.do("set GPP_A=1")
    desk.do("notify report")
    flash.is_broken = True

    desk.do("answer 201")

    assert desk.words[-3:] == ["PUT delta", "delta failed: cut", "status failed: cut"]
