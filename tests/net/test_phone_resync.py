"""The resync side of one phone, on a clock that jumps."""

import pytest

from mppsim.core.catalogue import find_model
from mppsim.core.events import NotifyReceived, PhoneStarted, ResyncFinished
from mppsim.core.identity import make_identity
from mppsim.core.profile import Profile
from mppsim.core.resync_events import ResyncRequested
from mppsim.http import Credentials
from mppsim.net.phone_resync import needs_resync
from tests.support.flash import flashed
from tests.support.phone_desk import Desk
from tests.support.resync_timelines import profile_body
from tests.support.scripted_uploads import HELD
from tests.support.status_reports import read
from tests.support.timelines import make_store

RULE = {"Profile_Rule": "[--uid joe --pwd pw]http://h/$MA.xml", "Resync_Random_Delay": "0"}
URL = "http://h/00562b000001.xml"
LOAD = "sip88xx.12-0-7MPP0301-92"
LOADS = f"http://h/{LOAD}.loads"


def desk(values: dict[str, str] | None = None, **others) -> Desk:
    made = Desk(RULE if values is None else values, **others)
    made.uploads.pages[URL] = profile_body(GPP_A="lobby")
    return made


async def test_phone_fetches_its_profile_and_applies_it() -> None:
    phone = desk()
    await phone.run((0.0, "on"), until=10.0)

    assert phone.words == ["resync ok", "resync set GPP_A"]
    assert phone.phone.parameters["GPP_A"] == "lobby"


async def test_request_is_a_get_with_the_phones_headers_and_the_rules_credentials() -> None:
    phone = desk()
    await phone.run((0.0, "on"), until=10.0)
    request = phone.uploads.requests[0]

    assert (request.method, request.body, request.credentials) == (
        "GET",
        b"",
        Credentials("joe", "pw"),
    )
    assert request.headers == (
        ("User-Agent", "Cisco-CP-8851-3PCC/12.0.7 (00562b000001)"),
        ("Accept-Encoding", "deflate, gzip"),
        ("Accept", "*/*"),
        ("Accept-Language", "en"),
        ("Accept-Charset", "iso-8859-1"),
    )
    assert not phone.uploads.lines[0].is_open


async def test_phone_resyncs_again_after_its_period() -> None:
    phone = desk()
    await phone.run((0.0, "on"), until=7300.0)

    assert [at for at, word in phone.told if word == "resync ok"] == [0.0, 3600.0, 7200.0]


async def test_failed_resync_stands_in_the_status_and_is_tried_again() -> None:
    phone = desk({**RULE, "Resync_Error_Retry_Delay": "60"})
    phone.uploads.pages.clear()
    await phone.run((0.0, "on"), until=100.0)

    assert phone.words == ["resync status-404", "resync status-404"]
    status = read(phone.phone.status_report())
    assert status["Provisioning_Status/Provisioning_Status_1"] == (
        f"[08/13/24 04:01:00]resync from {URL} failed: file not found"
    )


async def test_status_shows_what_succeeded() -> None:
    phone = desk()
    await phone.run((0.0, "on"), until=10.0)

    status = read(phone.phone.status_report())
    assert status["Provisioning_Status/Provisioning_Status_1"].endswith(f"]resync from {URL}")
    assert int(status["Phone_Status/Rx_Packets"]) > 10


async def test_notify_and_page_make_a_resync_with_the_phones_rules_or_a_given_one() -> None:
    phone = desk({**RULE, "Resync_On_Reset": "No"})
    phone.uploads.pages["http://h/once"] = profile_body(GPP_B="once")
    await phone.run(
        (0.0, "on"), (1.0, "notify resync"), (2.0, "notify check-sync"),
        (3.0, "resync"), (4.0, "resync http://h/once"),
        until=5.0,
    )  # fmt: skip

    assert [str(request.url) for request in phone.uploads.requests] == [URL] * 3 + ["http://h/once"]
    assert phone.phone.parameters["GPP_B"] == "once"


async def test_phone_that_is_down_does_not_resync() -> None:
    phone = desk(quirks=["boot_seconds=60"])
    await phone.run((0.0, "on"), (5.0, "restart"), (10.0, "resync"), until=64.0)

    assert len(phone.uploads.requests) == 1


async def test_restart_cuts_the_fetch_in_hand_and_resyncs_again() -> None:
    phone = desk()
    phone.uploads.pages[URL] = HELD
    await phone.run((0.0, "on"), until=0.0)
    await_requests = len(phone.uploads.requests)

    phone.phone.restart("User Triggered")

    assert await_requests == 1
    assert not phone.uploads.lines[0].is_open
    assert phone.words == []


async def test_switched_off_phone_gives_its_fetch_up() -> None:
    phone = desk()
    phone.uploads.pages[URL] = HELD
    await phone.run((0.0, "on"), (0.0, "off"), until=1.0)

    assert not phone.uploads.lines[0].is_open
    assert phone.words == []


async def test_clock_that_jumps_waits_for_a_fetch() -> None:
    phone = desk()
    phone.uploads.pages[URL] = HELD
    phone.phone.switch_on()
    await phone.timers.settle(0.0)
    phone.timers.call_at(5.0, lambda: None)

    assert phone.clock.now() == 0.0


async def test_log_goes_to_the_syslog_server() -> None:
    phone = desk({**RULE, "Syslog_Server": "10.0.0.9:5514"})
    await phone.run((0.0, "on"), until=10.0)

    assert phone.logged == [
        "10.0.0.9:5514 Requesting resync http://h:80/00562b000001.xml",
        "10.0.0.9:5514 Successful resync http://h:80/00562b000001.xml",
    ]


async def test_upgrade_restarts_the_phone_with_the_new_version() -> None:
    phone = desk({"Upgrade_Rule": LOADS, "Report_Rule": "http://h/report", "GPP_A": "kept"})
    phone.uploads.pages[LOADS] = b"files"
    await phone.run((10.0, "on"), until=20.0)

    status = read(phone.phone.status_report())
    assert phone.words.count("upgrade ok") == 1
    assert status["Product_Information/Software_Version"] == LOAD
    assert status["Reboot_History/Reboot_Reason_1"].endswith("]Upgrade")
    assert status["Phone_Status/Upgrade_Status"] == f"upgrade from {LOADS}: {LOAD}"
    assert status["Firmware_Upgrade_Status/Firmware_Upgrade_Status_1"].endswith(LOAD)
    assert phone.phone.parameters["GPP_A"] == "kept"
    assert phone.words.count("trigger restart") == 2


async def test_macros_of_a_report_know_of_the_resync() -> None:
    phone = desk({**RULE, "Report_Rule": "http://h/$PRVST/$PRVTMR"})
    await phone.run((0.0, "on"), (30.0, "notify report"), until=40.0)

    assert str(phone.uploads.requests[-1].url) == "http://h/0/30"


async def test_bare_path_without_a_tftp_server_fails_and_says_so() -> None:
    phone = desk({"Profile_Rule": "/$MA.xml", "Resync_Random_Delay": "0"})
    await phone.run((0.0, "on"), until=10.0)

    assert phone.words == ["resync no-tftp-server"]
    assert phone.uploads.requests == []


async def test_bare_path_goes_to_the_phones_tftp_server() -> None:
    phone = desk(
        {"Profile_Rule": "/$MA.xml", "Resync_Random_Delay": "0"}, tftp_server="10.0.0.7:6969"
    )
    await phone.run((0.0, "on"), until=10.0)

    assert [str(request.url) for request in phone.uploads.requests] == [
        "tftp://10.0.0.7:6969/00562b000001.xml"
    ]


async def test_running_phone_resyncs_at_the_end_of_its_period() -> None:
    phone = desk(running_since=0.0)
    await phone.run(until=4000.0)

    assert [at for at, _ in phone.told] == [3600.0, 3600.0]


async def test_phone_without_a_rule_owns_no_resync_side() -> None:
    phone = desk({})
    await phone.run((0.0, "on"), (1.0, "set GPP_A=1"), (2.0, "restart"), until=10.0)

    assert phone.phone._sides is None


async def test_rule_that_is_set_on_a_running_phone_is_obeyed() -> None:
    phone = desk({"Resync_Random_Delay": "0"})
    await phone.run((0.0, "on"), (5.0, f"set Profile_Rule={URL}"), until=10.0)

    assert phone.words == ["phone set Profile_Rule", "resync ok", "resync set GPP_A"]


@pytest.mark.parametrize(
    ("event", "values", "expected"),
    [
        (ResyncRequested(), {}, True),
        (NotifyReceived("resync"), {}, True),
        (NotifyReceived("report"), {}, False),
        (PhoneStarted(), {}, False),
        (PhoneStarted(), {"Profile_Rule_C": "http://h/c"}, True),
        (ResyncFinished(Profile(())), {"Upgrade_Rule": "http://h/x"}, True),
        (None, {"Profile_Rule": "[--delta]http://h/x"}, False),
    ],
)
def test_phone_needs_a_resync_side_for_a_rule_or_when_it_is_asked(
    event, values: dict[str, str], expected: bool
) -> None:
    assert needs_resync(event, make_store(values).view) is expected


def test_identity_of_the_desk_is_the_one_in_the_urls() -> None:
    assert make_identity(find_model("8851")).mac in URL


# What it remembers.


async def test_result_of_a_resync_is_kept_before_it_is_told() -> None:
    phone, flash = flashed(RULE)
    phone.uploads.pages[URL] = profile_body(GPP_A="lobby")
    await phone.run((0.0, "on"), until=10.0)

    results = [[each.what for each in memory.resyncs] for memory in flash.kept]
    first = results.index([f"resync from {URL}"])
    assert flash.told[first] == []
    assert flash.kept[-1].parameters["GPP_A"].value == "lobby"


async def test_phone_remembers_the_firmware_that_it_was_upgraded_to() -> None:
    phone, flash = flashed({"Upgrade_Rule": LOADS})
    phone.uploads.pages[LOADS] = b"sip88xx"
    await phone.run((0.0, "on"), until=10.0)
    memory = flash.kept[-1]

    assert memory.load == LOAD
    assert memory.upgrades[0].what == f"upgrade from {LOADS}: {LOAD}"

    after, _ = flashed(recalled=memory)
    assert after.phone.parameters.baseline.release.label == "12.0.7"
    assert after.phone.parameters.baseline.release.load == LOAD
