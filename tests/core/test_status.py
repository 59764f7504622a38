"""Status reports: their form, for any model and any values."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mppsim.core.catalogue import PhoneModel, find_model, models, status_fields
from mppsim.core.identity import PhoneIdentity
from mppsim.core.line_status import LineStatus
from mppsim.core.parameters import Baseline, ParameterView
from mppsim.core.profile import Profile, ProfileSetting
from mppsim.core.status import PhoneStatus, StatusRow, build_status, read_status
from tests.support.status_reports import IDENTITY, MPP_12, NOON, PHONE, status_of, view_with


def test_groups_and_fields_are_written_to_the_byte() -> None:
    body = build_status(IDENTITY, PHONE.view, PhoneStatus(boot_time=NOON), now=0.0).decode()

    assert body.startswith(
        "<flat-status>\n"
        "<System_Information>\n"
        "<Connection_Type>DHCP</Connection_Type>\n"
        "<Current_IP>192.168.1.100</Current_IP>\n"
        "<Host_Name>SEP14A2A0112233</Host_Name>\n"
        "<Domain/>\n"
    )
    assert "</System_Information>\n<IPv4_Information>\n" in body
    assert body.endswith("</Attendant_Console_Status>\n</flat-status>\n")
    assert "\n\n" not in body


def test_declaration_follows_the_release() -> None:
    release = MPP_12.with_quirks(["xml_declaration=true"])
    baseline = Baseline.factory(find_model("8851"), release)

    body = build_status(IDENTITY, baseline.view, PhoneStatus(boot_time=NOON), now=0.0)

    assert body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<flat-status>\n')


@pytest.mark.parametrize("model", models(), ids=lambda model: model.model)
def test_every_field_of_the_model_is_there_in_order(model: PhoneModel) -> None:
    baseline = Baseline.factory(model, MPP_12)
    identity = PhoneIdentity(model=model, mac="14a2a0112233", serial="FCH2305ABCD")

    fields = status_of(baseline.view, identity=identity)

    assert list(fields) == [f"{field.group}/{field.name}" for field in status_fields(model)]
    assert fields["Product_Information/Product_Name"] == model.product_name


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["Host_Name", "Domain", "EXT_IP", "Gateway", "Proxy_1_", "VLAN_ID"]),
        st.text(st.characters()),
    ),
    st.text(st.characters()),
    st.floats(0, 1e9),
)
def test_status_of_any_values_is_xml(values: dict[str, str], reason: str, now: float) -> None:
    status = PhoneStatus(boot_time=NOON)
    status.record_restart(reason, now / 2)

    fields = status_of(view_with(**values), status, now=now)

    assert len(fields) == len(status_fields(find_model("8851")))


def test_status_shows_no_secret() -> None:
    secrets = {p.index: "hunter2" for p in PHONE.parameters if p.is_secret}
    status = PhoneStatus(boot_time=NOON)
    status.record_resync("http://u:hunter2@h/x.xml ok", 5.0)

    body = build_status(IDENTITY, ParameterView(PHONE, secrets, {}), status, now=9.0)

    assert b"hunter2" not in body


@pytest.mark.parametrize("model", models(), ids=lambda model: model.model)
def test_page_shows_what_a_report_holds(model: PhoneModel) -> None:
    view = Baseline.factory(model, MPP_12).view
    identity = PhoneIdentity(model=model, mac=IDENTITY.mac, serial=IDENTITY.serial)
    status = PhoneStatus(boot_time=NOON)
    status.record_restart("User Triggered", 3.0)

    groups = read_status(identity, view, status, now=5.0)

    shown = {f"{group.name}/{row.name}": row.value for group in groups for row in group.rows}
    assert shown == status_of(view, status, now=5.0, identity=identity)
    assert StatusRow("MAC_Address", IDENTITY.mac.upper()) in [
        row for group in groups for row in group.rows
    ]


@pytest.mark.parametrize(
    "live",
    [
        lambda status: None,
        lambda status: status.record_restart("User Triggered", 3.0),
        lambda status: status.record_resync("ok", 3.0),
        lambda status: status.record_upgrade("ok", 3.0),
        lambda status: status.record_custom_ca(3.0, has_succeeded=False),
        lambda status: status.trust("Example CA"),
        lambda status: status.count_sip(500, 300),
    ],
)
def test_report_shows_all_of_a_phones_past(live: Callable[[PhoneStatus], None]) -> None:
    status = PhoneStatus(boot_time=NOON)
    live(status)

    groups = read_status(IDENTITY, PHONE.view, status, now=5.0)

    shown = {f"{group.name}/{row.name}": row.value for group in groups for row in group.rows}
    assert shown == status_of(PHONE.view, status, now=5.0)


@pytest.mark.parametrize(
    "values",
    [
        {"Host_Name": "lobby", "Enable_VLAN": "Yes"},
        {"Proxy_1_": "10.0.0.1", "Extension_3_": "Disabled"},
        {"Time_Zone": "GMT-05:00", "Connection_Type": "Static IP", "NetMask": "255.0.0.0"},
        {"Station_Name": "shown nowhere"},
    ],
)
@pytest.mark.parametrize("lines", [{}, {1: LineStatus().after_success(3.0, 60.0)}])
def test_status_is_the_same_whether_the_group_or_the_phone_holds_a_value(
    values: dict[str, str], lines: dict[int, LineStatus]
) -> None:
    own = view_with(**values)
    settings = tuple(ProfileSetting(name=name, value=value) for name, value in values.items())
    group, done = PHONE.provisioned(Profile(settings))
    status = PhoneStatus(boot_time=NOON)
    status.lines = lines

    assert done.names == tuple(values)
    assert build_status(IDENTITY, own, status, now=9.0) == build_status(
        IDENTITY, group.view, status, now=9.0
    )
