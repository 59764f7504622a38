"""`mppsim run`: what it prints and how it ends, made up and for real."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
import typer

from mppsim.cli import run as run_module
from mppsim.cli.run import run
from mppsim.core.events import TriggerFell, TriggerKind
from mppsim.errors import StartError
from mppsim.fleet.demo import Demonstration
from mppsim.fleet.demo_plan import plan_demo
from mppsim.fleet.demo_tally import Tally
from mppsim.fleet.demo_readback import Readback
from mppsim.fleet.verdict import judge
from mppsim.net.clock import RunClock
from mppsim.net.event_log import (
    Listener,
    NotifyAnswered,
    Stopped,
    UploadFailed,
    UploadFinished,
    UploadStarted,
)
from tests.support.commands import PATIENCE, run_command, start_command
from tests.support.uploads import closed_port

PLAN = plan_demo("http://127.0.0.1:8000", tftp="127.0.0.1:69", chance=Random(1))
LOBBY, RECEPTION = (phone.identity.mac for phone in PLAN.phones[:2])


def demonstration(
    *, passed: bool = True, is_interrupted: bool = False, duration: float = 7200.0
) -> Demonstration:
    """A demonstration in which two phones used everything, the first most of it."""
    tally = Tally()
    report = {"method": "PUT", "url": "u", "bytes": 1000}
    for kind in TriggerKind:
        has_changed = kind is TriggerKind.LOCAL_CHANGE
        tally.take(RECEPTION if has_changed else LOBBY, TriggerFell(kind))
    for content, method, encryption in (
        ("full", "PUT", "none"),
        ("delta", "POST", "aes-256-cbc"),
        ("status", "WRQ", "aes128gcm"),
    ):
        sent = {"content": content, "url": "u", "bytes": 1000}
        tally.take(LOBBY, UploadStarted(**sent, method=method, encryption=encryption))
        done = UploadFinished(**sent, method=method, status=201, seconds=0.5, late=0.0)
        tally.take(LOBBY, done)
    tally.take(LOBBY, NotifyAnswered("report", 401))
    tally.take(LOBBY, NotifyAnswered("report", 200))
    if not passed:
        slip = {"status": 503, "seconds": 0.1, "late": 0.0, "reason": "status-503"}
        tally.take(LOBBY, UploadFailed(content="full", **report, **slip))
    verdict = judge(tally, Readback(checked=3), unopened=0, refused=0, seed=7, duration=duration)
    return Demonstration(plan=PLAN, verdict=verdict, is_interrupted=is_interrupted)


class Demo:
    """Stands for `run_demo`: says what it was asked for, and gives what it was told to."""

    def __init__(self, done: Demonstration) -> None:
        self.done = done
        self.seed = -1
        self.speed: float | None = -1.0
        self.said = 0

    async def __call__(
        self, *, seed: int, speed: float | None, listen: Callable[[RunClock], Listener] | None
    ) -> Demonstration:
        self.seed, self.speed = seed, speed
        if listen is not None:
            listen(RunClock(speed))(LOBBY, Stopped())
        return self.done


Run = Callable[..., tuple[int, Demo]]


@pytest.fixture
def run_with(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command on a demonstration that has been made up."""

    def run_it(*arguments: str, done: Demonstration | None = None) -> tuple[int, Demo]:
        demo = Demo(done or demonstration())
        monkeypatch.setattr(run_module, "run_demo", demo)
        app = typer.Typer()
        app.command()(run)
        return app(args=list(arguments), standalone_mode=False), demo

    return run_it


@pytest.mark.parametrize(
    ("done", "code", "word"),
    [
        (demonstration(), 0, "passed"),
        (demonstration(passed=False), 3, "FAILED"),
        (demonstration(is_interrupted=True), 130, "interrupted"),
        (demonstration(passed=False, is_interrupted=True), 130, "interrupted"),
    ],
)
def test_exit_code_is_the_verdicts(
    run_with: Run, capsys: pytest.CaptureFixture[str], done: Demonstration, code: int, word: str
) -> None:
    assert run_with(done=done)[0] == code
    assert capsys.readouterr().out.splitlines()[-1] == word


def test_table_has_a_row_for_each_phone(run_with: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run_with()

    out, err = capsys.readouterr()
    rows = [re.split(r"\s*│\s*", line)[1:-1] for line in out.splitlines() if line[0] == "│"]
    assert [row[0] for row in rows] == [phone.name for phone in PLAN.phones]
    triggers = "1 notify, 1 periodic, 1 restart"
    reports = "delta aes-256-cbc, status"
    assert rows[0] == [
        *("lobby", "8851 mpp-12.0", reports, "PUT", "On Local Change", triggers, "3", "0")
    ]
    assert rows[4][2] == "delta aes128gcm, status aes128gcm"
    assert rows[1][5:] == ["1 local change", "0", "0"]
    assert rows[2][5:] == ["", "0", "0"]
    assert [row[3] for row in rows].count("TFTP") == 1
    assert err == ""


def test_sentences_have_the_figures(run_with: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run_with()

    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"2 h of the phones' time in \d+\.\d s; seed 7", lines[-6])
    assert lines[-5:-1] == [
        "delivered 3 reports, 3,000 bytes: 1 delta, 1 full, 1 status",
        "methods: 1 POST, 1 PUT, 1 WRQ; encryption: 1 aes-256-cbc, 1 aes128gcm, 1 none",
        "NOTIFY: 1 accepted, 1 challenged first",
        "read back 3 places: 0 missing, 0 different, 0 stale",
    ]


def test_short_run_is_told_in_seconds(run_with: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run_with(done=demonstration(duration=12.3))

    assert "\n12 s of the phones' time in" in capsys.readouterr().out


def test_what_did_not_hold_is_named(run_with: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run_with(done=demonstration(passed=False))

    assert "\n! reports.failed == 0 does not hold: 1\nFAILED\n" in capsys.readouterr().out


def test_json_is_the_summary_alone(run_with: Run, capsys: pytest.CaptureFixture[str]) -> None:
    code, demo = run_with("--json", done=demonstration(passed=False))

    out, err = capsys.readouterr()
    assert (code, err) == (3, "")
    assert json.loads(out) == json.loads(json.dumps(demo.done.verdict.summary()))


@pytest.mark.parametrize(
    ("text", "speed"), [("max", None), ("1", 1.0), ("0.001", 0.001), ("60", 60.0), ("1e6", 1e6)]
)
def test_speed_and_seed_reach_the_run(run_with: Run, text: str, speed: float | None) -> None:
    _, demo = run_with("--speed", text, "--seed", "42")

    assert (demo.speed, demo.seed) == (speed, 42)


def test_run_goes_at_full_speed_with_a_seed_of_its_own(run_with: Run) -> None:
    seeds = {run_with()[1].seed for _ in range(5)}

    assert run_with()[1].speed is None
    assert len(seeds) > 1
    assert all(0 <= seed < 1_000_000 for seed in seeds)


@pytest.mark.parametrize("text", ["fast", "0", "-1", "0.0009", "1000001", "nan", "inf", "", "MAX"])
def test_speed_that_is_none_is_wrong_usage_before_anything_is_written(
    run_with: Run, tmp_path: Path, text: str
) -> None:
    events = tmp_path / "events.jsonl"
    events.write_text("of another run\n")

    with pytest.raises(typer.BadParameter, match=r"a number from 0\.001 to 1000000, or max"):
        run_with("--speed", text, "--events", str(events))
    assert events.read_text() == "of another run\n"


def test_events_on_standard_output_move_the_table(
    run_with: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    run_with("--events", "-")

    out, err = capsys.readouterr()
    assert json.loads(out)["event"] == "stopped"
    assert err.splitlines()[-1] == "passed"


def test_events_in_a_file_leave_the_table(
    run_with: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_with("--json", "--events", str(tmp_path / "events"))

    assert json.loads((tmp_path / "events").read_text())["phone"] == LOBBY
    assert json.loads(capsys.readouterr().out)["verdict"] == "passed"


def test_json_and_events_cannot_share_standard_output(run_with: Run) -> None:
    with pytest.raises(typer.BadParameter, match="cannot both"):
        run_with("--json", "--events", "-")


def test_events_file_that_cannot_be_written_stops_the_start(run_with: Run) -> None:
    with pytest.raises(StartError, match="No such file"):
        run_with("--events", "/no/such/file")


# The process.


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment whose temporary files are below `tmp_path`, which a run leaves empty."""
    return {"TMPDIR": str(tmp_path)}


def is_answered(url: str) -> bool:
    host, _, port = url.removeprefix("http://").partition("/")[0].partition(":")
    with socket.socket() as caller:
        return caller.connect_ex((host, int(port))) == 0


def read_events(process: subprocess.Popen[str], last: str) -> list[dict[str, object]]:
    """Read events up to the first of that name."""
    assert process.stdout is not None
    events: list[dict[str, object]] = []
    while not events or events[-1]["event"] != last:
        events.append(json.loads(process.stdout.readline()))
    return events


def test_run_proves_itself_and_leaves_nothing_behind(home: dict[str, str], tmp_path: Path) -> None:
    # A proxy of the environment is not for reports, nor for reading them back.
    environment = {**home, "http_proxy": f"http://127.0.0.1:{closed_port()}"}
    ended = run_command("run", "--json", "--seed", "5", environment=environment)
    summary = json.loads(ended.out)

    assert (ended.code, ended.err) == (0, "")
    assert list(summary) == [
        *("phones", "duration", "seed", "reports", "latency", "notify", "readback"),
        *("thresholds", "verdict"),
    ]
    assert (summary["phones"], summary["duration"], summary["seed"]) == (9, 7200.0, 5)
    assert summary["reports"]["due"] == summary["reports"]["delivered"] > 20
    assert (summary["verdict"], summary["readback"]["missing"]) == ("passed", 0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_prints_what_there_is_and_leaves_nothing_behind(
    home: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    with subprocess.Popen(
        (sys.executable, "-m", "mppsim", "run", "--speed", "1", "--events", "-"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **home},
        process_group=0,
    ) as process:
        finished = read_events(process, "upload_finished")[-1]
        assert is_answered(str(finished["url"]))
        # As a terminal does: to the whole group. The server has to outlive the run's phones.
        os.killpg(process.pid, number)
        rest, table = process.communicate(timeout=PATIENCE)

    assert process.returncode == 130
    assert "What each phone did" in table
    assert ": 0 missing, 0 different, 0 stale\n" in table
    assert table.splitlines()[-1] == "interrupted"
    assert [json.loads(line)["event"] for line in rest.splitlines()].count("stopped") == 9
    assert list(tmp_path.iterdir()) == []
    assert not is_answered(str(finished["url"]))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_that_is_interrupted_before_its_server_is_up_leaves_nothing_behind(
    home: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    with start_command("run", environment=home) as process:
        while not any(tmp_path.glob("mppsim-*")):
            assert process.poll() is None
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)

    assert (process.returncode, out, err) == (130, "", "")
    assert list(tmp_path.iterdir()) == []


def test_reader_that_leaves_ends_the_run(home: dict[str, str], tmp_path: Path) -> None:
    with start_command("run", "--speed", "1", "--events", "-", environment=home) as process:
        started = read_events(process, "upload_started")[-1]
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        _, err = process.communicate(timeout=PATIENCE)

    assert (process.returncode, err) == (0, "")
    assert list(tmp_path.iterdir()) == []
    assert not is_answered(str(started["url"]))


def test_server_that_cannot_start_is_one_line_and_exit_code_4(
    home: dict[str, str], tmp_path: Path
) -> None:
    saboteur = tmp_path / "sitecustomize.py"
    saboteur.write_text(
        "import os, sys\n"
        "if 'mppsim.server.controlled' in sys.orig_argv:\n"
        "    os.write(2, b'at first\\nnot today\\n')\n"
        "    os._exit(4)\n"
    )
    path = os.pathsep.join((str(tmp_path), str(Path(__file__).parents[2])))
    ended = run_command("run", environment={**home, "PYTHONPATH": path})

    assert (ended.code, ended.out) == (4, "")
    assert ended.err == "mppsim: the embedded server did not start: not today\n"
    assert [path for path in tmp_path.iterdir() if path.name.startswith("mppsim")] == []
