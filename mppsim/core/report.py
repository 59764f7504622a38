"""Write what a phone reports of its configuration: all of it, or what changed.

A group's configuration is rendered once. A phone's full report is that text with its own values
set in: a handful of slices and one join, not 2,213 elements.

Source: the configuration files printed in the provisioning guides; docs/decisions.md for the root
element. Status reports are written by `mppsim.core.status`.
"""

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter

from mppsim.core.catalogue import Parameter, ReportForm
from mppsim.core.firmware import FirmwareRelease, ReportRoot
from mppsim.core.parameters import Baseline, ParameterView

__all__ = ["DECLARATION", "build_delta", "build_full", "escape_text"]

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
"""What `xml_declaration` puts before a report's root element."""

_MASK = "*" * 13
"""A set secret, whatever its length."""

_ROOTS: Mapping[ReportRoot, tuple[str, str]] = {
    ReportRoot.ENV: ("<env>\n", "</env>\n"),
    ReportRoot.DEVICE: ("<device>\n", "</device>\n"),
    ReportRoot.FLAT_PROFILE: ("", ""),
}

_LABELS = {"IPv4 Settings": "IPv4 Settings "}
"""Sections whose comment differs from their name: phones write a space after this one."""

_EMPTY_SECTIONS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("System", "IPv6 Settings"): ("HTTP Proxy Settings",),
    ("User", "Supplementary Services"): tuple(f"Camera Profile {n}" for n in range(1, 5)),
}
"""Sections that phones head even where they hold nothing, by the section that they follow."""


def build_full(view: ParameterView) -> bytes:
    """Write a full report: every parameter in configuration order, with the phone's comments."""
    text = _render_baseline(view.baseline)
    changed = sorted({*view.overlay, *view.ua_overlay})
    if not changed:
        return text.body
    parameters = view.baseline.parameters.parameters
    body = memoryview(text.body)
    pieces: list[memoryview | bytes] = []
    at = 0
    for index in changed:
        if text.ends[index]:
            element = _render(parameters[index], view.value(index), view.ua(index))
            pieces += (body[at : text.starts[index]], element.encode())
            at = text.ends[index]
    pieces.append(body[at:])
    return b"".join(pieces)


def build_delta(view: ParameterView, changed: Iterable[Parameter]) -> bytes:
    """Write a delta: the changed parameters as they are now, in configuration order, no comments.

    What never leaves a phone is left out; with nothing left the report is an empty profile.
    """
    text = _render_baseline(view.baseline)
    values, uas = view.baseline.values, view.baseline.uas
    overlay, ua_overlay = view.overlay, view.ua_overlay
    pieces = [text.head]
    # Written out: a fleet sends deltas most, and each call here is a tenth of one's cost.
    for parameter in sorted(changed, key=_INDEX):
        if parameter.is_reportable:
            index, name = parameter.index, parameter.name
            value = overlay[index] if index in overlay else values[index]
            ua = ua_overlay[index] if index in ua_overlay else uas[index]
            if _find_unsafe(value):
                value = escape_text(value)
            pieces.append(
                f'<{name} ua="{ua}">{value}</{name}>\n' if value else f'<{name} ua="{ua}"/>\n'
            )
    pieces.append(text.tail)
    return "".join(pieces).encode()


def escape_text(text: str) -> str:
    """Write a value as XML text on one line.

    The five special characters and line breaks become references; what XML cannot hold at all
    becomes U+FFFD.
    """
    return _UNSAFE.sub(_replace, text) if _find_unsafe(text) else text


_INDEX = attrgetter("index")
_UNSAFE = re.compile("[&<>\"'\0-\x08\n-\x1f\ud800-\udfff\ufffe\uffff]")
_find_unsafe = _UNSAFE.search
_REFERENCES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&apos;",
    "\n": "&#10;",
    "\r": "&#13;",
}


def _replace(unsafe: re.Match[str]) -> str:
    return _REFERENCES.get(unsafe[0], "\ufffd")


def _frame(release: FirmwareRelease) -> tuple[str, str]:
    """Return what stands before and after a report's elements."""
    opening, closing = _ROOTS[release.report_root]
    declaration = DECLARATION if release.xml_declaration else ""
    return f"{declaration}{opening}<flat-profile>\n", f"</flat-profile>\n{closing}"


def _render(parameter: Parameter, value: str, ua: str) -> str:
    """Render a parameter as a full report holds it, which may be inside a comment."""
    if parameter.is_reportable:
        return _render_element(parameter, value, ua)
    shown = _MASK if parameter.is_secret and value else value
    return _comment(_render_element(parameter, shown, ua))


def _render_element(parameter: Parameter, value: str, ua: str) -> str:
    name = parameter.name
    return f'<{name} ua="{ua}">{escape_text(value)}</{name}>' if value else f'<{name} ua="{ua}"/>'


def _comment(text: str) -> str:
    # XML forbids "--" in a comment. Read as an element again, the reference is the same hyphen.
    return f"<!-- {text.replace('--', '-&#45;')} -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class _BaselineText:
    """A baseline's full report, and where each parameter stands in it."""

    head: str
    tail: str
    body: bytes
    starts: "array[int]"
    """The first byte of each parameter, by `Parameter.index`."""
    ends: "array[int]"
    """The byte after it; 0 for what is never reported."""


@lru_cache(maxsize=128)
def _render_baseline(baseline: Baseline) -> _BaselineText:
    """Render a group's configuration, once: baselines are compared by identity."""
    empty = bytes(4 * len(baseline.values))
    starts, ends = array("I", empty), array("I", empty)
    head, tail = _frame(baseline.release)
    pieces = [head.encode()]
    at = len(pieces[0])
    for parameter, line in _lines(baseline):
        piece = line.encode()
        if parameter is not None:
            starts[parameter.index], ends[parameter.index] = at, at + len(piece)
        pieces += (piece, b"\n")
        at += len(piece) + 1
    pieces.append(tail.encode())
    return _BaselineText(head=head, tail=tail, body=b"".join(pieces), starts=starts, ends=ends)


def _lines(baseline: Baseline) -> Iterator[tuple[Parameter | None, str]]:
    """Yield the lines of a full report; a comment line belongs to no parameter."""
    section = ("", "")
    for parameter in baseline.parameters.reported:
        if (parameter.tab, parameter.section) != section:
            yield from ((None, line) for line in _section_lines(section, parameter.section))
            section = (parameter.tab, parameter.section)
        index = parameter.index
        yield parameter, _render(parameter, baseline.values[index], baseline.uas[index])
        if parameter.kind == "enum" and parameter.form is ReportForm.ELEMENT:
            yield None, _comment(f"available options: {parameter.allowed}")


def _section_lines(before: tuple[str, str], section: str) -> Iterator[str]:
    """Yield the comment of a section, after those of the empty sections between the two."""
    for empty in _EMPTY_SECTIONS.get(before, ()):
        if empty != section:
            yield _comment(empty)
    yield _comment(_LABELS.get(section, section))
