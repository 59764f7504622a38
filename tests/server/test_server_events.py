"""What the server tells, as JSON and as lines for a person."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mppsim.server.events import (
    Received,
    TurnedAway,
    find_phone,
    hide_target,
    render_event,
    render_json_line,
    render_line,
)

RECEIVED = Received(
    method="PUT",
    path="/a.xml",
    phone="00562b043615",
    content="delta",
    encryption="none",
    bytes=412,
    sha256="ab" * 32,
    status=201,
)


@pytest.mark.parametrize(
    ("user_agent", "target", "phone"),
    [
        ("Cisco-CP-8851-3PCC/12.0.7 (00562b043615)", "/a.xml", "00562b043615"),
        ("Cisco-CP-8851-3PCC/12.0.7 (00562B043615)", "/C4C603731F67.xml", "00562b043615"),
        ("curl/8", "/reports/C4C603731F67-delta.xml", "c4c603731f67"),
        ("curl/8", "/up.php?mac=c4c603731f67", "c4c603731f67"),
        ("", "/a.xml", ""),
        ("x (00562b04361)", "/00562b0436155", ""),
        ("x (00562b0436150)", "/" + "0" * 40, ""),
    ],
)
def test_phone_is_named_by_its_agent_then_by_its_path(
    user_agent: str, target: str, phone: str
) -> None:
    assert find_phone(user_agent, target) == phone


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("/a.xml?mac=1&pwd=hunter2&b=2", "/a.xml?mac=1&pwd=***&b=2"),
        ("/a.xml?PASSWORD=hunter2", "/a.xml?PASSWORD=***"),
        ("/a?api_key=hunter2&auth-token=hunter2", "/a?api_key=***&auth-token=***"),
        ("/a.xml?x=--key%20hunter2", "/a.xml?x=--key%20***"),
        ("http://u:hunter2@server/a.xml", "http://u:***@server/a.xml"),
        ("/monkey.xml", "/monkey.xml"),
        ("/key=a/b.xml", "/key=a/b.xml"),
    ],
)
def test_target_is_told_without_its_secrets(target: str, shown: str) -> None:
    assert hide_target(target) == shown


def test_received_report_is_told_with_the_words_of_the_manual() -> None:
    assert render_event(RECEIVED) == {
        "phone": "00562b043615",
        "event": "received",
        "method": "PUT",
        "path": "/a.xml",
        "content": "delta",
        "encryption": "none",
        "bytes": 412,
        "sha256": "ab" * 32,
        "status": 201,
    }


@pytest.mark.parametrize(
    ("status", "reason"), [(413, "413 too large"), (0, "0 too large"), (None, "too large")]
)
def test_whoever_is_turned_away_is_told_as_a_warning(status: int | None, reason: str) -> None:
    event = TurnedAway(method="PUT", path="/a", phone="", status=status, reason="too large")

    assert render_event(event) == {
        "phone": "",
        "event": "warning",
        "name": "PUT /a",
        "reason": reason,
    }


def test_json_line_begins_with_its_times() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678_900, tzinfo=UTC)

    line = render_json_line({"phone": "", "event": "stopped"}, time=moment, at=1.23456)

    assert line == (
        '{"time": "2026-01-02T03:04:05.678+00:00", "at": 1.235, "phone": "", "event": "stopped"}'
    )


def test_json_line_stays_one_line_whatever_it_holds() -> None:
    fields = {"name": "a\nb\udcff\u2028"}

    line = render_json_line(fields, time=datetime(2026, 1, 1, tzinfo=UTC), at=0.0)

    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["name"] == fields["name"]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (RECEIVED, "PUT /a.xml delta 412 bytes 201 from 00562b043615"),
        (
            Received(
                method="POST",
                path="/up.php",
                phone="",
                content="unknown",
                encryption="unopened",
                bytes=64,
                sha256="",
                status=201,
            ),
            "POST /up.php unknown (unopened) 64 bytes 201",
        ),
        (
            replace(RECEIVED, method="WRQ", status=None),
            "WRQ /a.xml delta 412 bytes from 00562b043615",
        ),
        (
            TurnedAway(method="WRQ", path="/x", phone="", status=0, reason="not whole"),
            "WRQ /x ! 0: not whole",
        ),
        (
            TurnedAway(method="PUT", path="/../x", phone="", status=400, reason="a dot"),
            "PUT /../x ! 400: a dot",
        ),
        (
            TurnedAway(method="PUT", path="/x", phone="", status=None, reason="gone"),
            "PUT /x ! cut off: gone",
        ),
    ],
)
def test_line_for_a_person_says_what_came(event: Received | TurnedAway, line: str) -> None:
    assert render_line(event) == line


@pytest.mark.parametrize("path", ["/\x1b]0;owned\x07", "/a\nPUT /b", "/\udcff", "/\u202ex"])
def test_line_for_a_person_holds_nothing_that_a_terminal_obeys(path: str) -> None:
    line = render_line(TurnedAway(method="PUT", path=path, phone="", status=400, reason="x"))

    assert line.isascii()
    assert line.isprintable()
