"""Read a configuration file: XML to names and values.

Nothing is looked up here: whether a name exists and a value is allowed, the store decides.

Source: the provisioning guide's chapter on configuration profile formats; docs/decisions.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from lxml import etree

from mppsim.errors import ProfileError

__all__ = ["PROFILE_LIMIT", "Profile", "ProfileSetting", "Remark", "clean_value", "parse_profile"]

PROFILE_LIMIT = 2 * 1024 * 1024
"""The largest profile that is read, in bytes. A phone's whole configuration takes 120 KB."""


class Remark(NamedTuple):
    """What somebody should know about a name: why it was refused, or how it was read."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileSetting:
    """One element of a profile as it was written, its value cleaned."""

    name: str
    value: str = field(repr=False)
    ua: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """The settings of a profile in written order; the last one of a name wins."""

    settings: tuple[ProfileSetting, ...]
    warnings: tuple[Remark, ...] = ()
    """Elements that were left out."""


def parse_profile(body: bytes, *, source: str) -> Profile:
    """Read a profile whose root is, or anywhere below it holds, `<flat-profile>`.

    `source` is the file or URL that errors name. Raises `ProfileError` with the line for what is
    not well-formed, too long, has a DOCTYPE or no `<flat-profile>`; no message holds a value.
    """
    _refuse_what_is_no_text(body, source)
    root = _parse(body, source)
    profiles = list(root.iter("flat-profile"))
    if not profiles:
        raise ProfileError(
            f"{source}: has no <flat-profile> element; put the parameters into one, alone or"
            " inside <device> or <env>"
        )
    settings: list[ProfileSetting] = []
    warnings: list[Remark] = []
    for element in _parameters(profiles):
        if next(element.iterchildren("*"), None) is None:
            settings.append(_setting(element))
        else:
            warnings.append(Remark(element.tag, "holds other elements, not a value: ignored"))
    return Profile(tuple(settings), tuple(warnings))


def clean_value(text: str) -> str:
    """Cut outer white space and make line breaks spaces, as the phone does with every value."""
    text = text.strip(" \t\r\n")
    return text.replace("\r\n", " ").replace("\n", " ").replace("\r", " ")


_EMPTY = '""'
"""The two quotation marks by themselves set a parameter empty."""

_SENTENCES = {
    etree.ErrorTypes.ERR_DOCUMENT_EMPTY: "is not XML, which begins with <flat-profile>",
    etree.ErrorTypes.ERR_TAG_NAME_MISMATCH: "an element ends under another name than it began",
    etree.ErrorTypes.ERR_TAG_NOT_FINISHED: "ends inside an element",
    etree.ErrorTypes.ERR_NAME_REQUIRED: "a < or & that begins nothing: write &lt; or &amp;",
    etree.ErrorTypes.ERR_ENTITYREF_SEMICOL_MISSING: "an & that begins nothing: write &amp;",
    etree.ErrorTypes.ERR_UNDECLARED_ENTITY: "an & that begins nothing known: write &amp;",
    etree.ErrorTypes.ERR_INVALID_CHAR: "a character that XML cannot carry",
    etree.ErrorTypes.ERR_INVALID_ENCODING: "octets that are not UTF-8: save the file as UTF-8",
    etree.ErrorTypes.ERR_DOCUMENT_END: "goes on after its root element has ended",
}


def _refuse_what_is_no_text(body: bytes, source: str) -> None:
    if len(body) > PROFILE_LIMIT:
        raise ProfileError(f"{source}: {len(body):,} bytes; at most {PROFILE_LIMIT:,} are read")
    if body.startswith(b"Salted__"):
        raise ProfileError(f"{source}: is encrypted; open it first with mppsim decrypt")
    head, doctype, _ = body.partition(b"<!DOCTYPE")
    if doctype:
        _refuse_doctype(source, head.count(b"\n") + 1)


def _refuse_doctype(source: str, line: int) -> None:
    raise ProfileError(f"{source}, line {line}: has a DOCTYPE, which profiles do not; leave it out")


def _parse(body: bytes, source: str) -> etree._Element:
    start = len(body) - len(body.lstrip(b" \t\r\n"))  # a template's blank lines before <?xml
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(body[start:], parser)
    except etree.XMLSyntaxError as error:
        line = (error.lineno or 1) + body.count(b"\n", 0, start)
        raise ProfileError(f"{source}, line {line}: {_sentence(error)}") from None
    if root.getroottree().docinfo.internalDTD is not None:  # written in UTF-16, say
        _refuse_doctype(source, 1)
    return root


def _sentence(error: etree.XMLSyntaxError) -> str:
    # The parser's own words quote what it met, which may be a piece of a password.
    return _SENTENCES.get(getattr(error, "code", 0), "is not well-formed XML")


def _parameters(profiles: list[etree._Element]) -> Iterator[etree._Element]:
    for profile in profiles:
        for element in profile.iterchildren("*"):
            if element.tag != "flat-profile":
                yield element


def _setting(element: etree._Element) -> ProfileSetting:
    # Comments inside a value are left out, the text on both sides stays.
    text = (element.text or "") + "".join(child.tail or "" for child in element)
    value = clean_value(text)
    return ProfileSetting(
        name=element.tag,
        value="" if value == _EMPTY else value,
        ua=element.get("ua"),
    )
