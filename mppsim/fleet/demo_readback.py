"""Fetches what a server holds and compares it with what it accepted, byte for byte."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

from mppsim.fleet.witness import Accepted

__all__ = ["Readback", "compare", "read_back"]

_PATIENCE = 10.0
"""Seconds of real time for one answer."""

_DIRECTLY = build_opener(ProxyHandler({}))
"""Reports take no proxy, so neither does their reading back, whatever the environment says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readback:
    """What the comparison found, in places: a URL that was put, or one report that was posted."""

    checked: int = 0
    missing: int = 0
    """The server has nothing there."""
    different: int = 0
    """It has what nobody sent."""
    stale: int = 0
    """It has an earlier report than the last one that it accepted."""

    @property
    def is_whole(self) -> bool:
        """Whether the server holds just what it was sent."""
        return self.missing == self.different == self.stale == 0


def compare(accepted: Iterable[Accepted], fetch: Callable[[str], bytes | None]) -> Readback:
    """Compare every place with the last body that was accepted for it; None: nothing there."""
    bodies: dict[str, list[bytes]] = {}
    for report in accepted:
        bodies.setdefault(report.url, []).append(report.body)
    found = [_judge(sent, fetch(url)) for url, sent in bodies.items()]
    return Readback(
        checked=len(found),
        missing=found.count("missing"),
        different=found.count("different"),
        stale=found.count("stale"),
    )


def _judge(sent: list[bytes], held: bytes | None) -> str:
    if held is None:
        return "missing"
    if held == sent[-1]:
        return "whole"
    return "stale" if held in sent else "different"


async def read_back(accepted: Iterable[Accepted], *, http: str = "") -> Readback:
    """Fetch and compare, in a thread of its own: a run is over by now, and nothing else waits.

    What went by TFTP is fetched by HTTP, from the same directory: `http` is that server's URL.
    """
    return await asyncio.to_thread(compare, accepted, partial(_fetch, http))


def _fetch(http: str, url: str) -> bytes | None:
    if url.startswith("tftp://"):
        url = http + urlsplit(url).path
    try:
        with _DIRECTLY.open(url, timeout=_PATIENCE) as answer:
            body: bytes = answer.read()
            return body
    except HTTPError as refused:
        refused.close()
        return None
    except (OSError, HTTPException):
        return None
