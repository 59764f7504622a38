"""The fleet of `mppsim run` without a scenario: a handful of phones that use everything.

Every trigger, all three contents, both methods and TFTP, both encryptions, on several models and
firmware releases, within two hours of the phones' time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from random import Random

from mppsim.core.firmware import load_release
from mppsim.core.identity import PhoneIdentity, make_mac, make_serial
from mppsim.core.parameters import Baseline
from mppsim.core.phone_model import find_model
from mppsim.core.profile import Profile, ProfileSetting
from mppsim.fleet.demo_words import Change, Deed, FleetPlan, Notify, PhonePlan, Restart

__all__ = ["DEMO_IKM", "DEMO_KEY", "plan_demo"]

DEMO_KEY = "test123"
"""The guide's own key."""
DEMO_IKM = "demo keying material"

_DURATION = 7200.0
_PBX_USER = "4711"
_PBX_PASSWORD = "demo line password"

_ON_CHANGE = {"Report_To_Server": "On Local Change", "Upload_Delay_On_Local_Change": "60"}
_EVERY_30_MINUTES = {"Report_To_Server": "Periodically", "Periodic_Upload_To_Server": "1800"}
_IKM = {"IKM_HTTP_Encrypt_Content": DEMO_IKM}
_LINE = {"User_ID_1_": _PBX_USER, "Password_1_": _PBX_PASSWORD}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    name: str
    model: str
    rule: str
    method: str
    values: dict[str, str]
    release: str = "mpp-12.0"
    is_running: bool = False
    """From before the run, so that its period ends somewhere within it."""


_DESKS = (
    _Desk(
        name="lobby",
        model="8851",
        rule="[--delta --key test123]{server}/$MA-delta.enc.xml [--status]{server}/$MA-status.xml",
        method="PUT",
        values=_ON_CHANGE,
    ),
    _Desk(
        name="reception",
        model="7841",
        rule="[--status]{server}/status_upload.php",
        method="POST",
        values=_EVERY_30_MINUTES,
        is_running=True,
    ),
    _Desk(name="office", model="8865", rule="{server}/$MA.xml", method="PUT", values=_LINE),
    _Desk(
        name="meeting room",
        model="8832",
        rule="[--key test123]{server}/report_upload.php",
        method="POST",
        values={},
    ),
    _Desk(
        name="warehouse",
        model="6841",
        rule="[--delta]{server}/report_upload.php [--status]{server}/status_upload.php",
        method="POST",
        values={**_ON_CHANGE, **_IKM},
        is_running=True,
    ),
    _Desk(
        name="old wing",
        model="7821",
        rule="[--delta --key test123]{server}/$MA-delta.enc.xml;",
        method="PUT",
        values=_ON_CHANGE,
        release="mpp-11.2",
    ),
    _Desk(
        name="headquarters",
        model="8845",
        rule="{server}/$MA.aes128gcm [--status --key test123]{server}/$MA-status.enc.xml",
        method="PUT",
        values={**_EVERY_30_MINUTES, **_IKM},
        release="mpp-11.3",
        is_running=True,
    ),
    _Desk(
        name="hot desk",
        model="9861",
        rule="[--delta]{server}/$MA-delta.xml {server}/$MA.xml",
        method="PUT",
        values=_ON_CHANGE,
    ),
    _Desk(
        name="branch",
        model="8811",
        rule="[--key test123]/branch/$MA.xml.enc",
        method="PUT",
        values={},
    ),
)


def plan_demo(server: str, *, tftp: str, chance: Random) -> FleetPlan:
    """Plan the demonstration against the server at that URL, which is at `tftp` for TFTP."""
    phones = tuple(_plan_phone(desk, server, tftp, chance) for desk in _DESKS)
    macs = {phone.name: phone.identity.mac for phone in phones}
    return FleetPlan(
        server=server,
        phones=phones,
        deeds=tuple(replace(deed, phone=macs[deed.phone]) for deed in _plan_deeds(chance)),
        duration=_DURATION,
    )


def _plan_phone(desk: _Desk, server: str, tftp: str, chance: Random) -> PhonePlan:
    model, release = find_model(desk.model), load_release(desk.release)
    mac = make_mac(model, number=int(desk.model))
    values = {
        "Station_Display_Name": desk.name,
        "Report_Rule": desk.rule.replace("{server}", server),
        "HTTP_Report_Method": desk.method,
        **desk.values,
    }
    settings = (ProfileSetting(name=name, value=value) for name, value in values.items())
    baseline, done = Baseline.factory(model, release).provisioned(Profile(tuple(settings)))
    assert not done.refused, done.refused
    identity = PhoneIdentity(model=model, mac=mac, serial=make_serial(mac), tftp_server=tftp)
    return PhonePlan(
        name=desk.name,
        identity=identity,
        baseline=baseline,
        running_since=-chance.uniform(0.0, 1800.0) if desk.is_running else None,
    )


def _plan_deeds(chance: Random) -> Iterable[Deed]:
    """Plan what happens in two hours; the phone of a deed is named here, not yet numbered."""
    morning = chance.uniform(300.0, 900.0)
    # Two edits within the delay make one report; a third one later makes another.
    yield Deed(at=morning, phone="lobby", act=Change((("Ringer_Volume", "3"),)))
    yield Deed(at=morning + 20, phone="lobby", act=Change((("Station_Display_Name", "Lobby 2"),)))
    yield Deed(at=morning + 1800, phone="lobby", act=Change((("Ringer_Volume", "7"),)))
    yield Deed(at=chance.uniform(60, 7000), phone="warehouse", act=Change((("GPP_A", "bay <7>"),)))
    yield Deed(at=chance.uniform(60, 7000), phone="old wing", act=Change((("GPP_A", "east"),)))
    yield Deed(at=chance.uniform(60, 7000), phone="hot desk", act=Change((("GPP_A", "Q&A"),)))
    yield Deed(
        at=chance.uniform(60, 7000), phone="office", act=Notify("report", _PBX_USER, _PBX_PASSWORD)
    )
    yield Deed(at=chance.uniform(60, 7000), phone="hot desk", act=Notify())
    yield Deed(at=chance.uniform(60, 7000), phone="meeting room", act=Restart())
    yield Deed(at=chance.uniform(60, 7000), phone="old wing", act=Notify("reboot_now"))
    yield Deed(at=chance.uniform(60, 7000), phone="branch", act=Notify())
