"""Status values: how each follows from what the phone is, holds and did."""

from dataclasses import replace
from pathlib import Path

import pytest

from mppsim.core.catalogue import find_model, models, status_fields
from mppsim.core.identity import PhoneIdentity
from mppsim.core.line_status import LineStatus
from mppsim.core.parameters import Baseline
from mppsim.core.status import PhoneStatus
from mppsim.core.status_values import STATUS_VALUES
from tests.support.status_reports import IDENTITY, MPP_12, NOON, status_of, view_with

REGISTERED = LineStatus().after_success(10.0, 3578.0)


def test_every_known_value_belongs_to_a_field() -> None:
    fields = {f"{field.group}/{field.name}" for model in models() for field in status_fields(model)}

    unused = [
        f"{group}/{name}"
        for group, values in STATUS_VALUES.items()
        for name in values
        if f"{group}/{name}".replace("_n", "_1") not in fields
    ]

    assert unused == []


# Who and where the phone is


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Product_Information/Serial_Number", "FCH2305ABCD"),
        ("Product_Information/MAC_Address", "14A2A0112233"),
        ("Product_Information/Hardware_Version", "2.0.1"),
        ("Product_Information/Software_Version", find_model("8851").software_version(MPP_12)),
        ("Product_Information/Client_Certificate", "Not Installed"),
        ("System_Information/Current_IP", "192.168.1.100"),
        ("System_Information/Current_Netmask", "255.255.255.0"),
        ("System_Information/Current_Gateway", "192.168.1.1"),
        ("System_Information/Primary__DNS", "192.168.1.1"),
        ("System_Information/DNS_from_DHCP", "192.168.1.1"),
        ("IPv4_Information/Secondary_DNS", ""),
        ("IPv4_Information/IP_Status", "OK"),
        ("IPv6_Information/Current_IP", "::"),
        ("IPv6_Information/Prefix_Length", "0"),
        ("Phone_Status/External_IP", ""),
        ("Phone_Status/Operational_VLAN_ID", "n/a"),
        ("Phone_Status/SW_Port", "1000 FULL"),
        ("TR-069_Status/TR-069_Feature", "Disabled"),
        ("Attendant_Console_Status/Unit_2_Status", "Not Connected"),
        ("Downloaded_Ring_Tone/Ring_Tone_2", "Not Installed"),
    ],
)
def test_phone_of_factory_values_shows(field: str, value: str) -> None:
    assert status_of()[field] == value


@pytest.mark.parametrize(
    ("values", "field", "value"),
    [
        ({"Host_Name": "lobby"}, "System_Information/Host_Name", "lobby"),
        ({"Domain": "example.com"}, "System_Information/Domain", "example.com"),
        ({"Primary_DNS": "9.9.9.9"}, "System_Information/Primary__DNS", "9.9.9.9"),
        ({"Primary_DNS": "9.9.9.9"}, "System_Information/DNS_from_DHCP", "192.168.1.1"),
        ({"Secondary_DNS": "8.8.8.8"}, "IPv4_Information/Secondary_DNS", "8.8.8.8"),
        ({"NetMask": "255.0.0.0"}, "IPv4_Information/Current_Netmask", "255.255.255.0"),
        ({"EXT_IP": "203.0.113.9"}, "Phone_Status/External_IP", "203.0.113.9"),
        ({"VLAN_ID": "7"}, "Phone_Status/Operational_VLAN_ID", "n/a"),
        (
            {"VLAN_ID": "7", "Enable_VLAN": "Yes"},
            "Phone_Status/Operational_VLAN_ID",
            "7",
        ),
        ({"Switch_Port_Config": "100 FULL"}, "Phone_Status/SW_Port", "100 FULL"),
        ({"Device_Config_Version": "v3"}, "Product_Information/Configuration_Version", "v3"),
        ({"Enable_TR069": "Yes"}, "TR-069_Status/TR-069_Feature", "Enabled"),
        ({"Extension_2_": "Disabled"}, "Line_2_Call_2_Status/Call_State", "Disabled"),
        ({"Extension_2_": "Disabled"}, "Line_3_Call_1_Status/Call_State", "No Service"),
        ({"Proxy_2_": "pbx"}, "Ext_2_Status/Last_Registration_At", "0/0/0 00:00:00"),
        ({"Proxy_2_": "pbx"}, "Ext_1_Status/Last_Registration_At", ""),
        (
            {"Proxy_2_": "pbx", "Line_Enable_2_": "No"},
            "Ext_2_Status/Last_Registration_At",
            "",
        ),
        ({"Proxy_1_": "pbx"}, "Ext_1_Status/Registration_State", "Not Registered"),
    ],
)
def test_field_follows_its_parameter(values: dict[str, str], field: str, value: str) -> None:
    assert status_of(view_with(**values))[field] == value


def test_static_address_takes_the_network_from_the_parameters() -> None:
    fields = status_of(
        view_with(Connection_Type="Static IP", NetMask="255.255.0.0", Gateway="192.168.0.254")
    )

    assert fields["System_Information/Connection_Type"] == "Static IP"
    assert fields["IPv4_Information/Current_Netmask"] == "255.255.0.0"
    assert fields["IPv4_Information/Current_Gateway"] == "192.168.0.254"
    assert fields["System_Information/DNS_from_DHCP"] == ""
    assert fields["System_Information/Primary__DNS"] == ""


def test_static_ipv6_address_shows() -> None:
    values = {"IPv6_Static_IP": "2001:db8::5", "Prefix_Length": "64"}

    fields = status_of(view_with(IPv6_Connection_Type="Static IP", **values))

    assert fields["IPv6_Information/Current_IP"] == "2001:db8::5"
    assert fields["IPv6_Information/Prefix_Length"] == "64"
    assert fields["IPv6_Information/Current_Gateway"] == "::"


def test_phone_with_an_ipv6_address_alone_has_no_ipv4_gateway() -> None:
    identity = PhoneIdentity(model=find_model("8851"), mac="0" * 12, serial="S", ip="::1")

    assert status_of(identity=identity)["IPv4_Information/Current_Gateway"] == ""


def test_phone_with_a_certificate_shows_it() -> None:
    identity = replace(IDENTITY, certificate=Path("phone.pem"))

    assert status_of(identity=identity)["Product_Information/Client_Certificate"] == "Installed"


def test_custom_ca_and_when_it_came_show() -> None:
    status = PhoneStatus(boot_time=NOON)
    fields = [status_of(status=status)]
    for has_succeeded in (True, False):
        status.record_custom_ca(60.0, has_succeeded=has_succeeded)
        status.trust("Acme CA")
        fields.append(status_of(status=status))

    group = "Custom_CA_Status/Custom_CA"
    assert [(one[f"{group}_Provisioning_Status"], one[f"{group}_Info"]) for one in fields] == [
        ("", "Not Installed"),
        ("Last provisioning succeeded on 08/13/2024 04:01:00", "Installed: Acme CA"),
        ("Last provisioning failed on 08/13/2024 04:01:00", "Installed: Acme CA"),
    ]


def test_phone_without_a_parameter_shows_the_field_as_if_unset() -> None:
    model = find_model("9861")  # has no Enable_VLAN
    identity = PhoneIdentity(model=model, mac="0" * 12, serial="S")

    fields = status_of(Baseline.factory(model, MPP_12).view, identity=identity)

    assert fields["Phone_Status/Operational_VLAN_ID"] == "n/a"


def test_no_call_is_invented() -> None:
    calls = {
        field.partition("/")[2]: value
        for field, value in status_of().items()
        if field.startswith("Line_1_Call_1_Status/") and value
    }

    assert calls == {"Call_State": "No Service", "Tone": "None"}


# Time


@pytest.mark.parametrize(
    ("zone", "now", "shown"),
    [
        ("GMT", 0.0, "8/13/2024 12:00:00"),
        ("GMT-08:00", 0.0, "8/13/2024 04:00:00"),
        ("GMT-03:30", 0.0, "8/13/2024 08:30:00"),
        ("GMT+14:00", 0.9, "8/14/2024 02:00:00"),
        ("GMT", 140 * 86_400 + 61.0, "12/31/2024 12:01:01"),
        ("", 0.0, "8/13/2024 12:00:00"),
    ],
)
def test_current_time_is_that_of_the_phones_time_zone(zone: str, now: float, shown: str) -> None:
    fields = status_of(view_with(Time_Zone=zone), now=now)

    assert fields["Phone_Status/Current_Time"] == shown


@pytest.mark.parametrize(
    ("uptime", "shown"),
    [
        (0.0, "00:00:00"),
        (59.99, "00:00:59"),
        (81_545.0, "22:39:05"),
        (86_400.0, "1 day, 00:00:00"),
        (7 * 86_400 + 7982.0, "7 days, 02:13:02"),
    ],
)
def test_elapsed_time_counts_from_the_last_start(uptime: float, shown: str) -> None:
    status = PhoneStatus(boot_time=NOON, up_since=50.0)

    assert status_of(status=status, now=50.0 + uptime)["Phone_Status/Elapsed_Time"] == shown


def test_reboot_history_is_newest_first_and_dated_by_the_phone() -> None:
    status = PhoneStatus(boot_time=NOON)
    status.record_restart("Provisioning", 10.0)
    status.record_restart("SIP Triggered", 3605.0)

    fields = status_of(status=status, now=4000.0)

    assert [fields[f"Reboot_History/Reboot_Reason_{n}"] for n in range(1, 6)] == [
        "[08/13/24 05:00:05]SIP Triggered",
        "[08/13/24 04:00:10]Provisioning",
        "",
        "",
        "",
    ]
    assert fields["Phone_Status/Elapsed_Time"] == "00:06:35"


def test_upgrades_are_listed_newest_first_and_the_last_stands_in_the_phones_status() -> None:
    status = PhoneStatus(boot_time=NOON)
    status.record_upgrade("upgrade failed: file not found", 10.0)
    status.record_upgrade("upgrade from http://h/x.loads: x", 20.0)

    fields = status_of(status=status)

    assert fields["Phone_Status/Upgrade_Status"] == "upgrade from http://h/x.loads: x"
    assert fields["Firmware_Upgrade_Status/Firmware_Upgrade_Status_1"] == (
        "[08/13/24 04:00:20]upgrade from http://h/x.loads: x"
    )
    assert fields["Firmware_Upgrade_Status/Firmware_Upgrade_Status_3"] == ""
    assert status_of()["Phone_Status/Upgrade_Status"] == ""


def test_resyncs_are_listed_newest_first() -> None:
    status = PhoneStatus(boot_time=NOON)
    status.record_resync("Resync failed: File Not Found", 10.0)
    status.record_resync("Successful resync http://h/x.xml", 20.0)

    fields = status_of(status=status, now=30.0)

    assert [fields[f"Provisioning_Status/Provisioning_Status_{n}"] for n in range(1, 4)] == [
        "[08/13/24 04:00:20]Successful resync http://h/x.xml",
        "[08/13/24 04:00:10]Resync failed: File Not Found",
        "",
    ]


# Counters


def test_counters_move_with_what_the_phone_does() -> None:
    status = PhoneStatus(boot_time=NOON)
    before = status_of(status=status, now=0.0)
    status.count_sip(514, 545)
    status.count_upload(1000, 100)
    after = status_of(status=status, now=10.0)

    moved = {
        field.partition("/")[2]: (before[field], after[field])
        for field in after
        if field.startswith("Phone_Status/") and before[field] != after[field]
    }

    assert moved == {
        "Current_Time": ("8/13/2024 04:00:00", "8/13/2024 04:00:10"),
        "Elapsed_Time": ("00:00:00", "00:00:10"),
        "Broadcast_Pkts_Recv": ("0", "10"),
        "Broadcast_Bytes_Recv": ("0", "2170"),
        "SIP_Messages_Sent": ("0", "1"),
        "SIP_Bytes_Sent": ("0", "545"),
        "SIP_Messages_Recv": ("0", "1"),
        "SIP_Bytes_Recv": ("0", "514"),
        "Tx_Packets": ("2", "8"),
        "Rx_Packets": ("0", "16"),
    }


def test_broadcasts_grow_while_the_phone_is_up_and_begin_anew_at_a_restart() -> None:
    status = PhoneStatus(boot_time=NOON)
    grown = status_of(status=status, now=81_545.0)
    status.record_restart("Upgrade", 81_545.0)
    anew = status_of(status=status, now=81_545.0)

    assert grown["Phone_Status/Broadcast_Pkts_Sent"] == "13"
    assert grown["Phone_Status/Broadcast_Bytes_Sent"] == "1274"
    assert anew["Phone_Status/Broadcast_Pkts_Sent"] == "2"
    assert anew["Phone_Status/Broadcast_Pkts_Recv"] == "0"


# Registration


@pytest.mark.parametrize(
    ("line", "state", "last", "following", "call"),
    [
        (LineStatus(), "Not Registered", "0/0/0 00:00:00", "", "No Service"),
        (REGISTERED, "Registered", "8/13/2024 04:00:10", "3478 s", "Idle"),
        (
            REGISTERED.after_failure(90.0, 120.0),
            "Failed",
            "8/13/2024 04:00:10",
            "20 s",
            "No Service",
        ),
        (LineStatus().after_failure(90.0, None), "Failed", "0/0/0 00:00:00", "", "No Service"),
    ],
)
def test_line_shows_its_registration(
    line: LineStatus, state: str, last: str, following: str, call: str
) -> None:
    status = PhoneStatus(boot_time=NOON)
    status.lines = {1: line}
    shown = status_of(view_with(Proxy_1_="pbx"), status, now=100.0)

    assert shown["Ext_1_Status/Registration_State"] == state
    assert shown["Ext_1_Status/Last_Registration_At"] == last
    assert shown["Ext_1_Status/Next_Registration_In"] == following
    assert shown["Line_1_Call_1_Status/Call_State"] == call
    assert shown["Ext_2_Status/Registration_State"] == "Not Registered"
