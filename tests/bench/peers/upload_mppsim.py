"""Ours: as many phones, each with a path, a User-Agent, an address and a connection of its own.

Usage: upload_mppsim.py PORT kept|new PHONES. Runs until it is ended; a failure ends it at once.
"""

import asyncio
import gc
import sys
from ipaddress import IPv4Address

from mppsim.core.url import parse_url
from mppsim.http import HttpOutcome, HttpRequest
from mppsim.net.uploader import UploadEngine, UploadLimits, UploadSession

BODY = b"x" * 6000
FIRST_ADDRESS = IPv4Address("127.20.0.1")
# As the peers have them: they pass while a generator stands still, too.
LIMITS = UploadLimits(connect=60.0, send=60.0, answer=60.0)


class Phone:
    """One phone that uploads without a pause."""

    __slots__ = ("engine", "is_kept", "request", "session", "source")

    def __init__(self, engine: UploadEngine, port: int, number: int, *, is_kept: bool) -> None:
        mac = f"00562b{number:06x}"
        self.engine = engine
        self.is_kept = is_kept
        self.source = str(FIRST_ADDRESS + number)
        self.session: UploadSession = engine.open_session(self.source)
        self.request = HttpRequest(
            method="PUT",
            url=parse_url(f"http://127.0.0.1:{port}/reports/{mac}.xml"),
            headers=(
                ("User-Agent", f"Cisco-CP-8851-3PCC/12.0.7 ({mac})"),
                ("Accept-Encoding", "deflate, gzip"),
                ("Accept", "*/*"),
                ("Accept-Language", "en"),
                ("Accept-Charset", "iso-8859-1"),
            ),
            body=BODY,
        )

    def upload(self) -> None:
        self.session.send(self.request, self.done)

    def done(self, outcome: HttpOutcome) -> None:
        if outcome.reason is not None:
            sys.exit(f"failed: {outcome}")
        if not self.is_kept:
            self.session.close()
            self.session = self.engine.open_session(self.source)
        self.upload()


async def run(port: int, how: str, phones: int) -> None:
    with UploadEngine(limits=LIMITS) as engine:
        fleet = [Phone(engine, port, number, is_kept=how == "kept") for number in range(phones)]
        gc.freeze()
        for phone in fleet:
            phone.upload()
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    PORT, HOW, PHONES = sys.argv[1:]
    asyncio.run(run(int(PORT), HOW, int(PHONES)))
