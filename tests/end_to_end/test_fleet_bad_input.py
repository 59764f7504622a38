"""Bad scenarios on the command line: everything is told at once, and nothing is started."""

import re
from pathlib import Path

from tests.support.commands import Ended, run_command, run_commands
from tests.support.uploads import closed_port

FAULTY = """\
sever: embedded
clock: {speed: fast}
duration: 10 parsecs
fleet:
  - name: lobby
    count: many
    firmware: mpp-12.O
    macs: 00:56:2B:00:00:00
    addresses: 127.9.0.1
    set:
      Report_To_Servr: On Request
      Report_To_Server: Sometimes
      Report_Rule: "[--delta --key]x"
      GPP_A: ${sever}
  - name: office
    count: 10
    model: 8852
    macs: 00:56:2B:00:00:00
  - name: annexe
    addresses: 127.9.0.1
    start: {as: powr_on}
    changes:
      every: 5
      of: [Ringer_Volum]
    network: {loss: 200%}
notify: {event: reprot}
thresholds:
  - latency.p99 < 250
  - reports.faled == 0
  - reports.failed
"""
TOLD = """\
s.yaml:1:1: no key 'sever' here; did you mean server or seed?
s.yaml:2:16: clock.speed: a speed is a number from 0.001 to 1000000, or max
s.yaml:3:11: duration: '10 parsecs' is no duration; write 90s, 15m or 1h
s.yaml:6:12: fleet[0].count: 'many' is not a whole number
s.yaml:7:15: fleet[0].firmware: no firmware release 'mpp-12.O': try mpp-12.0 or mpp-11.3
s.yaml:11:7: fleet[0].set: Report_To_Servr: no such parameter on a CP-8851-3PCC at mpp-12.0; did you mean Report_To_Server?
s.yaml:12:25: fleet[0].set.Report_To_Server: 'Sometimes' is not allowed: one of On Request, On Local Change, Periodically
s.yaml:13:30: fleet[0].set.Report_Rule: column 10 of the rule: a value has to follow --key
s.yaml:14:14: fleet[0].set.GPP_A: ${sever} stands for nothing; did you mean server?
s.yaml:17:12: fleet[1].model: no phone model '8852': try 8865, 8851, 8845
s.yaml:18:11: fleet[1].macs: 00:56:2B:00:00:00 is a phone's of group 'lobby' already; 00:56:2B:00:00:01 is the next one
s.yaml:20:16: fleet[2].addresses: 127.9.0.1 is a phone's of group 'lobby' already; 127.9.0.2 is the next one
s.yaml:21:17: fleet[2].start.as: 'powr_on' is not one of running or power_on
s.yaml:23:14: fleet[2].changes.every: 5 has no unit; write 90s, 15m or 1h
s.yaml:24:12: fleet[2].changes.of[0]: Ringer_Volum: no such parameter on a CP-8851-3PCC at mpp-12.0; did you mean Ringer_Volume?
s.yaml:25:21: fleet[2].network.loss: '200%' is no share; write 10%, from 0% to 100%
s.yaml:26:17: notify.event: no phone knows 'reprot'; did you mean report or reboot?
s.yaml:28:19: thresholds[0]: column 15: a time needs a unit: 250ms or 250s
s.yaml:29:5: thresholds[1]: column 1: there is no figure reports.faled; did you mean reports.failed?
s.yaml:30:19: thresholds[2]: column 15: a comparison is missing here: give one of == != < <= > >=
mppsim: 20 faults; nothing was started
"""  # noqa: E501 -- as they are told

SOMEWHERE = """\
server: http://server.example:8000
duration: 1s
clock: {speed: %s}
ports: {sip: 0, web: null}
fleet:
  - name: lobby
    set:
      Report_Rule: "${server}/$MA.xml [--status]http://other.example/$MA"
      Syslog_Server: log.example
      Proxy_1_: pbx.example
      User_ID_1_: "1"
      Profile_Rule: http://profiles.example/$MA.xml
      Custom_CA_Rule: http://ca.example/ca.pem
      Upgrade_Rule: http://firmware.example/x.load
  - name: office
    tftp: tftp.example
    set: {Report_Rule: /$MA.xml, Proxy_1_: pbx.example, User_ID_1_: "2"}
"""
NAMED = [
    "server.example is not this machine (server, Report_Rule of lobby)",
    "other.example is not this machine (Report_Rule of lobby)",
    "profiles.example is not this machine (Profile_Rule of lobby)",
    "firmware.example is not this machine (Upgrade_Rule of lobby)",
    "ca.example is not this machine (Custom_CA_Rule of lobby)",
    "pbx.example is not this machine (Proxy_1_ of lobby, Proxy_1_ of office)",
    "log.example is not this machine (Syslog_Server of lobby)",
    "tftp.example is not this machine (tftp of office)",
]

RESULTS = ("--out", "results", "--events", "events.jsonl")


def run_file(folder: Path, text: str, *options: str) -> Ended:
    (folder / "s.yaml").write_text(text)
    return run_command("run", "s.yaml", *RESULTS, *options, folder=folder)


def assert_nothing_was_started(folder: Path) -> None:
    assert [path.name for path in folder.iterdir()] == ["s.yaml"]


def test_everything_that_is_wrong_is_told_at_once_with_its_place_and_what_would_be_right(
    tmp_path: Path,
) -> None:
    ended = run_file(tmp_path, FAULTY)

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines() == TOLD.splitlines()
    assert_nothing_was_started(tmp_path)


def test_all_hosts_that_are_not_this_machine_are_told_and_nothing_goes_there(
    tmp_path: Path,
) -> None:
    ended = run_file(tmp_path, SOMEWHERE % 1)

    assert (ended.code, ended.out) == (2, "")
    *lines, last = ended.err.splitlines()
    assert [line.partition(";")[0] for line in lines] == NAMED
    for line in lines:
        assert line.endswith(f"; --yes-load {line.split()[0]} allows it")
    assert last == "mppsim: 8 faults; nothing was started"
    assert_nothing_was_started(tmp_path)


def test_host_that_is_allowed_is_told_no_more_and_the_others_are(tmp_path: Path) -> None:
    ended = run_file(
        tmp_path, SOMEWHERE % 1, *("--yes-load", "SERVER.example", "--yes-load", "pbx.example")
    )

    assert ended.code == 2
    assert [line.partition(";")[0] for line in ended.err.splitlines()[:-1]] == [
        line for line in NAMED if not re.match("server|pbx", line)
    ]


def test_jumping_clock_may_load_a_server_here_only_if_it_is_named(tmp_path: Path) -> None:
    scenario = """\
server: http://localhost:%d
clock: {speed: max}
duration: 1s
ports: {sip: 0, web: null}
fleet: [{name: a, set: {Report_Rule: "${server}/x"}}]
"""
    scenario %= closed_port()
    refused = run_file(tmp_path, scenario)
    allowed = run_file(tmp_path, scenario, "--yes-load", "localhost", "--json")

    assert refused.code == 2
    assert "--yes-load localhost allows it" in refused.err
    assert allowed.code == 3  # it ran, and delivered nothing
    assert '"verdict": "failed"' in allowed.out


OPTIONS = [
    ("--set", "Report_To_Servr=x", "did you mean Report_To_Server?"),
    ("--set", "Report_Rule=[--key]x", "a value has to follow --key"),
    ("--threshold", "latency.p99 < 1", "a time needs a unit"),
    ("--quirk", "boot_secnds=1", "boot_seconds"),
    ("--target", "ftp://h/", "http://HOST:PORT"),
    ("--target", "http://server.example", "--yes-load server.example allows it"),
    ("--duration", "10", "write 90s, 15m or 1h"),
    ("--speed", "fast", "a number from 0.001 to 1000000, or max"),
    ("--phones", "0", "--phones"),
    ("--workers", "0", "--workers"),
    ("--seed", "-1", "--seed"),
]


def test_options_that_are_wrong_are_refused_as_a_scenario_is(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("duration: 1s\nfleet: [{name: a}]\n")
    lines = [("run", "s.yaml", *RESULTS, option, value) for option, value, _ in OPTIONS]

    for ended, (option, value, says) in zip(
        run_commands(lines, folder=tmp_path), OPTIONS, strict=True
    ):
        assert (ended.code, ended.out) == (2, ""), (option, value)
        assert says in " ".join(ended.err.replace("│", " ").split())
    assert_nothing_was_started(tmp_path)


def test_scenario_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    missing, folder = run_commands([("run", "nobody.yaml"), ("run", ".")], folder=tmp_path)

    assert (missing.code, missing.err) == (4, "mppsim: nobody.yaml: No such file or directory\n")
    assert (folder.code, folder.err) == (4, "mppsim: .: Is a directory\n")
