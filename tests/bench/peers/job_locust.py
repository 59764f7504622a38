"""Locust: as many users as phones, each of which fills a template in and sends it.

It is sealed as `openssl enc -aes-256-cbc` does where SEAL says so, with the library that ours uses.
"""

import itertools
import os
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from locust import FastHttpUser, constant, task

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


class Phone(FastHttpUser):
    """One phone that reports without a pause."""

    host = f"http://127.0.0.1:{os.environ['PORT']}"
    wait_time = constant(0)

    def on_start(self) -> None:
        mac = f"005620{next(NUMBERS)}"
        self.count = 0
        self.path = f"/reports/{mac}.xml"
        self.own_headers = {
            "User-Agent": f"Cisco-CP-8851-3PCC/12.0.7 ({mac})",
            "Accept-Encoding": "deflate, gzip",
            "Accept": "*/*",
            "Accept-Language": "en",
            "Accept-Charset": "iso-8859-1",
        }
        self.pieces = TEMPLATE.replace(b"M" * 12, mac.encode()).split(b"N" * 8)

    @task
    def report(self) -> None:
        """Send a report; a failure ends the run."""
        self.count += 1
        body = (b"%08d" % self.count).join(self.pieces)
        if IS_SEALED:
            body = seal(body)
        # One name for all of them: what Locust keeps for each name is not what is measured.
        answer = self.client.put(self.path, data=body, headers=self.own_headers, name="report")
        if answer.status_code != 201:
            print(f"answered {answer.status_code}: {answer.error}")
            self.environment.runner.quit()
