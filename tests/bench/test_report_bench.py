"""How fast reports are built, beside building and serialising the same with lxml."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from mppsim.core.catalogue import find_model
from mppsim.core.encryption import encrypt_ikm, encrypt_key
from mppsim.core.firmware import load_release
from mppsim.core.identity import PhoneIdentity
from mppsim.core.parameters import Baseline, ParameterChange, ParameterStore
from mppsim.core.report import build_delta, build_full
from mppsim.core.status import PhoneStatus, build_status

MODEL = find_model("8851")
CHANGES = {
    "Report_Rule": "[--delta]http://reports.example/$MA-delta.xml",
    "Station_Display_Name": "Lobby",
    "Ringer_Volume": "3",
}
IDENTITY = PhoneIdentity(model=MODEL, mac="14a2a0112233", serial="FCH2305ABCD", ip="10.0.0.9")
IKM = os.urandom(16)

STORE = ParameterStore(Baseline.factory(MODEL, load_release("mpp-12.0")))
STORE.change([ParameterChange(name, value) for name, value in CHANGES.items()])
PARAMETERS = STORE.view.baseline.parameters
CHANGED = STORE.changed_since(0)
STATUS = PhoneStatus(boot_time=1_723_550_400.0)
STATUS.count_sip(514, 545)
STATUS.record_restart("SIP Triggered", 60.0)


def full() -> bytes:
    return build_full(STORE.view)


def delta() -> bytes:
    return build_delta(STORE.view, CHANGED)


def status() -> bytes:
    return build_status(IDENTITY, STORE.view, STATUS, now=90_000.0)


def seal_with_key(body: bytes) -> bytes:
    return encrypt_key(body, "test123", digest="sha256", random_bytes=os.urandom)


def seal_with_ikm(body: bytes) -> bytes:
    return encrypt_ikm(body, IKM, random_bytes=os.urandom)


def full_with_lxml() -> bytes:
    """Build the same full report as a tree and serialise it."""
    root = etree.Element("env")
    profile = etree.SubElement(root, "flat-profile")
    root.text = profile.tail = profile.text = "\n"
    section = None
    for parameter in PARAMETERS.reported:
        if (parameter.tab, parameter.section) != section:
            section = (parameter.tab, parameter.section)
            append_comment(profile, parameter.section)
        value = STORE.view.value(parameter.index)
        if parameter.is_reportable:
            append_element(profile, parameter.name, STORE.view.ua(parameter.index), value)
        else:
            hidden = etree.Element(parameter.name, ua=STORE.view.ua(parameter.index))
            hidden.text = value or None
            append_comment(profile, etree.tostring(hidden, encoding="unicode"))
        if parameter.kind == "enum":
            append_comment(profile, f"available options: {parameter.allowed}")
    return etree.tostring(root, encoding="UTF-8") + b"\n"


def append_element(parent: etree._Element, name: str, ua: str, value: str) -> None:
    element = etree.SubElement(parent, name, ua=ua)
    element.text = value or None
    element.tail = "\n"


def append_comment(parent: etree._Element, text: str) -> None:
    comment = etree.Comment(f" {text} ")
    comment.tail = "\n"
    parent.append(comment)


def delta_with_lxml() -> bytes:
    """Build the same delta as a tree and serialise it."""
    root = etree.Element("env")
    profile = etree.SubElement(root, "flat-profile")
    root.text = profile.tail = profile.text = "\n"
    for parameter in CHANGED:
        element = etree.SubElement(profile, parameter.name, ua=STORE.view.ua(parameter.index))
        element.text = STORE.view.value(parameter.index) or None
        element.tail = "\n"
    return etree.tostring(root, encoding="UTF-8") + b"\n"


def test_full_report_is_built_100_times_as_fast_as_with_lxml(
    race: Callable[..., Any], figure: Callable[..., None]
) -> None:
    # Section labels with a space of their own and sections without parameters are ours alone.
    assert len(full_with_lxml()) == pytest.approx(len(full()), rel=0.002)

    result = race(full, full_with_lxml)

    figure(
        "full report of an 8851",
        1 / result.ours,
        "a second",
        peer="lxml, built and serialised",
        ratio=result.ratio,
        target=100,
    )


def test_delta_of_three_changes_is_built_4_times_as_fast_as_with_lxml(
    race: Callable[..., Any], figure: Callable[..., None]
) -> None:
    assert len(CHANGED) == 3
    assert delta_with_lxml() == delta()

    result = race(delta, delta_with_lxml)

    figure(
        "delta of 3 changes",
        1 / result.ours,
        "a second",
        peer="lxml, built and serialised",
        ratio=result.ratio,
        target=4,
    )


@pytest.mark.parametrize("seal", [None, seal_with_key, seal_with_ikm], ids=["plain", "key", "ikm"])
@pytest.mark.parametrize("build", [full, delta, status], ids=["full", "delta", "status"])
def test_reports_built_per_second(
    build: Callable[[], bytes],
    seal: Callable[[bytes], bytes] | None,
    pace: Callable[..., float],
    figure: Callable[..., None],
) -> None:
    suffix = {None: "plain", seal_with_key: "--key", seal_with_ikm: "IKM"}[seal]
    seconds = pace(build if seal is None else lambda: seal(build()))

    figure(f"{build.__name__} report of {len(build()):,} bytes, {suffix}", 1 / seconds, "a second")
