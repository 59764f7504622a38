"""Opens what a resync fetched, in the phone's order: content coding, AES, gzip, XML.

Nothing grows beyond `PROFILE_LIMIT`, whatever a body claims to unpack to.

Source: the provisioning guides, "Open Profile (XML) Compression and Encryption" and "RFC
8188-Based HTTP Content Encryption": a body that comes with that coding is opened with the IKM,
any other with `--key`, if the rule has one, whether there is an IKM or not.
"""

import zlib
from dataclasses import dataclass, field

from mppsim.core.encryption import decrypt_ikm, decrypt_key, read_ikm
from mppsim.core.profile import PROFILE_LIMIT, Profile, parse_profile
from mppsim.errors import EncryptionError, ProfileError

__all__ = ["BODY_LIMIT", "ProfileKeys", "open_profile"]

BODY_LIMIT = PROFILE_LIMIT + 64 * 1024
"""The longest body that is fetched, in bytes: a profile, and what its encryption adds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileKeys:
    """What a phone has to open a profile with."""

    key: str | None = field(default=None, repr=False)
    """The value of `--key`."""
    ikm: str = field(default="", repr=False)
    """The value of IKM_HTTP_Encrypt_Content."""
    ikm_encoding: str = "raw"
    """As `FirmwareRelease.ikm_encoding`."""


def open_profile(body: bytes, keys: ProfileKeys, *, coding: str, source: str) -> Profile:
    """Return the profile that a body holds; `coding` is its Content-Encoding, in lower case.

    Raises `EncryptionError` for what the keys do not open, and `ProfileError`, which names
    `source`, for what is no profile then.
    """
    codings = [name for name in (part.strip() for part in coding.split(",")) if name]
    for name in reversed(codings):
        body = _undo(name, body, keys, source)
    if _SEALED not in codings:
        body = _decrypt(body, keys.key)
    if body.startswith(_GZIP):
        body = _inflate(body, _WBITS["gzip"], source)
    return parse_profile(body, source=source)


_SEALED = "aes128gcm"
_GZIP = b"\x1f\x8b"
_WBITS = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}


def _undo(coding: str, body: bytes, keys: ProfileKeys, source: str) -> bytes:
    if coding == _SEALED:
        if not keys.ikm:
            raise EncryptionError("sealed with an IKM, and IKM_HTTP_Encrypt_Content is empty")
        return decrypt_ikm(body, read_ikm(keys.ikm, keys.ikm_encoding))
    if coding == "identity":
        return body
    if coding not in _WBITS:
        raise ProfileError(f"{source}: comes with a content coding that no phone knows")
    # What "deflate" means is zlib's format (RFC 9110 section 8.4.1.2); some servers leave its
    # header out, whose first octet says 8 for deflate.
    is_bare = coding == "deflate" and body[:1] and body[0] & 0x0F != 8
    return _inflate(body, -zlib.MAX_WBITS if is_bare else _WBITS[coding], source)


def _decrypt(body: bytes, key: str | None) -> bytes:
    if key is not None:
        return decrypt_key(body, key, is_likely=_is_profile)
    if body.startswith(b"Salted__"):
        raise EncryptionError("encrypted with a key, and the rule has no --key")
    return body


def _is_profile(body: bytes) -> bool:
    return body.startswith(_GZIP) or body.lstrip()[:1] == b"<"


def _inflate(body: bytes, wbits: int, source: str) -> bytes:
    inflater = zlib.decompressobj(wbits)
    try:
        inflated = inflater.decompress(body, PROFILE_LIMIT + 1)
    except zlib.error:
        raise ProfileError(f"{source}: does not unpack, it is damaged") from None
    if len(inflated) > PROFILE_LIMIT:
        raise ProfileError(f"{source}: unpacks to more than {PROFILE_LIMIT:,} bytes")
    if not inflater.eof:
        raise ProfileError(f"{source}: does not unpack, it is cut short")
    return inflated
