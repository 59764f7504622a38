"""Every event as a line of JSON and as a line to read, against the manual's table."""

import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from mppsim.core.custom_ca_events import CustomCaEnded
from mppsim.core.events import (
    Origin,
    ParametersApplied,
    RuleFault,
    TriggerFell,
    TriggerKind,
    ValueRefused,
    Warned,
)
from mppsim.core.line_status import RegistrationState
from mppsim.core.report_rule import ReportContent
from mppsim.core.resync_events import ResyncEnded, UpgradeEnded
from mppsim.core.settings import ReportMethod
from mppsim.net.clock import RunClock
from mppsim.net.event_log import (
    NotifyAnswered,
    Occurrence,
    Ready,
    RegistrationChanged,
    ReportsDue,
    Stopped,
    UploadFailed,
    UploadFinished,
    UploadStarted,
    json_lines,
)

REPORT = {"content": "delta", "method": "PUT", "url": "http://h/a", "bytes": 1234}
TIMES = {"seconds": 0.00312, "late": 0.5, "waited": 0.25}
TFTP_REPORT = {"content": "delta", "method": "WRQ", "url": "tftp://h/a", "bytes": 1234}

# What happened, its name and its own data, its line for a person.
EVENTS: list[tuple[Occurrence, dict[str, object], str]] = [
    (
        Ready("127.0.0.1:5060"),
        {"event": "ready", "sip": "127.0.0.1:5060", "web": ""},
        "= ready: SIP on 127.0.0.1:5060",
    ),
    (
        Ready("127.0.0.1:5060", "127.0.0.1:8080"),
        {"event": "ready", "sip": "127.0.0.1:5060", "web": "127.0.0.1:8080"},
        "= ready: SIP on 127.0.0.1:5060, web page at http://127.0.0.1:8080/",
    ),
    (
        TriggerFell(TriggerKind.LOCAL_CHANGE),
        {"event": "trigger", "kind": "local_change"},
        "= trigger: local change",
    ),
    (
        ParametersApplied(Origin.PAGE, ("GPP_A", "GPP_B")),
        {"event": "parameters_changed", "origin": "page", "names": ["GPP_A", "GPP_B"]},
        "= set by page: GPP_A, GPP_B",
    ),
    (
        UploadStarted(
            content=ReportContent.FULL,
            method=ReportMethod.POST,
            url="u",
            bytes=5,
            encryption="none",
        ),
        {
            "event": "upload_started",
            "content": "full",
            "method": "POST",
            "url": "u",
            "bytes": 5,
            "encryption": "none",
        },
        "> POST u (full, 5 bytes)",
    ),
    (
        UploadStarted(**REPORT, encryption="aes128gcm"),
        {"event": "upload_started", **REPORT, "encryption": "aes128gcm"},
        "> PUT http://h/a (delta, 1,234 bytes, aes128gcm)",
    ),
    (
        UploadFinished(**REPORT, status=201, **TIMES),
        {"event": "upload_finished", **REPORT, "status": 201, **TIMES},
        "< 201 for delta in 3.1 ms",
    ),
    (
        UploadFinished(**TFTP_REPORT, status=None, seconds=0.00312, late=0.0),
        {
            "event": "upload_finished",
            **TFTP_REPORT,
            "status": None,
            "seconds": 0.00312,
            "late": 0.0,
            "waited": 0.0,
        },
        "< acknowledged for delta in 3.1 ms",
    ),
    (
        UploadFailed(**REPORT, status=None, seconds=0.0, late=0.0, reason="refused"),
        {
            "event": "upload_failed",
            **REPORT,
            "status": None,
            "seconds": 0.0,
            "late": 0.0,
            "reason": "refused",
            "detail": "",
            "waited": 0.0,
        },
        "! PUT http://h/a (delta) failed: refused",
    ),
    (
        RegistrationChanged(1, RegistrationState.REGISTERED, "", 3568.0),
        {
            "event": "registration",
            "line": 1,
            "state": "Registered",
            "reason": "",
            "next": 3568.0,
        },
        "= line 1: registered; next in 3568 s",
    ),
    (
        RegistrationChanged(2, RegistrationState.FAILED, "status-403", None),
        {
            "event": "registration",
            "line": 2,
            "state": "Failed",
            "reason": "status-403",
            "next": None,
        },
        "! line 2: registration failed: status-403",
    ),
    (
        ResyncEnded("http://h/x.xml", "profile", "line 1: is not XML"),
        {
            "event": "resync_finished",
            "url": "http://h/x.xml",
            "result": "profile",
            "detail": "line 1: is not XML",
        },
        "! resync from http://h/x.xml failed: line 1: is not XML",
    ),
    (
        CustomCaEnded("http://h/ca.pem", "ok", "Acme CA"),
        {
            "event": "custom_ca_finished",
            "url": "http://h/ca.pem",
            "result": "ok",
            "detail": "Acme CA",
        },
        "= custom CA from http://h/ca.pem: Acme CA",
    ),
    (
        UpgradeEnded("http://h/x.loads", "ok", "sip88xx.1"),
        {
            "event": "upgrade_finished",
            "url": "http://h/x.loads",
            "result": "ok",
            "detail": "sip88xx.1",
        },
        "= upgrade from http://h/x.loads: sip88xx.1",
    ),
    (
        UploadFailed(
            **TFTP_REPORT,
            status=None,
            seconds=0.0,
            late=0.0,
            reason="tftp",
            detail="TFTP error 2: no",
        ),
        {
            "event": "upload_failed",
            **TFTP_REPORT,
            "status": None,
            "seconds": 0.0,
            "late": 0.0,
            "reason": "tftp",
            "detail": "TFTP error 2: no",
            "waited": 0.0,
        },
        "! WRQ tftp://h/a (delta) failed: tftp, TFTP error 2: no",
    ),
    (
        RuleFault(10, "no such scheme"),
        {"event": "rule_error", "column": 10, "reason": "no such scheme"},
        "! Report_Rule, column 10: no such scheme",
    ),
    (
        ValueRefused("Report_To_Server", "not allowed"),
        {"event": "value_refused", "name": "Report_To_Server", "reason": "not allowed"},
        "! Report_To_Server: not allowed; the old value stays",
    ),
    (
        Warned("Profile_Rule", "misplaced"),
        {"event": "warning", "name": "Profile_Rule", "reason": "misplaced"},
        "! warning: Profile_Rule: misplaced",
    ),
    (
        NotifyAnswered("report", 401),
        {"event": "notify", "package": "report", "code": 401},
        "< NOTIFY report, answered 401",
    ),
    (
        NotifyAnswered("", 400),
        {"event": "notify", "package": "", "code": 400},
        "< NOTIFY without an event, answered 400",
    ),
    (Stopped(), {"event": "stopped"}, "= off"),
]
IDS = [str(data["event"]) for _, data, _ in EVENTS]

MANUAL = dict(
    re.findall(
        r"^\| `(\w+)` \|(.*?)\|",
        (Path(__file__).parents[2] / "docs/command-line.md")
        .read_text()
        .partition("\n## Events\n")[2]
        .partition("\n| event | data | when |")[2]
        .partition("\n#")[0],
        re.MULTILINE,
    )
)
"""The data of each event by its name, as the manual's table has it."""


class CountingText(io.StringIO):
    flushes = 0

    def flush(self) -> None:
        self.flushes += 1


def write(occurrence: Occurrence, clock: RunClock | None = None) -> tuple[dict[str, object], str]:
    out = io.StringIO()
    json_lines(out, clock or RunClock(None))("00562b000001", occurrence)
    return json.loads(out.getvalue()), out.getvalue()


@pytest.mark.parametrize(("occurrence", "data", "line"), EVENTS, ids=IDS)
def test_event_has_its_name_and_its_keys(
    occurrence: Occurrence, data: dict[str, object], line: str
) -> None:
    written, text = write(occurrence)

    assert list(written)[:4] == ["time", "at", "phone", "event"]
    assert {key: written[key] for key in list(written)[3:]} == data
    assert (text.count("\n"), text[-1]) == (1, "\n")


@pytest.mark.parametrize(("occurrence", "data", "line"), EVENTS, ids=IDS)
def test_event_is_one_line_to_read(
    occurrence: Occurrence, data: dict[str, object], line: str
) -> None:
    assert str(occurrence) == line


def test_table_above_has_every_kind_of_event() -> None:
    assert {type(occurrence) for occurrence, _, _ in EVENTS} == set(get_args(Occurrence)) - {
        ReportsDue
    }


def test_what_is_there_to_be_counted_is_no_line() -> None:
    out = io.StringIO()
    json_lines(out, RunClock(None))("00562b000001", ReportsDue(("full",)))

    assert out.getvalue() == ""


@pytest.mark.parametrize(("occurrence", "data", "line"), EVENTS, ids=IDS)
def test_manual_names_each_event_and_its_keys(
    occurrence: Occurrence, data: dict[str, object], line: str
) -> None:
    named = MANUAL[str(data["event"])]
    if "the same" in named:
        named += MANUAL["upload_finished"]

    assert [key for key in data if key != "event" and f"`{key}`" not in named] == []


def test_manual_names_no_other_event() -> None:
    assert set(MANUAL) == {data["event"] for _, data, _ in EVENTS}


def test_event_carries_wall_clock_time_with_its_zone() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    time = datetime.fromisoformat(str(write(Stopped())[0]["time"]))

    assert time.utcoffset() == timedelta(0)
    assert before <= time <= datetime.now(UTC)


def test_event_carries_the_runs_time_and_its_phone() -> None:
    clock = RunClock(None)
    clock.jump_to(12.34567)
    written, _ = write(Stopped(), clock)

    assert (written["at"], written["phone"]) == (12.346, "00562b000001")


def test_each_event_is_on_its_way_before_the_next() -> None:
    out = CountingText()
    listener = json_lines(out, RunClock(None))
    listener("00562b000001", Ready("h:1"))
    listener("00562b000002", Stopped())

    assert out.flushes == 2
    assert [json.loads(line)["phone"] for line in out.getvalue().splitlines()] == [
        "00562b000001",
        "00562b000002",
    ]


def test_event_stays_one_line_of_plain_characters_whatever_it_says() -> None:
    written, text = write(Warned("a\nb", "ü\u2028\udcff"))

    assert text.isascii()
    assert text.count("\n") == 1
    assert (written["name"], written["reason"]) == ("a\nb", "ü\u2028\udcff")
