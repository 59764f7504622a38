import pytest

from mppsim.core.catalogue import find_model
from mppsim.core.firmware import FirmwareRelease, load_release
from mppsim.core.parameters import Baseline, ParameterChange, ParameterStore
from mppsim.core.upgrade import check_loads, load_name, release_of, upgraded
from mppsim.core.url import parse_url
from mppsim.errors import ProfileError
from tests.support.timelines import profile_of

PHONE = find_model("8851")
NEW = load_release("mpp-12.0")
OLD = load_release("mpp-11.3")
LOAD = "sip88xx.12-0-7MPP0301-92"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (f"http://h/fw/{LOAD}.loads", LOAD),
        (f"http://h/{LOAD}", LOAD),
        (f"http://h/{LOAD}.loads?site=1", LOAD),
        ("http://h/", ""),
    ],
)
def test_load_is_named_by_the_last_part_of_the_path(url: str, name: str) -> None:
    assert load_name(parse_url(url)) == name


@pytest.mark.parametrize(
    ("model", "load"),
    [
        ("8851", LOAD),
        ("8851", "sip88xx.11-2-3MPP-398"),
        ("8865", "sip8845_65.12-0-4MPP0103-381"),
        ("9861", "PHONEOS.3-5-1-0102-59"),
    ],
)
def test_load_of_the_phones_own_model_is_accepted(model: str, load: str) -> None:
    assert check_loads(parse_url(f"http://h/{load}.loads"), b"x", find_model(model)) == load


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        (f"/{LOAD}.loads", b"", "is empty"),
        (f"/{LOAD}.loads", b" <html>", "a page or a profile"),
        ("/sip78xx.12-0-7MPP0301-92.loads", b"x", "no load of a CP-8851-3PCC"),
        ("/sip88xx.12-0.loads", b"x", "no load of"),
        ("/sip88xx.12-0-7MPP0301-92.exe", b"x", "no load of"),
        ("/", b"x", "no name is no load of"),
    ],
)
def test_what_is_no_load_is_refused(path: str, body: bytes, reason: str) -> None:
    with pytest.raises(ProfileError, match=reason):
        check_loads(parse_url("http://h" + path), body, PHONE)


def versions(model: str, release: FirmwareRelease) -> tuple[str, str]:
    phone = find_model(model)
    return phone.software_version(release), phone.version(release)


def test_upgraded_phone_says_exactly_its_load() -> None:
    assert versions("8851", release_of(LOAD, PHONE, NEW)) == (LOAD, "Cisco-CP-8851-3PCC/12.0.7")


def test_upgraded_phoneos_says_exactly_its_load() -> None:
    release = release_of("PHONEOS.3-5-1-0102-59", find_model("9861"), NEW)

    assert versions("9861", release) == ("PHONEOS.3-5-1-0102-59", "Cisco-DP-9861/3.5.1")
    assert release.report_root == NEW.report_root


def test_upgraded_phone_behaves_as_the_release_of_that_version() -> None:
    release = release_of(LOAD, PHONE, OLD)

    assert (release.name, release.report_root) == ("mpp-12.0", "env")
    assert release.catalogue_level == (12, 0, 7)


def test_version_of_no_release_keeps_the_behaviour() -> None:
    release = release_of("sip88xx.14-1-2MPP0001-1", PHONE, OLD)

    assert (release.name, release.report_root) == ("mpp-11.3", "flat-profile")
    assert release.label == "14.1.2"


def test_quirks_of_the_run_survive_an_upgrade() -> None:
    quirky = OLD.with_quirks(["boot_seconds=90", "report_root=device"])

    release = release_of(LOAD, PHONE, quirky)

    assert (release.boot_seconds, release.report_root) == (90.0, "device")
    assert release.key_digest == NEW.key_digest


def test_second_upgrade_starts_from_the_first() -> None:
    once = release_of(LOAD, PHONE, OLD.with_quirks(["boot_seconds=90"]))

    twice = release_of("sip88xx.11-3-1MPP-678", PHONE, once)

    assert (twice.name, twice.boot_seconds) == ("mpp-11.3", 90.0)


def test_group_keeps_its_values_under_the_new_firmware_and_shares_one_baseline() -> None:
    group, _ = Baseline.factory(PHONE, OLD).provisioned(profile_of({"GPP_B": "group"}))

    after = upgraded(group, NEW)

    assert after.view["GPP_B"] == "group"
    assert after.view["Report_Rule"] == ""
    assert len(after.parameters) > len(group.parameters)
    assert upgraded(group, NEW) is after


def test_phone_keeps_its_values_and_its_unsent_changes() -> None:
    group = Baseline.factory(PHONE, OLD)
    phone = ParameterStore(group)
    phone.provision(profile_of({"GPP_C": "own"}))
    phone.change([ParameterChange("GPP_A", "changed")])
    bookmark = phone.revision
    phone.change([ParameterChange("Station_Display_Name", "Lobby")])

    phone.move_to(upgraded(group, NEW))

    assert (phone["GPP_C"], phone["GPP_A"]) == ("own", "changed")
    assert [parameter.name for parameter in phone.changed_since(bookmark)] == [
        "Station_Display_Name"
    ]
    assert phone.view.baseline.release == NEW


def test_what_the_new_firmware_does_not_have_is_forgotten() -> None:
    newest = Baseline.factory(PHONE, NEW)
    name = next(
        p.name
        for p in newest.parameters
        if Baseline.factory(PHONE, OLD).parameters.get(p.name) is None
    )
    phone = ParameterStore(newest)
    phone.provision(profile_of({name: phone[name], "GPP_A": "1"}))

    phone.move_to(upgraded(newest, OLD))

    assert phone["GPP_A"] == "1"
    assert phone.view.get(name) is None
