import pytest

from mppsim.admin.labels import label_of, label_of_status, slug_of


@pytest.mark.parametrize(
    ("name", "label"),
    [
        # the five fields, as the guide's table has them
        ("Report_Rule", "Report Rule"),
        ("HTTP_Report_Method", "HTTP Report Method"),
        ("Report_To_Server", "Report to Server"),
        ("Periodic_Upload_To_Server", "Periodic Upload to Server"),
        ("Upload_Delay_On_Local_Change", "Upload Delay On Local Change"),
        # brackets and slashes
        ("Resync_At__HHmm_", "Resync At (HHmm)"),
        ("Set_Local_Date__mm_dd_yyyy_", "Set Local Date (mm/dd/yyyy)"),
        # numbers that the section says already
        ("Proxy_1_", "Proxy"),
        ("Auth_Resync-Reboot_12_", "Auth Resync-Reboot"),
        ("Unit_2_Short_Name_14_", "Short Name"),
        # numbers that belong to the name
        ("Speed_Dial_2_Name", "Speed Dial 2 Name"),
        ("Ring12", "Ring12"),
        ("GPP_A", "GPP A"),
        ("", ""),
    ],
)
def test_label_is_what_the_page_shows(name: str, label: str) -> None:
    assert label_of(name) == label


@pytest.mark.parametrize(
    ("name", "label"), [("Primary__DNS", "Primary DNS"), ("Ext_1_Status", "Ext 1 Status")]
)
def test_label_of_a_status_field_has_single_spaces(name: str, label: str) -> None:
    assert label_of_status(name) == label


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Ext 10", "ext-10"),
        ("SIP Timer Values (sec)", "sip-timer-values-sec"),
        ("TR-069", "tr-069"),
    ],
)
def test_slug_is_one_word_of_a_url(title: str, slug: str) -> None:
    assert slug_of(title) == slug
