"""A shard with all that it needs, without a crew around it."""

import asyncio
import time
from dataclasses import replace

import pytest

from mppsim.errors import StartError
from mppsim.fleet.crew_words import ShardTerms
from mppsim.fleet.ledger import Ledger
from mppsim.fleet.plan import StartPlan
from mppsim.fleet.shard_run import ShardRun
from mppsim.fleet.tally import Tally
from mppsim.net.clock import RunClock
from tests.support.crews import accepting_server
from tests.support.fleets import make_group, make_plan
from tests.support.http_server import answering, reply, serve_script
from tests.support.turns import turns
from tests.support.uploads import closed_port


class Desk:
    """A run of phones that report once, when they are switched on."""

    def __init__(self, url: str, speed: float | None = None, **more: object) -> None:
        values = {"Report_Rule": f"{url}/$MA.xml", "HTTP_Report_Method": "PUT"}
        group = make_group(values, start=StartPlan(powers_on=True))
        self.terms = ShardTerms(plan=make_plan(group, speed=speed, **more))
        self.clock = RunClock(speed, is_begun=False)
        self.due: asyncio.Queue[float | None] = asyncio.Queue()
        self.run = ShardRun(self.terms, self.clock, self.due.put_nowait)

    def figures(self):
        tally = Tally(["lobby"])
        tally.merge(self.run.news().tally)
        return tally.figures()


async def test_phones_report_as_far_as_the_leash_goes() -> None:
    async with accepting_server() as server:
        desk = Desk(server.url(""))
        ready = desk.run.open()
        before = desk.run.news()
        desk.run.go(0.0)
        due = await desk.due.get()
        figures = desk.figures()
        desk.run.end()
        await desk.run.finish(1.0)
        news = desk.run.news(is_last=True)
        desk.run.close()
        desk.run.close()

    assert ready.sip_port > 0
    assert (ready.web_port, ready.notes) == (None, ())
    assert (before.states, before.ledger) == ({"off": 3}, None)
    assert (due, figures.reports.delivered) == (None, 3)
    ledger = Ledger()
    ledger.merge(news.ledger)
    assert len(ledger) == 3
    assert all(sent.accepted == 1 for _, sent in ledger.items())


async def test_clock_in_real_time_begins_where_it_is_told() -> None:
    async with accepting_server() as server:
        desk = Desk(server.url(""), speed=1000.0)
        desk.run.open()

        assert desk.clock.now() == 0.0

        desk.run.begin(time.monotonic())
        while len(server.requests) < 3:
            await turns()
        desk.run.end()
        await desk.run.finish(5.0)
        figures = desk.figures()
        desk.run.close()

    assert figures.reports.delivered == 3
    assert 0.0 < figures.elapsed < 20.0
    assert figures.generator.rss > 10_000_000
    assert figures.generator.cpu > 0.0


async def test_uploads_in_hand_are_cut_when_their_time_is_up() -> None:
    async with serve_script(lambda peer: peer.read_head()) as server:
        desk = Desk(server.url(""))
        desk.run.open()
        desk.run.go(0.0)
        while not desk.run.news().states.get("uploading"):
            await turns()
        desk.run.end()
        await desk.run.finish(0.0)
        figures = desk.figures()
        news = desk.run.news(is_last=True)
        desk.run.close()

    assert figures.reports.failures == {"cut": 3}
    ledger = Ledger()
    ledger.merge(news.ledger)
    # The server may have them, and read-back must not take that for a duplicate.
    assert [len(sent.unsure) for _, sent in ledger.items()] == [1, 1, 1]


async def test_no_redirect_leads_to_a_host_that_nobody_named() -> None:
    elsewhere = reply(307, "Location: http://192.0.2.1/stolen.xml")
    async with serve_script(answering(then=elsewhere)) as server:
        desk = Desk(server.url(""))
        desk.run.open()
        desk.run.go(0.0)
        await desk.due.get()
        figures = desk.figures()
        desk.run.close()

    assert figures.reports.failed == 3


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://192.0.2.1", "connect"),
        ("http://pbx.example.com", "connect"),
        ("tftp://192.0.2.1", "connect"),
    ],
)
async def test_nothing_goes_to_a_host_that_nobody_named(url: str, reason: str) -> None:
    desk = Desk(url)
    desk.run.open()
    desk.run.go(0.0)
    await desk.due.get()
    figures = desk.figures()
    desk.run.close()

    assert figures.reports.failures == {reason: 3}


async def test_no_line_registers_where_nobody_named_the_host() -> None:
    desk = Desk("http://127.0.0.1:1")
    line = {"User_ID_1_": "1001", "Password_1_": "p", "Proxy_1_": "192.0.2.1"}
    desk.run = ShardRun(
        ShardTerms(plan=make_plan(make_group(line, count=1), duration=60.0)),
        desk.clock,
        desk.due.put_nowait,
    )
    desk.run.open()
    desk.run.go(0.0)
    await desk.due.get()
    figures = desk.figures()
    desk.run.close()

    assert figures.registrations == {"failed": 1}


async def test_host_that_was_named_is_asked_for() -> None:
    desk = Desk("http://pbx.invalid", allowed_hosts=("PBX.invalid.",))
    desk.run.open()
    desk.run.go(0.0)
    await desk.due.get()
    figures = desk.figures()
    desk.run.close()

    assert figures.reports.failures == {"dns": 3}


async def test_run_that_cannot_start_leaves_nothing_open(tmp_path) -> None:
    terms = ShardTerms(plan=make_plan(make_group()))
    first = ShardRun(terms, RunClock(None), lambda _: None)
    port = first.open().sip_port
    second = Desk(f"http://127.0.0.1:{closed_port()}", sip_port=port)

    with pytest.raises(StartError, match="cannot listen"):
        second.run.open()
    first.close()


async def test_no_more_reports_are_on_their_way_than_the_terms_allow() -> None:
    async with serve_script(answering(then=b"")) as server:
        desk = Desk(server.url(""))
        desk.terms = replace(desk.terms, connections=2)
        desk.run = ShardRun(desk.terms, desk.clock, desk.due.put_nowait)
        desk.run.open()
        desk.run.go(0.0)
        while len(server.requests) < 2:
            await turns()
        generator = desk.figures().generator
        desk.run.close()

    assert (generator.connections, generator.queued) == (2, 1)
