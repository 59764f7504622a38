"""A day of one phone, on a clock that jumps: what it tells, and when.

It is switched on at noon, is provisioned in two stages, registers its line and keeps it
registered, resyncs every four hours, is edited, reports, survives an evening without its server
and a night without its PBX, upgrades, and restarts.
"""

import gzip
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from mppsim.core.encryption import encrypt_key
from mppsim.net.line_ports import LinePorts
from tests.support.pbx_at_hand import PbxAtHand
from tests.support.phone_desk import NOON, Desk
from tests.support.resync_timelines import profile_body
from tests.support.sip_messages import read_headers
from tests.support.status_reports import read

NEW = "sip88xx.12-0-7MPP0301-92"

BOOTSTRAP = "http://boot/8851-3PCC.xml"
PROFILE = "http://prov/00562b000001.xml"
LOADS = f"http://prov/{NEW}.loads"

GIVEN = {
    "Profile_Rule": "http://boot/$PSN.xml",
    "Syslog_Server": "10.0.0.9",
    "Time_Zone": "GMT",
}
FIRST = {
    "GPP_B": "test123",
    "Profile_Rule": "[--key $B]http://prov/$MA.xml",
    "Resync_Periodic": "14400",
}
REPORTS = {
    "Report_Rule": "[--delta]http://prov/$MA-delta.xml [--status]http://prov/$MA-status.xml",
    "HTTP_Report_Method": "PUT",
    "Report_To_Server": "On Local Change",
    "Resync_Error_Retry_Delay": "600,1200",
}
LINE = {
    "Proxy_1_": PbxAtHand.place,
    "User_ID_1_": "1001",
    "Password_1_": "secret",
    "Register_Expires_1_": "14400",
    "Reg_Max_Expires": "14400",
    "Auth_Resync-Reboot_1_": "No",
}


def sealed(**values: str) -> bytes:
    """The profile as the guide says: compressed, then encrypted as openssl does."""
    body = gzip.compress(profile_body(**REPORTS, **LINE, **values))
    return encrypt_key(body, "test123", digest="sha256", random_bytes=bytes)


def after_noon(shown: str) -> float:
    """Give the seconds until the clock on the wall shows that."""
    hours, minutes, seconds = map(int, shown.split(":"))
    return float((hours * 3600 + minutes * 60 + seconds - 43_200) % 86_400)


class Day(Desk):
    """The phone, and all that is around it when it is switched on."""

    def __init__(self) -> None:
        super().__init__(GIVEN, quirks=["boot_seconds=60"])
        self.pbx = PbxAtHand(self.phone, lambda said: self.told.append((self.clock.now(), said)))
        self.phone.plug_in(LinePorts(self.pbx.endpoint))
        self.uploads.pages[BOOTSTRAP] = profile_body(**FIRST)
        self.serve(Station_Display_Name="Lobby")

    def serve(self, **values: str) -> None:
        self.uploads.pages[PROFILE] = sealed(**values)

    def events(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """What happens around the phone, and when."""
        pages, phone, pbx = self.uploads.pages, self.phone, self.pbx
        yield "12:00:00", phone.switch_on
        # Two edits in a minute make one report, a minute after the second.
        yield "14:00:00", lambda: phone.submit_changes({"Ringer_Volume": "3"})
        yield "14:00:30", lambda: phone.submit_changes({"Station_Display_Name": "Front"})
        # The administrator changes the profile, and wants it in force at once.
        yield "15:00:00", lambda: self.serve(Station_Display_Name="Reception")
        yield "15:00:00", lambda: pbx.notify("resync")
        # The server is away in the evening, when a resync is due; then there is new firmware.
        yield "18:00:00", lambda: pages.pop(PROFILE)
        yield "19:30:00", lambda: self.serve(Upgrade_Rule=f"($SWVER lt {NEW})? {LOADS}")
        yield "19:30:00", lambda: pages.__setitem__(LOADS, b"kern, rootfs")
        # At night the PBX refuses to work for ten minutes, and somebody cannot sleep.
        yield "03:00:00", lambda: pbx.script.append("503 At Night\nRetry-After: 600")
        yield "03:52:00", lambda: phone.submit_changes({"Ringer_Volume": "1"})
        # In the morning somebody restarts the phone.
        yield "08:00:00", lambda: phone.restart("User Triggered")

    @property
    def diary(self) -> list[tuple[str, str]]:
        """What was told, and when by the clock on the wall; of a moment, the line's part last."""
        assert all(at.is_integer() for at, _ in self.told)
        noon = datetime.fromtimestamp(NOON, UTC)
        told = sorted(self.told, key=lambda row: (row[0], row[1].startswith(("line", "REGISTER"))))
        return [(f"{noon + timedelta(seconds=at):%H:%M:%S}", word) for at, word in told]

    def bodies_of(self, kind: str) -> list[str]:
        sent = self.uploads.requests
        return [each.body.decode() for each in sent if each.url.target.endswith(f"-{kind}.xml")]


DIARY = [
    # Noon: the profile that the installer named names the one that counts, and that the line.
    ("12:00:00", "resync ok"),
    ("12:00:00", "resync set GPP_B,Profile_Rule,Resync_Periodic"),
    ("12:00:00", "resync ok"),
    ("12:00:00", f"resync set {','.join(REPORTS | LINE)},Station_Display_Name"),
    ("12:00:00", "REGISTER for 14400 s: 401"),
    ("12:00:00", "REGISTER for 14400 s: 200"),
    ("12:00:00", "line 1 Registered"),
    # Two o'clock: two edits, and a report.
    ("14:00:00", "phone set Ringer_Volume"),
    ("14:00:30", "phone set Station_Display_Name"),
    ("14:01:30", "trigger local_change"),
    ("14:01:30", "PUT delta"),
    ("14:01:30", "delta 201"),
    ("14:01:30", "PUT status"),
    ("14:01:30", "status 201"),
    # Three o'clock: a NOTIFY; the next resync is four hours later.
    ("15:00:00", "notify resync 200"),
    ("15:00:00", "resync ok"),
    ("15:00:00", "resync set Station_Display_Name"),
    # The registration is renewed 32 seconds before its four hours are over.
    ("15:59:28", "REGISTER for 14400 s: 200"),
    # Seven o'clock: the server does not have the profile; again after 10 minutes, then every 20.
    ("19:00:00", "resync status-404"),
    ("19:10:00", "resync status-404"),
    ("19:30:00", "resync status-404"),
    ("19:50:00", "resync ok"),
    ("19:50:00", "resync set Upgrade_Rule"),
    ("19:50:00", "upgrade ok"),
    # The phone takes nothing back before it goes down; at the PBX the registration lasts.
    ("19:50:00", "line 1 Not Registered"),
    # A minute later it is up: it reports, resyncs and registers as after every start.
    ("19:51:00", "trigger restart"),
    ("19:51:00", "PUT delta"),
    ("19:51:00", "delta 201"),
    ("19:51:00", "PUT status"),
    ("19:51:00", "resync ok"),
    ("19:51:00", "status 201"),
    ("19:51:00", "REGISTER for 14400 s: 401"),
    ("19:51:00", "REGISTER for 14400 s: 200"),
    ("19:51:00", "line 1 Registered"),
    # The night: a REGISTER and a resync every four hours.
    ("23:50:28", "REGISTER for 14400 s: 200"),
    ("23:51:00", "resync ok"),
    ("03:49:56", "REGISTER for 14400 s: 503"),
    ("03:49:56", "line 1 Failed status-503 600.0"),
    ("03:51:00", "resync ok"),
    ("03:52:00", "phone set Ringer_Volume"),
    ("03:53:00", "trigger local_change"),
    ("03:53:00", "PUT delta"),
    ("03:53:00", "delta 201"),
    ("03:53:00", "PUT status"),
    ("03:53:00", "status 201"),
    ("03:59:56", "REGISTER for 14400 s: 200"),
    ("03:59:56", "line 1 Registered"),
    ("07:51:00", "resync ok"),
    ("07:59:24", "REGISTER for 14400 s: 200"),
    # Eight in the morning: a restart.
    ("08:00:00", "line 1 Not Registered"),
    ("08:01:00", "trigger restart"),
    ("08:01:00", "PUT delta"),
    ("08:01:00", "delta 201"),
    ("08:01:00", "PUT status"),
    ("08:01:00", "resync ok"),
    ("08:01:00", "status 201"),
    ("08:01:00", "REGISTER for 14400 s: 401"),
    ("08:01:00", "REGISTER for 14400 s: 200"),
    ("08:01:00", "line 1 Registered"),
]


async def live() -> Day:
    """Let the day go by, from noon to noon."""
    day = Day()
    for shown, action in day.events():
        day.timers.call_at(after_noon(shown), action)
    await day.timers.run_until(86_400.0)
    return day


async def test_a_day_of_one_phone() -> None:
    day = await live()

    assert day.diary == DIARY
    assert day.phone.parameters["Station_Display_Name"] == "Reception"
    assert day.logged[5:8] == [
        "10.0.0.9:514 Successful resync http://prov:80/00562b000001.xml",
        "10.0.0.9:514 Requesting resync http://prov:80/00562b000001.xml",
        "10.0.0.9:514 Resync failed: file not found",
    ]


async def test_what_was_edited_in_a_day_is_reported_once_and_what_a_resync_set_is_not() -> None:
    day = await live()

    first, *others = day.bodies_of("delta")
    assert '<Station_Display_Name ua="na">Front</Station_Display_Name>' in first
    assert all("_Name" not in body for body in others)
    assert [body.count("Ringer_Volume ") for body in (first, *others)] == [1, 0, 1, 0]
    assert all("secret" not in body for body in day.uploads.bodies)


async def test_status_says_what_has_become_of_the_line_and_of_the_phone() -> None:
    day = await live()

    afternoon, _, night, _ = map(line_in, day.bodies_of("status"))
    assert afternoon == ("Registered", "8/13/2024 12:00:00", "7078 s")
    assert night == ("Failed", "8/13/2024 23:50:28", "416 s")
    at_noon = day.phone.status_report().decode()
    assert line_in(at_noon) == ("Registered", "8/14/2024 08:01:00", "28 s")
    status = read(at_noon.encode())
    assert status["Product_Information/Software_Version"] == NEW
    assert status["Reboot_History/Reboot_Reason_1"] == "[08/14/24 08:00:00]User Triggered"
    assert status["Reboot_History/Reboot_Reason_2"] == "[08/13/24 19:50:00]Upgrade"


async def test_registrations_of_a_day_are_one_series() -> None:
    day = await live()

    requests = day.pbx.requests
    assert [read_headers(each, "CSeq") for each in requests] == [
        [f"{number} REGISTER"] for number in range(1, len(requests) + 1)
    ]


def line_in(status: str) -> tuple[str, str, str]:
    shown = read(status.encode())
    names = ("Registration_State", "Last_Registration_At", "Next_Registration_In")
    state, last, following = (shown[f"Ext_1_Status/{name}"] for name in names)
    return state, last, following
