from lxml import etree

from mppsim.admin.spa_dump import build_spa_dump
from mppsim.core.profile import parse_profile
from mppsim.core.status import StatusGroup, StatusRow
from tests.support.timelines import make_store

STATUS = (
    StatusGroup("Product_Information", (StatusRow("MAC_Address", "00562B000001"),)),
    StatusGroup("Phone_Status", (StatusRow("Current_Time", ""),)),
)


def test_elements_name_their_tab_and_section_to_the_byte() -> None:
    view = make_store({"Report_Rule": "[--key k]http://h/<x>", "Admin_Password": "hunter22"}).view

    lines = build_spa_dump(view, STATUS).decode().splitlines()

    assert lines[:5] == [
        "<flat-profile>",
        '<MAC_Address group="Info/Product_Information">00562B000001</MAC_Address>',
        '<Current_Time group="Info/Phone_Status"/>',
        '<Restricted_Access_Domains group="System/System_Configuration"/>',
        '<Enable_Web_Server group="System/System_Configuration">Yes</Enable_Web_Server>',
    ]
    assert (
        '<Report_Rule group="Provisioning/Upload_Configuration_Options">'
        "[--key k]http://h/&lt;x&gt;</Report_Rule>" in lines
    )
    assert '<SIP_T1 group="SIP/SIP_Timer_Values__sec_">.5</SIP_T1>' in lines
    assert (
        '<!-- <Admin_Password group="System/System_Configuration">'
        "*************</Admin_Password> -->" in lines
    )
    assert '<!-- <User_Password group="System/System_Configuration"/> -->' in lines
    assert lines[-1] == "</flat-profile>"


def test_dump_is_a_profile_without_secrets() -> None:
    body = build_spa_dump(make_store({"GPP_SA": "hunter22", "Password_1_": "hunter22"}).view, ())

    assert b"hunter22" not in body
    assert b"GPP_SA" not in body
    settings = parse_profile(body, source="spacfg.xml").settings
    assert len(settings) > 2000
    assert len(etree.fromstring(body)) > len(settings)  # and comments
