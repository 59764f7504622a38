"""A run from the command line's side: files, machine, terminal."""

import json
import os
import socket
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from mppsim.cli.run_session import Wishes, carry_out
from mppsim.errors import StartError
from mppsim.fleet.fleet_run import RunTerms
from mppsim.net.tls import TlsSettings
from mppsim.results.folder import FILES
from mppsim.results.outcome import Verdict
from tests.support.scenarios import read

LOBBY = """\
server: embedded
clock: {speed: max}
duration: 1h
ports: {sip: PORT, web: null}
fleet:
  - name: lobby
    count: 2
    set:
      Report_Rule: "[--status]${server}/$MA.xml"
      Report_To_Server: Periodically
"""


def terms_of(text: str = LOBBY, *, port: int = 0, **more: Any) -> RunTerms:
    return RunTerms(file=read(text.replace("PORT", str(port))), seed=3, **more)


def test_run_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = carry_out(terms_of(), Wishes())

    out, err = capsys.readouterr()
    assert outcome.verdict is Verdict.PASSED
    assert out.startswith("What each group did")
    assert out.splitlines()[-1] == "passed"
    assert err == ""


def test_summary_is_json_alone(capsys: pytest.CaptureFixture[str]) -> None:
    carry_out(terms_of(), Wishes(is_json=True))

    out, err = capsys.readouterr()
    assert json.loads(out)["reports"]["delivered"] == 2
    assert err == ""


def test_scenario_is_not_overwritten_by_its_events(tmp_path: Path) -> None:
    scenario, link = tmp_path / "s.yaml", tmp_path / "events"
    scenario.write_text(LOBBY)
    link.symlink_to(scenario)
    terms = RunTerms(file=read(LOBBY.replace("PORT", "0"), tmp_path), seed=3)
    with pytest.raises(StartError, match="events: is the scenario itself; name another file"):
        carry_out(terms, Wishes(events=str(link)))

    assert scenario.read_text() == LOBBY


def test_events_on_standard_output_move_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    carry_out(terms_of(), Wishes(events="-"))

    out, err = capsys.readouterr()
    assert {json.loads(line)["event"] for line in out.splitlines()} >= {"ready", "stopped"}
    assert err.splitlines()[-1] == "passed"


def test_plain_view_has_a_line_for_each_phase(capsys: pytest.CaptureFixture[str]) -> None:
    carry_out(terms_of(), Wishes(is_plain=True))

    lines = capsys.readouterr().err.splitlines()
    assert [" ".join(line.split()[:2]) for line in lines] == [
        *("starting 0%", "running 0%", "reading back", "over 100%")
    ]


def test_results_are_all_in_their_directory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "deep" / "results"
    carry_out(terms_of(), Wishes(out=out, events=f"{out}/../results/events.jsonl"))

    assert {file.name for file in out.iterdir()} == set(FILES)
    assert "stopped" in (out / "events.jsonl").read_text()
    assert f"\nresults: {out}\n" in capsys.readouterr().out


def test_results_that_cannot_be_written_are_printed_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".junit.xml.partial").mkdir()  # as good as a disk that is full by the end
    with pytest.raises(StartError) as caught:
        carry_out(terms_of(), Wishes(out=tmp_path))

    assert str(caught.value).startswith(f"{tmp_path}: ")
    assert str(caught.value).endswith("; the results are not there, or not whole")
    printed = capsys.readouterr().out
    assert printed.endswith("passed\n")
    assert "results: " not in printed


@pytest.mark.parametrize("workers", [1, 2])
def test_run_ends_with_results_where_its_events_find_no_room(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], workers: int
) -> None:
    out = tmp_path / "out"
    slow = LOBBY.replace("speed: max", "speed: 600")  # events of several workers take a moment
    with pytest.raises(StartError) as caught:
        carry_out(terms_of(slow, workers=workers), Wishes(out=out, events="/dev/full"))

    assert str(caught.value) == (
        "/dev/full: No space left on device; the events end there, and the run with them"
    )
    assert {file.name for file in out.iterdir()} == {*FILES} - {"events.jsonl"}
    assert json.loads((out / "summary.json").read_text())["verdict"] == "interrupted"
    assert capsys.readouterr().out.endswith("interrupted\n")


def test_run_ends_with_results_where_nobody_reads_the_fifo_of_its_events(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fifo = tmp_path / "events"
    os.mkfifo(fifo)

    def read_one() -> None:
        with fifo.open() as events:
            events.readline()

    reader = Thread(target=read_one)
    reader.start()
    with pytest.raises(StartError, match=r"events: Broken pipe; the events end there, and"):
        carry_out(terms_of(LOBBY.replace("1h", "2000h")), Wishes(events=str(fifo)))
    reader.join()

    assert capsys.readouterr().out.endswith("interrupted\n")


def test_events_and_results_that_find_no_room_are_both_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".junit.xml.partial").mkdir()
    with pytest.raises(StartError, match="the results are not there"):
        carry_out(terms_of(), Wishes(out=tmp_path, events="/dev/full"))

    printed = capsys.readouterr()
    assert printed.err.splitlines()[-1].startswith("! /dev/full: No space left on device; ")
    assert printed.out.endswith("interrupted\n")


def test_events_may_be_anywhere(tmp_path: Path) -> None:
    carry_out(terms_of(), Wishes(out=tmp_path / "out", events=str(tmp_path / "events.jsonl")))

    assert {file.name for file in (tmp_path / "out").iterdir()} == {*FILES} - {"events.jsonl"}
    assert "stopped" in (tmp_path / "events.jsonl").read_text()


@pytest.mark.parametrize(
    ("terms", "wishes", "said"),
    [
        ({}, {"out": Path("full")}, "not those of an earlier run"),
        ({}, {"events": "/nowhere/at/all"}, "No such file or directory"),
        ({"port": -1}, {}, "for SIP, is taken by another program: end it"),
        ({"text": LOBBY + "    addresses: 192.0.2.1\n"}, {}, "ip route add local 192.0.2."),
    ],
)
def test_what_cannot_be_is_refused_before_anything_starts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    terms: dict[str, Any],
    wishes: dict[str, Any],
    said: str,
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("not a run's")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        if "port" in terms:
            terms["port"] = taken.getsockname()[1]
        with pytest.raises(StartError, match=said):
            carry_out(terms_of(**terms), Wishes(**wishes))

    assert capsys.readouterr().out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


def test_what_is_not_as_it_should_be_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    one_address = LOBBY.replace("count: 2", "count: 2\n    addresses: 127.0.0.1/32")
    carry_out(terms_of(one_address, tls=TlsSettings(insecure=True)), Wishes())

    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("! all 2 phones share one address")
    assert lines[1] == "! --insecure: no server's certificate is checked"
