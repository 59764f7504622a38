"""Fleets whose server fails on purpose: what was lost, what was counted, and what was told."""

import json
import os
import re
import signal
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from mppsim.results.outcome import Verdict
from mppsim.server.faults import Fault, FaultKind, Misfortune
from tests.support.commands import PATIENCE, start_command
from tests.support.fleet_runs import FleetDone, run_fleet

SEED = 4711

ON_CHANGE = """\
server: {embedded: {faults: [%s]}}
clock: {speed: max}
duration: %s
fleet:
  - name: office
    count: 40
    set:
      Report_Rule: "[--delta]${server}/${mac}"
      Report_To_Server: On Local Change
      Upload_Delay_On_Local_Change: 60
    changes: {every: %s, of: [GPP_A, GPP_B, GPP_C, Station_Display_Name], random: true}
thresholds: [readback.missing == 0]
"""

# Everybody sends at once, as many times as NOTIFYs ask for it.
ON_NOTIFY = """\
server: {embedded: {faults: [%s]}}
clock: {speed: max}
duration: %s
fleet:
  - name: lobby
    count: %d
    set:
      Report_Rule: "[%s]${server}/${mac}.xml"
      HTTP_Report_Method: PUT
notify: {every: 60s}
thresholds: [readback.missing == 0]
"""


def bodies_of(done: FleetDone, phone: str) -> list[dict[str, str]]:
    """What the server accepted from a phone, in order: the values of each delta."""
    names = sorted(name for name in done.files if name.startswith(f"{phone}.d/"))
    return [
        dict(re.findall(r"<(\w+) ua=\"\w+\">([^<]*)</\1>", done.files[name].decode()))
        for name in names
    ]


def names_owed(events: list[dict[str, Any]]) -> tuple[list[set[str]], set[str]]:
    """Follow a phone: what each delta that was accepted has to hold, and what is left over."""
    owed, sent = set[str](), set[str]()
    accepted = []
    for event in events:
        match event["event"]:
            case "parameters_changed":
                owed |= set(event["names"])
            case "upload_started":
                sent, owed = owed, set()
            case "upload_failed":
                owed |= sent
            case "upload_finished":
                accepted.append(sent)
    return accepted, owed


async def test_no_change_is_lost_while_the_server_is_down_for_ten_minutes(tmp_path: Path) -> None:
    scenario = ON_CHANGE % ("{down: true, from: 20m, to: 30m}", "90m", "5m")
    done = await run_fleet(scenario, folder=tmp_path)

    failed = done.of("upload_failed")
    assert {event["reason"] for event in failed} == {"refused"}
    ended = failed + done.of("upload_finished")
    assert all((1200.0 <= e["at"] < 1800.0) is (e["event"] == "upload_failed") for e in ended)
    assert done.figures.reports.failures == {"refused": len(failed)}
    assert len({event["phone"] for event in failed}) > 20
    for phone, events in done.by_phone.items():
        accepted, owed = names_owed(events)
        received = bodies_of(done, phone)
        # Each change is in the first delta that is accepted after it, and in no other.
        assert [set(values) for values in received] == accepted
        assert owed == set()
        # Each value is free text with a number that grows with each change of the phone.
        came = [value for values in received for value in values.values()]
        assert len(came) == len(set(came)) > 5
    back = done.figures.readback
    assert (back.checked, back.missing, back.stale, back.duplicate, back.different) == (
        *(40, 0, 0, 0, 0),
    )
    assert done.outcome.verdict is Verdict.PASSED


async def test_503_befalls_just_the_third_that_the_seed_draws(tmp_path: Path) -> None:
    scenario = ON_NOTIFY % ("{status: 503, share: 33%}", "601s", 30, "--status")
    done = await run_fleet(scenario, folder=tmp_path, seed=SEED)

    luck = Misfortune(SEED)
    luck.faults = (Fault(kind=FaultKind.STATUS, value=503, share=0.33),)
    for phone, events in done.by_phone.items():
        ended = [e for e in events if e["event"] in {"upload_finished", "upload_failed"}]
        drawn = [503 if luck.draw(phone) else "accepted" for _ in ended]
        met = [503 if e["status"] == 503 else "accepted" for e in ended]
        assert met == drawn
        assert len(met) == 10
    reports = done.figures.reports
    assert reports.failures == {"status-503": reports.failed}
    assert reports.due == reports.delivered + reports.failed == 300
    assert 60 < reports.failed < 140
    back = done.figures.readback
    assert (back.missing, back.different, back.stale, back.duplicate) == (0, 0, 0, 0)
    assert back.checked == len(done.files) == 30


async def test_slow_reader_is_seen_in_latency_and_delivers_all_the_same(tmp_path: Path) -> None:
    scenario = ON_NOTIFY % ("{slow: 400 kB/s, share: 50%, to: 90s}", "121s", 10, "")
    done = await run_fleet(scenario.replace("[]", ""), folder=tmp_path)

    finished = done.of("upload_finished")
    luck = Misfortune(SEED)
    luck.faults = (Fault(kind=FaultKind.SLOW, value=400_000, share=0.5),)
    slow = {phone for phone in done.by_phone if luck.draw(phone)}
    took = {event["phone"]: event["seconds"] for event in finished if event["at"] < 90.0}
    assert 0 < len(slow) < 10
    # 117 KB at that rate, but for what is in the system's hands.
    assert {phone for phone, seconds in took.items() if seconds > 0.2} == slow
    assert done.figures.reports.delivered == 20
    assert done.figures.latency.max > 0.2
    assert done.figures.lateness.p99 < 0.2
    assert done.figures.readback.missing == done.figures.readback.different == 0


async def test_report_that_is_cut_in_mid_body_has_failed_and_is_on_no_server(
    tmp_path: Path,
) -> None:
    scenario = ON_NOTIFY % ("{cut: true, share: 40%}", "301s", 20, "--status")
    done = await run_fleet(scenario, folder=tmp_path)

    reports = done.figures.reports
    assert reports.failures == {"reset": reports.failed}
    assert reports.due == 100
    assert 20 < reports.failed < 60
    assert reports.unfinished == 0
    # Whoever was cut last has an earlier report there, whole, and nobody takes that for a loss.
    last = {line["phone"]: line["event"] for line in done.lines if "reason" in line}
    assert "upload_failed" in last.values()
    assert all(body.rstrip().endswith(b">") for body in done.files.values())
    back = done.figures.readback
    assert (back.missing, back.different, back.stale, back.duplicate) == (0, 0, 0, 0)


def _is_wrong(lines: list[dict[str, Any]]) -> bool:
    return any("/wrong/" in line.get("url", "") for line in lines)


WRONG_KEY = """\
server: {embedded: {key: test123, keep_bodies: false}}
clock: {speed: max}
duration: 1m
fleet:
  - name: right
    count: 900
    set: {Report_Rule: "[--delta --key test123]${server}/${mac}"}
    start: &on {as: power_on, spread: 30s}
  - name: wrong
    count: 100
    set: {Report_Rule: "[--delta --key test124]${server}/wrong/${mac}"}
    start: *on
thresholds: [reports.failed == 0, readback.missing == 0, readback.unopened == 0]
"""


async def test_hundred_of_a_thousand_phones_with_a_wrong_key_are_counted_by_the_oracle(
    tmp_path: Path,
) -> None:
    done = await run_fleet(WRONG_KEY, folder=tmp_path)

    figures = done.figures
    assert figures.reports.delivered == 1000  # the server took them, and cannot read them
    assert figures.readback.unopened == 100
    assert (figures.readback.missing, figures.readback.different) == (0, 0)
    judged = {each.expr: each.passed for each in done.outcome.thresholds}
    assert judged["readback.unopened == 0"] is False
    assert judged["reports.failed == 0"] is judged["readback.missing == 0"] is True
    assert done.outcome.verdict is Verdict.FAILED
    told = [note.removeprefix("read back: unopened: ").split()[0] for note in done.notes[:5]]
    assert set(told) <= {phone for phone, lines in done.by_phone.items() if _is_wrong(lines)}


DYING = """\
server: embedded
clock: {speed: 3000}
duration: 150m
fleet:
  - name: office
    count: 20
    set:
      Report_Rule: "[--status]${server}/${mac}"
      Report_To_Server: Periodically
      Periodic_Upload_To_Server: 600
ports: {sip: 0, web: null}
thresholds: [reports.failed == 0]
"""


def server_of(process: subprocess.Popen[str]) -> int:
    """The process of a run's embedded server."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    (server,) = [
        int(pid)
        for pid in children
        if b"mppsim.server.controlled" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    return server


def test_run_goes_on_counts_and_tells_when_its_server_dies(tmp_path: Path) -> None:
    (tmp_path / "dying.yaml").write_text(DYING)
    command = ("run", "dying.yaml", "--out", "results", "--events", "-", "--workers", "2")
    with start_command(*command, folder=tmp_path) as process:
        assert process.stdout is not None
        events = []
        for line in process.stdout:
            events.append(json.loads(line))
            if [e["event"] for e in events].count("upload_finished") == 20:
                os.kill(server_of(process), signal.SIGKILL)
                break
        # What it has read ahead is no more to be had from `communicate`.
        events += map(json.loads, process.stdout)
        _, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == 3
    assert err.splitlines()[:2] == [
        "! the embedded server ended though nobody told it to",
        "! nothing was read back from the server",
    ]
    assert err.splitlines()[-1] == "FAILED"
    summary = json.loads((tmp_path / "results" / "summary.json").read_text())
    reports = summary["reports"]
    failed = [event for event in events if event["event"] == "upload_failed"]
    assert summary["verdict"] == "failed"
    delivered = [event for event in events if event["event"] == "upload_finished"]
    assert reports["due"] == reports["delivered"] + reports["failed"]
    assert (reports["delivered"], reports["failed"]) == (len(delivered), len(failed))
    assert len(failed) > 200
    assert set(reports["failures"]) <= {"refused", "reset", "bad-reply"}
    assert summary["readback"]["checked"] == 0
    # Each phone until the end: fifteen reports, or one more or less where its last is due so near
    # to the end that milliseconds decide.
    counts = Counter(event["phone"] for event in (*delivered, *failed))
    assert (len(counts), set(counts.values()) - {14, 15, 16}) == (20, set())
    last = {event["phone"]: event["at"] for event in failed}
    assert min(last.values()) > 9000.0 - 2 * 600.0
    assert {path.name for path in (tmp_path / "results").iterdir()} >= {
        *("summary.json", "summary.md", "junit.xml", "scenario.yaml"),
    }
