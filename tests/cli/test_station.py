"""The phone on its desk, in this process: a pipe is its keypad, its sockets are real."""

import asyncio
import errno
import io
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mppsim.cli.keypad import KEYS
from mppsim.cli.station import PhoneSettings, operate
from mppsim.core.catalogue import find_model
from mppsim.core.firmware import load_release
from mppsim.core.identity import make_identity
from mppsim.core.parameters import Baseline
from mppsim.errors import StartError
from mppsim.net.sip_client import send_notify
from mppsim.net.tls import TlsSettings
from mppsim.sip import NotifyRequest
from tests.support.http_server import OK, Peer, answering, serve_script
from tests.support.raw_client import exchange
from tests.support.sip_peer import udp_peer
from tests.support.timelines import profile_of
from tests.support.turns import turns
from tests.support.uploads import closed_port

PATIENCE = 10.0
MODEL = find_model("8851")
GIVEN = PhoneSettings(
    identity=make_identity(MODEL),
    baseline=Baseline.factory(MODEL, load_release("mpp-12.0")),
    profiles=(),
    sip_port=0,
    web_port=0,
    speed=1.0,
    seconds=None,
    tls=TlsSettings(),
)


def given(**values: str) -> PhoneSettings:
    """A phone that was given a profile for each of these values, in order."""
    profiles = (profile_of({name: value}) for name, value in values.items())
    return replace(GIVEN, profiles=tuple(profiles))


def reporting_to(url: str) -> PhoneSettings:
    return given(HTTP_Report_Method="PUT", Report_Rule=url)


class Running:
    """A phone that is being operated: its keys, and what it has said so far."""

    def __init__(self, ended: asyncio.Task[int], keys: io.TextIOWrapper) -> None:
        self.ended = ended
        self._keys = keys
        self._out, self._err = sys.stdout, sys.stderr

    def type(self, *lines: str) -> None:
        for line in lines:
            self._keys.write(f"{line}\n")
        self._keys.flush()

    async def until(self, text: str) -> None:
        """Wait until it has said so."""
        async with asyncio.timeout(PATIENCE):
            while text not in self.out:
                assert not self.ended.done(), self.out
                await turns()

    async def end(self) -> int:
        async with asyncio.timeout(PATIENCE):
            return await self.ended

    @property
    def out(self) -> str:
        assert isinstance(self._out, io.StringIO)
        return self._out.getvalue()

    @property
    def err(self) -> str:
        assert isinstance(self._err, io.StringIO)
        return self._err.getvalue()

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens, as it says itself."""
        (line,) = (line for line in self.out.splitlines() if line.startswith("= ready"))
        host, _, port = line.removeprefix("= ready: SIP on ").partition(",")[0].rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def page(self) -> str:
        """Where its web page is, as it says itself."""
        return self.out.partition("web page at ")[2].partition("\n")[0]

    @property
    def said(self) -> list[str]:
        """What it said after it was ready."""
        lines = self.out.splitlines()
        return lines[[line[:7] for line in lines].index("= ready") + 1 :]


Desk = Callable[..., AbstractAsyncContextManager[Running]]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Operate a phone beside the test."""

    @asynccontextmanager
    async def operating(
        settings: PhoneSettings = GIVEN, events: str | None = None
    ) -> AsyncIterator[Running]:
        out, into = os.pipe()
        with os.fdopen(out) as stdin, os.fdopen(into, "w") as keys:
            monkeypatch.setattr(sys, "stdin", stdin)
            monkeypatch.setattr(sys, "stdout", io.StringIO())
            monkeypatch.setattr(sys, "stderr", io.StringIO())
            running = Running(asyncio.create_task(operate(settings, events)), keys)
            try:
                yield running
            finally:
                running.ended.cancel()
                await asyncio.wait([running.ended])

    return operating


async def test_phone_shows_its_label_and_is_ready_until_quit(desk: Desk) -> None:
    async with desk() as running:
        running.type("quit")
        code = await running.end()

    assert (code, running.err) == (0, "")
    assert running.out.splitlines() == [
        "Product Name      CP-8851-3PCC",
        "Serial Number     FCH2543SJFB",
        "MAC Address       00562B000001",
        "Software Version  sip88xx.12-0-7MPP0201-66",
        "Hardware Version  2.0.1",
        f"keypad: {KEYS}",
        f"= ready: SIP on 127.0.0.1:{running.address[1]}, web page at {running.page}",
        "= off",
    ]


async def test_label_says_what_another_firmware_than_the_usual_is(desk: Desk) -> None:
    old = Baseline.factory(find_model("8851"), load_release("spa-7"))
    async with desk(replace(GIVEN, baseline=old)) as running:
        running.type("quit")
        await running.end()

    label = running.out.splitlines()[5]
    assert label.startswith("Firmware          spa-7: reports as SPA firmware 7 does")


async def test_page_shows_the_phone_while_it_is_on(desk: Desk) -> None:
    async with desk() as running:
        await running.until("web page at")
        url = running.page
        request = f"GET /status.xml HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n\r\n"
        shown = await exchange(url, request.encode())
        running.type("quit")
        await running.end()

        assert shown.status == 200
        assert b"<MAC_Address>00562B000001</MAC_Address>" in shown.body
        with pytest.raises(OSError, match=str(urlsplit(url).port)):
            await exchange(url, request.encode())


async def test_port_of_the_page_that_is_taken_is_said_and_nothing_else_is(desk: Desk) -> None:
    async with desk() as first:
        await first.until("web page at")
        port = urlsplit(first.page).port
        assert port is not None

        with pytest.raises(StartError, match=f"127.0.0.1:{port}: Address already in use"):
            await operate(replace(GIVEN, web_port=port), None)


async def test_profiles_are_applied_in_order_before_the_phone_reports(desk: Desk) -> None:
    rule = f"http://127.0.0.1:{closed_port()}/a.xml"
    settings = given(GPP_A="first", Ringer_Volume="99", gpp_a="second", No_Such="1")
    more = reporting_to(rule).profiles
    async with desk(replace(settings, profiles=settings.profiles + more)) as running:
        await running.until("failed")
        running.type("show GPP_A", "quit")
        await running.end()

    starts = ["= set by resync: GPP_A", "! Ringer_Volume: '99' is not", "! warning: gpp_a: read as"]
    starts += ["= set by resync: GPP_A", "! warning: No_Such: no such parameter"]
    starts += ["= set by resync: HTTP_Report_Method", "= set by resync: Report_Rule"]
    starts += ["= trigger: restart", f"> PUT {rule} (full, "]
    assert [line[: len(start)] for line, start in zip(running.said, starts, strict=False)] == starts
    assert running.said[len(starts) :] == [
        f"! PUT {rule} (full) failed: refused",
        "= GPP_A=second",
        "= off",
    ]


async def test_phone_is_switched_off_after_its_time_without_a_keypad(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk(replace(GIVEN, seconds=3600.0, speed=1e6)) as running:
        monkeypatch.setattr(sys, "stdin", None)
        code = await running.end()

    assert (code, running.said) == (0, ["= off"])


async def test_end_of_the_keys_leaves_the_phone_on(desk: Desk) -> None:
    async with desk(replace(GIVEN, seconds=3600.0, speed=1e5)) as running:
        running.type("show GPP_A")
        running._keys.close()
        code = await running.end()

    assert (code, running.said) == (0, ["= GPP_A=", "= off"])


async def test_keys_after_quit_do_nothing(desk: Desk) -> None:
    async with desk() as running:
        running.type("quit", "set GPP_A=1", "menu")
        await running.end()

    assert running.said == ["= off"]


async def test_phone_answers_notify_and_reports(desk: Desk) -> None:
    async with (
        serve_script(answering(then=OK)) as server,
        desk(reporting_to(server.url())) as running,
    ):
        await running.until("< 200")
        host, port = running.address
        request = NotifyRequest(host=host, port=port, event="report")
        outcome = await send_notify(request, random_bytes=os.urandom)
        await running.until("= trigger: notify")
        running.type("quit")
        code = await running.end()

    assert (outcome.status, code) == (200, 0)
    answered, fell, sent, taken, _off = running.said[-5:]
    assert (answered, fell) == ("< NOTIFY report, answered 200", "= trigger: notify")
    assert sent.startswith(f"> PUT {server.url()} (full, ")
    assert taken.startswith("< 200 for full in ")


async def test_address_of_version_6_is_told_in_brackets(desk: Desk) -> None:
    identity = make_identity(MODEL, ip="::1")
    async with desk(replace(GIVEN, identity=identity)) as running:
        running.type("quit")
        await running.end()

    assert f"= ready: SIP on [::1]:{running.address[1]}, web page at http://[::1]:" in running.out


async def test_insecure_is_said_aloud(desk: Desk) -> None:
    async with desk(replace(GIVEN, tls=TlsSettings(insecure=True))) as running:
        running.type("quit")
        await running.end()

    said = running.out.splitlines()[5]
    assert said == "! --insecure: whoever answers under a server's name gets the reports"


# The end.


@asynccontextmanager
async def slow_server() -> AsyncIterator[tuple[str, asyncio.Event, asyncio.Event]]:
    """A server that has the request in hand until the test lets it answer."""
    asked, answer = asyncio.Event(), asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.read_request()
        asked.set()
        await answer.wait()
        await peer.send(OK)

    async with serve_script(script) as server:
        yield server.url(), asked, answer


async def test_quit_waits_for_the_report_in_hand(desk: Desk) -> None:
    async with slow_server() as (url, asked, answer), desk(reporting_to(url)) as running:
        await asked.wait()
        running.type("quit")
        await turns(10)
        assert not running.ended.done()
        answer.set()
        code = await running.end()

    assert code == 0
    assert [line[:5] for line in running.said[-2:]] == ["< 200", "= off"]


async def test_second_wish_to_end_cuts_the_report_in_hand(desk: Desk) -> None:
    async with slow_server() as (url, asked, _), desk(reporting_to(url)) as running:
        await asked.wait()
        running.type("quit")
        await turns(10)
        signal.raise_signal(signal.SIGINT)
        code = await running.end()

    assert code == 0
    assert running.said[-2:] == [f"! PUT {url} (full) failed: cut", "= off"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_interruption_cuts_the_report_and_ends_with_130(
    desk: Desk, number: signal.Signals
) -> None:
    async with slow_server() as (url, asked, _), desk(reporting_to(url)) as running:
        await asked.wait()
        running.type("set GPP_A=1")
        await running.until("= set by phone: GPP_A")
        signal.raise_signal(number)
        code = await running.end()

    assert code == 130
    assert running.said[-2:] == [f"! PUT {url} (full) failed: cut", "= off"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_whoever_sees_that_it_is_ready_can_interrupt_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    class Impatient(io.StringIO):
        def write(self, text: str) -> int:
            if "ready" in text:
                signal.raise_signal(number)
            return super().write(text)

    async with desk() as running:
        monkeypatch.setattr(sys, "stdout", screen := Impatient())
        code = await running.end()

    assert code == 130
    assert screen.getvalue().endswith("= off\n")


# Events.


async def test_events_on_standard_output_leave_it_to_them_alone(desk: Desk) -> None:
    async with desk(events="-") as running:
        running.type("set GPP_A=1", "show GPP_A", "nonsense", "quit")
        await running.end()

    events = [json.loads(line) for line in running.out.splitlines()]
    assert [event["event"] for event in events] == ["ready", "parameters_changed", "stopped"]
    assert {event["phone"] for event in events} == {"00562b000001"}
    assert "= GPP_A=1" in running.err
    assert "= off" in running.err


async def test_events_in_a_file_stand_beside_the_lines(desk: Desk, tmp_path: Path) -> None:
    async with desk(events=str(tmp_path / "events")) as running:
        running.type("quit")
        await running.end()

    lines = (tmp_path / "events").read_text().splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["ready", "stopped"]
    assert running.said == ["= off"]


# What goes wrong.


async def test_port_that_is_taken_says_nothing_but_why(desk: Desk, tmp_path: Path) -> None:
    async with udp_peer() as taken:
        settings = replace(GIVEN, sip_port=taken.address[1])
        async with desk(settings, str(tmp_path / "events")) as running:
            with pytest.raises(StartError, match="Address already in use"):
                await running.end()

    assert (running.out, running.err) == ("", "")
    assert (tmp_path / "events").read_text() == ""


async def test_events_file_that_cannot_be_written_stops_the_start(desk: Desk) -> None:
    async with desk(events="/no/such/file") as running:
        with pytest.raises(StartError, match="No such file"):
            await running.end()

    assert running.out == ""


async def test_full_disk_ends_the_phone(desk: Desk) -> None:
    async with desk(events="/dev/full") as running:
        with pytest.raises(OSError, match="No space left"):
            await running.end()

    assert running.said == ["= off"]


class Gone(io.StringIO):
    """A reader that has heard enough after so many lines."""

    def __init__(self, patience: int) -> None:
        super().__init__()
        self._patience = patience

    def write(self, text: str) -> int:
        self._patience -= text.count("\n")
        if self._patience < 0:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")
        return super().write(text)


@pytest.mark.parametrize("heard", [0, 3, 7, 8])
async def test_reader_that_left_ends_the_phone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, heard: int
) -> None:
    async with desk() as running:
        monkeypatch.setattr(sys, "stdout", Gone(heard))
        running.type("set GPP_A=1", "menu", "show GPP_A")
        with pytest.raises(BrokenPipeError):
            await running.end()

    assert running.err == ""


async def test_bug_in_a_callback_ends_the_phone(desk: Desk) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    async with desk() as running:
        await running.until("ready")
        asyncio.get_running_loop().call_soon(fail)
        with pytest.raises(ZeroDivisionError):
            await running.end()

    assert running.said == ["= off"]


async def test_what_the_loop_complains_of_ends_the_phone(desk: Desk) -> None:
    async with desk() as running:
        await running.until("ready")
        asyncio.get_running_loop().call_exception_handler({"message": "odd"})
        with pytest.raises(RuntimeError, match="odd"):
            await running.end()


async def test_second_failure_is_not_heard_of(desk: Desk) -> None:
    async with desk() as running:
        await running.until("ready")
        for message in ("first", "second"):
            asyncio.get_running_loop().call_exception_handler({"message": message})
        with pytest.raises(RuntimeError, match="first"):
            await running.end()
    with suppress(RuntimeError):
        running.ended.result()
