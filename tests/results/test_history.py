"""What is kept of a run beyond its figures."""

from dataclasses import FrozenInstanceError

import pytest

from mppsim.results.history import KeptReport


def test_kept_report_was_delivered_unless_it_says_why_not() -> None:
    report = KeptReport(
        at=1.0,
        phone="00562b000001",
        group="lobby",
        content="full",
        method="PUT",
        url="http://h/a",
        status=201,
        bytes=5,
        seconds=0.1,
        late=0.0,
        waited=0.0,
    )

    assert (report.reason, report.detail) == ("", "")
    with pytest.raises(FrozenInstanceError):
        report.reason = "cut"  # type: ignore[misc]
