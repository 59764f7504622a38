"""`mppsim run`: what its options come to, and the process as a person has it."""

import json
import math
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from mppsim.cli import run as run_module
from mppsim.cli.run import run
from mppsim.cli.run_session import Wishes
from mppsim.errors import StartError
from mppsim.fleet.fleet_run import RunTerms
from mppsim.fleet.scenario.overrides import NO_OVERRIDES, Overrides
from mppsim.results.folder import FILES
from mppsim.results.outcome import Outcome
from tests.support.commands import PATIENCE, run_command, start_command
from tests.support.outcomes import BROKEN, INTERRUPTED, PASSED
from tests.support.uploads import closed_port

FLEET = "duration: 1h\nfleet: [{name: lobby}]\nseed: 12\n"
REAL = """\
server: embedded
duration: 1h
clock: {speed: 600}
ports: {sip: 0, web: 0}
fleet:
  - name: lobby
    count: 20
    set:
      Report_Rule: "[--status]${server}/$MA.xml"
      Report_To_Server: Periodically
      Periodic_Upload_To_Server: 600
thresholds: [readback.missing == 0]
"""

# What options come to.


class Session:
    """Stands where the run would be."""

    def __init__(self, outcome: Outcome = PASSED) -> None:
        self.outcome = outcome
        self.terms: RunTerms
        self.wishes: Wishes

    def __call__(self, terms: RunTerms, wishes: Wishes) -> Outcome:
        self.terms, self.wishes = terms, wishes
        return self.outcome


Run = Callable[..., tuple[int, Session]]


@pytest.fixture
def run_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command but for the run; `fleet.yaml` is a scenario."""
    (tmp_path / "fleet.yaml").write_text(FLEET)
    monkeypatch.chdir(tmp_path)

    def run_it(*arguments: str, outcome: Outcome = PASSED) -> tuple[int, Session]:
        session = Session(outcome)
        monkeypatch.setattr(run_module, "carry_out", session)
        app = typer.Typer()
        app.command()(run)
        return app(args=list(arguments), standalone_mode=False), session

    return run_it


@pytest.mark.parametrize(
    ("outcome", "code"), [(PASSED, 0), (BROKEN, 3), (INTERRUPTED, 130)], ids=["0", "3", "130"]
)
def test_exit_code_is_the_verdicts(run_with: Run, outcome: Outcome, code: int) -> None:
    assert run_with(outcome=outcome)[0] == code


def test_without_a_scenario_it_is_the_demonstration(run_with: Run) -> None:
    _, session = run_with()

    file = session.terms.file
    assert (file.source, file.faults.lines()) == (Path("demonstration.yaml"), ())
    assert (session.terms.overrides, session.wishes) == (NO_OVERRIDES, Wishes())


@pytest.mark.parametrize(
    ("options", "overrides"),
    [
        ("--phones 5", {"phones": 5}),
        ("--duration 90s", {"duration": 90.0}),
        ("--speed 60", {"speed": 60.0}),
        ("--speed 0.001", {"speed": 0.001}),
        ("--speed 1e6", {"speed": 1e6}),
        ("--speed max", {"speed": math.inf}),
        ("--set GPP_A=1 --set GPP_B=", {"settings": (("GPP_A", "1"), ("GPP_B", ""))}),
        ("--quirk change_cap=2", {"quirks": ("change_cap=2",)}),
        ("--threshold x>1 --threshold y<2", {"thresholds": ("x>1", "y<2")}),
        ("--target http://h:1", {"target": "http://h:1"}),
        ("--yes-load h --yes-load i", {"allowed_hosts": ("h", "i")}),
    ],
)
def test_options_are_said_over_the_scenario(
    run_with: Run, options: str, overrides: dict[str, Any]
) -> None:
    _, session = run_with("fleet.yaml", *options.split())

    assert session.terms.overrides == Overrides(**overrides)


def test_rest_of_the_options_reaches_the_run(run_with: Run) -> None:
    options = "--workers 3 --seed 42 --ca ca.pem --insecure --out o --events e --plain --json"
    _, session = run_with("fleet.yaml", *options.split())

    terms = session.terms
    assert (terms.workers, terms.seed) == (3, 42)
    assert (terms.tls.ca_file, terms.tls.insecure) == (Path("ca.pem"), True)
    assert session.wishes == Wishes(out=Path("o"), events="e", is_plain=True, is_json=True)


def test_seed_is_the_scenarios_unless_one_is_given(run_with: Run) -> None:
    assert run_with("fleet.yaml")[1].terms.seed == 12
    assert run_with("fleet.yaml", "--seed", "0")[1].terms.seed == 0


def test_seed_of_nobody_is_drawn(run_with: Run) -> None:
    seeds = {run_with()[1].terms.seed for _ in range(5)}

    assert len(seeds) > 1
    assert all(0 <= seed < 1_000_000 for seed in seeds)


@pytest.mark.parametrize("text", ["fast", "0", "-1", "0.0009", "1000001", "nan", "inf", "", "MAX"])
def test_speed_that_is_none_is_wrong_usage(run_with: Run, text: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"a number from 0\.001 to 1000000, or max"):
        run_with("--speed", text)


def test_json_and_events_cannot_share_standard_output(run_with: Run) -> None:
    with pytest.raises(typer.BadParameter, match="cannot both"):
        run_with("--json", "--events", "-")


@pytest.mark.parametrize("name", ["nowhere.yaml", "-", "."])
def test_scenario_that_cannot_be_read_is_named(run_with: Run, name: str) -> None:
    with pytest.raises(StartError, match=rf"^{re.escape(name)}: "):
        run_with(name)


# The process.


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment whose temporary files are in a directory which a run leaves empty."""
    (tmp_path / "home").mkdir()
    (tmp_path / "fleet.yaml").write_text(REAL)
    return {"TMPDIR": str(tmp_path / "home")}


def start_run(
    *arguments: str, folder: Path, environment: dict[str, str]
) -> "subprocess.Popen[str]":
    """Start a run in a process group of its own, as a terminal does."""
    return subprocess.Popen(
        (sys.executable, "-m", "mppsim", "run", *arguments),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        process_group=0,
    )


def read_events(process: "subprocess.Popen[str]", last: str) -> list[dict[str, object]]:
    """Read events up to the first of that name."""
    assert process.stdout is not None
    events: list[dict[str, object]] = []
    while not events or events[-1]["event"] != last:
        events.append(json.loads(process.stdout.readline()))
    return events


def children_of(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def await_end(pid: int) -> bool:
    """Wait until a process that is not our child is no more; it is not ours to be waited for."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], PATIENCE)[0])
    finally:
        os.close(descriptor)


def test_demonstration_proves_itself_and_leaves_nothing_behind(
    home: dict[str, str], tmp_path: Path
) -> None:
    # A proxy of the environment is not for reports, nor for reading them back.
    environment = {**home, "http_proxy": f"http://127.0.0.1:{closed_port()}"}
    ended = run_command("run", "--json", "--seed", "5", environment=environment)
    summary = json.loads(ended.out)

    assert (ended.code, ended.err) == (0, "")
    assert (summary["phones"], summary["seed"]) == (9, 5)
    assert summary["reports"]["due"] == summary["reports"]["delivered"] > 50
    assert (summary["verdict"], summary["readback"]["missing"]) == ("passed", 0)
    assert list((tmp_path / "home").iterdir()) == []


def test_seed_repeats_each_phones_events(home: dict[str, str]) -> None:
    def run_once() -> dict[str, list[dict[str, Any]]]:
        ended = run_command("run", "--seed", "5", "--events", "-", environment=home)
        told: dict[str, list[dict[str, Any]]] = {}
        for line in ended.out.splitlines():
            event = json.loads(line)
            for luck in ("time", "seconds", "late", "waited", "sip", "web"):
                event.pop(luck, None)
            if "url" in event:
                event["url"] = re.sub(r":\d+/", "/", event["url"])  # any free port
            told.setdefault(event["phone"], []).append(event)
        return told

    first = run_once()
    assert len(first) == 9
    assert run_once() == first


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_interrupted_run_writes_its_results_and_leaves_nothing_behind(
    home: dict[str, str], tmp_path: Path, number: signal.Signals, workers: str
) -> None:
    arguments = ("fleet.yaml", "--events", "-", "--out", "out", "--workers", workers)
    with start_run(*arguments, folder=tmp_path, environment=home) as process:
        read_events(process, "upload_finished")
        children = children_of(process.pid)
        # As a terminal does: to the whole group. The server has to outlive the run's phones.
        os.killpg(process.pid, number)
        rest, table = process.communicate(timeout=PATIENCE)

    assert process.returncode == 130
    assert "What each group did" in table
    assert re.search(r"read back \d+ places: 0 missing, 0 different, 0 stale", table)
    assert table.splitlines()[-1] == "interrupted"
    assert [json.loads(line)["event"] for line in rest.splitlines()].count("stopped") == 20
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*FILES} - {"events.jsonl"}
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["verdict"] == "interrupted"
    assert summary["reports"]["delivered"] > 0
    assert list((tmp_path / "home").iterdir()) == []
    assert len(children) == (1 if workers == "1" else 3)
    assert all(await_end(child) for child in children)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_that_is_interrupted_while_its_server_starts_writes_results_too(
    home: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    arguments = ("fleet.yaml", "--out", "out")
    with start_run(*arguments, folder=tmp_path, environment=home) as process:
        while not any((tmp_path / "home").glob("mppsim-*")):
            assert process.poll() is None
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)

    assert (process.returncode, out.splitlines()[-1]) == (130, "interrupted")
    assert err == "! nothing was read back from the server\n"
    assert (tmp_path / "out" / "summary.json").is_file()
    assert list((tmp_path / "home").iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_second_interruption_ends_the_run_at_once_and_leaves_no_process_behind(
    home: dict[str, str], tmp_path: Path, number: signal.Signals, workers: str
) -> None:
    arguments = ("fleet.yaml", "--events", "-", "--workers", workers)
    with start_run(*arguments, folder=tmp_path, environment=home) as process:
        read_events(process, "upload_started")
        children = children_of(process.pid)
        os.kill(children[0], signal.SIGSTOP)  # the server, which will not be read back now
        process.send_signal(number)
        for _ in range(20):
            read_events(process, "stopped")
        process.send_signal(number)
        _, table = process.communicate(timeout=PATIENCE)

    assert process.returncode == 130
    assert table.strip() == ""
    assert all(await_end(child) for child in children)
    assert list((tmp_path / "home").iterdir()) == []


def test_reader_that_leaves_ends_the_run(home: dict[str, str], tmp_path: Path) -> None:
    arguments = ("run", "fleet.yaml", "--events", "-")
    with start_command(*arguments, folder=tmp_path, environment=home) as process:
        read_events(process, "upload_started")
        children = children_of(process.pid)
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        _, err = process.communicate(timeout=PATIENCE)

    assert (process.returncode, err) == (0, "")
    assert list((tmp_path / "home").iterdir()) == []
    assert all(await_end(child) for child in children)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_disk_that_is_full_of_events_ends_the_run_with_figures_and_names_the_file(
    home: dict[str, str], tmp_path: Path, workers: str
) -> None:
    code = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))"
    arguments = ("run", "fleet.yaml", "--events", "events.jsonl", "--workers", workers)
    ended = run_command(*arguments, folder=tmp_path, environment=sabotaged(home, tmp_path, code))

    assert ended.code == 4
    assert ended.err.splitlines()[-1] == (
        "mppsim: events.jsonl: File too large; the events end there, and the run with them"
    )
    assert re.search(r"reports: \d+ due, [1-9]\d* delivered", ended.out)
    assert re.search(r"read back \d+ places: 0 missing, 0 different, 0 stale", ended.out)
    assert (tmp_path / "events.jsonl").stat().st_size == 30_000


def sabotaged(home: dict[str, str], folder: Path, code: str) -> dict[str, str]:
    """Give the environment in which every Python runs some code first."""
    (folder / "sitecustomize.py").write_text(code)
    return {**home, "PYTHONPATH": os.pathsep.join((str(folder), str(Path(__file__).parents[2])))}


def test_server_that_cannot_start_is_one_line_and_exit_code_4(
    home: dict[str, str], tmp_path: Path
) -> None:
    code = (
        "import os, sys\n"
        "if 'mppsim.server.controlled' in sys.orig_argv:\n"
        "    os.write(2, b'at first\\nnot today\\n')\n"
        "    os._exit(4)\n"
    )
    ended = run_command("run", environment=sabotaged(home, tmp_path, code))

    assert (ended.code, ended.out) == (4, "")
    assert ended.err == "mppsim: the embedded server did not start: not today\n"
    assert list((tmp_path / "home").iterdir()) == []


@pytest.mark.parametrize("workers", ["1", "2"])
def test_bug_in_a_worker_is_one_line_and_exit_code_1(
    home: dict[str, str], tmp_path: Path, workers: str
) -> None:
    code = (
        "import mppsim.core.upload as upload\n"
        "def build_headers(*given, **more): raise ZeroDivisionError\n"
        "assert upload.build_headers\n"
        "upload.build_headers = build_headers\n"
    )
    arguments = ("run", "fleet.yaml", "--workers", workers)
    environment = sabotaged(home, tmp_path, code)
    ended = run_command(*arguments, folder=tmp_path, environment=environment)

    assert (ended.code, ended.out) == (1, "")
    assert re.fullmatch(r"mppsim: this is a bug in mppsim \(\w+\); please [^\n]+\n", ended.err)
    assert list((tmp_path / "home").iterdir()) == []
