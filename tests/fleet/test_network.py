"""The network between a group's phones and their server."""

import asyncio

import pytest

from mppsim.fleet.dice import Dice
from mppsim.fleet.network import EmulatedNetwork
from mppsim.fleet.passage import Passage
from mppsim.fleet.plan import NetworkPlan
from mppsim.http import HttpOutcome
from mppsim.net.clock import RunClock
from mppsim.net.surroundings import Uploads
from mppsim.net.uploader import UploadEngine
from tests.support.http_server import OK, Peer, answering, serve_script
from tests.support.scripted_uploads import HELD, ScriptedUploads
from tests.support.uploads import put

URL = "http://server/a.xml"


def behind(uploads: Uploads, plan: NetworkPlan, clock: RunClock | None = None) -> EmulatedNetwork:
    return EmulatedNetwork(uploads, plan, Dice(1), clock or RunClock(None))


async def outcome_of_one(network: EmulatedNetwork, url: str, body: bytes = b"body") -> HttpOutcome:
    told: asyncio.Future[HttpOutcome] = asyncio.get_running_loop().create_future()
    line = network.open_session("127.0.0.9")
    line.send(put(url, body), told.set_result)
    outcome = await told
    line.close()
    return outcome


async def test_latency_takes_real_time_and_is_part_of_the_reports_seconds() -> None:
    loop = asyncio.get_running_loop()
    async with serve_script(answering(OK)) as server:
        with UploadEngine() as engine:
            began = loop.time()
            outcome = await outcome_of_one(behind(engine, NetworkPlan(latency=0.02)), server.url())
            took = loop.time() - began

    # Three ways there, since the connection is new, and one back.
    assert outcome.reason is None
    assert 0.08 <= outcome.seconds <= took + 0.001
    assert server.requests[0].client == "127.0.0.9"


async def test_an_upload_that_is_cut_has_sent_a_part_and_was_reset() -> None:
    body = b"x" * 20_000
    received = 0

    async def swallow(peer: Peer) -> None:
        nonlocal received
        while piece := await peer.reader.read(1 << 16):
            received += len(piece)

    async with serve_script(swallow) as server:
        with UploadEngine() as engine:
            outcome = await outcome_of_one(
                behind(engine, NetworkPlan(kill=1.0)), server.url(), body
            )
            await server.finish()

    assert (outcome.status, outcome.reason) == (None, "reset")
    assert 0 < received < len(body)


async def test_a_phone_that_can_send_little_takes_its_time() -> None:
    async with serve_script(answering(OK)) as server:
        with UploadEngine() as engine:
            plan = NetworkPlan(upload_rate=100_000)
            outcome = await outcome_of_one(behind(engine, plan), server.url(), b"x" * 10_000)

    assert outcome.reason is None
    assert outcome.seconds > 0.05  # 0.1 s, but for the segments that go at once


async def test_a_run_keeps_its_line_and_closes_it_once() -> None:
    uploads = ScriptedUploads()
    told: list[HttpOutcome] = []
    is_over = asyncio.Event()
    line = behind(uploads, NetworkPlan(latency=0.001)).open_session("127.0.0.9")

    def go_on(outcome: HttpOutcome) -> None:
        told.append(outcome)
        if len(told) == 1:
            line.send(put(URL), go_on)
        else:
            line.close()
            is_over.set()

    line.send(put(URL), go_on)
    await is_over.wait()

    assert [outcome.status for outcome in told] == [201, 201]
    assert [(each.source, each.is_open) for each in uploads.lines] == [("127.0.0.9", False)]


@pytest.mark.parametrize(
    ("plan", "sent"),
    [(NetworkPlan(latency=30.0), 0), (NetworkPlan(upload_rate=9.0), 1)],
    ids=["on its way there", "at the server"],
)
async def test_a_line_closed_on_the_way_ends_with_cut(plan: NetworkPlan, sent: int) -> None:
    uploads = ScriptedUploads(HELD)
    told: asyncio.Future[HttpOutcome] = asyncio.get_running_loop().create_future()
    line = behind(uploads, plan).open_session()
    line.send(put(URL), told.set_result)
    assert len(uploads.sent) == sent

    line.close()

    assert not told.done()  # its sender may still be at work
    outcome = await told
    assert (outcome.status, outcome.reason) == (None, "cut")


async def test_a_line_closed_on_the_way_back_ends_with_cut_though_the_server_took_it() -> None:
    uploads = ScriptedUploads(HELD)
    told: asyncio.Future[HttpOutcome] = asyncio.get_running_loop().create_future()
    network = behind(uploads, NetworkPlan(latency=0.001))
    network.draw = lambda _request, _count: Passage(back=30.0)  # type: ignore[method-assign]
    line = network.open_session()
    line.send(put(URL), told.set_result)
    uploads.answer()

    line.close()

    outcome = await told
    assert (outcome.status, outcome.reason) == (None, "cut")


async def test_the_lower_of_two_rates_counts() -> None:
    uploads = ScriptedUploads()
    network = behind(uploads, NetworkPlan(upload_rate=1000.0))
    for rate in (None, 500, 2000):
        line = network.open_session(rate=rate)
        line.send(put(URL), lambda _: None)
        line.close()

    assert [line.rate for line in uploads.lines] == [1000, 500, 1000]


def test_what_befalls_an_upload_follows_from_phone_moment_and_count() -> None:
    clock = RunClock(None)
    network = behind(ScriptedUploads(), NetworkPlan(loss=0.5), clock)
    drawn = [network.draw(put(URL, b"x" * 9000), count) for count in range(5)]
    clock.jump_to(1.0)

    assert network.draw(put(URL, b"x" * 9000), 0) != drawn[0]
    again = behind(ScriptedUploads(), NetworkPlan(loss=0.5))
    assert [again.draw(put(URL, b"x" * 9000), count) for count in range(5)] == drawn


@pytest.mark.parametrize("word", ["201", "status-503"])
async def test_an_answer_that_comes_before_the_cut_is_lost(word: str) -> None:
    outcome = await outcome_of_one(behind(ScriptedUploads(word), NetworkPlan(kill=1.0)), URL)

    assert (outcome.status, outcome.reason, outcome.body) == (None, "reset", b"")


@pytest.mark.parametrize("word", ["201", "refused", HELD])
async def test_what_follows_a_cut_goes_by_a_line_of_its_own_as_fast_as_the_phone_can(
    word: str,
) -> None:
    uploads = ScriptedUploads(word)
    network = behind(uploads, NetworkPlan(kill=0.5))
    assert [network.draw(put(URL), count).killed_at is None for count in (0, 1)] == [False, True]
    line = network.open_session("127.0.0.9")

    for _ in range(2):
        told: asyncio.Future[HttpOutcome] = asyncio.get_running_loop().create_future()
        line.send(put(URL), told.set_result)
        outcome = await told

    assert outcome.status == 201
    assert [(each.rate is None, each.is_open) for each in uploads.lines] == [
        (False, False),
        (True, True),
    ]


async def test_an_upload_that_is_to_be_cut_and_reaches_nobody_says_so() -> None:
    network = behind(ScriptedUploads("refused"), NetworkPlan(kill=1.0))

    assert (await outcome_of_one(network, URL)).reason == "refused"
