import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.core.encryption import encrypt_ikm, encrypt_key
from mppsim.core.profile import PROFILE_LIMIT, Profile
from mppsim.core.profile_body import BODY_LIMIT, ProfileKeys, open_profile
from mppsim.errors import EncryptionError, ProfileError

PROFILE = b"<device>\n<flat-profile><GPP_A>lobby</GPP_A></flat-profile></device>\n"
IKM = ProfileKeys(ikm="keying material")
KEY = ProfileKeys(key="test123")
BOTH = ProfileKeys(key="test123", ikm="keying material")
NONE = ProfileKeys()


def dice(count: int) -> bytes:
    return bytes(range(count))


def aes(body: bytes, digest: str = "sha256") -> bytes:
    return encrypt_key(body, "test123", digest=digest, random_bytes=dice)


def seal(body: bytes) -> bytes:
    return encrypt_ikm(body, b"keying material", random_bytes=dice)


def bare_deflate(body: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-15)
    return deflater.compress(body) + deflater.flush()


def zeros(megabytes: int) -> bytes:
    """A gzip file that unpacks to so many MiB of zeros."""
    deflater = zlib.compressobj(wbits=-15)
    block = deflater.compress(bytes(1 << 20)) + deflater.flush(zlib.Z_FULL_FLUSH)
    return gzip.compress(b"")[:10] + block * megabytes + deflater.flush()


def opened(body: bytes, keys: ProfileKeys = NONE, coding: str = "") -> Profile:
    return open_profile(body, keys, coding=coding, source="http://h/cfg.xml")


@pytest.mark.parametrize(
    ("body", "keys", "coding"),
    [
        pytest.param(PROFILE, NONE, "", id="plain"),
        pytest.param(PROFILE, IKM, "identity", id="plain, although there is an IKM"),
        pytest.param(gzip.compress(PROFILE), NONE, "", id="a gzip file"),
        pytest.param(gzip.compress(PROFILE), NONE, "gzip", id="gzip as content coding"),
        pytest.param(gzip.compress(PROFILE), NONE, "x-gzip", id="gzip by its older name"),
        pytest.param(zlib.compress(PROFILE), NONE, "deflate", id="deflate"),
        pytest.param(bare_deflate(PROFILE), NONE, "deflate", id="deflate without its header"),
        pytest.param(
            gzip.compress(gzip.compress(PROFILE)), NONE, "gzip", id="a gzip file, gzipped"
        ),
        pytest.param(aes(PROFILE), KEY, "", id="AES, sha256"),
        pytest.param(aes(PROFILE, "md5"), KEY, "", id="AES, md5"),
        pytest.param(aes(gzip.compress(PROFILE)), KEY, "", id="compressed, then encrypted"),
        pytest.param(gzip.compress(aes(PROFILE)), KEY, "gzip", id="encrypted, then gzip as coding"),
        pytest.param(aes(PROFILE), BOTH, "", id="AES, although there is an IKM"),
        pytest.param(seal(PROFILE), IKM, "aes128gcm", id="RFC 8188"),
        pytest.param(seal(PROFILE), BOTH, "aes128gcm", id="RFC 8188, although there is a key"),
        pytest.param(seal(gzip.compress(PROFILE)), IKM, "aes128gcm", id="a gzip file in RFC 8188"),
        pytest.param(seal(gzip.compress(PROFILE)), IKM, "gzip, aes128gcm", id="two codings"),
        pytest.param(
            gzip.compress(seal(PROFILE)), IKM, " aes128gcm ,gzip", id="two, the other way"
        ),
    ],
)
def test_profile_is_opened_in_the_phones_order(body: bytes, keys: ProfileKeys, coding: str) -> None:
    settings = opened(body, keys, coding).settings

    assert [(each.name, each.value) for each in settings] == [("GPP_A", "lobby")]


@pytest.mark.parametrize("digest", ["sha256", "md5"])
def test_padding_that_fits_both_digests_does_not_mislead(digest: str) -> None:
    # One salt in 256 lets the wrong digest look right; among these there are some.
    for number in range(600):
        body = encrypt_key(
            gzip.compress(PROFILE, mtime=0),
            "test123",
            digest=digest,
            random_bytes=lambda _, number=number: number.to_bytes(8),  # type: ignore[misc]
        )
        assert opened(body, KEY).settings


@pytest.mark.parametrize(
    ("body", "keys", "coding", "reason"),
    [
        (aes(PROFILE), ProfileKeys(key="wrong"), "", "does not open"),
        (aes(PROFILE), ProfileKeys(key=""), "", "empty"),
        (aes(PROFILE)[:-1], KEY, "", "cut short"),
        (aes(PROFILE), NONE, "", "no --key"),
        (PROFILE, KEY, "", "not encrypted"),
        (seal(PROFILE), ProfileKeys(ikm="wrong"), "aes128gcm", "does not open"),
        (seal(PROFILE), ProfileKeys(ikm="xyz", ikm_encoding="hex"), "aes128gcm", "not valid hex"),
        (seal(PROFILE), KEY, "aes128gcm", "IKM_HTTP_Encrypt_Content is empty"),
        (seal(PROFILE)[:30], IKM, "aes128gcm", "does not open"),
    ],
)
def test_what_the_keys_do_not_open_is_told_as_such(
    body: bytes, keys: ProfileKeys, coding: str, reason: str
) -> None:
    with pytest.raises(EncryptionError, match=reason):
        opened(body, keys, coding)


@pytest.mark.parametrize(
    ("body", "coding", "reason"),
    [
        (b"", "", "is not XML"),
        (b"\x00\x01\x02", "", "XML"),
        (b"<html><body>404</body></html>", "", "no <flat-profile>"),
        (PROFILE[:30], "", "ends inside an element"),
        (b'<!DOCTYPE x [<!ENTITY y "z">]>' + PROFILE, "", "DOCTYPE"),
        (PROFILE, "gzip", "damaged"),
        (gzip.compress(PROFILE)[:-20], "", "cut short"),
        (b"\x1f\x8b", "", "cut short"),
        (b"", "gzip", "cut short"),
        (b"", "deflate", "cut short"),
        (PROFILE, "br", "content coding"),
        (b"<flat-profile>" + b" " * PROFILE_LIMIT, "", "at most"),
        (gzip.compress(b" " * PROFILE_LIMIT + PROFILE), "", "more than 2,097,152"),
    ],
)
def test_what_is_no_profile_is_told_as_such(body: bytes, coding: str, reason: str) -> None:
    with pytest.raises(ProfileError, match=reason):
        opened(body, coding=coding)


def test_gigabyte_of_zeros_costs_no_more_than_the_limit() -> None:
    bomb = zeros(1024)
    assert len(bomb) < BODY_LIMIT

    tracemalloc.start()
    try:
        with pytest.raises(ProfileError, match="more than"):
            opened(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 4 * PROFILE_LIMIT


def test_keys_are_not_on_show() -> None:
    assert "test123" not in repr(BOTH)
    assert "material" not in repr(BOTH)


@given(st.binary(max_size=200), st.sampled_from(["", "gzip", "deflate", "aes128gcm"]))
def test_any_body_is_a_profile_or_a_known_fault(body: bytes, coding: str) -> None:
    with pytest.raises((ProfileError, EncryptionError)):
        opened(body, BOTH, coding)
