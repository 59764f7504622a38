"""A day of one phone, on a clock that jumps: what it tells, and when.

It is switched on at noon, is provisioned in two stages, resyncs every four hours, is edited,
reports, survives an evening without its server, upgrades, and restarts.
"""

import gzip
from collections.abc import Callable, Iterator

from mppsim.core.encryption import encrypt_key
from tests.support.phone_desk import Desk
from tests.support.resync_timelines import profile_body
from tests.support.status_reports import read

MINUTE, HOUR = 60.0, 3600.0
NEW = "sip88xx.12-0-7MPP0301-92"

BOOTSTRAP = "http://boot/8851-3PCC.xml"
PROFILE = "http://prov/00562b000001.xml"
LOADS = f"http://prov/{NEW}.loads"

GIVEN = {"Profile_Rule": "http://boot/$PSN.xml", "Syslog_Server": "10.0.0.9"}
FIRST = {
    "GPP_B": "test123",
    "Profile_Rule": "[--key $B]http://prov/$MA.xml",
    "Resync_Periodic": "14400",
}
REPORTS = {
    "Report_Rule": "[--delta]http://prov/$MA-delta.xml",
    "HTTP_Report_Method": "PUT",
    "Report_To_Server": "On Local Change",
    "Resync_Error_Retry_Delay": "600,1200",
}


def sealed(**values: str) -> bytes:
    """The profile as the guide says: compressed, then encrypted as openssl does."""
    body = gzip.compress(profile_body(**REPORTS, **values))
    return encrypt_key(body, "test123", digest="sha256", random_bytes=bytes)


def morning_of(desk: Desk) -> None:
    """What the servers have when the phone is switched on."""
    desk.uploads.pages[BOOTSTRAP] = profile_body(**FIRST)
    desk.uploads.pages[PROFILE] = sealed(Station_Display_Name="Lobby")


def rows(desk: Desk) -> Iterator[tuple[float, Callable[[], object]]]:
    """What happens around the phone, by the run's clock."""
    pages, phone = desk.uploads.pages, desk.phone
    yield 0.0, phone.switch_on
    # Two edits in a minute make one report, a minute after the second.
    yield 2 * HOUR, lambda: phone.submit_changes({"Ringer_Volume": "3"})
    yield 2 * HOUR + 30, lambda: phone.submit_changes({"Station_Display_Name": "Front"})
    # The administrator changes the profile, and wants it in force at once.
    yield (
        3 * HOUR,
        lambda: pages.__setitem__(PROFILE, sealed(Station_Display_Name="Reception")),
    )
    yield 3 * HOUR, lambda: phone.obey("resync")
    # The server is away for half an hour in the evening, when a resync is due.
    yield 6 * HOUR, lambda: pages.pop(PROFILE)
    yield (
        7.5 * HOUR,
        lambda: pages.__setitem__(PROFILE, sealed(Upgrade_Rule=f"($SWVER lt {NEW})? {LOADS}")),
    )
    yield 7.5 * HOUR, lambda: pages.__setitem__(LOADS, b"kern, rootfs")
    # In the morning somebody pulls the plug.
    yield 20 * HOUR, lambda: phone.restart("User Triggered")


TOLD = [
    # Noon: the profile that the installer named names the one that counts.
    (0, "resync ok"),
    (0, "resync set GPP_B,Profile_Rule,Resync_Periodic"),
    (0, "resync ok"),
    (
        0,
        "resync set Report_Rule,HTTP_Report_Method,Report_To_Server,Resync_Error_Retry_Delay,"
        "Station_Display_Name",
    ),
    # Two o'clock: two edits.
    (120, "phone set Ringer_Volume"),
    (120.5, "phone set Station_Display_Name"),
    (121.5, "trigger local_change"),
    (121.5, "PUT delta"),
    (121.5, "delta 201"),
    # Three o'clock: a NOTIFY; the next resync is four hours later.
    (180, "resync ok"),
    (180, "resync set Station_Display_Name"),
    # Seven o'clock: the server does not have it; again after 10 minutes, then every 20.
    (420, "resync status-404"),
    (430, "resync status-404"),
    (450, "resync status-404"),
    (470, "resync ok"),
    (470, "resync set Upgrade_Rule"),
    (470, "upgrade ok"),
    (470, "trigger restart"),
    (470, "PUT delta"),
    (470, "delta 201"),
    # With the new firmware it resyncs as after every start, then every four hours.
    (470, "resync ok"),
    (710, "resync ok"),
    (950, "resync ok"),
    (1190, "resync ok"),
    # Eight in the morning: a restart.
    (1200, "trigger restart"),
    (1200, "PUT delta"),
    (1200, "delta 201"),
    (1200, "resync ok"),
    (1440, "resync ok"),
]
"""What the phone tells, in minutes after noon."""


async def test_a_day_of_one_phone() -> None:
    desk = Desk(GIVEN)
    morning_of(desk)
    for at, action in rows(desk):
        desk.timers.call_at(at, action)

    await desk.timers.run_until(24 * HOUR)

    assert [(at / MINUTE, word) for at, word in desk.told] == TOLD
    deltas = [body for body in desk.uploads.bodies if body]
    assert '<Station_Display_Name ua="na">Front</Station_Display_Name>' in deltas[0]
    assert all("_Name" not in body for body in deltas[1:])  # what a resync set is in no delta
    assert desk.logged[5:8] == [
        "10.0.0.9:514 Successful resync http://prov:80/00562b000001.xml",
        "10.0.0.9:514 Requesting resync http://prov:80/00562b000001.xml",
        "10.0.0.9:514 Resync failed: file not found",
    ]
    status = read(desk.phone.status_report())
    assert status["Product_Information/Software_Version"] == NEW
    assert status["Reboot_History/Reboot_Reason_1"] == "[08/14/24 00:00:00]User Triggered"
    assert status["Reboot_History/Reboot_Reason_2"] == "[08/13/24 11:50:00]Upgrade"
    assert desk.phone.parameters["Station_Display_Name"] == "Reception"
