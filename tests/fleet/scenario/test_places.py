from pathlib import Path

import pytest

from mppsim.fleet.scenario.placeholders import MARK
from mppsim.fleet.scenario.places import Destination, PhonePlaces, is_directing, read_url
from tests.support.scenarios import plan


def hosts(
    group: str, events: tuple[str, ...] = (), directory: Path = Path("/nowhere")
) -> list[str]:
    """Return what a group's values name: host and parameter."""
    (planned,) = plan(f"fleet:\n  - name: a\n{group}", directory).groups
    return [
        f"{found.host} {found.named.removesuffix(' of a')}"
        for found in PhonePlaces(planned, events).find()
    ]


def values(**settings: str) -> str:
    return "    set:\n" + "".join(f"      {name}: '{value}'\n" for name, value in settings.items())


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"Report_Rule": "http://a.example.com/x"}, ["a.example.com Report_Rule"]),
        (
            {"Report_Rule": "[--delta]https://a:81/x [--status]tftp://b/$MA"},
            ["a Report_Rule", "b Report_Rule"],
        ),
        ({"Report_Rule": "/bare/path"}, []),
        ({"Report_Rule": "http://$A/x", "GPP_A": "g.example.com"}, ["g.example.com Report_Rule"]),
        ({"Report_Rule": "$B", "GPP_B": "http://h/x"}, ["h Report_Rule"]),
        ({"Report_Rule": "http://u:p@$A/", "GPP_A": "[::1]:81"}, ["::1 Report_Rule"]),
        ({"Report_Rule": "http://host/${mac}/$MA?http://other/"}, ["host Report_Rule"]),
        ({"Report_Rule": "$A", "GPP_A": "no such url"}, []),
        ({"Profile_Rule": "https://p/x"}, ["p Profile_Rule"]),
        (
            {"Profile_Rule_B": "($A eq 1)? https://p/x | [--key k]https://q/$MA"},
            ["p Profile_Rule_B", "q Profile_Rule_B"],
        ),
        ({"Profile_Rule_C": "$C", "GPP_C": "https://c/x"}, ["c Profile_Rule_C"]),
        ({"Profile_Rule": "/$PSN.xml"}, []),
        (
            {"Profile_Rule": '(Report_Rule = "http://assigned/x";)! https://p/x'},
            ["p Profile_Rule", "assigned Report_Rule"],
        ),
        ({"Profile_Rule": '(GPP_A = "http://n/x";)!'}, []),
        ({"Upgrade_Rule": "http://u/f.loads"}, ["u Upgrade_Rule"]),
        ({"Custom_CA_Rule": "https://ca/x.pem"}, ["ca Custom_CA_Rule"]),
        ({"Syslog_Server": "log.example.com:514"}, ["log.example.com Syslog_Server"]),
        ({"Proxy_1_": "sip", "User_ID_1_": "7"}, ["sip Proxy_1_"]),
        (
            {"Proxy_2_": "sip", "User_ID_2_": "7", "Outbound_Proxy_2_": "sbc:5070"},
            ["sbc Outbound_Proxy_2_"],
        ),
        ({"Proxy_1_": "sip"}, []),
        ({"Proxy_1_": "sip", "User_ID_1_": "7", "Register_1_": "No"}, []),
        ({"Proxy_1_": "sip", "User_ID_1_": "7", "Line_Enable_1_": "No"}, []),
        ({"Proxy_1_": "sip", "User_ID_1_": "1${index}"}, ["sip Proxy_1_"]),
        ({"Proxy_1_": "s${index}", "User_ID_1_": "7", "Register_1_": "No"}, []),
    ],
)
def test_host_is_found_wherever_a_phone_would_send(settings, expected) -> None:
    assert hosts(values(**settings)) == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            {"Report_Rule": "http://s${index}.example.com/"},
            ["s1.example.com Report_Rule", "s2.example.com Report_Rule"],
        ),
        (
            {"Report_Rule": "http://s$(MA:11:1)/", "Syslog_Server": "log${index}"},
            ["s1 Report_Rule", "log1 Syslog_Server", "s2 Report_Rule", "log2 Syslog_Server"],
        ),
        (
            {"Report_Rule": "http://$A/", "GPP_A": "h${index}"},
            ["h1 Report_Rule", "h2 Report_Rule"],
        ),
        (
            {"Proxy_1_": "pbx${index}", "User_ID_1_": "7"},
            ["pbx1 Proxy_1_", "pbx2 Proxy_1_"],
        ),
    ],
)
def test_host_that_differs_from_phone_to_phone_is_found_for_each(settings, expected) -> None:
    assert hosts("    count: 2\n" + values(**settings)) == expected


def test_hosts_of_too_many_phones_are_not_looked_for() -> None:
    group = "    count: 10001\n" + values(Report_Rule="http://s${index}/")

    assert hosts(group) == [" Report_Rule"]


def test_phones_of_a_table_are_all_looked_at(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(
        "mac,User_ID_1_,Proxy_1_,GPP_A,Station_Display_Name\n"
        "00562b000001,1,pbx1,h1,a\n00562b000002,2,pbx1,h1,b\n00562b000003,,pbx3,h2,c\n"
    )
    group = "    macs: p.csv\n" + values(Report_Rule="http://$A/")

    assert hosts(group, directory=tmp_path) == ["h1 Report_Rule", "pbx1 Proxy_1_", "h2 Report_Rule"]


def test_table_with_a_host_of_each_phones_own_is_looked_at_phone_by_phone(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("mac,GPP_A\n00562b000001,x\n00562b000002,y\n")
    group = "    macs: p.csv\n" + values(Report_Rule="http://$A-$(MA:11:1)/")

    assert hosts(group, directory=tmp_path) == ["x-1 Report_Rule", "y-2 Report_Rule"]


def test_every_model_of_a_mix_is_looked_at() -> None:
    group = "    models: {7841: 1, 8851: 1}\n" + values(Report_Rule="http://$PSN.example.com/")

    assert hosts(group) == [
        "7841-3pcc.example.com Report_Rule",
        "8851-3pcc.example.com Report_Rule",
    ]


def test_option_66_counts() -> None:
    assert hosts("    tftp: 10.0.0.1:6969") == ["10.0.0.1 tftp"]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("report", []),
        ("resync;profile=http://n/x", ["n notify"]),
        ("resync; Profile = ($A eq 1)? http://n/x | http://m/x", ["n notify", "m notify"]),
        ("resync;profile=((", []),
    ],
)
def test_notify_may_name_a_profile(event: str, expected: list[str]) -> None:
    assert hosts("    model: 8851", (event,)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Report_Rule", True),
        ("Profile_Rule_D", True),
        ("Upgrade_Rule", True),
        ("Custom_CA_Rule", True),
        ("Syslog_Server", True),
        ("Proxy_1_", True),
        ("Outbound_Proxy_16_", True),
        ("Proxy_Mode", False),
        ("Ringer_Volume", False),
    ],
)
def test_parameter_directs_traffic_or_not(name: str, expected: bool) -> None:
    assert is_directing(name) is expected


def test_url_whose_place_is_a_phones_own_has_no_host() -> None:
    assert read_url(f"http://{MARK}/x", lambda _: None) == Destination(host="", authority="?")
    found = read_url(f"https://h:81/{MARK}", lambda _: None)
    assert found == Destination(host="h", authority="h:81")
    assert read_url("nonsense", lambda _: None) is None
