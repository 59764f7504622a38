"""Full and delta reports, to the byte, and as other XML readers see them."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from mppsim.core.catalogue import (
    ParameterSet,
    PhoneModel,
    ReportForm,
    find_model,
    models,
)
from mppsim.core.firmware import load_release
from mppsim.core.parameters import Baseline, ParameterChange, ParameterStore, ParameterView
from mppsim.core.profile import Profile, ProfileSetting, clean_value, parse_profile
from mppsim.core.report import build_delta, build_full, escape_text

MPP_12 = load_release("mpp-12.0")
PHONE = Baseline.factory(find_model("8851"), MPP_12)
PARAMETERS = PHONE.parameters

LINE = re.compile(
    r'<[A-Za-z_][^ <>]* ua="(na|ro|rw)"(/>|>[^<>]*</[^ <>]+>)'
    r'|<!-- <[A-Za-z_][^ <>]* ua="(na|ro|rw)"(/>|>[^<>]*</[^ <>]+>) -->'
    r"|<!-- [^<>]+ -->"
)


def baseline_of(*rows: tuple[str, str, str], quirks: tuple[str, ...] = ()) -> Baseline:
    """Make a phone of a few parameters of the 8851: name, value, ua."""
    release = MPP_12.with_quirks(quirks)
    known = Baseline.factory(find_model("8851"), release).parameters
    parameters = tuple(replace(known[name], index=index) for index, (name, _, _) in enumerate(rows))
    return Baseline(
        parameters=ParameterSet(known.model, release, parameters, {}),
        values=tuple(value for _, value, _ in rows),
        uas=tuple(ua for _, _, ua in rows),
    )


def full_of(*rows: tuple[str, str, str], quirks: tuple[str, ...] = ()) -> str:
    return build_full(baseline_of(*rows, quirks=quirks).view).decode()


def entries(body: bytes) -> list[tuple[str, str | None, str]]:
    """Read every parameter of a full report, those in comments too: name, ua, text."""
    found = []
    (profile,) = etree.fromstring(body).iter("flat-profile")
    for node in profile:
        element = node
        if isinstance(node, etree._Comment):
            text = (node.text or "").strip()
            if not text.startswith("<"):
                continue
            element = etree.fromstring(text)
        found.append((str(element.tag), element.get("ua"), element.text or ""))
    return found


def lines_after(body: bytes, line: str) -> list[str]:
    lines = body.decode().split("\n")
    return lines[lines.index(line) + 1 :]


# To the byte


def test_full_report_is_written_to_the_byte() -> None:
    assert full_of(
        ("Restricted_Access_Domains", "", "na"),
        ("Enable_Web_Server", "Yes", "na"),
        ("Enable_Protocol", "Http", "na"),
        ("Admin_Password", "hunter2", "na"),
    ) == (
        "<env>\n"
        "<flat-profile>\n"
        "<!-- System Configuration -->\n"
        '<Restricted_Access_Domains ua="na"/>\n'
        '<Enable_Web_Server ua="na">Yes</Enable_Web_Server>\n'
        '<Enable_Protocol ua="na">Http</Enable_Protocol>\n'
        "<!-- available options: Http|Https -->\n"
        '<!-- <Admin_Password ua="na">*************</Admin_Password> -->\n'
        "</flat-profile>\n"
        "</env>\n"
    )


@pytest.mark.parametrize(
    ("quirks", "head", "tail"),
    [
        ((), "<env>\n<flat-profile>\n", "</flat-profile>\n</env>\n"),
        (
            ("report_root=device",),
            "<device>\n<flat-profile>\n",
            "</flat-profile>\n</device>\n",
        ),
        (("report_root=flat-profile",), "<flat-profile>\n", "</flat-profile>\n"),
        (
            ("xml_declaration=true",),
            '<?xml version="1.0" encoding="UTF-8"?>\n<env>\n<flat-profile>\n',
            "</flat-profile>\n</env>\n",
        ),
    ],
    ids=["env", "device", "flat-profile", "declaration"],
)
def test_root_follows_the_release(quirks: tuple[str, ...], head: str, tail: str) -> None:
    baseline = baseline_of(("Enable_Web_Server", "Yes", "na"), quirks=quirks)
    element = '<Enable_Web_Server ua="na">Yes</Enable_Web_Server>\n'

    full = build_full(baseline.view).decode()
    delta = build_delta(baseline.view, baseline.parameters).decode()

    assert full == f"{head}<!-- System Configuration -->\n{element}{tail}"
    assert delta == f"{head}{element}{tail}"


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (("Admin_Password", "", "na"), '<!-- <Admin_Password ua="na"/> -->'),
        (
            ("User_Password", "x" * 100, "rw"),
            '<!-- <User_Password ua="rw">*************</User_Password> -->',
        ),
        (
            ("Mute_Tone", "600@-19;.2(.1/0.1/1)", "na"),
            '<!-- <Mute_Tone ua="na">600@-19;.2(.1/0.1/1)</Mute_Tone> -->',
        ),
        (
            ("Set_Local_Date__mm_dd_yyyy_", "", "na"),
            '<!-- <Set_Local_Date__mm_dd_yyyy_ ua="na"/> -->',
        ),
        (
            ("Mute_Tone", "a--b---<", "na"),
            '<!-- <Mute_Tone ua="na">a-&#45;b-&#45;-&lt;</Mute_Tone> -->',
        ),
        (
            ("Station_Name", "<&>\"'", "ro"),
            '<Station_Name ua="ro">&lt;&amp;&gt;&quot;&apos;</Station_Name>',
        ),
        (("Station_Name", "a--b", "na"), '<Station_Name ua="na">a--b</Station_Name>'),
        (("Station_Name", "Café ☎ 𝄞", "na"), '<Station_Name ua="na">Café ☎ 𝄞</Station_Name>'),
        (
            ("Station_Name", "a\r\nb\tc", "na"),
            '<Station_Name ua="na">a&#13;&#10;b\tc</Station_Name>',
        ),
        (("Station_Name", "\0\x1b\ud800\uffff", "na"), '<Station_Name ua="na">����</Station_Name>'),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_each_kind_of_parameter_has_its_line(row: tuple[str, str, str], line: str) -> None:
    body = build_full(baseline_of(row).view)

    assert body.decode().split("\n")[3] == line
    etree.fromstring(body)


def test_enum_has_its_options_and_nothing_else_has() -> None:
    body = build_full(PHONE.view).decode().split("\n")
    after = {
        re.match(r"<([^ ]+)", line)[1]: following  # type: ignore[index]
        for line, following in pairwise(body)
        if line.startswith("<") and " ua=" in line and not line.startswith("<!--")
    }

    with_options = {name for name, line in after.items() if line.startswith("<!-- available")}

    assert with_options == {p.name for p in PARAMETERS if p.kind == "enum"}
    assert after["Report_To_Server"] == (
        "<!-- available options: On Request|On Local Change|Periodically -->"
    )


# Sections


def test_each_section_is_headed_where_it_begins() -> None:
    body = build_full(PHONE.view)

    assert lines_after(body, "<!-- Upload Configuration Options -->")[0] == '<Report_Rule ua="na"/>'
    assert body.count(b"<!-- Proxy and Registration -->\n") == 10
    assert body.count(b"<!-- Unit 2 -->\n") == 1


def test_label_of_ipv4_settings_has_a_space_of_its_own() -> None:
    assert b"\n<!-- IPv4 Settings  -->\n<Connection_Type " in build_full(PHONE.view)


@pytest.mark.parametrize("model", ["6821", "7832", "8865", "9871"])
def test_camera_profiles_are_headed_though_they_hold_nothing(model: str) -> None:
    body = build_full(Baseline.factory(find_model(model), MPP_12).view)

    assert lines_after(body, "<!-- Camera Profile 1 -->")[:4] == [
        "<!-- Camera Profile 2 -->",
        "<!-- Camera Profile 3 -->",
        "<!-- Camera Profile 4 -->",
        "<!-- Audio Volume -->",
    ]


def test_http_proxy_settings_are_headed_before_there_were_any() -> None:
    old = build_full(Baseline.factory(find_model("8851"), load_release("mpp-11.2")).view)
    new = build_full(PHONE.view)

    assert lines_after(old, "<!-- HTTP Proxy Settings -->")[0].startswith("<!-- ")
    assert lines_after(new, "<!-- HTTP Proxy Settings -->")[0].startswith("<Proxy_Mode ")
    assert (old + new).count(b"<!-- HTTP Proxy Settings -->") == 2


# Whole phones


@pytest.mark.parametrize("release", ["mpp-11.2", "mpp-11.3", "mpp-12.0", "spa-7"])
@pytest.mark.parametrize("model", models(), ids=lambda model: model.model)
def test_every_reported_parameter_is_there_once_and_in_order(
    model: PhoneModel, release: str
) -> None:
    baseline = Baseline.factory(model, load_release(release))

    body = build_full(baseline.view)

    assert entries(body) == [
        (p.name, p.ua, baseline.values[p.index]) for p in baseline.parameters.reported
    ]
    assert body.endswith(b">\n")
    assert not re.search(rb"\n\n|\r|\n$(?=.)", body)


def test_8851_at_12_0_7_reports_2213_entries() -> None:
    assert len(entries(build_full(PHONE.view))) == 2213


def test_every_line_of_a_full_report_is_an_element_or_a_comment() -> None:
    lines = build_full(PHONE.view).decode().split("\n")

    odd = [line for line in lines[2:-3] if not LINE.fullmatch(line)]

    assert odd == []


def test_untouched_phones_share_one_report() -> None:
    assert build_full(ParameterStore(PHONE).view) is build_full(ParameterStore(PHONE).view)


def test_baselines_of_equal_values_do_not_share_a_report() -> None:
    first, second = (baseline_of(("Station_Name", name, "na")) for name in ("lobby", "hall"))

    assert b"lobby" in build_full(first.view)
    assert b"hall" in build_full(second.view)


def test_report_of_a_changed_phone_is_that_of_a_group_with_these_values() -> None:
    values = {
        "Restricted_Access_Domains": "first.example",  # the first parameter of all
        "Enable_Web_Server": "No",
        "Admin_Password": "hunter2",
        "Mute_Tone": "350@-19;1(*/0/1)",
        "Report_Rule": '[--delta --key "a b"]http://h/$MA.xml',
        PARAMETERS.reported[-1].name: "",
    }
    profile = Profile(
        tuple(ProfileSetting(name=name, value=value, ua="ro") for name, value in values.items())
    )
    group, _ = PHONE.provisioned(profile)
    store = ParameterStore(PHONE)
    store.provision(profile)

    assert build_full(store.view) == build_full(group.view)
    assert build_full(store.view) != build_full(PHONE.view)


@pytest.mark.parametrize("name", ["GPP_SA", "GPP_SD", "IKM_HTTP_Encrypt_Content"])
def test_hidden_parameter_never_leaves_the_phone(name: str) -> None:
    hidden = PARAMETERS[name]
    view = ParameterView(PHONE, {hidden.index: "hunter2"}, {})

    assert build_full(view) == build_full(PHONE.view)
    assert name.encode() not in build_full(view)
    assert b"hunter2" not in build_delta(view, [hidden])


def test_no_secret_value_is_in_any_report() -> None:
    secrets = {p.index: "hunter2" for p in PARAMETERS if p.is_secret}
    view = ParameterView(PHONE, secrets, {})

    assert len(secrets) == 48
    assert b"hunter2" not in build_full(view) + build_delta(view, PARAMETERS)


def test_changed_ua_is_reported_with_the_old_value() -> None:
    index = PARAMETERS["Station_Name"].index

    body = build_full(ParameterView(PHONE, {}, {index: "rw"}))

    assert b'<Station_Name ua="rw"/>' in body


# Delta


def test_delta_holds_what_changed_in_configuration_order_without_comments() -> None:
    store = ParameterStore(PHONE)
    store.change(
        [
            ParameterChange("Ringer_Volume", "3"),
            ParameterChange("Password_1_", "hunter2"),
            ParameterChange("Enable_Protocol", "Https"),
            ParameterChange("Domain", ""),
            ParameterChange("Station_Name", "R&D"),
        ]
    )

    assert build_delta(store.view, store.changed_since(0)).decode() == (
        "<env>\n"
        "<flat-profile>\n"
        '<Enable_Protocol ua="na">Https</Enable_Protocol>\n'
        '<Station_Name ua="na">R&amp;D</Station_Name>\n'
        '<Ringer_Volume ua="rw">3</Ringer_Volume>\n'
        "</flat-profile>\n"
        "</env>\n"
    )


def test_delta_holds_current_values_in_order_whatever_the_order_asked_for() -> None:
    names = ("Ringer_Volume", "Domain", "Enable_Protocol")

    body = build_delta(PHONE.view, (PARAMETERS[name] for name in names))

    assert entries(body) == [
        ("Enable_Protocol", "na", "Http"),
        ("Domain", PARAMETERS["Domain"].ua, ""),
        ("Ringer_Volume", "rw", PARAMETERS["Ringer_Volume"].default),
    ]


def test_empty_delta_is_an_empty_profile() -> None:
    body = build_delta(PHONE.view, ())

    assert body == b"<env>\n<flat-profile>\n</flat-profile>\n</env>\n"
    assert parse_profile(body, source="delta").settings == ()


@pytest.mark.parametrize("name", ["Admin_Password", "GPP_SA", "Mute_Tone"])
def test_delta_of_what_no_delta_may_hold_is_empty(name: str) -> None:
    assert build_delta(PHONE.view, [PARAMETERS[name]]) == build_delta(PHONE.view, ())


# Any value


def as_xml(text: str) -> str:
    """Replace what XML 1.0 section 2.2 does not allow."""
    return "".join(
        character
        if character in "\t\n\r"
        or " " <= character <= "\ud7ff"
        or "\ue000" <= character <= "\ufffd"
        or character >= "\U00010000"
        else "\ufffd"
        for character in text
    )


def as_setting(text: str) -> str:
    """Clean a value as the phone does; two quotation marks stand for no value."""
    value = clean_value(as_xml(text))
    return "" if value == '""' else value


PLACES = st.sampled_from([p.index for p in PARAMETERS])
TEXTS = st.one_of(st.text(st.characters()), st.text("-<>&\"'] !x\n"))
VIEWS = st.builds(
    lambda values, uas: ParameterView(PHONE, values, uas),
    st.dictionaries(PLACES, TEXTS, max_size=8),
    st.dictionaries(PLACES, st.sampled_from(["na", "ro", "rw"]), max_size=3),
)


@settings(max_examples=60, deadline=None)
@given(VIEWS)
def test_full_report_of_any_values_is_xml_and_holds_them(view: ParameterView) -> None:
    expected = [
        (p.name, view.ua(p.index), "*" * 13 if value and p.is_secret else as_xml(value))
        for p in PARAMETERS.reported
        for value in [view.value(p.index)]
    ]

    assert entries(build_full(view)) == expected


@given(VIEWS)
def test_profile_reader_gets_the_values_of_a_delta(view: ParameterView) -> None:
    changed = [PARAMETERS.parameters[index] for index in view.overlay]

    profile = parse_profile(build_delta(view, changed), source="delta")

    expected = [
        ProfileSetting(name=p.name, value=as_setting(view.value(p.index)), ua=view.ua(p.index))
        for p in sorted(changed, key=lambda p: p.index)
        if p.form is ReportForm.ELEMENT and not p.is_secret
    ]
    assert list(profile.settings) == expected


def test_profile_reader_gets_the_values_of_a_full_report() -> None:
    store = ParameterStore(PHONE)
    store.change([ParameterChange("Report_Rule", '[--key "a<b"]http://h/x?a=1&b=2')])

    profile = parse_profile(build_full(store.view), source="full")

    assert {s.name: s.value for s in profile.settings} == {
        p.name: store[p.name] for p in PARAMETERS if p.form is ReportForm.ELEMENT
    }


@given(TEXTS)
def test_escaped_text_is_one_line_that_xml_reads_back(text: str) -> None:
    escaped = escape_text(text)

    assert not re.search(r"[<>\"'\n\r]", escaped)
    assert (etree.fromstring(f"<x>{escaped}</x>".encode()).text or "") == as_xml(text)
