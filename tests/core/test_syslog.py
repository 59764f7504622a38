from datetime import UTC, datetime

import pytest

from mppsim.core.syslog import build_syslog_line, parse_syslog_server

NOON = datetime(2024, 8, 3, 12, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.9", ("10.0.0.9", 514)),
        ("logs.example.com:5514", ("logs.example.com", 5514)),
        ("[::1]", ("::1", 514)),
        ("[fe80::1]:1514", ("fe80::1", 1514)),
        ("my_logs", ("my_logs", 514)),
        ("my_logs:1", ("my_logs", 1)),
        ("my_logs:65535", ("my_logs", 65535)),
        ("my_logs:65536", None),
        ("", None),
        ("10.0.0.9:0", None),
        ("10.0.0.9:70000", None),
        ("10.0.0.9:syslog", None),
        ("two words", None),
        ("::1", None),
    ],
)
def test_server_is_a_host_and_perhaps_a_port(text: str, expected: tuple[str, int] | None) -> None:
    assert parse_syslog_server(text) == expected


@pytest.mark.parametrize(("is_failure", "priority"), [(False, b"<133>"), (True, b"<132>")])
def test_line_says_how_bad_when_and_who(is_failure: bool, priority: bytes) -> None:
    line = build_syslog_line("Resync failed: x", is_failure=is_failure, time=NOON, host="10.0.0.1")

    assert line == priority + b"Aug  3 12:05:09 10.0.0.1 Resync failed: x"


def test_line_stays_one_line_of_a_bearable_length() -> None:
    line = build_syslog_line("a\r\n<0>b\x00" + "ü" * 2000, is_failure=False, time=NOON, host="h")

    assert b"a <0>b " in line
    assert len(line) == 1024
