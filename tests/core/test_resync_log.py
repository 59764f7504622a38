from datetime import UTC, datetime

import pytest

from mppsim.core.catalogue import find_model
from mppsim.core.events import FAILURE_REASONS
from mppsim.core.identity import make_identity
from mppsim.core.macros import LiveState, PhoneMacros
from mppsim.core.resync_events import Log
from mppsim.core.resync_log import build_log, describe_failure
from mppsim.core.url import parse_url
from tests.support.timelines import make_store

NOON = datetime(2024, 8, 13, 12, 0, tzinfo=UTC)
LIVE = LiveState(
    request=parse_url("http://h:81/x.xml"), request_ip="h", request_result="file not found"
)


def log(message: str = "Log_Request_Msg", **values: str) -> Log | None:
    view = make_store({"Syslog_Server": "10.0.0.9"} | values).view
    lookup = PhoneMacros(make_identity(find_model("8851"), ip="10.0.0.5"), view, LIVE)
    return build_log(view, lookup, message, NOON)


@pytest.mark.parametrize(
    ("message", "priority", "text"),
    [
        ("Log_Request_Msg", 133, "Requesting resync http://h:81/x.xml"),
        ("Log_Success_Msg", 133, "Successful resync http://h:81/x.xml"),
        ("Log_Failure_Msg", 132, "Resync failed: file not found"),
        ("Log_Upgrade_Request_Msg", 133, "Requesting upgrade http://h:81/x.xml"),
        ("Log_Upgrade_Failure_Msg", 132, "Upgrade failed: file not found"),
    ],
)
def test_line_of_the_factorys_message_goes_to_the_syslog_server(
    message: str, priority: int, text: str
) -> None:
    line = f"<{priority}>Aug 13 12:00:00 10.0.0.5 CP-8851-3PCC 00:56:2b:00:00:01 -- {text}"

    assert log(message) == Log(host="10.0.0.9", port=514, line=line.encode())


@pytest.mark.parametrize("values", [{"Log_Request_Msg": ""}, {"Syslog_Server": ""}])
def test_empty_parameter_silences_the_log(values: dict[str, str]) -> None:
    assert log(**values) is None


@pytest.mark.parametrize(
    ("identifier", "host"), [("$MA", b"00562b000001"), ("$SN", b"FCH"), ("None", b"10.0.0.5")]
)
def test_identifier_stands_for_the_phone(identifier: str, host: bytes) -> None:
    line = log(Syslog_Identifier=identifier)

    assert line is not None
    assert line.line.split()[3].startswith(host)


def test_secret_macro_stays_as_it_is() -> None:
    line = log(Log_Request_Msg="key $SA", GPP_SA="s3cret")

    assert line is not None
    assert b"s3cret" not in line.line


@pytest.mark.parametrize("reason", sorted(FAILURE_REASONS - {"cut", "rule"}))
def test_every_reason_that_a_fetch_can_have_has_words(reason: str) -> None:
    assert " " in describe_failure(reason)


def test_status_without_words_of_its_own_is_named() -> None:
    assert describe_failure("status-418") == "the server answered 418"


def test_missing_file_is_the_same_by_every_protocol() -> None:
    assert describe_failure("tftp", is_missing=True) == describe_failure("status-404")
    assert describe_failure("tftp", is_missing=True, detail="TFTP error 1") == "file not found"


def test_servers_own_words_come_before_ours() -> None:
    assert describe_failure("tftp", detail="TFTP error 2: no") == "TFTP error 2: no"
