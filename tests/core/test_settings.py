import pytest

from mppsim.core.settings import (
    REPORT_FIELDS,
    ReportMethod,
    ReportToServer,
    read_report_settings,
)
from tests.support.timelines import DELTA, make_store


def settings_of(**values):
    return read_report_settings(make_store(values).__getitem__)


def test_factory_values_are_the_guides_defaults():
    settings = settings_of()

    assert settings.reading.rules == ()
    assert settings.method is ReportMethod.POST
    assert settings.to_server is ReportToServer.ON_REQUEST
    assert settings.period == 3600.0
    assert settings.delay == 60.0


def test_all_five_fields_are_read():
    settings = settings_of(
        Report_Rule=DELTA,
        HTTP_Report_Method="PUT",
        Report_To_Server="Periodically",
        Periodic_Upload_To_Server="600",
        Upload_Delay_On_Local_Change="10",
    )

    assert [str(rule) for rule in settings.reading.rules] == [DELTA]
    assert settings.method is ReportMethod.PUT
    assert settings.to_server is ReportToServer.PERIODICALLY
    assert settings.period == 600.0
    assert settings.delay == 10.0


def test_five_fields_stand_in_the_order_of_the_phones_page():
    names = [parameter.name for parameter in make_store().view.baseline.parameters]
    places = [names.index(field) for field in REPORT_FIELDS]

    assert places == sorted(places)
    assert len(REPORT_FIELDS) == 5


@pytest.mark.parametrize(
    ("values", "is_reporting"),
    [
        ({}, False),
        ({"Report_Rule": DELTA}, True),
        ({"Report_Rule": "[--delta"}, False),
        ({"Report_Rule": f"[--key]http://server/x {DELTA}"}, True),
        ({"Report_Rule": DELTA, "Report_To_Server": "Never Report"}, False),
    ],
)
def test_phone_reports_with_a_readable_rule_unless_it_never_does(values, is_reporting):
    assert settings_of(**values).is_reporting is is_reporting
