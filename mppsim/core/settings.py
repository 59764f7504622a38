"""The five fields of Upload Configuration Options, read into one typed value.

Source: the guide's table "Parameters for Reporting the Phone Configuration to the Server".
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from mppsim.core.report_rule import RuleReading, read_report_rule

__all__ = [
    "HTTP_REPORT_METHOD",
    "PERIODIC_UPLOAD",
    "REPORT_FIELDS",
    "REPORT_RULE",
    "REPORT_TO_SERVER",
    "UPLOAD_DELAY",
    "ReportMethod",
    "ReportSettings",
    "ReportToServer",
    "read_report_settings",
]

REPORT_RULE = "Report_Rule"
HTTP_REPORT_METHOD = "HTTP_Report_Method"
REPORT_TO_SERVER = "Report_To_Server"
PERIODIC_UPLOAD = "Periodic_Upload_To_Server"
UPLOAD_DELAY = "Upload_Delay_On_Local_Change"

REPORT_FIELDS = (REPORT_RULE, HTTP_REPORT_METHOD, REPORT_TO_SERVER, PERIODIC_UPLOAD, UPLOAD_DELAY)
"""The fields in the order of the phone's page."""


class ReportMethod(StrEnum):
    """How a report is sent; the strings are those of the page."""

    PUT = "PUT"
    POST = "POST"


class ReportToServer(StrEnum):
    """When a phone reports; the strings are those of the page."""

    ON_REQUEST = "On Request"
    ON_LOCAL_CHANGE = "On Local Change"
    PERIODICALLY = "Periodically"
    NEVER = "Never Report"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettings:
    """What the five fields say now."""

    reading: RuleReading
    """Report_Rule, with its faults and warnings."""
    method: ReportMethod
    """HTTP_Report_Method: one method for all rules."""
    to_server: ReportToServer
    """Report_To_Server."""
    period: float
    """Periodic_Upload_To_Server, in seconds."""
    delay: float
    """Upload_Delay_On_Local_Change, in seconds."""

    is_reporting: bool = field(init=False)
    """Whether there is a rule that can be read, and Report to Server is not "Never Report"."""
    reports_changes: bool = field(init=False)
    """Whether a local change is reported once the delay is over."""

    def __post_init__(self) -> None:
        # Fields, since phones share their settings, and each report asks three times.
        is_reporting = self.to_server is not ReportToServer.NEVER and any(self.reading.rules)
        reports_changes = self.to_server is ReportToServer.ON_LOCAL_CHANGE and is_reporting
        object.__setattr__(self, "is_reporting", is_reporting)
        object.__setattr__(self, "reports_changes", reports_changes)


def read_report_settings(value_of: Callable[[str], str]) -> ReportSettings:
    """Read the five fields of a phone whose values have been checked before they were stored.

    Phones whose fields say the same share what is read.
    """
    return _read(*map(value_of, REPORT_FIELDS))


@lru_cache(maxsize=1024)
def _read(rule: str, method: str, to_server: str, period: str, delay: str) -> ReportSettings:
    return ReportSettings(
        reading=read_report_rule(rule),
        method=ReportMethod(method),
        to_server=ReportToServer(to_server),
        period=float(period),
        delay=float(delay),
    )
