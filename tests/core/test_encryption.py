"""Both encryptions: against published vectors, against http_ece, and against hostile bytes."""

import base64
import os

import http_ece
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.core import encryption
from mppsim.core.encryption import decrypt_ikm, decrypt_key, encrypt_ikm, encrypt_key, read_ikm
from mppsim.errors import EncryptionError

BODY = b"<flat-profile/>"
WALRUS = b"I am the walrus"

MD5_BLOB = "53616c7465645f5f000102030405060771a3489d5130bc922587955e2aa89b1e"
SHA256_BLOB = "53616c7465645f5f00010203040506077bad1e4ccf4e469043d981f03750de21"

# RFC 8188 section 3.1: one record.
IKM_1 = "yqdlZ-tYemfogSmv7Ws5PQ"
BLOB_1 = "I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg"
# RFC 8188 section 3.2: two records of 25 bytes, padding, a keyid.
IKM_2 = "BO3ZVPxUlnLORbVGMpbT1Q"
BLOB_2 = (
    "uNCkWiNYzKTnBN9ji3-qWAAAABkCYTHOG8chz_gnvgOqdGYovxyjuqRyJFjEDyoF1Fvkj6hQPdPHI51OEUKE"
    "pgz3SsLWIqS_uA"
)

ONE_RECORD = 4096 - 17


def count_up(size: int) -> bytes:
    """Stand in for random bytes: 00 01 02 …, as in the vectors."""
    return bytes(range(size))


def decode(text: str) -> bytes:
    """Decode base64url by other means than the code under test."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# --key


@pytest.mark.parametrize(
    ("digest", "blob"), [("md5", MD5_BLOB), ("sha256", SHA256_BLOB)], ids=["md5", "sha256"]
)
def test_key_vectors_come_out_and_open(digest: str, blob: str) -> None:
    sealed = encrypt_key(BODY, "test123", digest=digest, random_bytes=count_up)

    assert sealed.hex() == blob
    assert decrypt_key(sealed, "test123") == BODY


@given(text=st.text(max_size=100), key=st.text(min_size=1))
@pytest.mark.parametrize("digest", ["md5", "sha256"])
def test_decrypt_undoes_encrypt_with_a_key(digest: str, text: str, key: str) -> None:
    body = text.encode()

    assert decrypt_key(encrypt_key(body, key, digest=digest, random_bytes=count_up), key) == body


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 102_400])
def test_every_length_is_padded_to_whole_blocks(size: int) -> None:
    body = b"x" * size

    sealed = encrypt_key(body, "k", digest="sha256", random_bytes=os.urandom)

    assert len(sealed) == 16 + (size // 16 + 1) * 16
    assert decrypt_key(sealed, "k") == body


def test_key_that_looks_like_hex_is_still_a_passphrase() -> None:
    key = "a37d2fb9055c1d04883a0745eb0917a4"

    lower = encrypt_key(BODY, key, digest="sha256", random_bytes=count_up)

    assert lower != encrypt_key(BODY, key.upper(), digest="sha256", random_bytes=count_up)


def test_md5_body_opens_even_where_sha256_padding_happens_to_fit() -> None:
    # Bodies whose md5 blob, read with sha256, ends in one valid padding byte: about 1 in 256.
    blobs = (
        encrypt_key(b"text %d" % n, "k", digest="md5", random_bytes=count_up) for n in range(3000)
    )
    opened = [decrypt_key(blob, "k") for blob in blobs]

    assert opened == [b"text %d" % n for n in range(3000)]


def test_body_that_is_no_text_still_opens() -> None:
    body = b"\xff\xfe" * 9

    assert decrypt_key(encrypt_key(body, "k", digest="md5", random_bytes=count_up), "k") == body


@pytest.mark.parametrize(
    ("blob", "complaint"),
    [
        pytest.param(b"", "does not begin with Salted__", id="empty"),
        pytest.param(b"<flat-profile/>", "does not begin with Salted__", id="plain"),
        pytest.param(b"Salted__1234", "cut short", id="half a salt"),
        pytest.param(b"Salted__12345678", "cut short", id="no block"),
        pytest.param(b"Salted__12345678" + bytes(17), "cut short", id="block and a byte"),
        pytest.param(b"Salted__12345678" + bytes(16), "does not open", id="another's block"),
    ],
)
def test_blob_that_cannot_be_opened_is_an_encryption_error(blob: bytes, complaint: str) -> None:
    with pytest.raises(EncryptionError, match=complaint):
        decrypt_key(blob, "test123")


@given(st.binary(max_size=80))
def test_arbitrary_bytes_give_bytes_or_an_encryption_error(blob: bytes) -> None:
    for sealed in (blob, b"Salted__" + blob):
        try:
            body = decrypt_key(sealed, "test123")
        except EncryptionError:
            continue
        assert len(body) < len(sealed)


@pytest.mark.parametrize(
    ("key", "digest", "complaint"),
    [
        ("", "sha256", "the key is empty"),
        ("k\ud800", "sha256", "cannot be written as UTF-8"),
        ("k", "sha1", "no key digest 'sha1'"),
    ],
)
def test_unusable_key_or_digest_is_an_encryption_error(
    key: str, digest: str, complaint: str
) -> None:
    with pytest.raises(EncryptionError, match=complaint):
        encrypt_key(BODY, key, digest=digest, random_bytes=count_up)


def test_errors_do_not_repeat_the_key() -> None:
    with pytest.raises(EncryptionError) as caught:
        decrypt_key(b"Salted__12345678" + bytes(16), "hunter2")

    assert "hunter2" not in str(caught.value)


# IKM


def test_first_example_of_rfc_8188_comes_out() -> None:
    salt = decode(BLOB_1)[:16]

    sealed = encrypt_ikm(WALRUS, decode(IKM_1), random_bytes=lambda size: salt[:size])

    assert sealed == decode(BLOB_1)


@pytest.mark.parametrize(("ikm", "blob"), [(IKM_1, BLOB_1), (IKM_2, BLOB_2)], ids=["3.1", "3.2"])
def test_examples_of_rfc_8188_open(ikm: str, blob: str) -> None:
    assert decrypt_ikm(decode(blob), decode(ikm)) == WALRUS


@given(body=st.binary(max_size=9000), ikm=st.binary(min_size=1, max_size=64))
def test_decrypt_undoes_encrypt_with_an_ikm(body: bytes, ikm: bytes) -> None:
    assert decrypt_ikm(encrypt_ikm(body, ikm, random_bytes=os.urandom), ikm) == body


@pytest.mark.parametrize(
    "size", [1, ONE_RECORD - 1, ONE_RECORD, ONE_RECORD + 1, 2 * ONE_RECORD, 102_400]
)
def test_http_ece_opens_ours_and_we_open_its(size: int) -> None:
    body, ikm = os.urandom(size), os.urandom(16)

    sealed = encrypt_ikm(body, ikm, random_bytes=os.urandom)

    assert http_ece.decrypt(sealed, key=ikm) == body
    assert decrypt_ikm(http_ece.encrypt(body, key=ikm, rs=4096), ikm) == body


@pytest.mark.parametrize("rs", [18, 19, 100, 65_536])
def test_bodies_of_other_record_sizes_open(rs: int) -> None:
    body, ikm = os.urandom(300), os.urandom(16)

    assert decrypt_ikm(http_ece.encrypt(body, key=ikm, rs=rs, keyid="a1"), ikm) == body


def test_header_says_4096_and_no_keyid() -> None:
    sealed = encrypt_ikm(BODY, b"ikm", random_bytes=count_up)

    assert sealed[:21] == bytes(range(16)) + b"\x00\x00\x10\x00" + b"\x00"


TWO_RECORDS = encrypt_ikm(b"x" * 5000, b"ikm", random_bytes=count_up)


@pytest.mark.parametrize(
    ("blob", "complaint"),
    [
        pytest.param(b"", "no whole aes128gcm header", id="empty"),
        pytest.param(TWO_RECORDS[:20], "no whole aes128gcm header", id="half a header"),
        pytest.param(TWO_RECORDS[:21], "no record", id="header alone"),
        pytest.param(TWO_RECORDS[:20] + b"\xff" + bytes(9), "no record", id="keyid past the end"),
        pytest.param(bytes(16) + b"\0\0\0\x11\0" + bytes(40), "record size 17", id="rs 17"),
        pytest.param(TWO_RECORDS[: 21 + 4096], "not marked as the last", id="a record lost"),
        pytest.param(TWO_RECORDS[:-1], "does not open", id="a byte lost"),
        pytest.param(
            TWO_RECORDS[: 21 + 4096 + 9], "does not open", id="record shorter than its tag"
        ),
        pytest.param(TWO_RECORDS + TWO_RECORDS[21:], "does not open", id="bytes after the last"),
    ],
)
def test_broken_coding_is_an_encryption_error(blob: bytes, complaint: str) -> None:
    with pytest.raises(EncryptionError, match=complaint):
        decrypt_ikm(blob, b"ikm")


def test_last_record_before_the_end_is_an_encryption_error() -> None:
    seal, first_nonce = encryption._derive_record_key(b"ikm", bytes(16))
    records = [
        seal.encrypt(encryption._record_nonce(first_nonce, number), b"x\2", None)
        for number in range(2)
    ]
    blob = bytes(16) + (18).to_bytes(4, "big") + b"\0" + b"".join(records)

    with pytest.raises(EncryptionError, match="not marked"):
        decrypt_ikm(blob, b"ikm")


def test_record_of_padding_alone_is_an_encryption_error() -> None:
    seal, first_nonce = encryption._derive_record_key(b"ikm", bytes(16))
    record = seal.encrypt(encryption._record_nonce(first_nonce, 0), bytes(5), None)

    with pytest.raises(EncryptionError, match="not marked"):
        decrypt_ikm(bytes(16) + (4096).to_bytes(4, "big") + b"\0" + record, b"ikm")


@given(st.binary(max_size=120), st.integers(0, 40))
def test_arbitrary_coding_gives_bytes_or_an_encryption_error(noise: bytes, rs: int) -> None:
    for blob in (noise, bytes(16) + rs.to_bytes(4, "big") + noise):
        with pytest.raises(EncryptionError):
            decrypt_ikm(blob, b"ikm")


@pytest.mark.parametrize("cut", range(0, len(TWO_RECORDS), 97))
def test_body_cut_anywhere_is_an_encryption_error(cut: int) -> None:
    with pytest.raises(EncryptionError):
        decrypt_ikm(TWO_RECORDS[:cut], b"ikm")


def test_empty_ikm_is_an_encryption_error() -> None:
    with pytest.raises(EncryptionError, match="the IKM is empty"):
        encrypt_ikm(BODY, b"", random_bytes=count_up)
    with pytest.raises(EncryptionError, match="the IKM is empty"):
        decrypt_ikm(TWO_RECORDS, b"")


def test_empty_body_is_one_record_that_http_ece_opens() -> None:
    sealed = encrypt_ikm(b"", b"0123456789abcdef", random_bytes=os.urandom)

    assert http_ece.decrypt(sealed, key=b"0123456789abcdef") == b""


@pytest.mark.parametrize(
    ("text", "encoding", "ikm"),
    [
        pytest.param("walrus", "raw", b"walrus", id="raw word"),
        pytest.param("größe ", "raw", "größe ".encode(), id="raw text is taken as it is"),
        pytest.param("\udcff", "raw", b"\xff", id="raw byte of the command line"),
        pytest.param("_-8", "base64url", b"\xff\xef", id="base64url"),
        pytest.param(" _-8= ", "base64url", b"\xff\xef", id="base64url padded"),
        pytest.param("00ffA0", "hex", b"\x00\xff\xa0", id="hex"),
    ],
)
def test_ikm_reads_in_each_encoding(text: str, encoding: str, ikm: bytes) -> None:
    assert read_ikm(text, encoding) == ikm


@pytest.mark.parametrize(
    ("text", "encoding", "complaint"),
    [
        ("", "raw", "the IKM is empty"),
        ("\ud800", "raw", "not valid raw"),
        ("  ", "base64url", "the IKM is empty"),
        ("a", "base64url", "not valid base64url"),
        ("+/8", "base64url", "not valid base64url"),
        ("_ -8", "base64url", "not valid base64url"),
        ("ÿ", "base64url", "not valid base64url"),
        ("abc", "hex", "not valid hex"),
        ("0xff", "hex", "not valid hex"),
        ("walrus", "rot13", "no IKM encoding 'rot13'"),
    ],
)
def test_ikm_of_another_form_is_an_encryption_error(
    text: str, encoding: str, complaint: str
) -> None:
    with pytest.raises(EncryptionError, match=complaint):
        read_ikm(text, encoding)


@pytest.mark.parametrize("encoding", ["base64url", "hex"])
def test_errors_do_not_repeat_the_ikm(encoding: str) -> None:
    with pytest.raises(EncryptionError) as caught:
        read_ikm("hunter2!", encoding)

    assert "hunter2" not in str(caught.value)
