"""Says what a received body is, and opens it with the keys that the server knows.

Source: the guide's table of content arguments; docs/decisions.md for the three roots.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from mppsim.core.encryption import decrypt_ikm, decrypt_key
from mppsim.core.report_rule import ReportContent
from mppsim.errors import EncryptionError

__all__ = ["UNKNOWN", "Keyring", "Recognised", "recognise"]

UNKNOWN = "unknown"
"""The content of a body that is no report, or that no key opens."""

PLAIN, AES_256_CBC, AES128GCM, UNOPENED = "none", "aes-256-cbc", "aes128gcm", "unopened"

FULL_FROM = 500
"""So many elements are a full report even where somebody on the way took the comments out: the
smallest phone reports some 600, and nobody changes as many at once."""

_SHORTEST_ELEMENT = len('<GPP_A ua="na"/>')
_WRAPPERS = frozenset({"env", "device"})
_STATUS_ROOTS = frozenset({"flat-status", "status"})
_BEGINS = re.compile(rb"(?:<\?xml[^<>]*>\s*)?(?:<(env|device)>\s*)?<(flat-profile|flat-status)>")
_ENDINGS = (b"</env>\n", b"</device>\n", b"</flat-profile>\n", b"</flat-status>\n")
_PARSER = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """What the server opens bodies with."""

    keys: tuple[str, ...] = field(default=(), repr=False)
    """Passphrases of `--key` rules, tried in this order, each with sha256 and md5."""
    ikm: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What a body turned out to be."""

    content: str = UNKNOWN
    """`full`, `delta`, `status` or `unknown`."""
    encryption: str = PLAIN
    """`none`, `aes-256-cbc`, `aes128gcm`, or `unopened` when no key fits."""
    root: str = ""
    """The outermost element; empty for what is no XML."""
    elements: int = 0
    """Parameters of a configuration report, groups of a status report."""


def recognise(
    body: bytes, *, content_encoding: str = "", keyring: Keyring, is_trusting: bool = False
) -> Recognised:
    """Recognise a report under any of its roots, plain or encrypted. Never raise.

    `is_trusting`: what begins and ends as a report does is taken for one, unread in between.
    """
    look = _glance if is_trusting else _look
    if content_encoding.strip().lower() == AES128GCM:
        opened = _open_with_ikm(body, keyring)
        if opened is None:
            return Recognised(encryption=UNOPENED)
        return look(opened, AES128GCM) or Recognised(encryption=AES128GCM)
    if body.startswith(b"Salted__"):
        # A wrong key passes the padding's test now and then: what it gives is no XML.
        looks = (look(opened, AES_256_CBC) for opened in _open_with_keys(body, keyring))
        return next((found for found in looks if found), Recognised(encryption=UNOPENED))
    return look(body, PLAIN) or Recognised()


def _open_with_ikm(body: bytes, keyring: Keyring) -> bytes | None:
    if keyring.ikm is None:
        return None
    try:
        return decrypt_ikm(body, keyring.ikm)
    except EncryptionError:
        return None


def _open_with_keys(body: bytes, keyring: Keyring) -> Iterator[bytes]:
    for key in keyring.keys:
        try:
            yield decrypt_key(body, key)
        except EncryptionError:
            continue


def _glance(body: bytes, encryption: str) -> Recognised | None:
    begins = _BEGINS.match(body)
    if begins is None or not body.endswith(_ENDINGS):
        return _look(body, encryption)
    comments = b"<!--" in body
    # Counting takes as long as all the rest, and so short a body cannot be a full report.
    is_long = len(body) >= FULL_FROM * _SHORTEST_ELEMENT
    elements = body.count(b"</") + body.count(b"/>") if is_long else 0
    root, report = (part.decode() for part in begins.groups(b""))
    return Recognised(
        content=_content_of(report, elements, comments),
        encryption=encryption,
        root=root or report,
    )


def _look(body: bytes, encryption: str) -> Recognised | None:
    root = _parse(body)
    if root is None:
        return None
    report = root
    if root.tag in _WRAPPERS:
        report = next(root.iterchildren("*"), root)
    comments = sum(1 for _ in report.iterchildren(etree.Comment))
    elements = len(report) - comments
    return Recognised(
        content=_content_of(str(report.tag), elements, comments),
        encryption=encryption,
        root=str(root.tag),
        elements=elements,
    )


def _content_of(tag: str, elements: int, comments: int) -> str:
    if tag in _STATUS_ROOTS:
        return ReportContent.STATUS
    if tag != "flat-profile":
        return UNKNOWN
    # A full report has a comment before each section; a delta has none.
    return ReportContent.FULL if comments or elements >= FULL_FROM else ReportContent.DELTA


def _parse(body: bytes) -> etree._Element | None:
    """Read XML with neither DTD nor entities nor network; None for what is not that."""
    try:
        root = etree.fromstring(body.strip(), _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        return None
    # A DOCTYPE has no place in a report, and entities are its only use here.
    has_doctype = root.getroottree().docinfo.internalDTD is not None
    return None if has_doctype else root
