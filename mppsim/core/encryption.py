"""Seals and opens report bodies: with `--key` as openssl enc does, with IKM after RFC 8188.

Source: the guide's Report Rule text and its line `openssl enc -d -aes-256-cbc -k test123 ...`.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable
from functools import partial
from itertools import repeat

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mppsim.errors import EncryptionError

__all__ = ["RandomBytes", "decrypt_ikm", "decrypt_key", "encrypt_ikm", "encrypt_key", "read_ikm"]

RandomBytes = Callable[[int], bytes]
"""Gives as many random bytes as asked for; the caller decides whether from a seed."""

_MAGIC = b"Salted__"
_BLOCK = 16
_DIGESTS: dict[str, Callable[[bytes], "hashlib._Hash"]] = {
    "md5": partial(hashlib.md5, usedforsecurity=False),
    "sha256": hashlib.sha256,
}

_CODING_HEADER = 21  # salt (16) | rs (4) | idlen (1), RFC 8188 section 2.1
_TAG = 16
_DELIMITER_AND_TAG = 1 + _TAG
_RECORD_SIZE = 4096
_CHUNK = _RECORD_SIZE - _DELIMITER_AND_TAG
_INNER_PAD = bytes(octet ^ 0x36 for octet in range(256))
_OUTER_PAD = bytes(octet ^ 0x5C for octet in range(256))
_HEADER_END = _RECORD_SIZE.to_bytes(4, "big") + b"\0"

# glibc hands a freed block of 128 KB back to the kernel and asks for it anew, page by page, for the
# next report: as long again as sealing it. Once it has seen a larger one freed, it keeps them
# (mallopt(3), "dynamic mmap threshold").
_larger = bytes(1 << 20)
del _larger


def encrypt_key(body: bytes, key: str, *, digest: str, random_bytes: RandomBytes) -> bytes:
    """Encrypt a body as `openssl enc -aes-256-cbc -md DIGEST -k KEY` does.

    `digest` is `md5` or `sha256`. The key is a passphrase, also when it looks like hex digits.
    Raise `EncryptionError` for an empty key or an unknown digest.
    """
    salt = random_bytes(8)
    encryptor = _open_cipher(_read_passphrase(key), salt, digest).encryptor()
    padding = _BLOCK - len(body) % _BLOCK
    end = bytes((padding,)) * padding
    return b"".join((_MAGIC, salt, encryptor.update(body), encryptor.update(end)))


def decrypt_key(
    blob: bytes, key: str, *, is_likely: Callable[[bytes], bool] | None = None
) -> bytes:
    """Decrypt what `encrypt_key` or `openssl enc` made, trying sha256 first, then md5.

    Where the padding fits both, the one that `is_likely` is taken; if not given, the one that
    reads as UTF-8, for reports are text.
    Raise `EncryptionError` when neither opens it. The padding is the only proof there is: a wrong
    key passes about once in 128 blobs, so a caller with several keys looks at what came out.
    """
    if not blob.startswith(_MAGIC):
        raise EncryptionError("not encrypted with a key: the body does not begin with Salted__")
    salt, sealed = blob[8:16], blob[16:]
    if len(salt) < 8 or not sealed or len(sealed) % _BLOCK:
        raise EncryptionError("cut short: the encrypted body is not a whole number of blocks")
    passphrase = _read_passphrase(key)
    opened = [
        body
        for digest in ("sha256", "md5")
        if (body := _open_blocks(_open_cipher(passphrase, salt, digest), sealed)) is not None
    ]
    if not opened:
        raise EncryptionError("the key does not open the body, neither with sha256 nor with md5")
    return next(filter(is_likely or _is_text, opened), opened[0])


def encrypt_ikm(body: bytes, ikm: bytes, *, random_bytes: RandomBytes) -> bytes:
    """Encrypt a body with the content coding `aes128gcm`: records of 4096 bytes, no keyid.

    Raise `EncryptionError` for an empty IKM.
    """
    salt = random_bytes(16)
    seal, first_nonce = _derive_record_key(ikm, salt)
    starts = range(0, len(body) or 1, _CHUNK)
    chunks = [body[at : at + _CHUNK] + b"\1" for at in starts]
    chunks[-1] = chunks[-1][:-1] + b"\2"
    nonces = [(first_nonce ^ number).to_bytes(12, "big") for number in range(len(starts))]
    return b"".join((salt, _HEADER_END, *map(seal.encrypt, nonces, chunks, repeat(None))))


def decrypt_ikm(blob: bytes, ikm: bytes) -> bytes:
    """Decrypt a body of the content coding `aes128gcm`; any record size, padding and keyid.

    Raise `EncryptionError` when the IKM does not open it, or when it is cut short or malformed.
    """
    size, records = _read_coding_header(blob)
    seal, first_nonce = _derive_record_key(ikm, blob[:16])
    pieces = []
    for number, at in enumerate(range(0, len(records), size)):
        record = records[at : at + size]
        is_last = at + size >= len(records)
        pieces.append(_open_record(seal, _record_nonce(first_nonce, number), record, is_last))
    return b"".join(pieces)


def read_ikm(text: str, encoding: str) -> bytes:
    """Read the value of IKM_HTTP_Encrypt_Content: `raw` text, `base64url` or `hex` digits.

    Raise `EncryptionError` for text of another form, or none; it does not repeat the text.
    """
    try:
        ikm = _IKM_READERS[encoding](text)
    except KeyError:
        raise EncryptionError(f"no IKM encoding {encoding!r}: raw, base64url or hex") from None
    except ValueError:
        raise EncryptionError(f"the IKM is not valid {encoding}") from None
    if not ikm:
        raise EncryptionError("the IKM is empty")
    return ikm


def _read_octets(text: str) -> bytes:
    # What was no UTF-8 on the command line came in as surrogate escapes, and leaves as it was.
    return text.encode("utf-8", "surrogateescape")


def _read_base64url(text: str) -> bytes:
    digits = text.strip().rstrip("=").encode("ascii")
    if b"+" in digits or b"/" in digits:
        raise binascii.Error("the other alphabet")
    return base64.b64decode(digits + b"=" * (-len(digits) % 4), altchars=b"-_", validate=True)


_IKM_READERS: dict[str, Callable[[str], bytes]] = {
    "raw": _read_octets,
    "base64url": _read_base64url,
    "hex": bytes.fromhex,
}


def _read_passphrase(key: str) -> bytes:
    if not key:
        raise EncryptionError("the key is empty")
    try:
        return _read_octets(key)
    except UnicodeEncodeError:
        raise EncryptionError("the key cannot be written as UTF-8") from None


def _open_cipher(passphrase: bytes, salt: bytes, digest: str) -> Cipher[modes.CBC]:
    """Derive key and IV as EVP_BytesToKey does with one round, and make the cipher of them."""
    digested = _DIGESTS.get(digest)
    if digested is None:
        raise EncryptionError(f"no key digest {digest!r}: md5 or sha256")
    derived = block = b""
    while len(derived) < 48:
        block = digested(block + passphrase + salt).digest()
        derived += block
    return Cipher(algorithms.AES(derived[:32]), modes.CBC(derived[32:48]))


def _open_blocks(cipher: Cipher[modes.CBC], sealed: bytes) -> bytes | None:
    """Decrypt and take the PKCS#7 padding off; None when there is no such padding."""
    body = cipher.decryptor().update(sealed)
    padding = body[-1]
    if not 1 <= padding <= _BLOCK or not body.endswith(bytes((padding,)) * padding):
        return None
    return body[:-padding]


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _derive_record_key(ikm: bytes, salt: bytes) -> tuple[AESGCM, int]:
    """Derive the content encryption key and the first nonce, RFC 8188 sections 2.2 and 2.3."""
    if not ikm:
        raise EncryptionError("the IKM is empty")
    extracted = _authenticate(salt, ikm)
    key = _authenticate(extracted, b"Content-Encoding: aes128gcm\0\1")[:16]
    nonce = _authenticate(extracted, b"Content-Encoding: nonce\0\1")[:12]
    return AESGCM(key), int.from_bytes(nonce, "big")


def _authenticate(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256, RFC 2104, of a key of at most 64 bytes.

    Written out, since `hmac.digest` takes nearly twice as long: it looks the digest up each time.
    """
    block = key.ljust(64, b"\0")
    inner = hashlib.sha256(block.translate(_INNER_PAD) + message).digest()
    return hashlib.sha256(block.translate(_OUTER_PAD) + inner).digest()


def _record_nonce(first_nonce: int, number: int) -> bytes:
    return (first_nonce ^ number).to_bytes(12, "big")


def _read_coding_header(blob: bytes) -> tuple[int, bytes]:
    """Read the record size and where the records begin, RFC 8188 section 2.1."""
    if len(blob) < _CODING_HEADER:
        raise EncryptionError("cut short: no whole aes128gcm header")
    size = int.from_bytes(blob[16:20], "big")
    if size < 18:
        raise EncryptionError(f"record size {size}: RFC 8188 allows 18 and more")
    records = blob[_CODING_HEADER + blob[20] :]
    if not records:
        raise EncryptionError("cut short: the aes128gcm header has no record after it")
    return size, records


def _open_record(seal: AESGCM, nonce: bytes, record: bytes, is_last: bool) -> bytes:
    try:
        padded = seal.decrypt(nonce, record, None).rstrip(b"\0")
    except InvalidTag:
        raise EncryptionError("the IKM does not open the body, or the body is damaged") from None
    # "The last record uses a padding delimiter octet set to the value 2, all other records 1."
    if padded[-1:] != (b"\2" if is_last else b"\1"):
        raise EncryptionError("cut short: the last aes128gcm record is not marked as the last")
    return padded[:-1]
