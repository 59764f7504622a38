from pathlib import Path

import pytest

from mppsim.fleet.dice import Dice
from mppsim.fleet.plan import GroupPlan
from mppsim.fleet.roster import Roster
from mppsim.fleet.scenario.overrides import NO_OVERRIDES, Overrides
from tests.support.scenarios import SERVER, faults, plan

PROFILE = """<flat-profile>
<GPP_A ua="rw">from the profile</GPP_A>
<GPP_B>${server}/b</GPP_B>
<GPP_C>${mac}</GPP_C>
<Ringer_Volume>99</Ringer_Volume>
<No_Such_Thing>x</No_Such_Thing>
</flat-profile>"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "a.xml").write_text(PROFILE)
    (tmp_path / "b.xml").write_text("<flat-profile><GPP_A>b</GPP_A></flat-profile>")
    return tmp_path


def group(more: str, directory: Path, overrides: Overrides = NO_OVERRIDES) -> GroupPlan:
    (planned,) = plan(f"fleet:\n  - {{name: a, {more}}}", directory, overrides).groups
    return planned


def value(planned: GroupPlan, name: str) -> str:
    return planned.kinds[0].baseline.view[name]


def test_profile_is_taken_as_a_phone_takes_it(directory: Path) -> None:
    planned = group("profile: a.xml", directory)
    baseline = planned.kinds[0].baseline

    assert value(planned, "GPP_A") == "from the profile"
    assert baseline.view.ua(baseline.parameters["GPP_A"].index) == "rw"
    assert value(planned, "GPP_B") == f"{SERVER}/b"
    assert value(planned, "Ringer_Volume") == baseline.parameters["Ringer_Volume"].default
    assert planned.settings == (("GPP_C", "${mac}"),)


@pytest.mark.parametrize(
    ("more", "options", "expected"),
    [
        ("profile: [a.xml, b.xml]", (), "b"),
        ("profile: [b.xml, a.xml]", (), "from the profile"),
        ("profile: a.xml, set: {gpp_a: 007}", (), "007"),
        ("profile: a.xml, set: {GPP_A: ''}", (), ""),
        ("set: {GPP_A: x}", (("gpp_a", "y"), ("GPP_A", "z")), "z"),
    ],
)
def test_later_layer_wins(directory: Path, more: str, options, expected: str) -> None:
    planned = group(more, directory, Overrides(settings=options))

    assert value(planned, "GPP_A") == expected
    assert "GPP_A" not in dict(planned.settings)


def test_attribute_of_a_profile_outlives_a_later_value(directory: Path) -> None:
    baseline = group("profile: a.xml, set: {GPP_A: x}", directory).kinds[0].baseline

    assert baseline.view.ua(baseline.parameters["GPP_A"].index) == "rw"


def test_value_that_each_phone_has_its_own_of_stays_a_template(directory: Path) -> None:
    planned = group(
        'count: 2, set: {User_ID_1_: "1${index}", GPP_C: shared, gpp_d: "${server}/${mac}"},'
        " profile: a.xml",
        directory,
    )

    assert planned.settings == (("User_ID_1_", "1${index}"), ("GPP_D", f"{SERVER}/${{mac}}"))
    assert value(planned, "GPP_C") == "shared"


def test_roster_fills_templates_in() -> None:
    planned = plan('fleet: [{name: a, count: 2, set: {GPP_A: "${index}/${mac}"}}]')

    view = Roster(planned, Dice(1)).view(1)

    assert view["GPP_A"] == "2/00562b000002"


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (
            "Report_To_Servr: x",
            "2:21: fleet[0].set: Report_To_Servr: no such parameter on a CP-8851-3PCC at"
            " mpp-12.0; did you mean Report_To_Server?",
        ),
        (
            "Report_To_Server: Sometimes",
            "2:39: fleet[0].set.Report_To_Server: 'Sometimes' is not allowed: one of On Request,"
            " On Local Change, Periodically",
        ),
        (
            "Periodic_Upload_To_Server: 5",
            "2:48: fleet[0].set.Periodic_Upload_To_Server: '5' is not allowed: a whole number"
            " from 600 to 259200",
        ),
        (
            'Report_Rule: "[--delta --key]http://x/y"',
            "2:44: fleet[0].set.Report_Rule: column 10 of the rule: a value has to follow --key",
        ),
        (
            "Profile_Rule: '[--delta]http://x/y'",
            "2:35: fleet[0].set.Profile_Rule: --delta and --status belong into Report_Rule",
        ),
        (
            "Upgrade_Rule: http://a b",
            "2:44: fleet[0].set.Upgrade_Rule: column 10 of the rule: a URL holds no white space;"
            " alternatives have a | between them",
        ),
        (
            "GPP_A: '${sever}/x'",
            "2:29: fleet[0].set.GPP_A: ${sever} stands for nothing; did you mean server?",
        ),
    ],
)
def test_what_a_phone_would_refuse_is_refused(setting: str, expected: str) -> None:
    assert faults(f"fleet:\n  - {{name: a, set: {{{setting}}}}}") == [f"s.yaml:{expected}"]


def test_template_is_checked_as_the_first_phone_fills_it_in() -> None:
    assert faults("fleet:\n  - {name: a, set: {Ringer_Volume: '${index}'}}") == []
    assert "not allowed" in faults("fleet:\n  - {name: a, set: {Ringer_Volume: '${mac}'}}")[0]


def test_rule_of_a_profile_is_checked_where_it_counts(directory: Path) -> None:
    (directory / "a.xml").write_text(
        "<flat-profile><Report_Rule>[--delta</Report_Rule><Profile_Rule>((</Profile_Rule>"
        "<GPP_A>${foo}</GPP_A></flat-profile>"
    )
    text = "fleet:\n  - {name: a, profile: a.xml%s}"

    assert faults(text % "", directory) == [
        "s.yaml:2:24: fleet[0].profile: GPP_A: ${foo} stands for nothing;"
        " there are ${server}, ${tftp}, ${index}, ${mac}",
        "s.yaml:2:24: fleet[0].profile: Report_Rule: column 1 of the rule: this bracket is"
        " never closed",
    ]
    assert len(faults(text % ", set: {Report_Rule: ''}", directory)) == 1


def test_option_of_the_command_line_is_checked_too() -> None:
    overrides = Overrides(settings=(("GPP_Z", "x"), ("Ringer_Volume", "loud")))

    first, second = faults("", overrides=overrides)

    assert first.startswith("--set: GPP_Z: no such parameter")
    assert second.startswith("--set: Ringer_Volume: 'loud' is not allowed")


def test_parameter_that_one_of_the_models_lacks_is_told_with_the_model() -> None:
    (fault,) = faults("fleet:\n  - {name: a, models: {8851: 1, 7832: 1}, set: {User_ID_2_: '7'}}")

    assert "no such parameter on a CP-7832-3PCC" in fault


def test_secret_is_in_no_fault_and_no_repr(directory: Path) -> None:
    text = "fleet:\n  - {name: a, set: {Report_Rule: '[--key s3cret', GPP_SA: s3cret}}"

    assert "s3cret" not in "\n".join(faults(text))
    assert "s3cret" not in repr(group("set: {Password_1_: 's3cret${mac}'}", directory))


def test_target_takes_every_report_rule(directory: Path) -> None:
    (directory / "a.xml").write_text(
        "<flat-profile><Report_Rule>https://real.example.com/x /bare</Report_Rule></flat-profile>"
    )
    (directory / "p.csv").write_text("mac,Report_Rule\n00562b000009,http://real/${mac}\n")
    text = (
        "fleet:\n  - {name: a, profile: a.xml}\n  - {name: b, set: {report_rule: '${server}/b'}}\n"
        "  - {name: c, set: {Report_Rule: 'http://real/${index}'}}\n  - {name: d, macs: p.csv}\n"
    )
    planned = plan(text, directory, Overrides(target="https://t.example.com:8443/"))

    assert planned.server == "https://t.example.com:8443"
    assert planned.embedded is None
    first, second, third, fourth = planned.groups
    assert value(first, "Report_Rule") == "https://t.example.com:8443/x /bare"
    assert value(second, "Report_Rule") == "https://t.example.com:8443/b"
    assert dict(third.settings) == {"Report_Rule": "https://t.example.com:8443/${index}"}
    assert dict(fourth.given[0].settings) == {
        "Report_Rule": "https://t.example.com:8443/00562b000009"
    }


IPV4 = "the phones have IPv4 addresses: give the server's IPv4 address, or its name"


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (
            "Report_Rule: '[--delta]http://127.0.0.1/x [--status]http://u:p@[::1]:81/$MA'",
            "2:73: fleet[0].set.Report_Rule: column 39 of the rule: ",
        ),
        (
            "Report_Rule: 'tftp://[2001:db8::1]/x'",
            "2:35: fleet[0].set.Report_Rule: column 1 of the rule: ",
        ),
        (
            "Profile_Rule_B: '($A eq 1)? /x | [--key k]https://[fe80::1%25eth0]/y'",
            "2:63: fleet[0].set.Profile_Rule_B: column 26 of the rule: ",
        ),
        (
            "Custom_CA_Rule: 'http://[::ffff:127.0.0.1]/ca.pem'",
            "2:38: fleet[0].set.Custom_CA_Rule: column 1 of the rule: ",
        ),
    ],
)
def test_server_of_ipv6_is_refused_where_a_rule_names_it(setting: str, expected: str) -> None:
    text = f"fleet:\n  - {{name: a, set: {{{setting}}}}}"

    assert faults(text) == [f"s.yaml:{expected}{IPV4}"]


def test_server_of_ipv6_is_refused_in_profiles_and_options(directory: Path) -> None:
    (directory / "a.xml").write_text(
        "<flat-profile><Report_Rule>http://[::1]/x</Report_Rule>"
        "<Profile_Rule>http://[::1]/x</Profile_Rule></flat-profile>"
    )
    text = "fleet:\n  - {name: a, profile: a.xml}"
    overrides = Overrides(settings=(("Report_Rule", "http://[::2]/x"),))

    assert faults(text, directory, overrides) == [
        f"s.yaml:2:24: fleet[0].profile: Profile_Rule: column 1 of the rule: {IPV4}",
        f"--set: Report_Rule: column 1 of the rule: {IPV4}",
    ]


def test_rule_whose_server_is_replaced_may_name_one_of_ipv6() -> None:
    text = "fleet: [{name: a, set: {Report_Rule: 'http://[::1]/x'}}]"

    assert faults(text, overrides=Overrides(target="http://127.0.0.1:81")) == []
