"""What the server tells, as JSON and as lines for a person."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mppsim.server.events import (
    Befallen,
    FaultsChanged,
    Full,
    Received,
    ServerEvent,
    TurnedAway,
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
BEFALLEN = Befallen(method="PUT", path="/a.xml", phone="00562b043615", fault="status:503")


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


def test_fault_is_told_with_the_words_of_the_manual() -> None:
    assert render_event(BEFALLEN) == {
        "phone": "00562b043615",
        "event": "fault",
        "method": "PUT",
        "path": "/a.xml",
        "fault": "status:503",
    }
    assert render_event(Full(connections=7)) == {"phone": "", "event": "full", "connections": 7}
    assert render_event(FaultsChanged(("cut=5%", "down"))) == {
        "phone": "",
        "event": "faults",
        "faults": ["cut=5%", "down"],
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
        (BEFALLEN, "PUT /a.xml ! fault status:503 from 00562b043615"),
        (replace(BEFALLEN, phone="", path="/\x1b"), "'PUT /\\x1b ! fault status:503'"),
        (FaultsChanged(("cut=5%", "down")), "= faults: cut=5%, down"),
        (FaultsChanged(()), "= faults: none"),
        (Full(connections=7), "= full: 7 connections; more wait until some have ended"),
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
def test_line_for_a_person_says_what_came(event: ServerEvent, line: str) -> None:
    assert render_line(event) == line


@pytest.mark.parametrize("path", ["/\x1b]0;owned\x07", "/a\nPUT /b", "/\udcff", "/\u202ex"])
def test_line_for_a_person_holds_nothing_that_a_terminal_obeys(path: str) -> None:
    line = render_line(TurnedAway(method="PUT", path=path, phone="", status=400, reason="x"))

    assert line.isascii()
    assert line.isprintable()
