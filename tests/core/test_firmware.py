import dataclasses

import pytest

from mppsim.core.firmware import (
    DEFAULT_RELEASE,
    ChangeWindow,
    DeltaBase,
    FirmwareRelease,
    IkmEncoding,
    KeyDigest,
    OutOfRange,
    ReportRoot,
    RestartReport,
    load_release,
    quirks,
    release_names,
)
from mppsim.errors import CatalogueError

ABOUT = {"name", "catalogue_level", "label", "load", "note"}


def test_releases_are_named_the_default_first():
    assert release_names() == ("mpp-12.0", "mpp-11.3", "mpp-11.2", "spa-7")
    assert release_names()[0] == DEFAULT_RELEASE


def test_release_has_the_thirteen_behaviour_fields_and_no_other():
    names = [f.name for f in dataclasses.fields(FirmwareRelease) if f.name not in ABOUT]

    assert names == [
        "periodic_max",
        "change_window",
        "change_cap",
        "delta_base",
        "restart_report",
        "boot_seconds",
        "retry_delays",
        "report_root",
        "post_content_type",
        "key_digest",
        "ikm_encoding",
        "out_of_range",
        "xml_declaration",
    ]
    assert [quirk.name for quirk in quirks(load_release(DEFAULT_RELEASE))] == names


def test_default_release_decides_as_documented():
    assert load_release("mpp-12.0") == FirmwareRelease(
        name="mpp-12.0",
        catalogue_level=(12, 0, 7),
        label="12.0.7",
        load="12-0-7MPP0201-66",
        note="MPP firmware 12.0(7), the last one of the 6800, 7800 and 8800 series",
        periodic_max=259200,
        change_window=ChangeWindow.DEBOUNCE,
        change_cap=10,
        delta_base=DeltaBase.REPORT,
        restart_report=RestartReport.AFTER,
        boot_seconds=0.0,
        retry_delays=(),
        report_root=ReportRoot.ENV,
        post_content_type="application/x-www-form-urlencoded",
        key_digest=KeyDigest.SHA256,
        ikm_encoding=IkmEncoding.RAW,
        out_of_range=OutOfRange.REJECT,
        xml_declaration=False,
    )


@pytest.mark.parametrize(
    ("name", "differs"),
    [
        ("mpp-11.3", {"report_root": ReportRoot.FLAT_PROFILE}),
        (
            "mpp-11.2",
            {
                "report_root": ReportRoot.FLAT_PROFILE,
                "periodic_max": 2592000,
                "key_digest": KeyDigest.MD5,
            },
        ),
        (
            "spa-7",
            {
                "report_root": ReportRoot.FLAT_PROFILE,
                "delta_base": DeltaBase.SYNC,
                "key_digest": KeyDigest.MD5,
            },
        ),
    ],
)
def test_other_releases_differ_in_these_fields_only(name, differs):
    release, default = dataclasses.asdict(load_release(name)), load_release(DEFAULT_RELEASE)
    expected = {k: v for k, v in dataclasses.asdict(default).items() if k not in ABOUT}

    actual = {k: v for k, v in release.items() if k not in ABOUT}

    assert actual == expected | differs


def test_spa_7_keeps_the_parameters_of_12_0_and_says_so():
    spa = load_release("spa-7")

    assert spa.catalogue_level == load_release("mpp-12.0").catalogue_level
    assert "over the parameters" in spa.note


@pytest.mark.parametrize("name", release_names())
def test_every_value_has_its_source_and_says_how_sure_it_is(name):
    for quirk in quirks(load_release(name)):
        assert quirk.source
        assert quirk.sure in {
            "documented",
            "documented, contradicted",
            "several sources agree",
            "one source",
            "inferred",
            "unknown",
        }


@pytest.mark.parametrize("name", release_names())
def test_every_value_reads_back_from_its_own_text(name):
    release = load_release(name)

    assert release.with_quirks(f"{q.name}={q.value}" for q in quirks(release)) == release


@pytest.mark.parametrize(
    ("setting", "name", "value"),
    [
        ("periodic_max=2592000", "periodic_max", 2592000),
        (" change_window = batch ", "change_window", ChangeWindow.BATCH),
        ("change_cap=1", "change_cap", 1),
        ("delta_base=sync", "delta_base", DeltaBase.SYNC),
        ("restart_report=before", "restart_report", RestartReport.BEFORE),
        ("boot_seconds=0.25", "boot_seconds", 0.25),
        ("retry_delays=30,60.5, 90", "retry_delays", (30.0, 60.5, 90.0)),
        ("retry_delays=", "retry_delays", ()),
        ("report_root=device", "report_root", ReportRoot.DEVICE),
        (
            "post_content_type=text/xml; charset=utf-8",
            "post_content_type",
            "text/xml; charset=utf-8",
        ),
        ("key_digest=md5", "key_digest", KeyDigest.MD5),
        ("ikm_encoding=base64url", "ikm_encoding", IkmEncoding.BASE64URL),
        ("out_of_range=clamp", "out_of_range", OutOfRange.CLAMP),
        ("xml_declaration=true", "xml_declaration", True),
        ("xml_declaration=NO", "xml_declaration", False),
    ],
)
def test_quirk_sets_its_field_and_no_other(setting, name, value):
    release = load_release("mpp-12.0")

    assert release.with_quirks([setting]) == dataclasses.replace(release, **{name: value})


def test_later_quirk_of_one_name_wins():
    release = load_release("mpp-12.0").with_quirks(["change_cap=3", "change_cap=4"])

    assert release.change_cap == 4


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("periodic_max=599", "seconds, a whole number from 600"),
        ("periodic_max=6e9", "a whole number"),
        ("periodic_max=٦٠٠", "a whole number"),
        ("change_window=window", "debounce|batch"),
        ("change_cap=0", "from 1"),
        ("boot_seconds=-1", "0 or more"),
        ("boot_seconds=nan", "0 or more"),
        ("retry_delays=30,,60", "seconds with commas"),
        ("post_content_type=xml", "a media type"),
        ("post_content_type=a/b\r\nX: y", "a media type"),
        ("xml_declaration=maybe", "true|false"),
        ("xml_declaration", "NAME=VALUE"),
        ("delta_bas=sync", "try delta_base"),
        ("=sync", "try periodic_max or change_window"),
    ],
)
def test_wrong_quirk_is_refused_and_says_what_is_right(setting, said):
    with pytest.raises(CatalogueError) as refused:
        load_release("mpp-12.0").with_quirks([setting])

    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [("mpp-12", "try mpp-12.0"), ("android", "mpp-12.0 or mpp-11.3 or mpp-11.2 or spa-7")],
)
def test_unknown_release_names_the_near_ones(name, said):
    with pytest.raises(CatalogueError, match="no firmware release") as refused:
        load_release(name)

    assert said in str(refused.value)


def test_field_set_by_a_quirk_says_so_in_place_of_its_source():
    fields = quirks(load_release("mpp-12.0").with_quirks(["boot_seconds=1.5", "change_cap=10"]))

    by_name = {quirk.name: quirk for quirk in fields}
    assert by_name["boot_seconds"].value == "1.5"
    assert (by_name["boot_seconds"].source, by_name["boot_seconds"].sure) == (
        "--quirk, for this run",
        "as you say",
    )
    assert by_name["change_cap"].sure == "unknown"
