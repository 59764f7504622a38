"""How fast bodies of 100 KB are sealed, beside OpenSSL's own loop and beside http_ece."""

import os
import re
import statistics
import subprocess
from collections.abc import Callable
from typing import Any

import http_ece

from mppsim.core.encryption import encrypt_ikm, encrypt_key

BODY = os.urandom(102_400)
IKM = os.urandom(16)


def seal_with_key() -> bytes:
    return encrypt_key(BODY, "test123", digest="sha256", random_bytes=os.urandom)


def seal_with_ikm() -> bytes:
    return encrypt_ikm(BODY, IKM, random_bytes=os.urandom)


def run_openssl_speed() -> float:
    """Let OpenSSL measure itself for a second; return its bytes a second."""
    command = "openssl speed -mr -evp aes-256-cbc -bytes 102400 -seconds 1"
    done = subprocess.run(command.split(), capture_output=True, text=True, check=True)
    (rate,) = re.findall(r"^\+F:.*:([0-9.]+)$", done.stdout, re.MULTILINE)
    return float(rate)


def test_sealing_with_a_key_runs_at_07_of_openssl_speed(
    pace: Callable[..., float], figure: Callable[..., None]
) -> None:
    turns = [(len(BODY) / pace(seal_with_key), run_openssl_speed()) for _ in range(3)]
    ours, peer = map(statistics.median, zip(*turns, strict=True))

    figure(
        "AES-256-CBC of 100 KB",
        ours / 1e6,
        "MB/s",
        peer="openssl speed -evp aes-256-cbc",
        ratio=ours / peer,
        target=0.7,
    )


def test_sealing_with_an_ikm_is_5_times_as_fast_as_http_ece(
    race: Callable[..., Any], figure: Callable[..., None]
) -> None:
    result = race(seal_with_ikm, lambda: http_ece.encrypt(BODY, key=IKM, rs=4096))

    figure(
        "RFC 8188 of 100 KB",
        len(BODY) / result.ours / 1e6,
        "MB/s",
        peer="http_ece.encrypt",
        ratio=result.ratio,
        target=5,
    )
