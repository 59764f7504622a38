"""Know what each status field shows: a constant, a parameter, or something the phone lived through.

A field that is not here is empty until something happens that mppsim does not emulate: a call, a
problem report.

Source: column `change` of `mppsim/data/status.csv`; the guides' pages Info > Status.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from mppsim.core.catalogue import ParameterSet
from mppsim.core.identity import PhoneIdentity
from mppsim.core.line_status import LineStatus, RegistrationState
from mppsim.core.local_time import show_time
from mppsim.core.parameters import ParameterView
from mppsim.core.phone_status import Happening, PhoneStatus

__all__ = ["STATUS_VALUES", "StatusFacts", "StatusValue"]


class StatusFacts:
    """What the fields of one report are read from: a phone at a moment of the run's clock."""

    __slots__ = ("identity", "lines", "now", "status", "traffic", "uptime", "view")

    def __init__(
        self, identity: PhoneIdentity, view: ParameterView, status: PhoneStatus, now: float
    ) -> None:
        self.identity = identity
        self.view = view
        self.status = status
        self.now = now
        self.lines = status.lines
        """The phone's lines that are or were to be registered, by their numbers."""
        self.traffic = status.traffic
        self.uptime = max(0, int(now - status.up_since))
        """Whole seconds since the phone came up."""

    def __getitem__(self, name: str) -> str:
        """Return a parameter's value, empty where the phone has no such parameter."""
        return self.view.get(name) or ""

    def date(self, at: float) -> datetime:
        """Return a moment of the run's clock as the phone's own clock shows it."""
        return show_time(self.status.boot_time + at, self["Time_Zone"])


StatusValue = str | Callable[[StatusFacts, int], str]
"""What a field always shows, or how it is read; the number is that of its line, unit or place."""


# Network


def _is_static(facts: StatusFacts) -> bool:
    return facts["Connection_Type"] == "Static IP"


def _host_name(facts: StatusFacts, _: int) -> str:
    return facts["Host_Name"] or f"SEP{facts.identity.mac.upper()}"


def _netmask(facts: StatusFacts, _: int) -> str:
    return (_is_static(facts) and facts["NetMask"]) or "255.255.255.0"


def _gateway(facts: StatusFacts, _: int) -> str:
    """Return the Gateway parameter, or with DHCP the first host of the phone's network."""
    if _is_static(facts):
        return facts["Gateway"]
    network, dot, _host = facts.identity.ip.rpartition(".")
    return f"{network}.1" if dot else ""


def _dns_from_dhcp(facts: StatusFacts, _: int) -> str:
    return "" if _is_static(facts) else _gateway(facts, 0)


def _primary_dns(facts: StatusFacts, _: int) -> str:
    return facts["Primary_DNS"] or _dns_from_dhcp(facts, 0)


def _parameter(name: str) -> StatusValue:
    return lambda facts, _: facts[name]


def _ipv6(name: str, otherwise: str) -> StatusValue:
    """Read an IPv6 parameter; without a static address there is no IPv6 here."""
    return lambda facts, _: (
        (facts["IPv6_Connection_Type"] == "Static IP" and facts[name]) or otherwise
    )


def _vlan(facts: StatusFacts, _: int) -> str:
    return facts["VLAN_ID"] if facts["Enable_VLAN"] == "Yes" else "n/a"


def _switch_port(facts: StatusFacts, _: int) -> str:
    setting = facts["Switch_Port_Config"]
    return "1000 FULL" if setting in {"", "AUTO"} else setting


# Time


def _current_time(facts: StatusFacts, _: int) -> str:
    return _show_moment(int(facts.status.boot_time + facts.now), facts["Time_Zone"])


@lru_cache(maxsize=1024)
def _show_moment(second: int, zone: str) -> str:
    """Show a second since 1970 UTC: once for all phones that report in it."""
    return _show_date(show_time(second, zone))


def _show_date(date: datetime) -> str:
    clock = f"{date.hour:02}:{date.minute:02}:{date.second:02}"
    return f"{date.month}/{date.day}/{date.year} {clock}"


def _elapsed_time(facts: StatusFacts, _: int) -> str:
    days, seconds = divmod(facts.uptime, 86_400)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if not days:
        return clock
    return f"{days} day{'s' if days > 1 else ''}, {clock}"


def _history(entries: Callable[[PhoneStatus], Sequence[Happening]]) -> StatusValue:
    """Read the n-th entry of a history, "[08/10/14 14:03:43]Provisioning"; empty: not so many."""

    def read(facts: StatusFacts, number: int) -> str:
        happened = entries(facts.status)
        if number > len(happened):
            return ""
        happening = happened[number - 1]
        return f"{facts.date(happening.at):[%m/%d/%y %H:%M:%S]}{happening.what}"

    return read


# Counters. Broadcasts are those of a quiet network, and follow from the time that the phone is up:
# one a second is received.


def _broadcasts_sent(facts: StatusFacts) -> int:
    return 2 + facts.uptime // 7200  # DHCP and ARP at the start, then renewals


def _frames_sent(facts: StatusFacts, _: int) -> str:
    return str(facts.traffic.frames_sent + _broadcasts_sent(facts))


def _frames_received(facts: StatusFacts, _: int) -> str:
    return str(facts.traffic.frames_received + facts.uptime)


def _upgrade_status(facts: StatusFacts, _: int) -> str:
    upgrades = facts.status.upgrades
    return upgrades[0].what if upgrades else ""


# What stays the same for all phones of a model.


@lru_cache(maxsize=64)
def _software_version(parameters: ParameterSet) -> str:
    return parameters.model.software_version(parameters.release)


# Lines


def _registration(facts: StatusFacts, line: int) -> LineStatus:
    return facts.lines.get(line, _NO_REGISTRATION)


def _last_registration(facts: StatusFacts, line: int) -> str:
    """Return when the registrar last agreed; "0/0/0" for never, nothing for an unused line."""
    at = _registration(facts, line).last_at
    if at is not None:
        return _show_date(facts.date(at))
    is_used = facts[f"Line_Enable_{line}_"] == "Yes" and facts[f"Proxy_{line}_"]
    return "0/0/0 00:00:00" if is_used else ""


def _next_registration(facts: StatusFacts, line: int) -> str:
    known = _registration(facts, line)
    # Asked for last: what needs no moment is the same for all phones of a group.
    return "" if known.next_at is None else known.next_in(facts.now)


def _call_state(facts: StatusFacts, key: int) -> str:
    extension = facts[f"Extension_{key}_"]
    if extension == "Disabled":
        return "Disabled"
    line = int(extension) if extension.isdigit() else key
    is_registered = _registration(facts, line).state is RegistrationState.REGISTERED
    return "Idle" if is_registered else "No Service"


_NO_REGISTRATION = LineStatus()

_ADDRESSES: Mapping[str, StatusValue] = {
    "Current_IP": lambda facts, _: facts.identity.ip,
    "Current_Netmask": _netmask,
    "Current_Gateway": _gateway,
}

_ALWAYS_ZERO = (
    *("Broadcast_Pkts_Dropped", "Broadcast_Bytes_Dropped"),
    *("RTP_Packets_Sent", "RTP_Bytes_Sent", "RTP_Packets_Recv", "RTP_Bytes_Recv"),
)

STATUS_VALUES: Mapping[str, Mapping[str, StatusValue]] = {
    "System_Information": {
        **_ADDRESSES,
        "Connection_Type": _parameter("Connection_Type"),
        "Host_Name": _host_name,
        "Domain": _parameter("Domain"),
        "Primary__DNS": _primary_dns,
        "Secondary__DNS": _parameter("Secondary_DNS"),
        "DNS_from_DHCP": _dns_from_dhcp,
    },
    "IPv4_Information": {
        **_ADDRESSES,
        "Primary_DNS": _primary_dns,
        "Secondary_DNS": _parameter("Secondary_DNS"),
        "IP_Status": "OK",
    },
    "IPv6_Information": {
        "Current_IP": _ipv6("IPv6_Static_IP", "::"),
        "Prefix_Length": _ipv6("Prefix_Length", "0"),
        "Current_Gateway": _ipv6("IPv6_Gateway", "::"),
        "Primary_DNS": _ipv6("IPv6_Primary_DNS", "::"),
        "Secondary_DNS": _ipv6("IPv6_Secondary_DNS", "::"),
    },
    "Reboot_History": {"Reboot_Reason_n": _history(lambda status: status.reboots)},
    "Product_Information": {
        "Product_Name": lambda facts, _: facts.view.baseline.parameters.model.product_name,
        "Serial_Number": lambda facts, _: facts.identity.serial,
        "Software_Version": lambda facts, _: _software_version(facts.view.baseline.parameters),
        "Hardware_Version": lambda facts, _: facts.view.baseline.parameters.model.hardware_version,
        "VID": "V03",
        "MAC_Address": lambda facts, _: facts.identity.mac.upper(),
        "Client_Certificate": lambda facts, _: facts.identity.client_certificate,
        "Customization": "Open",
        "Licenses": "None",
        "Configuration_Version": _parameter("Device_Config_Version"),
        "Transition_Authorization_Type": "Classic",
    },
    "Phone_Status": {
        "Current_Time": _current_time,
        "Elapsed_Time": _elapsed_time,
        **dict.fromkeys(_ALWAYS_ZERO, "0"),
        "Broadcast_Pkts_Sent": lambda facts, _: str(_broadcasts_sent(facts)),
        "Broadcast_Bytes_Sent": lambda facts, _: str(98 * _broadcasts_sent(facts)),
        "Broadcast_Pkts_Recv": lambda facts, _: str(facts.uptime),
        "Broadcast_Bytes_Recv": lambda facts, _: str(217 * facts.uptime),
        "SIP_Messages_Sent": lambda facts, _: str(facts.traffic.sip_sent),
        "SIP_Bytes_Sent": lambda facts, _: str(facts.traffic.sip_bytes_sent),
        "SIP_Messages_Recv": lambda facts, _: str(facts.traffic.sip_received),
        "SIP_Bytes_Recv": lambda facts, _: str(facts.traffic.sip_bytes_received),
        "Tx_Packets": _frames_sent,
        "Rx_Packets": _frames_received,
        "External_IP": _parameter("EXT_IP"),
        "Upgrade_Status": _upgrade_status,
        "Operational_VLAN_ID": _vlan,
        "SW_Port": _switch_port,
        "PC_Port": "Link Down",
    },
    "Ext_n_Status": {
        "Registration_State": lambda facts, line: _registration(facts, line).state,
        "Last_Registration_At": _last_registration,
        "Next_Registration_In": _next_registration,
        "Message_Waiting": "No",
        "Hoteling_State": "Disabled",
    },
    "Line_n_Call_n_Status": {"Call_State": _call_state, "Tone": "None"},
    "Downloaded_Ring_Tone": {"Status": "Idle", "Ring_Tone_n": "Not Installed"},
    "Firmware_Upgrade_Status": {
        "Firmware_Upgrade_Status_n": _history(lambda status: status.upgrades)
    },
    "Provisioning_Status": {"Provisioning_Status_n": _history(lambda status: status.resyncs)},
    "Custom_CA_Status": {
        "Custom_CA_Provisioning_Status": lambda facts, _: facts.status.custom_ca.result(facts.date),
        "Custom_CA_Info": lambda facts, _: facts.status.custom_ca.info,
    },
    "TR-069_Status": {
        "TR-069_Feature": lambda facts, _: (
            "Enabled" if facts["Enable_TR-069"] == "Yes" else "Disabled"
        ),
    },
    "VPN_Status": {"VPN_Connection_Status": "Disconnected"},
    "Attendant_Console_Status": {"Unit_n_Status": "Not Connected"},
}
"""By group, then by field; `n` stands for any number. What is not here is empty."""
