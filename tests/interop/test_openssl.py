"""The guide's own openssl line opens what we sealed, and we open what openssl sealed.

The guide: "On the report server side, the file can be decrypted like this".
"""

import os
import subprocess
from pathlib import Path

import pytest

from mppsim.core.encryption import decrypt_key, encrypt_key
from mppsim.core.profile_body import ProfileKeys, open_profile

GUIDE = "openssl enc -d -aes-256-cbc -k test123 -in config-mpp-delta.enc.xml -out cfg.xml"

DELTA = b"""<env>
<flat-profile>
<Station_Display_Name ua="na">Lobby &amp; caf\xc3\xa9</Station_Display_Name>
</flat-profile>
</env>
"""
SIZES = [0, 1, 15, 16, 17, 114_185]


def run(command: str, folder: Path) -> None:
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True, timeout=30)


@pytest.mark.parametrize(
    ("digest", "line"), [("sha256", GUIDE), ("md5", f"{GUIDE} -md md5")], ids=["sha256", "md5"]
)
@pytest.mark.parametrize("body", [DELTA, *map(os.urandom, SIZES)], ids=["delta", *map(str, SIZES)])
def test_guide_line_opens_what_we_sealed(
    tmp_path: Path, digest: str, line: str, body: bytes
) -> None:
    sealed = encrypt_key(body, "test123", digest=digest, random_bytes=os.urandom)
    (tmp_path / "config-mpp-delta.enc.xml").write_bytes(sealed)

    run(line, tmp_path)

    assert (tmp_path / "cfg.xml").read_bytes() == body


@pytest.mark.parametrize("digest", ["sha256", "md5"])
@pytest.mark.parametrize("size", SIZES)
def test_we_open_what_openssl_sealed(tmp_path: Path, digest: str, size: int) -> None:
    body = (DELTA * (size // len(DELTA) + 1))[:size]
    (tmp_path / "cfg.xml").write_bytes(body)

    run(f"openssl enc -aes-256-cbc -md {digest} -k test123 -in cfg.xml -out sealed", tmp_path)

    assert decrypt_key((tmp_path / "sealed").read_bytes(), "test123") == body


def test_without_md_openssl_means_sha256(tmp_path: Path) -> None:
    (tmp_path / "cfg.xml").write_bytes(DELTA)

    run("openssl enc -aes-256-cbc -k test123 -in cfg.xml -out sealed", tmp_path)
    sealed = (tmp_path / "sealed").read_bytes()
    ours = encrypt_key(
        DELTA, "test123", digest="sha256", random_bytes=lambda size: sealed[8 : 8 + size]
    )

    assert ours == sealed


def test_key_that_looks_like_hex_is_a_passphrase_to_openssl_too(tmp_path: Path) -> None:
    key = "a37d2fb9055c1d04883a0745eb0917a4"
    sealed = encrypt_key(DELTA, key, digest="sha256", random_bytes=os.urandom)
    (tmp_path / "sealed").write_bytes(sealed)

    run(f"openssl enc -d -aes-256-cbc -k {key} -in sealed -out cfg.xml", tmp_path)

    assert (tmp_path / "cfg.xml").read_bytes() == DELTA


@pytest.mark.parametrize("digest", ["sha256", "md5"])
@pytest.mark.parametrize("pack", ["cat", "gzip -c"])
def test_phone_opens_the_profile_that_the_provisioning_guides_lines_made(
    tmp_path: Path, digest: str, pack: str
) -> None:
    plain = tmp_path / "profile.xml"
    plain.write_bytes(b"<flat-profile><GPP_A>lobby</GPP_A></flat-profile>")
    packed = subprocess.run([*pack.split(), plain], check=True, capture_output=True, timeout=30)
    (tmp_path / "profile.packed").write_bytes(packed.stdout)
    line = "openssl enc -e -aes-256-cbc -k SecretPhrase1234 -in profile.packed -out profile.cfg"

    run(f"{line} -md {digest}", tmp_path)

    keys = ProfileKeys(key="SecretPhrase1234")
    sealed = (tmp_path / "profile.cfg").read_bytes()
    profile = open_profile(sealed, keys, coding="", source="profile.cfg")
    assert [(each.name, each.value) for each in profile.settings] == [("GPP_A", "lobby")]
