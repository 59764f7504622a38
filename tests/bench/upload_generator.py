"""Load the sink with our engine for a while; print how many uploads one CPU second gave.

Usage: upload_generator.py PORT kept|new callbacks|await CONNECTIONS SECONDS. A process of its own,
so that its CPU time is the engine's and nobody else's.
"""

import asyncio
import gc
import resource
import sys
import time

from mppsim.core.url import parse_url
from mppsim.http import HttpOutcome, HttpRequest
from mppsim.net.uploader import UploadEngine, UploadSession

BODY = b"x" * 6000
PHONES = 64


def make_headers(number: int) -> tuple[tuple[str, str], ...]:
    return (
        ("User-Agent", f"Cisco-CP-8851-3PCC/12.0.7 (00562b{number:06x})"),
        ("Accept-Encoding", "deflate, gzip"),
        ("Accept", "*/*"),
        ("Accept-Language", "en"),
        ("Accept-Charset", "iso-8859-1"),
    )


class Load:
    """So many phones that send one report after the other until the time is up."""

    def __init__(self, engine: UploadEngine, port: int, *, is_kept: bool, until: float) -> None:
        self.engine = engine
        self.is_kept = is_kept
        self.until = until
        self.count = 0
        self.open = 0
        self.over = asyncio.get_running_loop().create_future()
        self.requests = [
            HttpRequest(
                method="PUT",
                url=parse_url(f"http://127.0.0.1:{port}/reports/00562b{number:06x}.xml"),
                headers=make_headers(number),
                body=BODY,
            )
            for number in range(PHONES)
        ]

    def next_request(self) -> HttpRequest:
        return self.requests[self.count % PHONES]

    def start(self) -> None:
        self.open += 1
        self.send(self.engine.open_session())

    def send(self, session: UploadSession) -> None:
        def done(outcome: HttpOutcome) -> None:
            assert outcome.reason is None, outcome
            self.count += 1
            if time.monotonic() > self.until:
                session.close()
                self.open -= 1
                if not self.open:
                    self.over.set_result(None)
            elif self.is_kept:
                session.send(self.next_request(), done)
            else:
                session.close()
                self.send(self.engine.open_session())

        session.send(self.next_request(), done)

    async def work(self) -> None:
        """Do the same with one task a phone that awaits each of its uploads."""
        session = self.engine.open_session()
        while time.monotonic() < self.until:
            outcome = await session.request(self.next_request())
            assert outcome.reason is None, outcome
            self.count += 1
            if not self.is_kept:
                session.close()
                session = self.engine.open_session()
        session.close()


async def run(port: int, how: str, style: str, connections: int, seconds: float) -> float:
    with UploadEngine() as engine:
        load = Load(engine, port, is_kept=how == "kept", until=time.monotonic() + seconds)
        gc.freeze()
        before = resource.getrusage(resource.RUSAGE_SELF)
        if style == "await":
            await asyncio.gather(*(load.work() for _ in range(connections)))
        else:
            for _ in range(connections):
                load.start()
            await load.over
        after = resource.getrusage(resource.RUSAGE_SELF)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return load.count / used


if __name__ == "__main__":
    PORT, HOW, STYLE, CONNECTIONS, SECONDS = sys.argv[1:]
    print(asyncio.run(run(int(PORT), HOW, STYLE, int(CONNECTIONS), float(SECONDS))))
