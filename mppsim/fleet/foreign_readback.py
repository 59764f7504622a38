"""Reads back what a server holds that is not ours: one GET for each URL of a template."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from string import Template
from urllib.parse import quote

from mppsim.core.evidence import fingerprint, split_place
from mppsim.core.url import parse_url
from mppsim.errors import ReportRuleError
from mppsim.fleet.ledger import Ledger
from mppsim.fleet.readback import Finding, Readback, ReadbackCount, judge_body
from mppsim.http import HttpOutcome, HttpRequest

__all__ = ["TEMPLATE_NAMES", "ReadbackTemplate", "read_back"]

TEMPLATE_NAMES = ("url", "path", "mac", "index")
"""What may stand in a template: `${url}` is the server's URL and `${path}`, which begins with a
slash; `${index}` counts the phones of a group from 1, as it does in a scenario."""

_AT_ONCE = 64
_SLICE = 1000
"""Places, a few milliseconds: then somebody else has a turn."""
_LARGEST = 8 << 20
_UNREADABLE = "unreadable"
_NOTHING_THERE = frozenset({"status-404", "status-410"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadbackTemplate:
    """Where a server shows what it holds."""

    text: str
    server: str
    """Scheme and host of the server, for `${url}`."""
    index_of: Callable[[str], int | None]
    """Gives the `${index}` of the phone with a MAC address."""

    def fill_in(self, place: str) -> str:
        """Give the URL for a place of the ledger."""
        phone, path = split_place(place)
        path = quote(path)
        index = self.index_of(phone) if phone else None
        return Template(self.text).safe_substitute(
            url=self.server + path,
            path=path,
            mac=phone,
            index="" if index is None else str(index),
        )


async def read_back(
    sent: Ledger,
    template: ReadbackTemplate,
    fetch: Callable[[HttpRequest], Awaitable[HttpOutcome]],
    *,
    is_left_out: Callable[[str], bool],
) -> Readback:
    """Fetch whatever the template says and compare it with what was accepted, by fingerprint.

    `fetch` is `UploadEngine.request`; 64 are under way at a time. Places whose URL is the same
    are one: what is there may be the last report of any of them. `is_left_out` is that of
    `compare_in_slices`; URLs that several phones share are left out where the empty name is.
    """
    places = await _find_urls(sent, template)
    count = ReadbackCount()
    waiting = iter(places.items())

    async def work() -> None:
        for url, shared in waiting:
            phones = {split_place(place)[0] for place in shared}
            if is_left_out("" if len(phones) > 1 else phones.pop()):
                continue
            count.checked += 1
            found = await _check(url, shared, sent, fetch)
            if found is not None:
                count.take(found)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(_AT_ONCE, len(places))):
            group.create_task(work())
    return count.result()


async def _find_urls(sent: Ledger, template: ReadbackTemplate) -> dict[str, list[str]]:
    """Return the places that have something to be fetched, by the URL where it is."""
    places: dict[str, list[str]] = {}
    for nth, (place, outgoing) in enumerate(sent.items(), start=1):
        if outgoing.accepted or outgoing.unsure:
            places.setdefault(template.fill_in(place), []).append(place)
        if not nth % _SLICE:
            await asyncio.sleep(0)
    return places


async def _check(
    url: str,
    shared: list[str],
    sent: Ledger,
    fetch: Callable[[HttpRequest], Awaitable[HttpOutcome]],
) -> Finding | None:
    phone, path = split_place(shared[-1])
    try:
        request = HttpRequest(method="GET", url=parse_url(url), keep_body=_LARGEST)
    except ReportRuleError as error:
        return Finding(what=_UNREADABLE, phone=phone, path=path, detail=error.reason)
    outcome = await fetch(request)
    if outcome.reason is not None and outcome.reason not in _NOTHING_THERE:
        return Finding(what=_UNREADABLE, phone=phone, path=path, detail=outcome.reason)
    held = fingerprint(outcome.body) if outcome.reason is None else None
    what = judge_body((place for each in shared if (place := sent.find(each))), held)
    return None if what is None else Finding(what=what, phone=phone, path=path)
