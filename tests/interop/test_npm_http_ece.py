"""The npm package http_ece opens what we sealed with an IKM, and we open what it sealed.

It is in `.strangers/node_modules`, where `scripts/install-strangers` puts it.
"""

import os
import subprocess
from pathlib import Path

import pytest

from mppsim.core.encryption import decrypt_ikm, encrypt_ikm

MODULES = Path(__file__).parents[2] / ".strangers" / "node_modules"
SCRIPT = """
const ece = require("http_ece");
const [verb, key, rs] = process.argv.slice(1);
const body = require("fs").readFileSync(0);
process.stdout.write(ece[verb](body, {version: "aes128gcm", key: Buffer.from(key, "hex"), rs}));
"""
SIZES = [1, 4078, 4079, 4080, 8158, 114_185]


def run_http_ece(verb: str, body: bytes, ikm: bytes, rs: int = 4096) -> bytes:
    """Encrypt or decrypt a body with the npm package."""
    assert (MODULES / "http_ece").is_dir(), "npm's http_ece is missing: run `make interop`"
    done = subprocess.run(
        ["node", "-e", SCRIPT, verb, ikm.hex(), str(rs)],
        input=body,
        env={**os.environ, "NODE_PATH": str(MODULES)},
        capture_output=True,
        check=True,
        timeout=30,
    )
    return done.stdout


@pytest.mark.parametrize("size", [0, *SIZES])
def test_npm_opens_what_we_sealed(size: int) -> None:
    body, ikm = os.urandom(size), os.urandom(16)

    sealed = encrypt_ikm(body, ikm, random_bytes=os.urandom)

    assert run_http_ece("decrypt", sealed, ikm) == body


@pytest.mark.parametrize("rs", [18, 100, 4096])
@pytest.mark.parametrize("size", SIZES[:-1])
def test_we_open_what_npm_sealed(size: int, rs: int) -> None:
    body, ikm = os.urandom(size), os.urandom(16)

    assert decrypt_ikm(run_http_ece("encrypt", body, ikm, rs), ikm) == body
