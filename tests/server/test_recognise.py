"""What a body is, under every root, plain and encrypted."""

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.core.encryption import encrypt_ikm, encrypt_key
from mppsim.server.recognise import FULL_FROM, Keyring, Recognised, recognise

KEYRING = Keyring(keys=("wrong", "test123"), ikm=b"input keying material")
DELTA = b'<Station_Name ua="na">Lobby</Station_Name>\n<Ringer_Volume ua="na"/>\n'
FULL = b"<!-- System Configuration -->\n" + DELTA
STATUS = b"<Phone_Status><Elapsed_Time>1 days</Elapsed_Time></Phone_Status>\n"

PLAIN = [
    (b"<flat-profile>%s</flat-profile>" % FULL, "full", "flat-profile", 2),
    (b"<flat-profile>%s</flat-profile>" % DELTA, "delta", "flat-profile", 2),
    (b"<flat-profile>\n</flat-profile>\n", "delta", "flat-profile", 0),
    (b"<flat-profile/>", "delta", "flat-profile", 0),
    (b"<env>\n<flat-profile>%s</flat-profile>\n</env>\n" % FULL, "full", "env", 2),
    (b"<env><flat-profile>%s</flat-profile></env>" % DELTA, "delta", "env", 2),
    (b"<device><flat-profile>%s</flat-profile></device>" % FULL, "full", "device", 2),
    (b"<device><flat-profile>%s</flat-profile></device>" % DELTA, "delta", "device", 2),
    (b"<flat-status>%s</flat-status>" % STATUS, "status", "flat-status", 1),
    (b"<status>%s</status>" % STATUS, "status", "status", 1),
    (b"<env><flat-status>%s</flat-status></env>" % STATUS, "status", "env", 1),
    (b'<?xml version="1.0" encoding="UTF-8"?>\n<flat-profile/>', "delta", "flat-profile", 0),
    (b"\n\n  <flat-profile/>", "delta", "flat-profile", 0),
    (b"\xef\xbb\xbf<flat-profile/>", "delta", "flat-profile", 0),
    ("<?xml version='1.0' encoding='UTF-16'?><status/>".encode("utf-16"), "status", "status", 0),
    # without its comments, a full report is told by its length
    (
        b"<flat-profile>%s</flat-profile>" % (b"<A/>" * (FULL_FROM - 1)),
        "delta",
        "flat-profile",
        499,
    ),
    (b"<flat-profile>%s</flat-profile>" % (b"<A/>" * FULL_FROM), "full", "flat-profile", 500),
    # a comment outside the profile is no section
    (b"<!-- x --><flat-profile/>", "delta", "flat-profile", 0),
    (b"<html><body/></html>", "unknown", "html", 1),
    (b"<env/>", "unknown", "env", 0),
    (b"<env><env/></env>", "unknown", "env", 0),
    (b'<p:flat-profile xmlns:p="x"/>', "unknown", "{x}flat-profile", 0),
]

NO_REPORTS = [
    b"",
    b" \n",
    b"hello",
    b"\0" * 100,
    b"<flat-profile>",
    b"<flat-profile><A></flat-profile>",
    b"<flat-profile/><flat-profile/>",
    b"<!DOCTYPE flat-profile><flat-profile/>",
    b'<!DOCTYPE flat-profile SYSTEM "file:///etc/passwd"><flat-profile/>',
    b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><flat-profile><A>&x;</A></flat-profile>',
    '<!DOCTYPE flat-profile><flat-profile a="\u20ac"/>'.encode("utf-16"),
    b"<flat-profile>&unknown;</flat-profile>",
    b"<a>" * 100_000,
    b"%3Cflat-profile%2F%3E",
]


@pytest.mark.parametrize(("body", "content", "root", "elements"), PLAIN)
def test_plain_report_is_told_by_its_form(
    body: bytes, content: str, root: str, elements: int
) -> None:
    actual = recognise(body, keyring=KEYRING)

    assert actual == Recognised(content=content, encryption="none", root=root, elements=elements)


@pytest.mark.parametrize("body", NO_REPORTS, ids=lambda body: repr(body[:40]))
def test_what_is_no_report_is_unknown(body: bytes) -> None:
    assert recognise(body, keyring=KEYRING) == Recognised()


def test_entities_that_multiply_are_not_expanded() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE status [<!ENTITY e0 "ha">{entities}]><status>&e11;</status>'

    assert recognise(bomb.encode(), keyring=KEYRING) == Recognised()


@pytest.mark.parametrize("digest", ["sha256", "md5"])
@pytest.mark.parametrize(("plain", "content"), [row[:2] for row in PLAIN[:12]])
def test_report_sealed_with_a_known_key_is_opened(plain: bytes, content: str, digest: str) -> None:
    body = encrypt_key(plain, "test123", digest=digest, random_bytes=bytes)

    actual = recognise(body, keyring=KEYRING)

    assert (actual.content, actual.encryption) == (content, "aes-256-cbc")


@pytest.mark.parametrize("announced", ["aes128gcm", "AES128GCM", " aes128gcm "])
def test_report_sealed_with_the_ikm_is_opened(announced: str) -> None:
    body = encrypt_ikm(b"<status/>", b"input keying material", random_bytes=bytes)

    actual = recognise(body, content_encoding=announced, keyring=KEYRING)

    assert (actual.content, actual.encryption) == ("status", "aes128gcm")


def test_sealed_body_that_is_no_report_is_opened_and_unknown() -> None:
    body = encrypt_ikm(b"I am the walrus", b"input keying material", random_bytes=bytes)

    actual = recognise(body, content_encoding="aes128gcm", keyring=KEYRING)

    assert actual == Recognised(content="unknown", encryption="aes128gcm")


SEALED = encrypt_key(b"<status/>", "test123", digest="sha256", random_bytes=bytes)
CODED = encrypt_ikm(b"<status/>", b"input keying material", random_bytes=bytes)


@pytest.mark.parametrize(
    ("body", "encoding", "keyring"),
    [
        (SEALED, "", Keyring()),
        (SEALED, "", Keyring(keys=("test1234",))),
        (SEALED[:-1], "", KEYRING),
        (b"Salted__", "", KEYRING),
        (b"Salted__and some text that nobody sealed", "", KEYRING),
        (CODED, "aes128gcm", Keyring()),
        (CODED, "aes128gcm", Keyring(ikm=b"another")),
        (CODED[:-1], "aes128gcm", KEYRING),
        (b"<status/>", "aes128gcm", KEYRING),
        (b"", "aes128gcm", KEYRING),
    ],
)
def test_body_that_no_key_opens_is_unopened(body: bytes, encoding: str, keyring: Keyring) -> None:
    actual = recognise(body, content_encoding=encoding, keyring=keyring)

    assert actual == Recognised(content="unknown", encryption="unopened")


def test_wrong_key_whose_padding_fits_does_not_hide_the_right_one() -> None:
    # Of 3,000 wrong keys some two dozen pass the padding's test.
    keyring = Keyring(keys=(*(f"wrong {n}" for n in range(3000)), "test123"))

    assert recognise(SEALED, keyring=keyring).content == "status"


def test_other_content_encodings_are_not_opened() -> None:
    assert recognise(b"\x1f\x8b", content_encoding="gzip", keyring=KEYRING) == Recognised()


@given(st.binary(max_size=200), st.sampled_from(["", "aes128gcm"]))
def test_any_bytes_are_recognised_as_something(body: bytes, encoding: str) -> None:
    actual = recognise(body, content_encoding=encoding, keyring=KEYRING)

    assert actual.content in {"full", "delta", "status", "unknown"}


def test_keyring_does_not_print_its_keys() -> None:
    keyring = Keyring(keys=("test123",), ikm=base64.b64decode("c2VjcmV0"))

    assert "test123" not in repr(keyring)
    assert "secret" not in repr(keyring)


SHORT = b'<GPP_A ua="na"/>\n'
TRUSTED = [
    (b'<env>\n<flat-profile>\n<A ua="na">1</A>\n</flat-profile>\n</env>\n', "delta", "env"),
    (b'<device>\n<flat-profile>\n<A ua="na"/>\n</flat-profile>\n</device>\n', "delta", "device"),
    (b"<flat-profile>\n</flat-profile>\n", "delta", "flat-profile"),
    (b"<flat-profile>\n<!-- A -->\n<B/>\n</flat-profile>\n", "full", "flat-profile"),
    (b"<flat-profile>\n" + SHORT * 500 + b"</flat-profile>\n", "full", "flat-profile"),
    (b"<flat-profile>\n" + SHORT * 300 + b"</flat-profile>\n", "delta", "flat-profile"),
    (b"<flat-profile>\n<A>" + b"x" * 9000 + b"</A></flat-profile>\n", "delta", "flat-profile"),
    (b"<?xml version='1.0'?>\n<flat-status>\n<A/>\n</flat-status>\n", "status", "flat-status"),
    # Between its first and last lines there may be anything.
    (b"<flat-profile>\n<A>&&</flat-profile>\n", "delta", "flat-profile"),
    # What looks like no report of a phone is read with care.
    (b"  <flat-profile><A/></flat-profile>", "delta", "flat-profile"),
    (b"<flat-profile><A></flat-profile>", "unknown", ""),
    (b"<status/>", "status", "status"),
    (b"", "unknown", ""),
]


@pytest.mark.parametrize(("body", "content", "root"), TRUSTED)
def test_report_that_is_trusted_is_known_by_its_first_and_last_lines(
    body: bytes, content: str, root: str
) -> None:
    found = recognise(body, keyring=Keyring(), is_trusting=True)

    assert (found.content, found.encryption, found.root) == (content, "none", root)


def test_trusted_report_is_opened_by_the_key_that_fits() -> None:
    sealed = encrypt_key(TRUSTED[0][0], "right", digest="sha256", random_bytes=os.urandom)
    rings = [Keyring(keys=keys) for keys in (("wrong", "right"), ("wrong",), ())]
    found = [recognise(sealed, keyring=ring, is_trusting=True) for ring in rings]

    assert [(each.content, each.encryption) for each in found] == [
        ("delta", "aes-256-cbc"),
        ("unknown", "unopened"),
        ("unknown", "unopened"),
    ]
