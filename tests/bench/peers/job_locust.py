"""Locust: as many users as phones, each of which fills a template in and sends it.

It is sealed as `openssl enc -aes-256-cbc` does where SEAL says so, with the library that ours uses.
"""

import itertools
import os
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from locust import task
from locust_phone import LocustPhone

TEMPLATE = Path(os.environ["TEMPLATE"]).read_bytes()
IS_SEALED = os.environ["SEAL"] == "sealed"
NUMBERS = itertools.count(100_100)
PASSPHRASE = b"test123"


def seal(body: bytes) -> bytes:
    salt = os.urandom(8)
    first = sha256(PASSPHRASE + salt).digest()
    second = sha256(first + PASSPHRASE + salt).digest()
    encryptor = Cipher(algorithms.AES(first), modes.CBC(second[:16])).encryptor()
    padding = 16 - len(body) % 16
    blocks = encryptor.update(body)
    return b"".join((b"Salted__", salt, blocks, encryptor.update(bytes((padding,)) * padding)))


class Phone(LocustPhone):
    """One phone that reports without a pause."""

    def on_start(self) -> None:
        mac = f"005620{next(NUMBERS)}"
        self.begin(mac)
        self.count = 0
        self.pieces = TEMPLATE.replace(b"M" * 12, mac.encode()).split(b"N" * 8)

    @task
    def report(self) -> None:
        """Fill the template in, seal it, and send it."""
        self.count += 1
        body = (b"%08d" % self.count).join(self.pieces)
        self.send(seal(body) if IS_SEALED else body)
