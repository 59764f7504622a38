import pytest

from mppsim.core.resync_events import FetchJob, ResyncEnded, ResyncRequested, UpgradeEnded
from mppsim.core.url import parse_url


@pytest.mark.parametrize(
    ("notice", "line"),
    [
        (ResyncEnded("http://h/x", "ok", ""), "= resync from http://h/x"),
        (
            ResyncEnded("http://h/x", "ok", "file not found"),
            "= resync from http://h/x: file not found",
        ),
        (
            ResyncEnded("http://h/x", "profile", "line 1: is not XML"),
            "! resync from http://h/x failed: line 1: is not XML",
        ),
        (ResyncEnded("", "rule", "column 1: x"), "! resync failed: column 1: x"),
        (UpgradeEnded("http://h/x", "ok", "sip88xx.1"), "= upgrade from http://h/x: sip88xx.1"),
        (
            UpgradeEnded("http://h/x", "firmware", "empty"),
            "! upgrade from http://h/x failed: empty",
        ),
        (UpgradeEnded("", "rule", "column 1: x"), "! upgrade failed: column 1: x"),
    ],
)
def test_notice_prints_itself_as_a_line(notice: object, line: str) -> None:
    assert str(notice) == line


def test_keys_and_passwords_are_not_on_show() -> None:
    job = FetchJob(
        name="Profile_Rule",
        url=parse_url("http://joe:hidden1@h/x"),
        user_agent="phone",
        user="joe",
        password="hidden2",
        key="hidden3",
        limit=1,
    )

    assert "hidden" not in repr(job) + repr(ResyncRequested("[--key hidden4]/x"))
